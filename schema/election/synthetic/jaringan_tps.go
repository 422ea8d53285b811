package synthetic

var (
	operators    = []string{"Operator Contoh Satu", "Operator Contoh Dua", "Operator Contoh Tiga"}
	technologies = []string{"2G", "3G", "4G", "5G"}
	classes      = []string{"kuat", "sedang", "lemah", "tidak ada"}
	fallbacks    = []string{"kelurahan", "kantor kecamatan", "satelit"}
)

// jaringanTPS makes kominfo/jaringan-tps.
func jaringanTPS() dataset {
	return dataset{id: "kominfo/jaringan-tps", write: writeJaringanTPS, defects: common("kode_tps",
		broken("lintang-di-luar", set("lat", "6.5")),
		broken("bujur-di-luar", set("lon", "94.9999999")),
		broken("koordinat-sebagian", drop("lon")),
		broken("kelas-tak-dikenal", set("kelas", `"lumayan"`)),
		broken("teknologi-tak-dikenal", set("teknologi", `["4G","WiMAX"]`)),
		misshapen("latitude-beyond-the-pole", "any-of", set("lat", "90.0000001")),
		misshapen("coordinate-with-comma", "any-of", set("lon", `"106,634361"`)),
		misshapen("negative-accuracy", "minimum", set("accuracy_m", "-1")),
		misshapen("technology-as-text", "type", set("teknologi", `"4G"`)),
		misshapen("kode-tps-lower-case", "pattern", set("kode_tps", `"99aa010001001"`)),
		misshapen("survey-date-with-slashes", "any-of", set("surveyed_at", `"05/01/2024"`)),
	)}
}

func writeJaringanTPS(r *row) {
	r.open()
	r.start("kode_tps")
	r.station(r.n, false)
	r.stop()
	if r.some(95) {
		r.degrees("lat", r.between(-10_999_999, 5_999_999), r.chance(20))
		r.degrees("lon", r.between(95_000_000, 140_999_999), r.chance(20))
	} else {
		r.null("lat")
		r.null("lon")
	}
	if r.some(60) {
		r.int("accuracy_m", r.between(1, 50))
	}
	if r.chance(80) {
		r.street("alamat")
	}
	if r.some(70) {
		r.start("surveyed_at")
		r.day(2023, 2023)
		if r.chance(30) {
			r.add(" ")
			r.clock(":")
		}
		r.stop()
	}
	r.list("operator")
	for i := range r.between(1, 3) {
		r.item(operators[i])
	}
	r.endList()
	r.list("teknologi")
	first := r.below(len(technologies))
	for _, t := range technologies[first:] {
		r.item(t)
	}
	r.endList()
	r.text("kelas", r.pick(classes))
	if r.chance(20) {
		r.text("fallback", r.pick(fallbacks))
		r.int("distance_to_signal_m", 10*r.below(2000))
	}
	r.text("sumber", "survei contoh")
	r.date("tanggal_data", 2024, 2024)
	r.end()
}

// degrees writes millionths of a degree, as a number or as text.
func (r *row) degrees(name string, micro int, text bool) {
	r.name(name)
	if text {
		r.add(`"`)
	}
	if micro < 0 {
		r.add("-")
		micro = -micro
	}
	r.pad(micro/1_000_000, 1)
	r.add(".")
	r.pad(micro%1_000_000, 6)
	if text {
		r.add(`"`)
	}
}
