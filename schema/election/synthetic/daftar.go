package synthetic

// daftar makes silon/daftar: the make-up of a list, with three women in ten or
// more.
func daftar() dataset {
	return dataset{id: "silon/daftar", write: writeDaftar, most: 9_000_000, defects: common("kode_dapil",
		broken("kuota-perempuan", set("tanggal_penetapan", `"2023-11-03"`), set("jenis_kelamin", `["L","L","L"]`)),
		broken("kuota-perempuan-pembulatan", set("tanggal_penetapan", `"2023-08-18"`), set("jenis_kelamin", `["L","L","L"]`)),
		broken("calon-melebihi-kursi", set("kursi", "1"), set("jenis_kelamin", `["P","L"]`)),
		misshapen("unknown-list", "enum", set("daftar", `"final"`)),
		misshapen("president-has-no-lists", "enum", set("pemilu", `"ppwp"`)),
		misshapen("district-of-4-digits", "min-length", set("kode_dapil", `"3199"`)),
		misshapen("unknown-gender", "enum", set("jenis_kelamin", `["L","W"]`)),
		misshapen("genders-as-text", "type", set("jenis_kelamin", `"LLP"`)),
		misshapen("negative-seats", "minimum", set("kursi", "-1")),
		misshapen("date-in-words", "format", set("tanggal_penetapan", `"3 November 2023"`)),
	)}
}

// district writes the code of electoral district n of a council, and gives what
// is left of n.
func (r *row) electoral(name string, n int) (rest int) {
	n += int(mix(r.seed) % 1000)
	r.start(name)
	r.pad(11+n%80, 2)
	n /= 80
	r.pad(1+n%60, 2)
	n /= 60
	r.pad(1+n%40, 2)
	r.stop()
	return n / 40
}

func writeDaftar(r *row) {
	r.open()
	r.text("daftar", "dct")
	r.text("pemilu", "pdprdk")
	rest := r.electoral("kode_dapil", r.n)
	r.numbered("kode_partai", "", 900+rest, 1, "")
	if r.chance(50) {
		r.text("tanggal_penetapan", "2023-08-18")
	} else {
		r.text("tanggal_penetapan", "2023-11-03")
	}
	n := r.between(3, 12)
	r.int("kursi", r.between(n, 12))
	r.list("jenis_kelamin")
	for i := range n {
		if i%3 == 2 || r.chance(10) {
			r.item("P")
		} else if i == n-1 && n%3 != 0 { // ceil(3/10) of 4 are 2
			r.item("P")
		} else {
			r.item("L")
		}
	}
	r.endList()
	r.end()
}
