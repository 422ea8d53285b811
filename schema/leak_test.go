package schema

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	csvfile "encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/shared"
)

// Every number here is made up: areas 99 do not exist.
var leakCases = []struct{ text, want string }{
	// a NIK by itself, and at every edge of its shape
	{"3299990101010001", "nik"},
	{"3299993112999999", "nik"},
	{"3299994101010001", "nik"}, // a woman's
	{"3299997112010001", "nik"},
	{"1199990101010001", "nik"},
	{"9799990101010001", "nik"},
	{"3299990001010001", ""}, // day 0
	{"3299993201010001", ""}, // day 32
	{"3299994001010001", ""}, // day 40
	{"3299997201010001", ""}, // day 72
	{"3299990100010001", ""}, // month 0
	{"3299990113010001", ""}, // month 13
	{"3299990101010000", ""}, // serial 0
	{"3200990101010001", ""}, // regency 0
	{"3299000101010001", ""}, // district 0
	{"2099990101010001", ""}, // no such province
	{"2299990101010001", ""},
	{"4199990101010001", ""},
	{"9899990101010001", ""},
	{"0199990101010001", ""}, // a body's tax number
	{"329999010101000", ""},  // 15
	{"32999901010100011", ""},
	{"13299990101010001", ""},
	{"3299990101010001000000", ""}, // NITKU
	{"198001012005011001", ""},     // an official's number
	// inside texts, URLs and names of files
	{"NIK 3299990101010001.", "nik"},
	{"a.n. Warga Contoh (3299990101010001)", "nik"},
	{"https://contoh.invalid/calon/3299990101010001.jpg", "nik"},
	{"https://contoh.invalid/?nik=3299990101010001&x=1", "nik"},
	{"foto_3299990101010001.jpg", "nik"},
	{"NIK3299990101010001.jpg", "nik"},
	{"3299990101010001_ktp.pdf", "nik"},
	{"ktp-3299990101010001-2.pdf", "nik"},
	{"3299990101010001jpg", "nik"},
	{"a3299990101010001", "nik"},
	{"7,3299990101010001,Jalan Contoh", "nik"},
	{"1.2.3299990101010001", "nik"},
	{"12.3299990101010001.jpg", "nik"},
	{"20240214.3299990101010001", "nik"},
	{"3299990101010001,3299994101010002", "nik"},
	{"31.12.2023 3299990101010001", "nik"},
	// in groups
	{"3299 9901 0101 0001", "nik"},
	{"3299-9901-0101-0001", "nik"},
	{"3299.9901.0101.0001", "nik"},
	{"3299_9901_0101_0001.jpg", "nik"},
	{"329999 010101 0001", "nik"},
	{"32.99.99.010101.0001", "nik"},
	{"329999.01.01.01.0001", "nik"},
	{"32-99-99-01-01-01-0001", "nik"},
	{"RT 12 3299 9901 0101 0001 ext", "nik"},
	{"3299 9901-0101 0001", ""}, // two kinds of gaps
	{"3299  9901  0101  0001", ""},
	{"32 9999 0101 010001", ""},
	{"3299 9901 0101 00011", ""},
	{"1-3299-9901-0101-0001", ""},
	{"3299-9901-0101-0001-1", ""},
	{"ab3299-9901-0101-0001", ""},
	{"3299-9901-0101-0001ab", ""},
	{"3299 9901 0101 000", ""},
	{"3299 9932 0101 0001", ""},
	{"3299 9901 1301 0001", ""},
	// of a family
	{"NKK 3299990101010001", "nkk"},
	{"No. KK: 3299990101010001", "nkk"},
	{"KK No. 3299990101010001", "nkk"},
	{"kk_3299990101010001.pdf", "nkk"},
	{"Kartu Keluarga nomor 3299 9901 0101 0001", "nkk"},
	{"KK 3299994101010001", "nik"}, // no family is issued on a 41st
	{"KK dan NIK 3299990101010001", "nik"},
	{"pokok 3299990101010001", "nik"},
	// telephone numbers
	{"081299999999", "phone"},
	{"0812999999", "phone"},
	{"0812999999999", "phone"},
	{"+6281299999999", "phone"},
	{"6281299999999", "phone"},
	{"+62 812-9999-9999", "phone"},
	{"+62-812-9999-999", "phone"},
	{"+62 (0) 812 9999 9999", "phone"},
	{"+62 (812) 9999 9999", ""}, // not a way to write one
	{"(0812) 9999 9999", "phone"},
	{"0812.9999.9999", "phone"},
	{"0812 99 99 99 99", "phone"},
	{"0812\u00a09999\u00a09999", "phone"},
	{"HP/WA:081299999999,", "phone"},
	{"WA081299999999.jpg", "phone"},
	{"https://wa.me/6281299999999?text=x", "phone"},
	{"Jalan Contoh 12 081299999999", "phone"},
	{"0812999999 / 021 9999999", "phone"},
	{"081299999", ""},      // 9 digits
	{"08129999999999", ""}, // 14
	{"080299999999", ""},
	{"084299999999", ""},
	{"086299999999", ""},
	{"071299999999", ""},
	{"62 7129 9999 99", ""},
	{"+6221 9999 9999", ""}, // a land line
	{"0812 9 9 9 9 9 9 9 9", ""},
	{"0812  9999  9999", ""},
	{"0812/9999/9999", ""},
	{"12.081299999999", ""},
	{"0.081299999999", ""},
	{"1081299999999", ""},
	{"20240214-081234-99999999", ""},
	{"08-12-2024 10.20.30", ""},
	{"08 12 2024 1020", ""},
	// what must stay silent
	{"", ""},
	{"1", ""},
	{"PARTAI CONTOH SATU", ""},
	{"106.8234567890123456", ""}, // once in the published coordinates
	{"-6.3299990101010001", ""},
	{"106.3299990101010001", ""},
	{"lon=106.3299990101010001;", ""},
	{"106,3299990101010001", ""},
	{"-6.3299990101010001,106.3299990101010001", ""},
	{"https://contoh.invalid/@-6.3299990101010001,106.3299990101010001,17z", ""},
	{"!3d-6.3299990101010001!4d106.3299990101010001", ""},
	{"1.3299990101010001e-05", ""},
	{"1106.3299990101010001", "nik"}, // no degree
	{"3299012001", ""},               // a village
	{"3299012001001", ""},            // a station
	{"99AA010001001", ""},
	{"6299012001001", ""}, // of Central Kalimantan, where numbers begin like Indonesia's code
	{"32.99.01.2001", ""},
	{"32.99.01.2001.001", ""},
	{"2024-02-14", ""},
	{"2024-02-16 13:30:32", ""},
	{"2024-02-14T23:59:59.9999999+07:00", ""},
	{"20240214133032", ""},
	{"2024021413303212", ""},
	{"2023-12-31 10:36:27", ""},
	{"3299990102010001.", "nik"},
	{"https://contoh.invalid/477b/pemilu/ppwp/32/99/01/20/01/3299012001001-20240216-081230--68cc1101-644d-4f5f-a2fc-92eaeeef5832.jpg", ""},
	{"https://contoh.invalid/f/3299012001001-20240216-081230--08123456-7890-4123-8123-081234567890.jpg", ""},
	{"08123456-7890-4123-8123-081234567890", ""},
	{"abcdef01-0812-4345-9876-abcdef012345", ""},
	{"abcdef01-3299-4101-8101-000112345678", ""},
	{"3299990101010001cafecafe3299990101010001cafecafe3299990101010001", ""},
	{"65cb3299990101010001abcd", ""}, // an object's id
	{"aa081299999999bbccddeeff00112233", ""},
	{"q3299990101010001cafecafe3299990101010001cafecafe", "nik"}, // q is no hexadecimal digit
	{"aGVsbG8_d29ybGQ-081a2b3c4d5e6f708192a3b4c5d6e", ""},
	{"01.234.567.8-901.234", ""}, // a tax number, old
	{"M.HH-999.AH.11.02 TAHUN 2022", ""},
	{"9007199254740991", ""},
	{"1234567890123456", ""},
	{"0000000000000000", ""},
	{"１２３４５６７８９０", ""},
}

