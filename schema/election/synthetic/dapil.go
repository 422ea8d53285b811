package synthetic

import "strconv"

// dapil makes sidapil/dapil: districts of councils of regencies.
func dapil() dataset {
	return dataset{id: "sidapil/dapil", write: writeDapil, most: 1_000_000, defects: common("nama_dapil",
		broken("kursi-dpr", func(b []byte, n int) []byte {
			// One of the house has four digits, so the year tells them apart.
			for _, c := range is("pemilu", `"pdpr"`, "tahun_pemilu", strconv.Itoa(1955+n%8000), "kode_dapil", `"`+strconv.Itoa(1000+n/8000)+`"`, "kursi", "2") {
				b = c(b, n)
			}
			return drop("alokasi_kursi")(b, n)
		}),
		// In a year of its own, so that no other district adds to its seats.
		broken("kursi-dprd-kab", drop("alokasi_kursi"), set("kursi", "13"), earlier),
		named("kursi-dprd-kab-55", []string{"kursi-dprd-kab", "kursi-dprd-kab-55"}, drop("alokasi_kursi"), set("kursi", "56"), earlier),
		broken("wilayah-ganda", set("wilayah", `[{"tingkat":"kel","kode_wilayah":"3199012001"},{"tingkat":"kel","kode_wilayah":"3199012001"}]`), earlier),
		broken("alokasi-jumlah", plus("alokasi_sisa_kursi", 1)),
		broken("penduduk-tidak-diketahui", set("penduduk", "-1")),
		misshapen("unknown-election", "enum", set("pemilu", `"ppwp"`)),
		misshapen("district-of-4-digits", "min-length", set("kode_dapil", `"3199"`)),
		misshapen("empty-name", "min-length", set("nama_dapil", `""`)),
		misshapen("no-areas", "min-items", set("wilayah", "[]")),
		misshapen("area-of-another-level", "max-length", set("wilayah/0/kode_wilayah", `"3199012001"`)),
		misshapen("area-without-code", "required", drop("wilayah/0/kode_wilayah")),
		misshapen("seats-as-text", "type", set("kursi", `"7"`)),
		misshapen("population-below-unknown", "minimum", set("penduduk", "-2")),
	)}
}

// earlier puts a district into a year before those of sound ones.
func earlier(b []byte, n int) []byte { return set("tahun_pemilu", strconv.Itoa(1955+n%69))(b, n) }

// writeDapil writes districts of a regency, five of them at most and each with
// districts (kecamatan) of its own.
func writeDapil(r *row) {
	r.open()
	r.text("pemilu", "pdprdk")
	n := r.n + int(mix(r.seed)%1000)
	province, regency, nth := 11+n%80, 1+n/80%60, n/80/60%5
	r.start("kode_dapil")
	r.pad(province, 2)
	r.pad(regency, 2)
	r.pad(1+nth, 2)
	r.stop()
	r.int("tahun_pemilu", 2024+5*(n/80/60/5))
	r.text("nama_dapil", "KABUPATEN CONTOH ", r.pick(words))
	r.list("wilayah")
	for k := range r.between(1, 8) {
		r.open()
		r.text("tingkat", "kec")
		r.start("kode_wilayah")
		r.pad(province, 2)
		r.pad(regency, 2)
		r.pad(1+8*nth+k, 2)
		r.stop()
		r.text("nama", r.pick(words))
		if r.chance(3) {
			r.bool("pecahan", true)
			r.text("bagian", "A")
		}
		r.end()
	}
	r.endList()
	seats := r.between(3, 11) // together 55 at most
	rest := r.below(2)
	r.int("kursi", seats)
	r.int("alokasi_kursi", seats-rest)
	r.int("alokasi_sisa_kursi", rest)
	r.int("penduduk", seats*r.between(20_000, 40_000))
	r.date("tanggal_data", 2023, 2023)
	r.end()
}
