package synthetic

// rekapitulasi makes sirekap/rekapitulasi: the sums of villages.
func rekapitulasi() dataset {
	return dataset{id: "sirekap/rekapitulasi", write: writeRekapitulasi, most: hamlets, defects: common("tingkat",
		broken("A1", more(1, "suara_tidak_sah")...),
		broken("A2", more(1, "pengguna_dptb_j", "pengguna_dptb_l")...),
		broken("A3", more(1, "pengguna_dptb_j", "pengguna_dptb_l", "pengguna_total_j", "pengguna_total_l")...),
		broken("A4_calon", plus("chart/100025", -1)),
		broken("A4_partai", is("pemilu", `"pdpr"`, "chart", `{"1":{"jml_suara_total":1,"jml_suara_partai":1}}`)...),
		broken("A4_caleg", all(none("suara_sah"), is("pemilu", `"pdpr"`, "chart", `{"1":{"jml_suara_total":10,"jml_suara_partai":4}}`), one(extra("", `"caleg":{"1":{"1":5}}`)))...),
		broken("A5_pemilih_dpt", more(1, "pemilih_dpt_l")...),
		broken("A5_pengguna_dpt", more(1, "pengguna_dpt_l")...),
		broken("A5_pengguna_dptb", more(1, "pengguna_dptb_l")...),
		broken("A5_pengguna_non_dpt", more(1, "pengguna_non_dpt_l")...),
		broken("A5_pengguna_total", more(1, "pengguna_total_l")...),
		broken("A5_disabilitas", extra("", `"disabilitas":{"j":3,"l":1,"p":1}`)),
		broken("B1", all(none("pemilih_dpt_l", "pemilih_dpt_p", "suara_total"), is(counts+"pemilih_dpt_j", "1"))...),
		broken("B2", all(none("pemilih_dpt_l", "pemilih_dpt_p", "pengguna_dpt_j"), is(counts+"pemilih_dpt_j", "1"))...),
		broken("B5_calon", all(none("suara_sah"), one(plus("chart/100025", 100_000)))...),
		broken("B5_partai", all(none("suara_sah"), is("pemilu", `"pdpr"`, "chart", `{"1":{"jml_suara_total":100000,"jml_suara_partai":100000}}`))...),
		broken("R6", all(none("pengguna_total_j", "suara_total"), one(extra("", `"surat_suara":{"diterima":100,"digunakan":90,"dikembalikan":1,"tidak_digunakan":1}`)))...),
		broken("R7", extra("", `"surat_suara":{"digunakan":1}`)),
		broken("R9", extra("", `"disabilitas":{"j":90000,"l":45000,"p":45000}`)),
		broken("progres", plus("progres/progres", 1)),
		broken("psu-tak-dikenal", set("psu", `"Pemungutan Suara Contoh"`)),
		broken("formulir-tak-dikenal", set("formulir", `"C.HASIL-PPWP"`)),
		misshapen("unknown-election", "enum", set("pemilu", `"pilpres"`)),
		misshapen("unknown-level", "enum", set("tingkat", `"rt"`)),
		misshapen("nation-with-area", "type", set("tingkat", `"nasional"`)),
		misshapen("area-of-another-level", "max-length", set("tingkat", `"kec"`)),
		misshapen("impossible-polling-date", "format", set("tanggal_pemungutan", `"2024-02-30"`)),
		misshapen("negative-count", "minimum", set(counts+"suara_tidak_sah", "-1")),
		misshapen("count-as-text", "type", set(counts+"suara_sah", `"200"`)),
		misshapen("candidate-as-text", "type", set("chart/100026", `"80"`)),
		misshapen("progress-as-text", "type", set("progres", `"100 %"`)),
	)}
}

func writeRekapitulasi(r *row) {
	r.open()
	r.text("pemilu", "ppwp")
	r.text("tanggal_pemungutan", "2024-02-14")
	r.text("tingkat", "kel")
	r.start("kode_wilayah")
	r.village(r.n, "")
	r.stop()
	r.start("nama_wilayah")
	r.coined(r.n)
	r.stop()
	r.text("formulir", "MODEL D.HASIL KECAMATAN-PPWP")
	r.date("tanggal_rekapitulasi", 2024, 2024)
	r.null("psu")
	n := r.between(1, 15) // stations, as if all were alike
	b := box(r).times(n)
	r.object("chart")
	r.int("100025", b.calon[0])
	r.int("100026", b.calon[1])
	r.int("100027", b.calon[2])
	r.null("null")
	r.end()
	b.write(r)
	r.object("progres")
	r.int("total", n)
	r.int("progres", n)
	r.end()
	r.end()
}

// times is n boxes that are alike.
func (b ballotBox) times(n int) ballotBox {
	for i := range b.calon {
		b.calon[i] *= n
	}
	b.sah *= n
	b.tidak *= n
	for _, t := range []*three{&b.pemilih, &b.dpt, &b.dptb, &b.non, &b.total} {
		*t = three{t.j * n, t.l * n, t.p * n}
	}
	return b
}
