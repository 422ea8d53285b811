package synthetic

// hasilTPS makes sirekap/hasil-tps: complete rows, rows without votes, without
// administration and without either, in about the shares of February 2024. One
// in twelve is of another election than the presidential one.
func hasilTPS() dataset {
	return dataset{id: "sirekap/hasil-tps", write: writeHasilTPS, defects: common("kode_tps",
		broken("A1", more(1, "suara_tidak_sah")...),
		broken("A2", more(1, "pengguna_dptb_j", "pengguna_dptb_l")...),
		broken("A3", more(1, "pengguna_dptb_j", "pengguna_dptb_l", "pengguna_total_j", "pengguna_total_l")...),
		broken("A4", plus("chart/100025", -1)),
		broken("A5_pemilih_dpt", more(1, "pemilih_dpt_l")...),
		broken("A5_pengguna_dpt", more(1, "pengguna_dpt_l")...),
		broken("A5_pengguna_dptb", more(1, "pengguna_dptb_l")...),
		broken("A5_pengguna_non_dpt", more(1, "pengguna_non_dpt_l")...),
		broken("A5_pengguna_total", more(1, "pengguna_total_l")...),
		// The bounds follow from the sums unless one of their numbers is missing.
		broken("B1", all(none("pemilih_dpt_l", "pemilih_dpt_p", "suara_total"), is(counts+"pemilih_dpt_j", "1"))...),
		broken("B2", all(none("pemilih_dpt_l", "pemilih_dpt_p", "pengguna_dpt_j"), is(
			counts+"pengguna_dptb_j", "0", counts+"pengguna_dptb_l", "0", counts+"pengguna_dptb_p", "0",
			counts+"pengguna_non_dpt_j", "0", counts+"pengguna_non_dpt_l", "0", counts+"pengguna_non_dpt_p", "0",
			counts+"pemilih_dpt_j", "200", counts+"suara_total", "201", counts+"suara_sah", "200", counts+"suara_tidak_sah", "1",
			counts+"pengguna_total_j", "201", counts+"pengguna_total_l", "100", counts+"pengguna_total_p", "101",
			"chart/100025", "100", "chart/100026", "60", "chart/100027", "40"))...),
		broken("B3", all(more(300, "pengguna_dptb_j", "pengguna_dptb_l", "pengguna_total_j", "pengguna_total_l", "suara_total", "suara_sah"), one(plus("chart/100025", 300)))...),
		broken("B4", more(200, "pemilih_dpt_j", "pemilih_dpt_l")...),
		broken("B5", all(none("suara_sah"), one(plus("chart/100025", 300)))...),
		broken("C1", all(none("pemilih_dpt_l", "pemilih_dpt_p", "pengguna_dpt_j", "suara_total"), is(counts+"pemilih_dpt_j", "0"))...),
		named("C2", []string{"C1", "C2"}, set("administrasi", `{"suara_sah":0,"suara_tidak_sah":0,"suara_total":0,`+
			`"pemilih_dpt_j":0,"pemilih_dpt_l":0,"pemilih_dpt_p":0,"pengguna_dpt_j":0,"pengguna_dpt_l":0,"pengguna_dpt_p":0,`+
			`"pengguna_dptb_j":0,"pengguna_dptb_l":0,"pengguna_dptb_p":0,"pengguna_non_dpt_j":0,"pengguna_non_dpt_l":0,"pengguna_non_dpt_p":0,`+
			`"pengguna_total_j":0,"pengguna_total_l":0,"pengguna_total_p":0}`), set("chart", "null"), set("status_suara", "false")),
		broken("C3", all(none("suara_sah"), is("chart/100025", "0", "chart/100026", "0", "chart/100027", "0"))...),
		broken("C4", all(none("pengguna_dptb_p"), is(counts+"pengguna_dptb_l", "1000"))...),
		// The rules of other elections: the same row, said to be of another one.
		broken("A4_calon", is("pemilu", `"pdpd"`, "chart", `{"1":1,"2":1}`)...),
		broken("A4_partai", is("pemilu", `"pdpr"`, "chart", `{"1":{"jml_suara_total":1,"jml_suara_partai":1}}`)...),
		broken("A4_caleg", all(none("suara_sah"), is("pemilu", `"pdpr"`, "chart", `{"1":{"jml_suara_total":10,"jml_suara_partai":4}}`), one(extra("", `"caleg":{"1":{"1":5}}`)))...),
		broken("B3_pilkada", all(more(300, "pengguna_dptb_j", "pengguna_dptb_l", "pengguna_total_j", "pengguna_total_l", "suara_total", "suara_sah"), one(plus("chart/100025", 300), set("pemilu", `"pkwkp"`)))...),
		broken("B5_calon", all(none("suara_sah"), is("pemilu", `"pdpd"`, "chart", `{"1":900}`))...),
		broken("B5_partai", all(none("suara_sah"), is("pemilu", `"pdpr"`, "chart", `{"1":{"jml_suara_total":900,"jml_suara_partai":900}}`))...),
		broken("C3_calon", all(none("suara_sah"), is("pemilu", `"pdpd"`, "chart", `{"1":0,"2":0}`))...),
		broken("C3_partai", all(none("suara_sah"), is("pemilu", `"pdpr"`, "chart", `{"1":{"jml_suara_total":0,"jml_suara_partai":0}}`))...),
		broken("C4_calon", all(none("suara_sah", "pengguna_total_j"), is("pemilu", `"pdpd"`, "chart", `{"1":1000}`))...),
		broken("A5_disabilitas", extra("", `"disabilitas":{"j":3,"l":1,"p":1}`)),
		broken("R6", all(none("pemilih_dpt_j", "pengguna_total_j", "suara_total"), one(extra("", `"surat_suara":{"diterima":100,"digunakan":90,"dikembalikan":1,"tidak_digunakan":1}`)))...),
		broken("R7", extra("", `"surat_suara":{"digunakan":1}`)),
		broken("R8", extra("", `"surat_suara":{"diterima":1}`)),
		broken("R8_pilkada", set("pemilu", `"pkwkp"`), extra("", `"surat_suara":{"diterima":1}`)),
		broken("R9", extra("", `"disabilitas":{"j":900,"l":450,"p":450}`)),
		broken("dapil-bukan-untuk-pemilu", extra("", `"kode_dapil":"3101"`)),
		broken("psu-tak-dikenal", set("psu", `"Pemungutan Suara Contoh"`)),
		broken("status-suara-bertentangan", set("status_suara", "false")),
		broken("status-adm-bertentangan", set("status_adm", "false")),
		broken("calon-lain", extra("chart", `"100028":1`)),
		misshapen("kode-tps-14-characters", "pattern", within("kode_tps", "0")),
		misshapen("unknown-election", "enum", set("pemilu", `"pilpres"`)),
		misshapen("impossible-polling-date", "format", set("tanggal_pemungutan", `"2024-02-30"`)),
		misshapen("missing-polling-date", "required", drop("tanggal_pemungutan")),
		misshapen("time-with-zone", "pattern", set("ts", `"2024-02-16T12:00:00Z"`)),
		misshapen("negative-count", "minimum", set(counts+"suara_tidak_sah", "-1")),
		misshapen("count-as-text", "type", set(counts+"suara_sah", `"200"`)),
		misshapen("fractional-count", "type", set(counts+"suara_sah", "199.5")),
		misshapen("chart-is-a-list", "type", set("chart", "[100,80,20]")),
		misshapen("candidate-as-text", "type", set("chart/100026", `"80"`)),
		misshapen("flag-as-text", "type", set("status_adm", `"true"`)),
		misshapen("image-as-number", "type", set("images/1", "1")),
	)}
}

