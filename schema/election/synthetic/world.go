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

// place is where station n lies: sorted like published files, from a place that
// the seed chooses on. Numbers count from 1 but at, which is the index of
// province and regency together.
func (r *row) place(n int) (at, district, village, tps int) {
	const all = stations * villages * districts * regencies * 38
	i := (n + int(mix(r.seed)%all)) % all
	tps = i%stations + 1
	i /= stations
	village = i%villages + 1
	i /= villages
	district = i%districts + 1
	return i / districts, district, village, tps
}

// station appends the code of station n, 13 characters. Overseas it is another
// one, with letters, as in 31 of 128 missions.
func (r *row) station(n int, overseas bool) {
	at, district, village, tps := r.place(n)
	if overseas {
		// A letter, and a letter or digit, for province and regency.
		const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
		r.add("99")
		r.b = append(r.b, signs[at/len(signs)], signs[at%len(signs)])
	} else {
		r.add(provinces[at/regencies])
		r.pad(at%regencies+1, 2)
	}
	r.pad(district, 2)
	r.pad(2000+village, 4)
	r.pad(tps, 3)
}

// hamlets is how many villages there are in all.
const hamlets = villages * districts * regencies * 38

// village appends the code of village n of hamlets, with something between
// its parts.
func (r *row) village(n int, gap string) {
	at, district, village, _ := r.place(n % hamlets * stations)
	r.add(provinces[at/regencies])
	r.add(gap)
	r.pad(at%regencies+1, 2)
	r.add(gap)
	r.pad(district, 2)
	r.add(gap)
	r.pad(2000+village, 4)
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

// party writes the name of a party; every combination is made up.
func (r *row) party(name string) {
	r.text(name, "Partai ", r.pick(words), " ", r.pick(words), " Contoh")
}

// partyCode writes KPU's id of a party that there is not.
func (r *row) partyCode(name string) {
	r.start(name)
	r.pad(r.between(900, 917), 3)
	r.stop()
}

// numbered writes a text that ends in a number.
func (r *row) numbered(name, before string, n, width int, after string) {
	r.start(name)
	r.add(before)
	r.pad(n, width)
	r.add(after)
	r.stop()
}

// named writes the name of nobody as a member.
func (r *row) named(name string) {
	r.start(name)
	r.person()
	r.stop()
}

// street writes an address.
func (r *row) street(name string) {
	r.start(name)
	r.add("Jalan ")
	r.add(r.pick(words))
	r.add(" No. ")
	r.pad(r.between(1, 200), 1)
	r.add(", RT ")
	r.pad(r.between(1, 12), 3)
	r.add("/RW ")
	r.pad(r.between(1, 9), 3)
	r.stop()
}

// moment writes a day and a time without zone.
func (r *row) moment(name string, from, to int) {
	r.start(name)
	r.day(from, to)
	r.add(" ")
	r.clock(":")
	r.stop()
}

// hash writes 64 hexadecimal digits.
func (r *row) hash(name string) {
	const hex = "0123456789abcdef"
	r.start(name)
	for range 4 {
		for v, i := r.Uint64(), 0; i < 16; i++ {
			r.b = append(r.b, hex[v&15])
			v >>= 4
		}
	}
	r.stop()
}

// sentence writes a text of a few words.
func (r *row) sentence(name string, most int) {
	r.start(name)
	r.add("Uraian contoh")
	for range r.between(3, most) {
		r.add(" ")
		r.add(r.pick(words))
	}
	r.add(".")
	r.stop()
}

var elections = []string{"ppwp", "pdpr", "pdpd", "pdprdp", "pdprdk", "pkwkp", "pkwkk"}
