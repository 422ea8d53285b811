package synthetic_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
	"github.com/segel-id/segel/schema/election/synthetic"
)

func ExampleNew() {
	g, err := synthetic.New("ahu/permintaan-status", 5, 0.3)
	if err != nil {
		fmt.Println(err)
		return
	}
	for record, defect := range g.Rows(4) {
		if defect != nil {
			fmt.Println("#", defect.Name, defect.Finds)
		}
		fmt.Printf("%s\n", record)
	}
	// Output:
	// {"nama":"Partai Nutenili Contoh","kode_partai":"901","singkatan":"PPC","nomor_sk":"M.HH-739.AH.11.01 TAHUN 2023","tanggal_sk":"2023-01-01"}
	// # same-key [structure/duplicate-key]
	// {"nama":"Partai Nutenili Contoh","kode_partai":"901","singkatan":"PPC","nomor_sk":"M.HH-739.AH.11.01 TAHUN 2023","tanggal_sk":"2023-01-01"}
	// # cut-off [structure/json]
	// {"nama":"Partai Nitotada Contoh","kode_partai":"917","nomor_sk":"M.HH-483.AH.11.03 TAHUN 2004","tanggal_sk":"2004-02-24","tanggal_data":"2024-
	// {"nama":"Partai Netuwuju Contoh","kode_partai":"900","nomor_sk":"M.HH-453.AH.11.03 TAHUN 2019","tanggal_sk":"2019-06-12","tanggal_data":"2024-05-13"}
}

// registry compiles the definitions once.
var registry = sync.OnceValue(election.Registry)

