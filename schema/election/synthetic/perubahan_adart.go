package synthetic

// perubahanADART makes ahu/perubahan-adart.
func perubahanADART() dataset {
	return dataset{id: "ahu/perubahan-adart", write: writePerubahanADART, defects: common("nama",
		broken("sk-bentuk", within("nomor_sk", "Nomor ")),
		broken("sk-bukan-adart", refounded),
		broken("tanpa-surat-mahkamah", drop("surat_mahkamah_partai")),
		misshapen("empty-name", "min-length", set("nama", `""`)),
		misshapen("missing-decree", "required", drop("nomor_sk")),
		misshapen("decree-date-with-time", "format", set("tanggal_sk", `"2020-05-19 00:00:00"`)),
		misshapen("changes-as-text", "type", set("pokok_perubahan", `"lambang"`)),
		misshapen("empty-change", "min-length", set("pokok_perubahan", `[""]`)),
		misshapen("letter-as-text", "type", set("surat_mahkamah_partai", `"1/MP"`)),
		misshapen("gazette-before-1945", "minimum", set("berita_negara", `{"tahun":1944}`)),
	)}
}

func writePerubahanADART(r *row) {
	r.open()
	if r.chance(60) {
		r.partyCode("kode_partai")
	}
	r.party("nama")
	if r.chance(20) {
		r.party("nama_sebelumnya")
	}
	year := r.decreed(3)
	if r.some(70) {
		r.object("berita_negara")
		r.numbered("nomor", "", r.between(1, 99), 1, "")
		r.int("tahun", year)
		r.end()
	}
	r.letter(year)
	if r.chance(70) {
		r.deed(year)
	}
	r.list("pokok_perubahan")
	for _, what := range []string{"lambang", "susunan pengurus", "alamat", "tata cara musyawarah"}[:r.between(1, 4)] {
		r.item(what)
	}
	r.endList()
	r.date("tanggal_permohonan", year, year)
	r.date("tanggal_data", 2024, 2024)
	r.end()
}
