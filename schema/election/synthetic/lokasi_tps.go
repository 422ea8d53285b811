package synthetic

// lokasiTPS makes sirekap/lokasi-tps.
func lokasiTPS() dataset {
	return dataset{id: "sirekap/lokasi-tps", write: writeLokasiTPS, defects: common("id_sumber",
		broken("lintang-di-luar", set("lat", "6.5")),
		broken("bujur-di-luar", set("lon", "94.9999999")),
		broken("koordinat-sebagian", drop("lon")),
		broken("jenis-tak-dikenal", set("jenis_tps", `"GUDANG"`)),
		misshapen("latitude-beyond-the-pole", "any-of", set("lat", "90.0000001")),
		misshapen("coordinate-with-comma", "any-of", set("lon", `"106,634361"`)),
		misshapen("negative-accuracy", "minimum", set("accuracy_m", "-1")),
		misshapen("kode-tps-lower-case", "pattern", extra("", `"kode_tps":"99aa010001001"`)),
		misshapen("survey-date-with-slashes", "any-of", set("surveyed_at", `"05/01/2024"`)),
		misshapen("empty-source-id", "min-length", set("id_sumber", `""`)),
	)}
}

// writeLokasiTPS writes stations by the source's number, as in published files;
// most have the code too.
func writeLokasiTPS(r *row) {
	r.open()
	if !r.whole && r.chance(80) {
		r.start("kode_tps")
		r.station(r.n, false)
		r.stop()
	}
	r.numbered("id_sumber", "", r.n, 10, "-TPS 001")
	r.text("jenis_tps", r.pick([]string{"TPS", "lokasi khusus"}))
	r.text("kecamatan", r.pick(words))
	r.text("kelurahan", r.pick(words), " ", r.pick(words))
	if r.chance(60) {
		r.street("alamat")
	}
	r.degrees("lat", r.between(-10_999_999, 5_999_999), r.chance(20))
	r.degrees("lon", r.between(95_000_000, 140_999_999), r.chance(20))
	if r.some(60) {
		r.int("accuracy_m", r.between(1, 50))
	}
	if r.some(60) {
		r.moment("surveyed_at", 2023, 2024)
	}
	r.end()
}
