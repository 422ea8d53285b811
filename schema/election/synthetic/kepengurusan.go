package synthetic

var (
	levels    = []string{"prov", "kab", "kec"}
	positions = []string{"Ketua", "Sekretaris", "Bendahara", "Wakil Ketua", "Wakil Sekretaris", "Wakil Bendahara", "Anggota"}
	genders   = []string{"L", "P"}
)

// kepengurusan makes sipol/kepengurusan: boards of 3 to 15 officers. A record
// that must be whole is the central board of a party whose code is its number.
func kepengurusan() dataset {
	return dataset{id: "sipol/kepengurusan", write: writeKepengurusan, defects: append(common("nomor_sk",
		broken("sk-bentuk", within("nomor_sk", "Nomor ")),
		misshapen("unknown-level", "enum", set("tingkat", `"desa"`)),
		misshapen("central-board-with-area", "type", set("kode_wilayah", `"31"`)),
	), boards()...)}
}

func writeKepengurusan(r *row) {
	central := r.whole || r.n%40 == 0
	r.open()
	r.start("kode_partai")
	if central {
		r.pad(100_000+r.n%900_000, 6)
	} else {
		r.pad(r.between(900, 917), 3)
	}
	r.stop()
	r.party("partai")
	officers := r.between(3, 15)
	if central {
		officers = 3
		r.text("tingkat", "pusat")
		r.null("kode_wilayah")
		r.start("nomor_sk")
		r.decree(1+r.n/900_000, 2, 2022)
		r.stop()
	} else {
		level := r.below(len(levels))
		r.text("tingkat", levels[level])
		r.start("kode_wilayah")
		r.area(2 + 2*level)
		r.stop()
		r.start("nomor_sk")
		r.add("SK-")
		r.pad(r.n, 6)
		r.add("/DPP/")
		r.pad(r.between(2019, 2024), 4)
		r.stop()
	}
	r.date("tanggal_sk", 2019, 2024)
	r.officers(officers, central)
	if r.chance(50) {
		r.date("tanggal_data", 2024, 2024)
	}
	r.end()
}

// officers writes a board; every third officer and some more are women. If
// gendered is set everybody's gender is there.
func (r *row) officers(n int, gendered bool) {
	r.list("pengurus")
	for i := range n {
		woman := i%3 == 0 || r.chance(20)
		r.open()
		r.text("jabatan", positions[min(i, len(positions)-1)])
		r.named("nama")
		sex := 0
		if woman {
			sex = 1
		}
		if r.some(90) || gendered {
			r.text("jenis_kelamin", genders[sex])
		}
		if r.some(80) {
			r.start("nik")
			r.nik(woman)
			r.stop()
		}
		r.end()
	}
	r.endList()
}

// boards are the defects of a list of officers, of whom three are there.
func boards() []defect {
	return []defect{
		broken("nik-tanggal", set("pengurus/1/nik", `"3199993213700001"`)),
		broken("nik-wilayah", set("pengurus/1/nik", `"0199990101700001"`)),
		broken("nik-urut", set("pengurus/1/nik", `"3199990101700000"`)),
		broken("keterwakilan-perempuan", is("pengurus/0/jenis_kelamin", `"L"`, "pengurus/1/jenis_kelamin", `"L"`, "pengurus/2/jenis_kelamin", `"L"`)...),
		misshapen("nik-15-digits", "pattern", set("pengurus/1/nik", `"319999010170000"`)),
		misshapen("nik-with-letter", "pattern", set("pengurus/1/nik", `"31999901017000O1"`)),
		misshapen("nik-as-number", "type", set("pengurus/1/nik", `3199990101700001`)),
		misshapen("unknown-gender", "enum", set("pengurus/0/jenis_kelamin", `"W"`)),
		misshapen("officer-without-name", "required", drop("pengurus/0/nama")),
		misshapen("officer-with-empty-name", "min-length", set("pengurus/0/nama", `""`)),
		misshapen("no-officers", "min-items", set("pengurus", "[]")),
		misshapen("decree-date-in-words", "format", set("tanggal_sk", `"1 Juni 2022"`)),
	}
}
