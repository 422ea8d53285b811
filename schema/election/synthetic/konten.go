package synthetic

// konten makes kominfo/konten.
func konten() dataset {
	return dataset{id: "kominfo/konten", write: writeKonten, defects: common("id_konten",
		broken("kategori-tak-dikenal", set("kategori", `"lain"`)),
		broken("tindakan-lewat-4-jam", is("tindakan/mendesak", "true", "tindakan/jam_sampai_tindak", "5")...),
		broken("tindakan-lewat-24-jam", is("tindakan/mendesak", "false", "tindakan/jam_sampai_tindak", "25")...),
		broken("tanpa-dasar", drop("tindakan/dasar")),
		misshapen("empty-title", "min-length", set("judul_isu", `""`)),
		misshapen("missing-title", "required", drop("judul_isu")),
		misshapen("time-in-words", "pattern", set("captured_at", `"kemarin"`)),
		misshapen("hash-too-short", "pattern", set("hash", `"abcdef"`)),
		misshapen("urgent-as-text", "type", set("tindakan/mendesak", `"ya"`)),
		misshapen("negative-hours", "minimum", set("tindakan/jam_sampai_tindak", "-1")),
		misshapen("action-as-text", "type", set("tindakan", `"dihapus"`)),
	)}
}

func writeKonten(r *row) {
	r.open()
	r.numbered("id_isu", "ISU-", r.n/10, 6, "")
	r.sentence("judul_isu", 8)
	r.text("kategori", r.pick([]string{"hoaks", "disinformasi", "misinformasi", "ujaran kebencian"}))
	r.moment("first_seen", 2023, 2024)
	r.numbered("id_konten", "K-", r.n, 8, "")
	r.start("url")
	r.add("https://media.contoh.invalid/p/")
	r.uuid()
	r.stop()
	r.text("platform", "Platform Contoh")
	r.hash("hash")
	r.moment("captured_at", 2023, 2024)
	if r.some(60) {
		urgent := r.chance(30)
		r.object("tindakan")
		r.text("pemohon", "Lembaga Contoh")
		r.text("dasar", "Peraturan Contoh")
		r.bool("mendesak", urgent)
		r.moment("diminta_pada", 2023, 2024)
		if urgent {
			r.int("jam_sampai_tindak", r.between(1, 4))
		} else {
			r.int("jam_sampai_tindak", r.between(1, 24))
		}
		r.text("hasil", "ditutup")
		r.end()
	}
	r.end()
}
