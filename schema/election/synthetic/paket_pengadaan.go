package synthetic

// paketPengadaan makes lkpp/paket-pengadaan; the number of the tender is the
// record's.
func paketPengadaan() dataset {
	return dataset{id: "lkpp/paket-pengadaan", write: writePaketPengadaan, defects: common("nama_paket",
		broken("hps-melebihi-pagu", set("pagu", "1")),
		broken("rup-bentuk", set("kd_rup", `"12 dan 13"`)),
		misshapen("year-as-text", "type", set("tahun_anggaran", `"2024"`)),
		misshapen("year-before-2000", "minimum", set("tahun_anggaran", "1999")),
		misshapen("empty-name", "min-length", set("nama_paket", `""`)),
		misshapen("negative-budget", "minimum", set("pagu", "-1")),
		misshapen("budget-as-text", "type", set("pagu", `"1 juta"`)),
		misshapen("missing-tender", "required", drop("kd_tender")),
		misshapen("announced-in-words", "pattern", set("tgl_pengumuman", `"besok"`)),
	)}
}

func writePaketPengadaan(r *row) {
	r.open()
	r.int("tahun_anggaran", r.between(2023, 2024))
	r.text("kd_klpd", "K99")
	r.text("nama_klpd", "Lembaga Contoh")
	r.int("kd_satker", r.between(100_000, 999_999))
	r.int("kd_lpse", r.between(1, 700))
	r.int("kd_tender", r.n)
	r.start("kd_rup")
	r.pad(r.between(1_000_000, 9_999_999), 1)
	for range r.below(3) {
		r.add(";")
		r.pad(r.between(1_000_000, 9_999_999), 1)
	}
	r.stop()
	r.text("nama_paket", "Pengadaan ", r.pick([]string{"surat suara", "kotak suara", "bilik", "tinta", "segel"}), " ", r.pick(words))
	hps := r.between(1, 9999) * 100_000
	r.int("pagu", hps+r.below(10)*100_000)
	r.int("hps", hps)
	r.text("sumber_dana", "APBN")
	r.text("jenis_pengadaan", "Barang")
	r.text("mtd_pemilihan", "Tender")
	r.text("status_tender", "Selesai")
	r.moment("tgl_pengumuman", 2023, 2024)
	r.date("tanggal_data", 2024, 2024)
	r.end()
}
