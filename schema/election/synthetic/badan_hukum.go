package synthetic

// decreed writes number and date of decree n of a kind; no other n has both.
func (r *row) decreed(kind int) (year int) {
	i := r.n + int(mix(r.seed)%1_000_000)
	number := i%999 + 1
	i /= 999
	day := i%28 + 1
	i /= 28
	month := i%12 + 1
	year = 1990 + i/12%35
	r.start("nomor_sk")
	r.decree(number, kind, year)
	r.stop()
	r.start("tanggal_sk")
	r.pad(year, 4)
	r.add("-")
	r.pad(month, 2)
	r.add("-")
	r.pad(day, 2)
	r.stop()
	return year
}

// decreeNumber writes the number of another decree.
func (r *row) decreeNumber(name string, kind, year int) {
	r.start(name)
	r.decree(r.between(1, 999), kind, year)
	r.stop()
}

// badanHukum makes ahu/badan-hukum.
func badanHukum() dataset {
	return dataset{id: "ahu/badan-hukum", write: writeBadanHukum, defects: common("nama",
		broken("sk-bentuk", within("nomor_sk", "Nomor ")),
		misshapen("party-code-with-letter", "pattern", set("kode_partai", `"9A"`)),
		misshapen("empty-name", "min-length", set("nama", `""`)),
		misshapen("missing-decree", "required", drop("nomor_sk")),
		misshapen("decree-number-as-number", "type", set("nomor_sk", "999")),
		misshapen("decree-date-with-time", "format", set("tanggal_sk", `"2020-05-19 00:00:00"`)),
		misshapen("gazette-as-text", "type", set("berita_negara", `"BN 99/2020"`)),
		misshapen("gazette-year-as-text", "type", set("berita_negara/tahun", `"2020"`)),
		misshapen("gazette-before-1945", "minimum", set("berita_negara/tahun", "1944")),
		misshapen("statutes-date-in-words", "format", set("perubahan_ad_art/tanggal_sk", `"1 Juni 2022"`)),
	)}
}

func writeBadanHukum(r *row) {
	r.open()
	if r.some(60) {
		r.partyCode("kode_partai")
	}
	r.party("nama")
	year := r.decreed(1)
	if r.chance(70) {
		r.text("singkatan", "P", string(consonants[r.below(16)]-32), "C")
	} else {
		r.null("singkatan")
	}
	if r.some(80) {
		r.object("berita_negara")
		r.start("nomor")
		r.pad(r.between(1, 99), 1)
		r.stop()
		r.int("tahun", year)
		r.end()
	}
	if r.chance(70) {
		r.deed(year)
	}
	if r.chance(50) {
		r.object("kepengurusan_pusat")
		r.decreeNumber("nomor_sk", 2, 2022)
		r.date("tanggal_sk", 2022, 2022)
		r.text("periode", "2022-2027")
		r.end()
	}
	if r.some(30) {
		r.object("perubahan_ad_art")
		r.decreeNumber("nomor_sk", 3, 2023)
		r.date("tanggal_sk", 2023, 2023)
		r.letter(2023)
		r.end()
	} else {
		r.null("perubahan_ad_art")
	}
	r.text("statusHukum", "berbadan hukum")
	r.date("tanggal_data", 2024, 2024)
	r.end()
}

// deed writes the notary's deed of the year before.
func (r *row) deed(year int) {
	r.object("akta_notaris")
	r.numbered("nomor", "", r.between(1, 99), 1, "")
	r.date("tanggal", year-1, year-1)
	r.named("notaris")
	r.end()
}

// letter writes the letter of the party's court that there is no dispute.
func (r *row) letter(year int) {
	r.object("surat_mahkamah_partai")
	r.numbered("nomor", "", r.between(1, 99), 1, "/MP")
	r.date("tanggal", year, year)
	r.end()
}

// refounded makes the number of a decree that of a founding one, in a spelling
// with blanks that no other record has.
func refounded(b []byte, _ int) []byte {
	_, from, to, ok := locate(b, "nomor_sk")
	if !ok {
		return b
	}
	// "M.HH-<n>.AH.11.0<k> TAHUN <year>"
	number, year := b[from+len(`"M.HH-`):to-len(`.AH.11.02 TAHUN 2000"`)], b[to-len(`2000"`):to-1]
	return splice(b, from, to, `"M.HH - `+string(number)+`.AH.11.01 TAHUN `+string(year)+`"`)
}