func TestLeak(t *testing.T) {
	for _, c := range leakCases {
		if got := leak([]byte(c.text)); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

// TestLeakAnywhere puts numbers behind and before every printable ASCII
// character: only a digit, or what makes a fraction or another number of it,
// hides one.
func TestLeakAnywhere(t *testing.T) {
	for c := byte(' '); c < 0x7f; c++ {
		for _, n := range []struct{ text, want string }{{"3299990101010001", "nik"}, {"0812999999999", "phone"}} {
			if isDigit(c) {
				n.want = ""
			}
			for _, text := range []string{string(c) + n.text, n.text + string(c), "x" + string(c) + n.text + string(c) + "x"} {
				if got := leak([]byte(text)); got != n.want {
					t.Errorf("%q: got %q, want %q", text, got, n.want)
				}
			}
		}
	}
}

// TestLeakAtEveryPlace moves texts through the blocks in which leak reads: what
// is before and behind changes nothing.
func TestLeakAtEveryPlace(t *testing.T) {
	for _, c := range leakCases {
		if len(c.text) == 0 {
			continue
		}
		for n := range 130 {
			text := strings.Repeat("x", n) + " " + c.text + " " + strings.Repeat("y", 130-n)
			if got := leak([]byte(text)); got != c.want {
				t.Errorf("%d bytes before %q: got %q, want %q", n, c.text, got, c.want)
			}
		}
	}
	for n := range 300 {
		text := strings.Repeat("1", n) + " 3299990101010001"
		if got := leak([]byte(text)); got != "nik" {
			t.Errorf("%d digits before: got %q", n, got)
		}
	}
}

// TestLeakPassesNothingBy: leak looks only at runs of digits that may be something;
// here all are looked at, in texts made of what it looks for.
func TestLeakPassesNothingBy(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	pieces := []string{"3299990101010001", "3299", "9901", "0101", "0001", "329999", "010101", "32", "99", "01", "08", "081", "0812", "62", "6281", "62812", "812", "999", "9", "12",
		" ", ".", "-", "_", "x", "/", " ", "-", "(0)", "+62 ", "329999-010101-0001", "32.99.99.010101.0001", "32.99.99.01.01.01.0001", "329999 01 01 01 0001", "3299 9901 0101 0001", "0812-3456-789", "62 812 3456 789", ")", "\u00a0", "62)\u00a0(0))\u00a0812", "812345678"}
	found := map[string]int{}
	for range 100_000 {
		var b strings.Builder
		if r.IntN(3) == 0 {
			b.WriteString(strings.Repeat("y", r.IntN(140)))
		}
		for range 1 + r.IntN(12) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		text := []byte(b.String())
		want := ""
		for start := 0; start < len(text) && len(text) >= leakDigits && want == ""; start++ {
			if isDigit(text[start]) && (start == 0 || !isDigit(text[start-1])) {
				end := start
				for end < len(text) && isDigit(text[end]) {
					end++
				}
				want = leakAt(text, start, end)
			}
		}
		if got := leak(text); got != want {
			t.Fatalf("%q: got %q, want %q", text, got, want)
		}
		found[want]++
	}
	if len(found) < 3 {
		t.Errorf("found only %v", found)
	}
}

func TestDigitBits(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 10_000 {
		text := make([]byte, 8+r.IntN(100))
		for i := range text {
			text[i] = byte(r.IntN(256))
			if r.IntN(2) == 0 {
				text[i] = "/0123456789:"[r.IntN(12)]
			}
		}
		base := r.IntN(len(text))
		got := digitBits(text, base, 64)
		for i := range 64 {
			want := base+i < len(text) && isDigit(text[base+i])
			if got>>i&1 == 1 != want {
				t.Fatalf("%q from %d: bit %d is %v", text, base, i, !want)
			}
		}
	}
}

func TestLeakAllocatesNothing(t *testing.T) {
	var texts [][]byte
	for _, c := range leakCases {
		texts = append(texts, []byte(c.text))
	}
	if n := testing.AllocsPerRun(10, func() {
		for _, text := range texts {
			leak(text)
		}
	}); n != 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}

// TestLeakIsLinear gives it texts of 1 MiB that make it look back and ahead as
// often as can be. It needs milliseconds; were it quadratic in one of them, it
// would need a minute.
func TestLeakIsLinear(t *testing.T) {
	for _, unit := range []string{
		"a3299990101010001", "a081299999999", "3299 9901 0101 ", "081 ", "32 99 99 01 ", "0812 9999 ", "62 ", "no ",
		"08123456-7890-4123-8123-", "329999010101000", "8", "0", "(0)", "1.3299990101010001", "a32999901010100010", "f081299999999",
	} {
		text := bytes.Repeat([]byte(unit), 1<<20/len(unit))
		start := time.Now()
		leak(text)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%q: 1 MiB took %v", unit, took)
		}
	}
}

// FuzzLeak: leak neither panics nor answers with anything else; what it finds
// is still there with text around it that joins nothing, and a text without
// enough digits holds none.
func FuzzLeak(f *testing.F) {
	for _, c := range leakCases {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got := leak(text)
		if got != "" && got != leakNIK && got != leakNKK && got != leakPhone {
			t.Fatalf("got %q", got)
		}
		digits := 0
		for _, c := range text {
			if isDigit(c) {
				digits++
			}
		}
		if got == leakPhone && digits < 10 || (got == leakNIK || got == leakNKK) && digits < 16 {
			t.Errorf("%q: got %q of %d digits", text, got, digits)
		}
		around := append(append([]byte("| "), text...), " |"...)
		if again := leak(around); got != "" && again == "" {
			t.Errorf("%q: got %q, then nothing between blanks", text, got)
		}
	})
}

