package synthetic

// informasiPublik makes kominfo/informasi-publik.
func informasiPublik() dataset {
	return dataset{id: "kominfo/informasi-publik", write: writeInformasiPublik, defects: common("penerbit",
		broken("jenis-tak-dikenal", set("jenis", `"brosur"`)),
		broken("klarifikasi-tanpa-rujukan", set("jenis", `"klarifikasi"`), set("sumber_rujukan", "[]")),
		misshapen("empty-title", "min-length", set("judul", `""`)),
		misshapen("missing-date", "required", drop("tanggal")),
		misshapen("date-in-words", "format", set("tanggal", `"1 Juni 2024"`)),
		misshapen("language-in-capitals", "pattern", set("bahasa", `"ID"`)),
		misshapen("references-as-text", "type", set("sumber_rujukan", `"https://contoh.invalid"`)),
		misshapen("attachment-without-name", "required", drop("lampiran/0/nama")),
		misshapen("attachment-with-negative-size", "minimum", set("lampiran/0/ukuran", "-1")),
	)}
}

func writeInformasiPublik(r *row) {
	r.open()
	r.numbered("id_informasi", "INF-", r.n, 8, "")
	r.text("penerbit", "Lembaga Contoh ", r.pick(words))
	r.text("jenis", r.pick([]string{"siaran pers", "klarifikasi", "pengumuman", "jadwal", "infografis"}))
	r.sentence("judul", 8)
	r.sentence("pernyataan", 40)
	r.date("tanggal", 2023, 2024)
	r.text("bahasa", "id")
	r.start("tautan")
	r.add("https://contoh.invalid/informasi/")
	r.uuid()
	r.stop()
	r.list("sumber_rujukan")
	r.item("https://contoh.invalid/rujukan")
	r.endList()
	if r.some(30) {
		r.list("lampiran")
		r.open()
		r.text("nama", "siaran.pdf")
		r.text("media_type", "application/pdf")
		r.int("ukuran", r.between(1000, 1_000_000))
		r.hash("sha256")
		r.end()
		r.endList()
	}
	r.end()
}
