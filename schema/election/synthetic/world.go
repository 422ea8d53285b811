package synthetic

// provinces are codes of Kemendagri; KPU uses the same digits.
var provinces = []string{
	"11", "12", "13", "14", "15", "16", "17", "18", "19", "21", "31", "32", "33", "34", "35", "36", "51", "52", "53",
	"61", "62", "63", "64", "65", "71", "72", "73", "74", "75", "76", "81", "82", "91", "92", "93", "94", "95", "96",
}

// How many stations, villages and so on there are in each other, so that there
// is a station for every number up to MaxRecords.
const (
	stations  = 15
	villages  = 40
	districts = 25
	regencies = 20
)

// station appends the code of station n, 13 characters; sorted like published
// files, from a place that the seed chooses on. Overseas it is another one,
// with letters, as in 31 of 128 missions.
func (r *row) station(n int, overseas bool) {
	all := stations * villages * districts * regencies * len(provinces)
	i := (n + int(mix(r.seed)%uint64(all))) % all
	tps := i%stations + 1
	i /= stations
	village := i%villages + 1
	i /= villages
	district := i%districts + 1
	i /= districts
	regency := i%regencies + 1
	province := provinces[i/regencies]
	if overseas {
		// A letter, and a letter or digit, for province and regency.
		const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		r.add("99")
		r.b = append(r.b, signs[i/len(signs)], signs[i%len(signs)])
	} else {
		r.add(province)
		r.pad(regency, 2)
	}
	r.pad(district, 2)
	r.pad(2000+village, 4)
	r.pad(tps, 3)
}

// area appends the code of an area: 2, 4 or 6 digits.
func (r *row) area(digits int) {
	r.add(r.pick(provinces))
	for ; digits > 2; digits -= 2 {
		r.pad(r.between(1, 20), 2)
	}
}

const consonants, vowels = "bcdfghjklmnprstw", "aeiou"

// coined appends a word of four syllables that no other number below 40
// million gives.
func (r *row) coined(n int) {
	const all = 80 * 80 * 80 * 80
	i := (n*12_345_679 + int(mix(r.seed)%all)) % all // no common divisor
	for k := range 4 {
		c := consonants[i/5%16]
		if k == 0 {
			c -= 'a' - 'A'
		}
		r.b = append(r.b, c, vowels[i%5])
		i /= 80
	}
}

var (
	given  = []string{"Bandu", "Cirka", "Dumari", "Ekadi", "Fanuri", "Gorani", "Hesmi", "Jumari", "Kalinda", "Lasmo", "Minarti", "Nolira", "Ponari", "Rasindo", "Sulima", "Tarwi"}
	family = []string{"Bawingo", "Cakuro", "Danumi", "Fariwo", "Gamindo", "Hurasi", "Jatuwe", "Kirondo", "Lomanta", "Masiwu", "Nurindo", "Pakoro", "Ranuwi", "Sikomo", "Tabuwe", "Wakindo"}
	titles = []string{"", "", "", "", ", S.H.", ", S.Sos.", ", M.Si.", ", S.E., M.M."}
	words  = []string{"Rukun", "Karya", "Maju", "Bersama", "Sentosa", "Harapan", "Cahaya", "Mandiri"}
)

// person appends the name of nobody.
func (r *row) person() {
	r.add(r.pick(given))
	r.add(" ")
	r.add(r.pick(family))
	r.add(r.pick(titles))
}

// nik appends a NIK of nobody: regency and district 99 do not exist.
func (r *row) nik(woman bool) {
	day := r.between(1, 28)
	if woman {
		day += 40
	}
	r.add(r.pick(provinces))
	r.add("9999")
	r.pad(day, 2)
	r.pad(r.between(1, 12), 2)
	r.pad(r.below(100), 2)
	r.pad(r.between(1, 9999), 4)
}

// decree appends the number of a decree of the ministry in its usual form; kind
// is 1 for the founding, 2 for a board, 3 for statutes.
func (r *row) decree(number, kind, year int) {
	r.add("M.HH-")
	r.pad(number, 1)
	r.add(".AH.11.0")
	r.pad(kind, 1)
	r.add(" TAHUN ")
	r.pad(year, 4)
}