// TestLeakInRealRows: no published row outside the lists of candidates' photos
// holds such a number, so whatever it finds there is a mistake. What they say
// stays in the files: a failure names the file and the line.
func TestLeakInRealRows(t *testing.T) {
	for _, folder := range []string{"sirekap2024", "sirekap2024/expected", "dct2024", "tps_lokasi", "tps_register", "wilayah", "hoaks", "ref"} {
		files, err := os.ReadDir(shared.Path(t, append([]string{"data"}, strings.Split(folder, "/")...)...))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if name := folder + "/" + f.Name(); strings.HasSuffix(strings.TrimSuffix(name, ".gz"), ".csv") {
				t.Run(name, func(t *testing.T) { silentCSV(t, shared.Path(t, "data", name)) })
			}
		}
	}
}

func silentCSV(t *testing.T, name string) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if path.Ext(name) == ".gz" {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	rows := csvfile.NewReader(bufio.NewReader(in))
	rows.ReuseRecord, rows.FieldsPerRecord, rows.LazyQuotes = true, -1, true
	cells, bytes := 0, 0
	for line := 1; ; line++ {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal("line", line, "cannot be read")
		}
		for column, cell := range row {
			cells++
			bytes += len(cell)
			if got := leak([]byte(cell)); got != "" {
				t.Errorf("line %d, column %d: got %q, want none", line, column+1, got)
			}
		}
	}
	if cells == 0 {
		t.Error("no cell was read")
	}
	t.Logf("%d cells, %d bytes", cells, bytes)
}

