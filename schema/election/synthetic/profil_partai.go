package synthetic

// profilPartai makes sipol/profil-partai; the party's code is its number.
func profilPartai() dataset {
	return dataset{id: "sipol/profil-partai", write: writeProfilPartai, most: 999_999, defects: common("nama",
		broken("sk-bentuk", within("sk_badan_hukum/nomor", "Nomor ")),
		broken("lingkup-tak-dikenal", set("lingkup", `"internasional"`)),
		broken("npwp-lama", set("npwp", `"01.234.567.8-901.000"`), set("tanggal_data", `"2024-07-01"`)),
		misshapen("party-code-with-letter", "pattern", set("kode_partai", `"9A"`)),
		misshapen("empty-name", "min-length", set("nama", `""`)),
		misshapen("ballot-number-zero", "minimum", set("nomor_urut", "0")),
		misshapen("emblem-hash-too-short", "pattern", set("lambang/sha256", `"abcdef"`)),
		misshapen("tax-number-of-12-digits", "pattern", set("npwp", `"012345678901"`)),
		misshapen("gazette-year-as-text", "type", set("berita_negara/tahun", `"2020"`)),
		misshapen("account-without-number", "required", drop("rekening/0/nomor")),
		misshapen("central-account-with-area", "type", set("rekening/0/kode_wilayah", `"31"`)),
		misshapen("liaison-without-name", "required", drop("penghubung/0/nama")),
		misshapen("date-in-words", "format", set("tanggal_data", `"1 Juni 2024"`)),
	)}
}

func writeProfilPartai(r *row) {
	r.open()
	r.numbered("kode_partai", "", r.n, 6, "")
	r.int("nomor_urut", r.between(1, 24))
	r.party("nama")
	r.text("lingkup", r.pick([]string{"nasional", "lokal"}))
	r.object("lambang")
	r.sentence("uraian", 6)
	r.hash("sha256")
	r.end()
	year := r.between(2000, 2023)
	r.object("sk_badan_hukum")
	r.decreeNumber("nomor", 1, year)
	r.date("tanggal", year, year)
	r.end()
	r.object("berita_negara")
	r.numbered("nomor", "", r.between(1, 99), 1, "")
	r.int("tahun", year)
	r.end()
	r.street("alamat")
	r.start("npwp")
	r.add("0") // of a body: 0 and the former 15 digits
	r.pad(r.below(999_999_999), 9)
	r.pad(r.below(1000), 3)
	r.add("000")
	r.stop()
	r.list("rekening")
	for i, level := range []string{"pusat", "prov", "kab"}[:r.between(1, 3)] {
		r.open()
		r.text("tingkat", level)
		if i == 0 {
			r.null("kode_wilayah")
		} else {
			r.start("kode_wilayah")
			r.area(2 * i)
			r.stop()
		}
		r.text("bank", "Bank Contoh")
		r.numbered("nomor", "99-", r.below(1_000_000), 6, "")
		r.party("atas_nama")
		r.end()
	}
	r.endList()
	if r.some(80) {
		r.list("penghubung")
		r.open()
		r.named("nama")
		r.numbered("telepon", "0812-9999-", r.below(10_000), 4, "")
		r.text("surel", "penghubung@contoh.invalid")
		r.end()
		r.endList()
	}
	r.date("tanggal_data", 2023, 2024)
	r.end()
}