// counts is where the numbers of administration lie.
const counts = "administrasi/"

// none makes null of some of them.
func none(names ...string) (out []change) {
	for _, n := range names {
		out = append(out, set(counts+n, "null"))
	}
	return out
}

// more adds to some of them.
func more(by int, names ...string) (out []change) {
	for _, n := range names {
		out = append(out, plus(counts+n, by))
	}
	return out
}

// is sets values: path and raw JSON, in turn.
func is(pairs ...string) (out []change) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, set(pairs[i], pairs[i+1]))
	}
	return out
}

func one(c ...change) []change { return c }

func all(lists ...[]change) (out []change) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

func writeHasilTPS(r *row) {
	election, day := "ppwp", "2024-02-14"
	if kind := r.below(100); !r.whole && kind >= 92 {
		election = elections[1+kind%6]
		if election == "pkwkp" || election == "pkwkk" {
			day = "2024-11-27"
		}
	}
	r.open()
	r.start("kode_tps")
	r.station(r.n, !r.whole && r.chance(1))
	code := len(r.b) - 13
	r.stop()
	r.text("pemilu", election)
	r.text("tanggal_pemungutan", day)
	if r.chance(15) {
		r.text("mode", "hhcw")
	}
	kind := r.below(100)
	votes, admin := kind < 50, kind < 40 || kind >= 50 && kind < 60
	if r.whole {
		votes, admin = true, true
	}
	b := box(r)
	if votes {
		r.votes(election, b)
	} else {
		r.null("chart")
	}
	r.images(code, election, votes || admin || r.chance(50))
	if admin {
		b.write(r)
	} else {
		r.null("administrasi")
	}
	if r.chance(1) {
		r.text("psu", "Pemungutan Suara Ulang")
	} else {
		r.null("psu")
	}
	r.start("ts")
	r.add(day[:8])
	r.pad(r.between(15, 25), 2)
	r.add(" ")
	r.clock(":")
	r.stop()
	r.bool("status_suara", votes)
	r.bool("status_adm", admin)
	r.end()
}