// TestLeakInRealDocuments looks at every string of the raw documents, photo
// URLs with their UUIDs and times among them.
func TestLeakInRealDocuments(t *testing.T) {
	z, err := zip.OpenReader(shared.Path(t, "data", "sirekap2024", "raw_sirekap_ppwp_dki.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	urls := 0
	var look func(where string, v any)
	look = func(where string, v any) {
		switch v := v.(type) {
		case string:
			if strings.HasPrefix(v, "http") {
				urls++
			}
			if got := leak([]byte(v)); got != "" {
				t.Errorf("%s: got %q, want none", where, got)
			}
		case []any:
			for _, v := range v {
				look(where, v)
			}
		case map[string]any:
			for _, v := range v {
				look(where, v)
			}
		}
	}
	documents := map[string][]byte{}
	for i, f := range z.File {
		if path.Ext(f.Name) != ".json" {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		documents[fmt.Sprint("document ", i)] = b
	}
	for _, name := range []string{"raw_pdpd_1101012001001.json", "raw_pdpr_hr_kel_1671041005.json"} {
		b, err := os.ReadFile(shared.Path(t, "data", "sirekap2024", name))
		if err != nil {
			t.Fatal(err)
		}
		documents[name] = b
	}
	for where, b := range documents {
		var v any
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(where, "cannot be read")
		}
		look(where, v)
	}
	if urls < 1000 {
		t.Errorf("only %d URLs were looked at", urls)
	}
}

// TestLeakFindsEveryOne writes made-up numbers into the sorts of text in which
// they turned up: none may get past.
func TestLeakFindsEveryOne(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	provinces := []int{11, 19, 21, 31, 36, 51, 53, 61, 65, 71, 76, 81, 82, 91, 97}
	for range 100_000 {
		day := 1 + r.IntN(31)
		if r.IntN(2) == 0 {
			day += 40
		}
		nik := fmt.Sprintf("%02d99%02d%02d%02d%02d%04d", provinces[r.IntN(len(provinces))], 1+r.IntN(99), day, 1+r.IntN(12), r.IntN(100), 1+r.IntN(9999))
		phone := fmt.Sprintf("8%c%0*d", "1235789"[r.IntN(7)], 7+r.IntN(4), r.IntN(10_000_000))
		for _, text := range []string{
			"https://contoh.invalid/foto/" + nik + ".jpg",
			"https://contoh.invalid/foto/2024/" + nik[:2] + "/" + nik + "-1.png?v=20240214",
			"Warga Contoh " + nik,
			"(" + nik[:4] + " " + nik[4:8] + " " + nik[8:12] + " " + nik[12:] + ")",
			nik[:6] + "." + nik[6:12] + "." + nik[12:],
		} {
			if got := leak([]byte(text)); got != "nik" {
				t.Fatalf("%q: got %q, want nik", text, got)
			}
		}
		for _, text := range []string{"0" + phone, "Hubungi 0" + phone, "+62" + phone, "wa.me/62" + phone, "+62 " + phone[:3] + "-" + phone[3:6] + "-" + phone[6:]} {
			if got := leak([]byte(text)); got != "phone" {
				t.Fatalf("%q: got %q, want phone", text, got)
			}
		}
	}
}

// TestLeakIsSilentOnNoise: identifiers that machines make almost never look
// like numbers of people.
func TestLeakIsSilentOnNoise(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const tries = 200_000
	for _, c := range []struct {
		name string
		make func() string
		most int // of tries
	}{
		{"UUID", func() string {
			return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", r.Uint32(), r.IntN(1<<16), r.IntN(1<<12), 1<<15+r.IntN(1<<14), r.Int64N(1<<48))
		}, 0},
		{"SHA-256", func() string {
			return fmt.Sprintf("%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64())
		}, 0},
		{"MD5, upper case", func() string { return fmt.Sprintf("%016X%016X", r.Uint64(), r.Uint64()) }, 0},
		{"object id", func() string { return fmt.Sprintf("%08x%016x", r.Uint32(), r.Uint64()) }, 0},
		{"longitude", func() string { return fmt.Sprintf("10%d.%016d", r.IntN(10), r.Int64N(1e16)) }, 0},
		{"base64url digest", func() string {
			b := make([]byte, 43)
			for i := range b {
				b[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[r.IntN(64)]
			}
			return string(b)
		}, 0},
		{"station", func() string {
			return fmt.Sprintf("%02d%02d%02d%04d%03d", 11+r.IntN(87), 1+r.IntN(79), 1+r.IntN(40), 1000+r.IntN(1100), 1+r.IntN(999))
		}, tries / 1000},
		{"time in microseconds", func() string { return fmt.Sprint(1_700_000_000_000_000 + r.Int64N(1e14)) }, tries / 10}, // they begin like NIKs of Bengkulu
	} {
		n := 0
		for range tries {
			if leak([]byte(c.make())) != "" {
				n++
			}
		}
		if n > c.most {
			t.Errorf("%s: found %d times in %d, want at most %d", c.name, n, tries, c.most)
		}
	}
}

func BenchmarkLeak(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"code", "3299012001001"},
		{"name", "Partai Contoh Satu Persatuan"},
		{"url", "https://contoh.invalid/477b/pemilu/ppwp/32/99/01/20/01/3299012001001-20240216-081230--68cc1101-644d-4f5f-a2fc-92eaeeef5832.jpg"},
	} {
		b.Run(c.name, func(b *testing.B) {
			text := []byte(c.text)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				leak(text)
			}
		})
	}
}