func generator(t testing.TB, id string, seed uint64, defects float64) *synthetic.Generator {
	t.Helper()
	g, err := synthetic.New(id, seed, defects)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// file gives n records as NDJSON, and their defects by number from 1.
func file(g *synthetic.Generator, n int) ([]byte, map[int]*synthetic.Defect) {
	var b bytes.Buffer
	defects, i := map[int]*synthetic.Defect{}, 0
	for record, defect := range g.Rows(n) {
		b.Write(record)
		b.WriteByte('\n')
		if i++; defect != nil {
			defects[i] = defect
		}
	}
	return b.Bytes(), defects
}

func check(t testing.TB, id string, records []byte) *schema.Report {
	t.Helper()
	d, err := registry().Latest(id)
	if err != nil {
		t.Fatal(err)
	}
	report, err := d.Check(context.Background(), schema.NDJSON(bytes.NewReader(records)), schema.CheckOptions{AsOf: asOf, MaxDetails: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestSoundRecords: without defects nothing at all is found, whatever the seed.
func TestSoundRecords(t *testing.T) {
	for _, id := range synthetic.Datasets() {
		t.Run(id, func(t *testing.T) {
			for seed := range uint64(2) {
				records, defects := file(generator(t, id, seed*seed*977, 0), 500)
				if len(defects) > 0 {
					t.Fatal("a record has a defect that nobody asked for")
				}
				report := check(t, id, records)
				if report.Records != 500 || len(report.Details) > 0 {
					t.Fatalf("seed %d: %d records, %s", seed, report.Records, told(report, records))
				}
				if !jsonValid(records) {
					t.Fatal("not JSON")
				}
			}
		})
	}
}

// TestEveryDefectIsFound: the findings of a file are those that its defects
// announce, record by record, and no others.
func TestEveryDefectIsFound(t *testing.T) {
	for _, id := range synthetic.Datasets() {
		t.Run(id, func(t *testing.T) {
			met := map[string]bool{}
			for seed := range uint64(2) {
				for _, rate := range []float64{0.1, 0.9} {
					g := generator(t, id, seed, rate)
					records, defects := file(g, 500)
					report := check(t, id, records)
					if report.Records != 500 {
						t.Fatalf("got %d records", report.Records)
					}
					found := map[int][]string{}
					for _, f := range report.Details {
						found[f.Record] = append(found[f.Record], f.Rule)
					}
					for n := 1; n <= 500; n++ {
						var want []string
						name := "none"
						if d := defects[n]; d != nil {
							want, name = d.Finds, d.Name
							met[name] = true
						}
						if slices.Sort(found[n]); !slices.Equal(found[n], want) {
							t.Fatalf("seed %d, record %d, defect %s: got %v, want %v: %s", seed, n, name, found[n], want, bytes.Split(records, []byte("\n"))[n-1])
						}
					}
				}
			}
			for _, d := range generator(t, id, 0, 0).Defects() {
				if !met[d.Name] {
					t.Errorf("defect %s never came", d.Name)
				}
			}
		})
	}
}

// TestEnginesAgree: both engines give the same report of a file in which half
// of the records have a defect, down to the last place, number and text.
func TestEnginesAgree(t *testing.T) {
	for _, id := range synthetic.Datasets() {
		d, err := registry().Latest(id)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Engine(); got != "compiled" {
			t.Errorf("%s: %s", id, got)
		}
		records, _ := file(generator(t, id, 11, 0.5), 500)
		say := func(d *schema.Definition) string {
			report, err := d.Check(context.Background(), schema.NDJSON(bytes.NewReader(records)), schema.CheckOptions{AsOf: asOf, MaxDetails: 1_000_000})
			if err != nil {
				t.Fatal(err)
			}
			text, err := report.DetailsJSON()
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		if fast, slow := say(d), say(d.Reference()); fast != slow {
			t.Errorf("%s: the engines differ", id)
		}
	}
}

// TestEveryDatasetHasAGenerator: and there are no others.
func TestEveryDatasetHasAGenerator(t *testing.T) {
	var want []string
	for _, d := range registry().All() {
		if id := d.Ref().ID; !slices.Contains(want, id) { // of several versions, once
			want = append(want, id)
		}
	}
	if got := synthetic.Datasets(); !slices.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// takesMore are rules that no defect of one record breaks: they take 84
// districts of one election, three candidates of a list, and two. What rules
// about other datasets find depends on more than the file. Fixtures break all
// of these.
var takesMore = map[string]bool{
	"sidapil/dapil kursi-dpr-580":            true,
	"silon/calon satu-perempuan-tiap-tiga":   true,
	"silon/calon kuota-perempuan-pembulatan": true,
}

// TestEveryRuleHasADefect: there is a way to break each rule that the
// definition has, and to hurt its structure.
func TestEveryRuleHasADefect(t *testing.T) {
	for _, id := range synthetic.Datasets() {
		d, err := registry().Latest(id)
		if err != nil {
			t.Fatal(err)
		}
		g := generator(t, id, 1, 0)
		finds, names := map[string]bool{}, map[string]bool{}
		for _, defect := range g.Defects() {
			if names[defect.Name] {
				t.Errorf("%s: two defects are named %s", id, defect.Name)
			}
			names[defect.Name] = true
			for _, f := range defect.Finds {
				finds[f] = true
			}
		}
		for _, r := range d.Rules() {
			if r.Scope == schema.ScopeDataset || takesMore[id+" "+r.ID] {
				continue
			}
			if !finds[r.ID] {
				t.Errorf("%s: no defect breaks %s", id, r.ID)
			}
		}
		if !finds["structure/required"] || !finds["structure/duplicate-key"] {
			t.Errorf("%s: the common defects are missing", id)
		}
	}
}

// TestSameBytes: the digests are of files that were made when the generator was
// written. They change with a definition, and then on purpose.
func TestSameBytes(t *testing.T) {
	for _, id := range synthetic.Datasets() {
		records, _ := file(generator(t, id, 7, 0.1), 1000)
		sum := sha256.Sum256(records)
		if got, want := hex.EncodeToString(sum[:8]), golden[id]; got != want {
			t.Errorf("%q: %q, // want %q", id, got, want)
		}
	}
}

// TestRecordsStandForThemselves: more records, another share of defects or
// another call change no sound record; another seed or dataset changes all.
func TestRecordsStandForThemselves(t *testing.T) {
	for _, id := range synthetic.Datasets() {
		few, _ := file(generator(t, id, 3, 0), 100)
		g := generator(t, id, 3, 0)
		many, _ := file(g, 1000)
		if again, _ := file(g, 1000); !bytes.Equal(again, many) {
			t.Errorf("%s: a second call differs", id)
		}
		if !bytes.HasPrefix(many, few) {
			t.Errorf("%s: 100 records are not the first of 1000", id)
		}
		some, defects := file(generator(t, id, 3, 0.5), 100)
		plain, mixed := bytes.Split(few, []byte("\n")), bytes.Split(some, []byte("\n"))
		for i := range 100 {
			if defects[i+1] == nil && !bytes.Equal(plain[i], mixed[i]) {
				t.Errorf("%s: record %d differs beside defects", id, i+1)
			}
		}
		other, _ := file(generator(t, id, 4, 0), 100)
		for i, line := range bytes.Split(other, []byte("\n"))[:100] {
			if bytes.Equal(line, plain[i]) {
				t.Errorf("%s: record %d is the same under another seed", id, i+1)
			}
		}
	}
}

// TestKeysStayUnique looks at many records at both ends of what one seed makes.
func TestKeysStayUnique(t *testing.T) {
	n := 2_000
	if os.Getenv("SEGEL_LONG") == "1" {
		n = 1_000_000
	}
	for _, id := range synthetic.Datasets() {
		g := generator(t, id, math.MaxUint64, 0)
		n := min(n, g.Max())
		r, w := io.Pipe()
		go func() {
			for record := range g.Rows(n) {
				if _, err := w.Write(append(record, '\n')); err != nil {
					break
				}
			}
			w.Close()
		}()
		d, err := registry().Latest(id)
		if err != nil {
			t.Fatal(err)
		}
		report, err := d.Check(context.Background(), schema.NDJSON(r), schema.CheckOptions{AsOf: asOf})
		if err != nil {
			t.Fatal(err)
		}
		if report.Records != n || len(report.Details) > 0 {
			t.Errorf("%s: %d records, %v %v %v", id, report.Records, report.Structure, report.ByRule, report.Notices)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, id string
		defects  float64
		want     schema.Reason
	}{
		{"unknown dataset", "sirekap/tidak-ada", 0, schema.ReasonUnknownDefinition},
		{"no dataset", "", 0, schema.ReasonUnknownDefinition},
		{"negative share", "sirekap/hasil-tps", -0.1, schema.ReasonBadOptions},
		{"more than all", "sirekap/hasil-tps", 1.1, schema.ReasonBadOptions},
		{"no number", "sirekap/hasil-tps", math.NaN(), schema.ReasonBadOptions},
	} {
		_, err := synthetic.New(c.id, 1, c.defects)
		if !errors.Is(err, &schema.Error{Reason: c.want}) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
	}
	for range generator(t, "sirekap/hasil-tps", 1, 0).Rows(-1) {
		t.Error("fewer than none is one")
	}
}

func told(r *schema.Report, records []byte) string {
	f := r.Details[0]
	return fmt.Sprintf("first %s at %s: %s", f.Rule, f.Pointer, bytes.Split(records, []byte("\n"))[f.Record-1])
}

func jsonValid(records []byte) bool {
	for line := range bytes.Lines(records) {
		if !json.Valid(line) {
			return false
		}
	}
	return true
}

// TestLooksReal: the rows have the sizes and the shares of the published ones.
func TestLooksReal(t *testing.T) {
	records, _ := file(generator(t, "sirekap/hasil-tps", 1, 0), 10_000)
	mean := len(records) / 10_000
	count := func(s string) int { return strings.Count(string(records), s) }
	t.Logf("mean %d bytes", mean)
	if mean < 500 || mean > 900 {
		t.Errorf("got %d bytes in the mean, want 500 to 900", mean)
	}
	for what, n := range map[string]int{
		`"chart":null`: 5000, `"administrasi":null`: 5000, `"mode":"hhcw"`: 1500, `.jpg"`: 23000, `"kode_tps":"99`: 100, `"psu":"Pemungutan Suara Ulang"`: 100,
	} {
		if got := count(what); got < n*8/10 || got > n*12/10 {
			t.Errorf("%s: got %d, want about %d", what, got, n)
		}
	}
}

func BenchmarkRows(b *testing.B) {
	for _, id := range synthetic.Datasets() {
		b.Run(id, func(b *testing.B) {
			g := generator(b, id, 1, 0)
			bytes, rows := int64(0), 0
			b.ReportAllocs()
			for b.Loop() {
				for record := range g.Rows(1000) {
					bytes += int64(len(record)) + 1
					rows++
				}
			}
			b.ReportMetric(float64(bytes)/float64(b.Elapsed().Microseconds()), "MB/s")
			b.ReportMetric(float64(bytes)/float64(rows), "bytes/row")
		})
	}
}
