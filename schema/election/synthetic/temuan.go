package synthetic

// temuan makes bawaslu/temuan: findings and reports. A record that must be
// whole is a report.
func temuan() dataset {
	return dataset{id: "bawaslu/temuan", write: writeTemuan, defects: common("nomor",
		broken("jenis-tak-dikenal", set("jenis", `["etik","lain"]`)),
		broken("lewat-7-hari", set("hari_sejak_diketahui", "8")),
		broken("syarat-formal", set("terlapor", "[]")),
		broken("syarat-materiel", drop("tempat_kejadian")),
		broken("temuan-tanpa-formulir-a", set("asal", `"temuan"`)),
		misshapen("unknown-origin", "enum", set("asal", `"kabar"`)),
		misshapen("empty-description", "min-length", set("uraian", `""`)),
		misshapen("unknown-election", "enum", set("pemilu", `"pilpres"`)),
		misshapen("kode-tps-lower-case", "pattern", set("kode_tps", `"99aa010001001"`)),
		misshapen("nik-15-digits", "pattern", set("pelapor/nik", `"319999010170000"`)),
		misshapen("days-as-text", "type", set("hari_sejak_diketahui", `"7 hari"`)),
		misshapen("evidence-without-text", "required", drop("bukti/0/uraian")),
		misshapen("date-in-words", "format", set("dilaporkan_pada", `"1 Juni 2024"`)),
	)}
}

func writeTemuan(r *row) {
	report := r.some(50)
	r.open()
	r.numbered("nomor", "", r.n, 6, "/LP/PP/CONTOH/2024")
	if report {
		r.text("asal", "laporan")
	} else {
		r.text("asal", "temuan")
	}
	r.list("jenis")
	r.item(r.pick([]string{"etik", "administratif", "pidana", "hukum lainnya"}))
	r.endList()
	r.text("pemilu", r.pick(elections))
	r.start("kode_tps")
	r.station(r.below(1_000_000), false)
	r.stop()
	if report {
		woman := r.chance(50)
		r.object("pelapor")
		r.named("nama")
		r.street("alamat")
		r.start("nik")
		r.nik(woman)
		r.stop()
		r.numbered("telepon", "0812-9999-", r.below(10_000), 4, "")
		r.end()
	}
	r.list("terlapor")
	r.open()
	r.named("nama")
	r.text("jabatan", r.pick(positions))
	r.end()
	r.endList()
	r.date("diketahui_pada", 2024, 2024)
	r.date("dilaporkan_pada", 2024, 2024)
	r.int("hari_sejak_diketahui", r.between(0, 7))
	r.text("waktu_kejadian", "pagi hari")
	r.text("tempat_kejadian", "Balai Contoh ", r.pick(words))
	r.sentence("uraian", 30)
	r.list("bukti")
	for range r.between(1, 3) {
		r.open()
		r.sentence("uraian", 6)
		r.hash("sha256")
		r.end()
	}
	r.endList()
	if !report {
		r.numbered("formulir_a", "A/", r.n, 6, "")
	}
	r.date("tanggal_data", 2024, 2024)
	r.end()
}
