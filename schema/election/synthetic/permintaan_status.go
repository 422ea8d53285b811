package synthetic

// permintaanStatus makes ahu/permintaan-status; a party's name is its number.
func permintaanStatus() dataset {
	return dataset{id: "ahu/permintaan-status", write: writePermintaanStatus, defects: common("nama",
		broken("sk-bentuk", set("nomor_sk", `"Keputusan lama nomor 5"`)),
		broken("sk-tanpa-nomor", drop("nomor_sk")),
		misshapen("empty-name", "min-length", set("nama", `""`)),
		misshapen("names-in-a-list", "type", set("nama", `["Partai Contoh","Partai Lain"]`)),
		misshapen("party-code-as-number", "type", set("kode_partai", "99")),
		misshapen("decree-number-as-number", "type", set("nomor_sk", "999")),
		misshapen("empty-decree-number", "min-length", set("nomor_sk", `""`)),
		misshapen("decree-date-in-words", "format", set("tanggal_sk", `"1 Juni 2022"`)),
	)}
}

func writePermintaanStatus(r *row) {
	r.open()
	r.start("nama")
	r.add("Partai ")
	r.coined(r.n)
	r.add(" Contoh")
	r.stop()
	if r.some(60) {
		r.partyCode("kode_partai")
	}
	if r.chance(40) {
		r.text("singkatan", "P", string(consonants[r.below(16)]-32), "C")
	}
	if r.some(50) {
		year := r.between(2000, 2024)
		r.decreeNumber("nomor_sk", r.between(1, 3), year)
		r.date("tanggal_sk", year, year)
	} else if r.chance(30) {
		r.null("nomor_sk")
	}
	if r.chance(70) {
		r.date("tanggal_data", 2024, 2024)
	}
	r.end()
}
