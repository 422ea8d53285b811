package synthetic

// kepengurusanPusat makes ahu/kepengurusan-pusat.
func kepengurusanPusat() dataset {
	return dataset{id: "ahu/kepengurusan-pusat", write: writeKepengurusanPusat, defects: append(common("nama",
		broken("sk-bentuk", within("nomor_sk", "Nomor ")),
		broken("sk-bukan-kepengurusan", refounded),
		misshapen("missing-decree", "required", drop("nomor_sk")),
		misshapen("period-as-number", "type", set("periode", "2022")),
		misshapen("former-decree-as-text", "type", set("menggantikan", `"M.HH-1"`)),
	), boards()...)}
}

func writeKepengurusanPusat(r *row) {
	r.open()
	if r.chance(60) {
		r.partyCode("kode_partai")
	}
	r.party("nama")
	year := r.decreed(2)
	r.start("periode")
	r.pad(year, 4)
	r.add("-")
	r.pad(year+5, 4)
	r.stop()
	n := r.between(3, 30)
	if r.whole {
		n = 3
	}
	r.officers(n, true)
	if r.some(50) {
		r.object("menggantikan")
		r.decreeNumber("nomor_sk", 2, year-5)
		r.date("tanggal_sk", year-5, year-5)
		r.end()
	}
	r.letter(year)
	if r.chance(70) {
		r.deed(year)
	}
	r.street("alamat")
	r.date("tanggal_data", 2024, 2024)
	r.end()
}
