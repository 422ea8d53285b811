package synthetic

// registerTPS makes referensi/register-tps.
func registerTPS() dataset {
	return dataset{id: "referensi/register-tps", write: writeRegisterTPS, defects: common("kode_tps",
		broken("dpt-jumlah", plus("pemilih_dpt_l", 1)),
		broken("dpt-300", plus("pemilih_dpt_j", 300), plus("pemilih_dpt_l", 300)),
		broken("jenis-tak-dikenal", set("jenis_tps", `"GUDANG"`)),
		broken("jenis-dan-kode", set("jenis_tps", `"KSK"`)),
		misshapen("kode-tps-lower-case", "pattern", set("kode_tps", `"99aa010001001"`)),
		misshapen("missing-polling-date", "required", drop("tanggal_pemungutan")),
		misshapen("impossible-polling-date", "format", set("tanggal_pemungutan", `"2024-02-30"`)),
		misshapen("negative-count", "minimum", set("pemilih_dpt_l", "-1")),
		misshapen("count-as-text", "type", set("pemilih_dpt_j", `"200"`)),
		misshapen("name-as-number", "type", set("nama_tps", "1")),
	)}
}

func writeRegisterTPS(r *row) {
	overseas := !r.whole && r.chance(1)
	r.open()
	r.start("kode_tps")
	r.station(r.n, overseas)
	tps := string(r.b[len(r.b)-3:])
	r.stop()
	r.text("tanggal_pemungutan", "2024-02-14")
	r.text("provinsi", r.pick(words))
	r.text("kabkota", r.pick(words), " ", r.pick(words))
	r.text("kecamatan", r.pick(words))
	r.start("kelurahan")
	r.coined(r.n / stations)
	r.stop()
	r.text("nama_tps", "TPS ", tps)
	if overseas {
		r.text("jenis_tps", r.pick([]string{"TPS", "TPSLN", "KSK", "POS"}))
	} else {
		r.text("jenis_tps", "TPS")
	}
	n := r.between(100, 300)
	men := n/2 + r.below(9)
	r.int("pemilih_dpt_j", n)
	r.int("pemilih_dpt_l", men)
	r.int("pemilih_dpt_p", n-men)
	r.end()
}