// votes writes the chart of an election, and for parties the votes of their
// candidates.
func (r *row) votes(election string, b ballotBox) {
	r.object("chart")
	r.null("null")
	switch election {
	case "ppwp":
		r.int("100025", b.calon[0])
		r.int("100026", b.calon[1])
		r.int("100027", b.calon[2])
		r.end()
	case "pdpd", "pkwkp", "pkwkk":
		for i, left := r.between(2, 6), b.sah; i > 0; i-- {
			n := left
			if i > 1 {
				n = r.below(left + 1)
			}
			left -= n
			r.comma()
			r.add(`"`)
			r.pad(695_600+i, 6)
			r.add(`":`)
			r.pad(n, 1)
		}
		r.end()
	default:
		r.parties(b.sah)
	}
}

var numbers = []string{"1", "2", "3", "4", "5", "6", "7", "8"}

// parties writes the totals of eight parties and the votes of three candidates
// of each, as the rest of a record's chart and its caleg.
func (r *row) parties(votes int) {
	var own [8]int
	var each [8][3]int
	for i := range own {
		total := votes
		if i < len(own)-1 {
			total = r.below(votes/3 + 1)
		}
		votes -= total
		own[i] = total
		for k := range each[i] {
			each[i][k] = r.below(own[i]/2 + 1)
			own[i] -= each[i][k]
		}
		r.object(numbers[i])
		r.int("jml_suara_total", total)
		r.int("jml_suara_partai", own[i])
		r.end()
	}
	r.end()
	r.object("caleg")
	for i, votes := range each {
		r.object(numbers[i])
		for k, n := range votes {
			r.int(numbers[k], n)
		}
		r.end()
	}
	r.end()
}

// images writes three photo URLs in the form in which they are published, or
// nulls. The station's code of 13 bytes stands at code in the record.
func (r *row) images(code int, election string, there bool) {
	r.list("images")
	for range 3 {
		r.comma()
		if !there || !r.whole && r.chance(3) {
			r.add("null")
			continue
		}
		r.add(`"https://formulir.contoh.invalid/`)
		r.pad(r.between(1000, 9999), 4)
		r.add("/pemilu/")
		r.add(election)
		for i := code; i < code+10; i += 2 {
			r.add("/")
			r.b = append(r.b, r.b[i:i+2]...)
		}
		r.add("/")
		r.b = append(r.b, r.b[code:code+13]...)
		r.add("-202402")
		r.pad(r.between(14, 20), 2)
		r.add("-")
		r.clock("")
		r.add("--")
		r.uuid()
		r.add(`.jpg"`)
	}
	r.endList()
}

// A ballotBox is what was counted at a station; its numbers fit together.
type ballotBox struct {
	calon                          [3]int
	sah, tidak                     int
	pemilih, dpt, dptb, non, total three
}

// three is a number in total, of men and of women.
type three struct{ j, l, p int }

func (a three) plus(b three) three { return three{a.j + b.j, a.l + b.l, a.p + b.p} }

func box(r *row) (b ballotBox) {
	split := func(j int) three {
		l := j / 2
		if j > 9 {
			l += r.below(j/5) - j/10
		}
		return three{j, l, j - l}
	}
	b.pemilih = split(r.between(150, 300))
	b.dpt = split(b.pemilih.j * r.between(55, 90) / 100)
	b.dptb, b.non = split(r.below(6)), split(r.below(6))
	b.total = b.dpt.plus(b.dptb).plus(b.non)
	b.tidak = r.between(1, 8)
	b.sah = b.total.j - b.tidak
	b.calon[0] = 1 + b.sah*r.between(10, 60)/100
	b.calon[1] = (b.sah - b.calon[0]) * r.between(20, 90) / 100
	b.calon[2] = b.sah - b.calon[0] - b.calon[1]
	return b
}

func (b ballotBox) write(r *row) {
	r.object("administrasi")
	r.int("suara_sah", b.sah)
	r.int("suara_total", b.total.j)
	b.pemilih.write(r, "pemilih_dpt_j", "pemilih_dpt_l", "pemilih_dpt_p")
	b.dpt.write(r, "pengguna_dpt_j", "pengguna_dpt_l", "pengguna_dpt_p")
	if !r.whole && r.chance(1) { // null is not zero
		r.null("pengguna_dptb_j")
		r.null("pengguna_dptb_l")
		r.null("pengguna_dptb_p")
	} else {
		b.dptb.write(r, "pengguna_dptb_j", "pengguna_dptb_l", "pengguna_dptb_p")
	}
	r.int("suara_tidak_sah", b.tidak)
	b.total.write(r, "pengguna_total_j", "pengguna_total_l", "pengguna_total_p")
	b.non.write(r, "pengguna_non_dpt_j", "pengguna_non_dpt_l", "pengguna_non_dpt_p")
	r.end()
}

func (t three) write(r *row, j, l, p string) {
	r.int(j, t.j)
	r.int(l, t.l)
	r.int(p, t.p)
}
