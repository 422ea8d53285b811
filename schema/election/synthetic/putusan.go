package synthetic

// putusan makes dkpp/putusan; the number of the case is the record's.
func putusan() dataset {
	return dataset{id: "dkpp/putusan", write: writePutusan, defects: common("nomor_perkara",
		broken("nomor-bentuk", within("nomor_perkara", "Nomor ")),
		broken("sanksi-tak-dikenal", set("teradu/0/sanksi", `"denda"`)),
		broken("bukan-rujukan-resmi", set("salinan", `"salinan"`)),
		misshapen("unknown-copy", "enum", set("salinan", `"fotokopi"`)),
		misshapen("empty-case-number", "min-length", set("nomor_perkara", `""`)),
		misshapen("missing-date", "required", drop("tanggal_putusan")),
		misshapen("date-in-words", "format", set("tanggal_putusan", `"1 Juni 2024"`)),
		misshapen("nobody-accused", "min-items", set("teradu", "[]")),
		misshapen("accused-without-name", "required", drop("teradu/0/nama")),
		misshapen("digest-too-short", "pattern", set("sha256", `"abcdef"`)),
	)}
}

var months = []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}

func writePutusan(r *row) {
	r.open()
	r.start("nomor_perkara")
	r.pad(r.n, 1)
	r.add("-PKE-DKPP/")
	r.add(r.pick(months))
	r.add("/2024")
	r.stop()
	r.list("nomor_pengaduan")
	r.comma()
	r.add(`"`)
	r.pad(r.between(1, 999), 1)
	r.add(`-P/L-DKPP/2024"`)
	r.endList()
	r.text("salinan", "resmi")
	r.date("tanggal_putusan", 2024, 2024)
	r.list("pengadu")
	r.open()
	r.named("nama")
	r.end()
	r.endList()
	r.list("teradu")
	for range r.between(1, 5) {
		r.open()
		r.named("nama")
		r.text("jabatan", r.pick(positions))
		r.sentence("amar", 5)
		r.text("sanksi", r.pick([]string{"teguran", "peringatan", "pemberhentian sementara", "pemberhentian tetap", "rehabilitasi"}))
		r.end()
	}
	r.endList()
	r.sentence("duduk_perkara", 40)
	r.sentence("pertimbangan", 60)
	r.sentence("amar", 12)
	r.hash("sha256")
	r.end()
}
