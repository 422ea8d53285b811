package synthetic

// kantor makes sipol/kantor; the party's code is the record's number.
func kantor() dataset {
	return dataset{id: "sipol/kantor", write: writeKantor, most: 999_999, defects: common("alamat",
		broken("status-tak-dikenal", set("status", `"menumpang"`)),
		broken("formulir-tak-dikenal", set("formulir", `"MODEL F-LAIN"`)),
		broken("masa-berlaku-tidak-disebut", set("status", `"sewa"`), drop("berlaku_sampai")),
		misshapen("empty-address", "min-length", set("alamat", `""`)),
		misshapen("unknown-level", "enum", set("tingkat", `"desa"`)),
		misshapen("province-with-area-of-a-district", "max-length", set("tingkat", `"prov"`), set("kode_wilayah", `"319901"`)),
		misshapen("central-office-with-area", "type", set("tingkat", `"pusat"`), set("kode_wilayah", `"31"`)),
		misshapen("party-code-as-number", "type", set("kode_partai", "900")),
		misshapen("end-in-words", "format", set("berlaku_sampai", `"akhir tahun"`)),
	)}
}

func writeKantor(r *row) {
	r.open()
	r.numbered("kode_partai", "", r.n, 6, "")
	r.party("partai")
	if level := r.below(4); level == 3 {
		r.text("tingkat", "pusat")
		r.null("kode_wilayah")
	} else {
		r.text("tingkat", levels[level])
		r.start("kode_wilayah")
		r.area(2 + 2*level)
		r.stop()
	}
	r.street("alamat")
	r.text("status", r.pick([]string{"milik sendiri", "sewa", "pinjam pakai"}))
	if r.chance(50) {
		r.named("pemilik")
	}
	r.date("berlaku_dari", 2021, 2022)
	r.date("berlaku_sampai", 2025, 2026)
	r.text("formulir", "MODEL F-KANTOR.TETAP-PARPOL")
	if r.chance(50) {
		r.date("tanggal_data", 2022, 2024)
	}
	r.end()
}
