package synthetic

// wilayah makes referensi/wilayah: villages in the code of Kemendagri, and the
// same list anew in each version.
func wilayah() dataset {
	return dataset{id: "referensi/wilayah", write: writeWilayah, defects: common("nama",
		broken("kode-berakhir", extra("", `"berlaku_sampai":"2024-01-01"`)),
		broken("perubahan-tak-dikenal", extra("", `"perubahan":"moved"`)),
		misshapen("empty-name", "min-length", set("nama", `""`)),
		misshapen("unknown-system", "enum", set("sistem", `"pos"`)),
		misshapen("unknown-level", "enum", set("tingkat", `"rt"`)),
		misshapen("code-without-dots", "pattern", set("kode", `"3199012001"`)),
		misshapen("code-of-another-level", "pattern", set("tingkat", `"kec"`)),
		misshapen("code-of-another-system", "pattern", set("sistem", `"kpu"`)),
		misshapen("first-day-in-words", "format", set("berlaku_dari", `"sejak dulu"`)),
		misshapen("successor-as-text", "type", extra("", `"pengganti":"31.99.01.2002"`)),
	)}
}

func writeWilayah(r *row) {
	r.open()
	r.text("sistem", "kemendagri")
	r.text("tingkat", "kel")
	r.start("kode")
	r.village(r.n, ".")
	r.stop()
	r.start("nama")
	r.coined(r.n)
	r.stop()
	r.numbered("versi", "4.0.", r.n/hamlets, 1, "")
	r.text("berlaku_dari", "2022-02-14")
	r.text("jenis", "desa")
	r.end()
}
