package synthetic

// calon makes silon/calon; the record's number is in the name.
func calon() dataset {
	return dataset{id: "silon/calon", write: writeCalon, defects: common("nama",
		broken("nik-tanggal", set("nik", `"3199993213700001"`)),
		broken("nik-wilayah", set("nik", `"0199990101700001"`)),
		broken("nik-urut", set("nik", `"3199990101700000"`)),
		broken("persetujuan-tak-dikenal", set("persetujuan_publikasi", `"Mungkin"`)),
		broken("tanpa-persetujuan", set("persetujuan_publikasi", `"Tidak Bersedia"`)),
		// The field is declared to hold what identifies somebody, so the leak
		// guard leaves it to this rule.
		broken("foto-nik", set("foto", `"https://contoh.invalid/foto/3199990101700001.jpg"`)),
		broken("pasangan-tanpa-wakil", set("pemilu", `"pkwkp"`), set("kode_wilayah", `"31"`), drop("kode_dapil"), drop("kode_partai"), drop("wakil")),
		misshapen("unknown-list", "enum", set("daftar", `"final"`)),
		misshapen("unknown-election", "enum", set("pemilu", `"pilpres"`)),
		misshapen("empty-name", "min-length", set("nama", `""`)),
		misshapen("unknown-gender", "enum", set("jenis_kelamin", `"W"`)),
		misshapen("number-zero", "minimum", set("nomor_urut", "0")),
		misshapen("nik-15-digits", "pattern", set("nik", `"319999010170000"`)),
		misshapen("birth-in-words", "format", set("tanggal_lahir", `"1 Juni 1990"`)),
		misshapen("council-with-district-of-the-house", "min-length", set("pemilu", `"pdprdp"`)),
		misshapen("house-without-district", "required", drop("kode_dapil")),
		misshapen("house-without-party", "required", drop("kode_partai")),
	)}
}

func writeCalon(r *row) {
	r.open()
	r.text("daftar", r.pick([]string{"bakal", "dcs", "dct"}))
	kind := r.below(10)
	if r.whole {
		kind = 0
	}
	switch {
	case kind < 6: // on a party's list
		r.text("pemilu", "pdpr")
		r.start("kode_dapil")
		r.area(4)
		r.stop()
		r.null("kode_wilayah")
		r.partyCode("kode_partai")
		r.int("nomor_urut_partai", r.between(1, 24))
		r.party("partai")
	case kind < 8:
		r.text("pemilu", "pdprdk")
		r.start("kode_dapil")
		r.area(6)
		r.stop()
		r.partyCode("kode_partai")
	case kind < 9:
		r.text("pemilu", "pdpd")
		r.start("kode_wilayah")
		r.area(2)
		r.stop()
	default: // a pair
		r.text("pemilu", "pkwkk")
		r.start("kode_wilayah")
		r.area(4)
		r.stop()
		r.list("pengusul")
		r.item("Partai Contoh Satu")
		r.item("Partai Contoh Dua")
		r.endList()
	}
	r.date("tanggal_penetapan", 2023, 2024)
	r.int("nomor_urut", r.between(1, 12))
	sex := r.below(2)
	r.start("nama")
	r.coined(r.n)
	r.add(" ")
	r.person()
	r.stop()
	r.text("jenis_kelamin", genders[sex])
	r.text("tempat_tinggal", "Kota Contoh ", r.pick(words))
	r.start("foto")
	r.add("https://contoh.invalid/foto/")
	r.uuid()
	r.add(".jpg")
	r.stop()
	r.text("persetujuan_publikasi", r.pick([]string{"Bersedia", "Bersedia Sebagian", "BERSEDIA"}))
	r.start("nik")
	r.nik(sex == 1)
	r.stop()
	r.date("tanggal_lahir", 1955, 2002)
	if r.chance(40) {
		r.street("alamat")
		r.text("pekerjaan", r.pick(trades))
	}
	if kind == 9 || r.whole {
		r.object("wakil")
		r.named("nama")
		r.text("jenis_kelamin", genders[r.below(2)])
		r.end()
	}
	r.end()
}
