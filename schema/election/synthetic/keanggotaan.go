package synthetic

var (
	doubts = []string{"usia", "pekerjaan", "NIK", "ganda identik", "potensi ganda", "ganda eksternal"}
	sorts  = []string{"identik", "potensi"}
	places = []string{"satu", "beda"}
	trades = []string{"petani", "nelayan", "pedagang", "guru", "wiraswasta"}
)

// keanggotaan makes sipol/keanggotaan; the number of the card is the record's.
func keanggotaan() dataset {
	return dataset{id: "sipol/keanggotaan", write: writeKeanggotaan, defects: common("nama",
		broken("nik-tanggal", drop("jenis_kelamin"), set("nik", `"3199993213700001"`)),
		broken("nik-wilayah", drop("jenis_kelamin"), set("nik", `"0199990101700001"`)),
		broken("nik-urut", drop("jenis_kelamin"), set("nik", `"3199990101700000"`)),
		broken("nik-jenis-kelamin", set("nik", `"3199990101700001"`), set("jenis_kelamin", `"P"`)),
		broken("indikasi-tak-dikenal", set("indikasi", `["usia","lain"]`)),
		misshapen("nik-15-digits", "pattern", set("nik", `"319999010170000"`)),
		misshapen("nik-as-number", "type", set("nik", "3199990101700001")),
		misshapen("missing-nik", "required", drop("nik")),
		misshapen("unknown-gender", "enum", set("jenis_kelamin", `"W"`)),
		misshapen("birth-in-words", "format", set("tanggal_lahir", `"1 Juni 1990"`)),
		misshapen("area-of-a-province", "pattern", set("kode_wilayah", `"31"`)),
		misshapen("empty-card-number", "min-length", set("nomor_kta", `""`)),
		misshapen("duplicate-of-unknown-kind", "enum", set("ganda", `[{"jenis":"lain"}]`)),
	)}
}

func writeKeanggotaan(r *row) {
	r.open()
	r.partyCode("kode_partai")
	r.party("partai")
	r.start("kode_wilayah")
	r.area(4 + 2*r.below(2))
	r.stop()
	sex := r.below(2)
	r.start("nik")
	r.nik(sex == 1)
	r.stop()
	r.named("nama")
	r.text("jenis_kelamin", genders[sex])
	r.date("tanggal_lahir", 1950, 2006)
	if r.chance(60) {
		r.street("alamat")
	}
	if r.chance(60) {
		r.text("pekerjaan", r.pick(trades))
	}
	r.numbered("nomor_kta", "KTA-", r.n, 8, "")
	if r.chance(70) {
		r.named("nama_kta")
	}
	r.list("indikasi")
	if r.chance(10) {
		r.item(r.pick(doubts))
	}
	r.endList()
	r.list("ganda")
	if r.chance(5) {
		r.open()
		r.text("jenis", r.pick(sorts))
		r.text("partai", r.pick(places))
		r.text("wilayah", r.pick(places))
		r.end()
	}
	r.endList()
	r.text("hasil", "memenuhi syarat")
	if r.chance(50) {
		r.date("tanggal_data", 2022, 2024)
	}
	r.end()
}
