package synthetic

// insiden makes bssn/insiden.
func insiden() dataset {
	return dataset{id: "bssn/insiden", write: writeInsiden, defects: common("nomor_insiden",
		broken("tlp-tak-dikenal", set("tlp", `"TLP:BLUE"`)),
		broken("lapor-lewat-24-jam", is("iiv", "true", "urutan_laporan", "1", "jam_sampai_lapor", "25")...),
		broken("beritahu-lewat-72-jam", is("data_pribadi", "true", "jam_sampai_beritahu", "73")...),
		broken("isi-laporan", drop("dampak")),
		misshapen("missing-reporter", "required", drop("pelapor")),
		misshapen("reporter-without-authority", "required", drop("pelapor/lembaga")),
		misshapen("empty-description", "min-length", set("deskripsi", `""`)),
		misshapen("report-zero", "minimum", set("urutan_laporan", "0")),
		misshapen("time-in-words", "pattern", set("detected_at", `"tadi pagi"`)),
		misshapen("step-without-text", "required", drop("kronologi/0/uraian")),
		misshapen("vital-as-text", "type", set("iiv", `"ya"`)),
	)}
}

func writeInsiden(r *row) {
	r.open()
	r.numbered("nomor_insiden", "INS-", r.n, 8, "")
	r.int("urutan_laporan", r.between(1, 3))
	r.object("pelapor")
	r.text("lembaga", "Lembaga Contoh ", r.pick(words))
	r.named("nama")
	r.numbered("telepon", "0812-9999-", r.below(10_000), 4, "")
	r.text("surel", "tanggap@contoh.invalid")
	r.end()
	r.sentence("deskripsi", 20)
	r.list("kronologi")
	for range r.between(1, 5) {
		r.open()
		r.moment("waktu", 2024, 2024)
		r.sentence("uraian", 10)
		r.end()
	}
	r.endList()
	r.sentence("dampak", 12)
	r.text("sistem", "Sistem Contoh")
	r.bool("iiv", r.chance(30))
	r.moment("detected_at", 2024, 2024)
	r.int("jam_sampai_lapor", r.between(1, 24))
	r.bool("data_pribadi", r.chance(20))
	r.int("jam_sampai_beritahu", r.between(1, 72))
	r.text("tlp", r.pick([]string{"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:RED"}))
	if r.chance(40) {
		r.list("ioc")
		r.open()
		r.text("pola", "[domain-name:value = 'contoh.invalid']")
		r.end()
		r.endList()
	}
	r.date("tanggal_data", 2024, 2024)
	r.end()
}
