package synthetic

import "strconv"

// calon makes silon/calon; the record's number is in the name. Every candidate
// is alone on a list, so that a defect of one is no gap in the list of others;
// a man's is judged by the law before 29 August 2023, by which a list of one
// needs no woman.
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
		broken("pasangan-tanpa-wakil", set("pemilu", `"pkwkp"`), set("kode_wilayah", `"31"`), numberedAsRecord, drop("kode_dapil"), drop("kode_partai"), drop("wakil")),
		secondOf("nomor-urut-ganda"),
		broken("nomor-urut-berlubang", set("nomor_urut", "2")),
		broken("kuota-perempuan", set("tanggal_penetapan", `"2023-11-03"`), set("jenis_kelamin", `"L"`)),
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

// secondOf is somebody else with the number of the last sound record.
func secondOf(rule string) defect {
	d := broken(rule, set("jenis_kelamin", `"P"`), func(b []byte, n int) []byte {
		return set("nama", `"Contoh `+strconv.Itoa(n)+`"`)(b, n)
	})
	d.again = true
	return d
}

// numberedAsRecord gives a number that no other record of the file has.
func numberedAsRecord(b []byte, n int) []byte {
	return set("nomor_urut", strconv.Itoa(1+n%9999))(b, n)
}

func writeCalon(r *row) {
	n := r.n + int(mix(r.seed)%1000)
	number := 1
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
		r.pad(11+n%80, 2)
		r.pad(1+n/80%99, 2)
		r.stop()
		r.null("kode_wilayah")
		r.numbered("kode_partai", "", 900+n/80/99, 1, "")
		r.int("nomor_urut_partai", r.between(1, 24))
		r.party("partai")
	case kind < 8:
		r.text("pemilu", "pdprdk")
		rest := r.electoral("kode_dapil", r.n)
		r.numbered("kode_partai", "", 900+rest, 1, "")
	case kind < 9:
		r.text("pemilu", "pdpd")
		r.start("kode_wilayah")
		r.pad(11+n%80, 2)
		r.stop()
		number = 1 + n/80%9999
	default: // a pair
		r.text("pemilu", "pkwkk")
		r.start("kode_wilayah")
		r.pad(11+n%80, 2)
		r.pad(1+n/80%60, 2)
		r.stop()
		number = 1 + n/80/60%9999
		r.list("pengusul")
		r.item("Partai Contoh Satu")
		r.item("Partai Contoh Dua")
		r.endList()
	}
	sex := r.below(2)
	if list := kind < 8; list && sex == 0 {
		r.text("tanggal_penetapan", "2023-08-18")
	} else if list {
		r.text("tanggal_penetapan", "2023-11-03")
	} else { // nowhere near enough numbers for all, so the day tells them apart
		r.numbered("tanggal_penetapan", "20", 24+n/80/9999%75, 2, "-09-22")
	}
	r.int("nomor_urut", number)
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
