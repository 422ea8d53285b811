package schema

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// listNorm has every sort of rule over groups, and the operators that are not
// in boxNorm.
const listNorm = `{
  "segel": "definition/1", "id": "uji/daftar", "version": "1.0.0", "classification": "restricted", "purposes": ["REKAP-UMUM"],
  "keys": ["/id"], "sensitive": [{"pointer": "/kelamin", "kind": "gender"}, {"pointer": "/lahir", "kind": "birth"}], "legalDate": "/tanggal",
  "schema": {"type": "object", "required": ["id"], "properties": {
    "id": {"type": ["integer", "string"]}, "partai": {"type": ["string", "number", "boolean", "null"]}, "no": {"type": ["number", "null"]}, "kelamin": {"type": ["string", "null"]},
    "tanggal": {"type": ["string", "null"], "format": "date"}, "lahir": {"type": ["string", "null"]}, "dari": {"type": ["string", "null"]}, "sampai": {"type": ["string", "null"]},
    "suara": {"type": ["integer", "null"]}}},
  "values": {"suara": "/suara", "hari": {"days": ["/dari", "/sampai"]}, "jam": {"hours": ["/dari", "/sampai"]}, "bulat": {"round": ["/suara", 3, 10]}, "turun": {"floor": ["/suara", 3, 10]}},
  "rules": [
    {"id": "hari", "kind": "rule", "severity": "error", "require": {">=": ["hari", 0]}},
    {"id": "jam", "kind": "notice", "severity": "error", "require": {"<=": ["jam", 24]}},
    {"id": "bulat", "kind": "notice", "severity": "info", "require": {"=": ["bulat", "turun"]}},
    {"id": "sama", "kind": "notice", "severity": "info", "when": {"not": {"same": ["/id", "/no"]}}, "require": {"startsWith": ["/sampai", "/dari"]}}
  ],
  "groups": [
    {"id": "ganda", "kind": "rule", "severity": "error", "pointer": "/no", "by": ["/partai"], "unique": ["/no"]},
    {"id": "urut", "kind": "notice", "severity": "info", "by": ["/partai"], "where": {"present": ["/partai"]}, "gapless": "/no"},
    {"id": "tiga", "kind": "rule", "severity": "warning", "by": ["/partai"], "every": [3, "/no", {"in": ["/kelamin", "P"]}]},
    {"id": "kuota", "kind": "rule", "severity": "warning", "pointer": "/kelamin", "by": ["/partai"], "from": "2023-08-29",
     "values": {"perempuan": {"records": [{"in": ["/kelamin", "P"]}]}, "perlu": {"ceil": [{"records": []}, 30, 100]}}, "require": {">=": ["perempuan", "perlu"]}},
    {"id": "kuota-lama", "kind": "rule", "severity": "warning", "pointer": "/kelamin", "by": ["/partai"], "until": "2023-08-29",
     "values": {"perempuan": {"records": [{"in": ["/kelamin", "P"]}]}, "perlu": {"round": [{"records": []}, 30, 100]}}, "require": {">=": ["perempuan", "perlu"]}},
    {"id": "jumlah", "kind": "rule", "severity": "error", "by": ["/tanggal"],
     "values": {"semua": {"total": "suara"}, "least": {"least": "/suara"}, "most": {"most": {"sum": ["/suara", 0]}}, "jenis": {"distinct": ["/partai", "/no"]}},
     "require": {"all": [{"<=": ["semua", 100]}, {"not": {">": [{"sum": ["most", -10]}, {"sum": ["least", 10]}]}}, {">=": ["jenis", {"records": [{"present": ["/partai", "/no"]}]}]}]}}
  ]
}`

const listTexts = `{"title": {"id": "Daftar uji", "en": "Test list"}, "rules": {
  "hari": {"id": "{hari} hari.", "en": "{hari} days."}, "jam": {"id": "{jam} jam.", "en": "{jam} hours."}, "bulat": {"id": "{bulat} {turun}", "en": "{bulat} {turun}"},
  "sama": {"id": "x", "en": "x"}, "ganda": {"id": "Nomor ganda.", "en": "Number twice."}, "urut": {"id": "Berlubang.", "en": "A gap."}, "tiga": {"id": "x", "en": "x"},
  "kuota": {"id": "{perempuan} perempuan, perlu {perlu}.", "en": "{perempuan} women, {perlu} needed."},
  "kuota-lama": {"id": "{perempuan} perempuan, perlu {perlu}.", "en": "{perempuan} women, {perlu} needed."},
  "jumlah": {"id": "{semua} {least} {most} {jenis}", "en": "{semua} {least} {most} {jenis}"}}}`

func listed(t testing.TB) *Definition {
	t.Helper()
	d, err := ParseDefinition([]byte(listNorm), []byte(listTexts))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// said writes the findings of a report as "rule record inputs".
func said(report *Report) (out []string) {
	for _, f := range report.Details {
		s := fmt.Sprint(f.Rule, " ", f.Record)
		for _, in := range f.Inputs {
			if in.Null {
				s += " " + in.Name + "=null"
			} else {
				s += fmt.Sprint(" ", in.Name, "=", in.Value)
			}
		}
		out = append(out, s)
	}
	return out
}

func TestGroups(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"alone", []string{`{"id":1,"partai":"a","no":1,"kelamin":"P"}`}, nil},
		{"a number twice, at the later record", []string{
			`{"id":1,"partai":"a","no":1,"kelamin":"P"}`, `{"id":2,"partai":"b","no":1,"kelamin":"P"}`, `{"id":3,"partai":"a","no":1.0,"kelamin":"P"}`,
		}, []string{"ganda 3", "jumlah 1 semua=null most=null least=null jenis=2"}},
		{"no number is compared with none", []string{
			`{"id":1,"partai":"a","no":null,"kelamin":"P"}`, `{"id":2,"partai":"a","kelamin":"P"}`,
		}, nil},
		{"null in by is a value", []string{`{"id":1,"no":1,"kelamin":"P"}`, `{"id":2,"partai":null,"no":1,"kelamin":"P"}`}, []string{"ganda 2"}},
		{"text, number and truth differ in by", []string{
			`{"id":1,"partai":"1","no":1,"kelamin":"P"}`, `{"id":2,"partai":1,"no":1,"kelamin":"P"}`, `{"id":3,"partai":true,"no":1,"kelamin":"P"}`,
			`{"id":4,"partai":"true","no":1,"kelamin":"P"}`,
		}, nil},
		{"the legal date is no part of a group of a rule without dates", []string{
			`{"id":1,"partai":"a","no":1,"kelamin":"P","tanggal":"2023-01-01"}`, `{"id":2,"partai":"a","no":1,"kelamin":"P","tanggal":"2023-01-02"}`,
		}, []string{"ganda 2"}},
		{"a gap, at the group's first record", []string{
			`{"id":1,"partai":"b","no":1,"kelamin":"P"}`, `{"id":2,"partai":"a","no":3,"kelamin":"P"}`, `{"id":3,"partai":"a","no":1,"kelamin":"P"}`,
		}, []string{"urut 2"}},
		{"a gap among nulls is not known", []string{`{"id":2,"partai":"a","no":3,"kelamin":"P"}`, `{"id":3,"partai":"a","kelamin":"P"}`}, nil},
		{"beginning at zero", []string{`{"id":2,"partai":"a","no":0,"kelamin":"P"}`}, []string{"urut 1"}},
		{"no woman among three, in the order of numbers", []string{
			`{"id":1,"partai":"a","no":4,"kelamin":"P"}`, `{"id":2,"partai":"a","no":3,"kelamin":"L"}`, `{"id":3,"partai":"a","no":2,"kelamin":"L"}`, `{"id":4,"partai":"a","no":1,"kelamin":"L"}`,
			`{"id":5,"partai":"a","no":5,"kelamin":"P"}`,
		}, []string{"tiga 1"}},
		{"not known whether a woman", []string{
			`{"id":1,"partai":"a","no":1,"kelamin":null}`, `{"id":2,"partai":"a","no":2,"kelamin":"L"}`, `{"id":3,"partai":"a","no":3,"kelamin":"L"}`, `{"id":4,"partai":"a","no":4,"kelamin":"P"}`, `{"id":5,"partai":"a","no":5,"kelamin":"P"}`,
		}, nil},
		{"a block that is not full", []string{
			`{"id":1,"partai":"a","no":1,"kelamin":"P"}`, `{"id":2,"partai":"a","no":2,"kelamin":"P"}`, `{"id":3,"partai":"a","no":3,"kelamin":"P"}`, `{"id":4,"partai":"a","no":4,"kelamin":"L"}`, `{"id":5,"partai":"a","no":5,"kelamin":"L"}`,
		}, nil},
		{"of a block in which a number is missing nobody can say", []string{
			`{"id":1,"partai":"a","no":1,"kelamin":"L"}`, `{"id":2,"partai":"a","no":2,"kelamin":"L"}`, `{"id":3,"partai":"a","no":4,"kelamin":"L"}`, `{"id":4,"partai":"a","no":5,"kelamin":"P"}`, `{"id":5,"partai":"a","no":6,"kelamin":"P"}`,
		}, []string{"urut 1"}},
		{"blocks of numbers, not of places", []string{
			`{"id":1,"partai":"a","no":1,"kelamin":"P"}`, `{"id":2,"partai":"a","no":2,"kelamin":"P"}`, `{"id":3,"partai":"a","no":4,"kelamin":"L"}`, `{"id":4,"partai":"a","no":5,"kelamin":"L"}`, `{"id":5,"partai":"a","no":6,"kelamin":"L"}`,
			`{"id":6,"partai":"a","no":7,"kelamin":"P"}`,
		}, []string{"urut 1", "tiga 1"}},
		{"three candidates of two numbers are no block", []string{
			`{"id":1,"partai":"a","no":1,"kelamin":"L"}`, `{"id":2,"partai":"a","no":1,"kelamin":"L"}`, `{"id":3,"partai":"a","no":2,"kelamin":"L"}`, `{"id":4,"partai":"a","no":4,"kelamin":"P"}`, `{"id":5,"partai":"a","no":5,"kelamin":"P"}`,
		}, []string{"ganda 2", "urut 1", "jumlah 1 semua=null most=null least=null jenis=4"}},
		{"the first block decides, whatever is not known of the second", []string{
			`{"id":1,"partai":"a","no":1,"kelamin":"L"}`, `{"id":2,"partai":"a","no":2,"kelamin":"L"}`, `{"id":3,"partai":"a","no":3,"kelamin":"L"}`, `{"id":4,"partai":"a","no":4,"kelamin":null}`, `{"id":5,"partai":"a","no":5,"kelamin":"P"}`,
			`{"id":6,"partai":"a","no":6,"kelamin":"P"}`,
		}, []string{"tiga 1"}},
		{"the second block decides, whatever is not known of the first", []string{
			`{"id":1,"partai":"a","no":1,"kelamin":null}`, `{"id":2,"partai":"a","no":2,"kelamin":"L"}`, `{"id":3,"partai":"a","no":3,"kelamin":"L"}`, `{"id":4,"partai":"a","no":4,"kelamin":"L"}`, `{"id":5,"partai":"a","no":5,"kelamin":"L"}`,
			`{"id":6,"partai":"a","no":6,"kelamin":"L"}`, `{"id":7,"partai":"a","no":7,"kelamin":"P"}`, `{"id":8,"partai":"a","no":8,"kelamin":"P"}`,
		}, []string{"tiga 1"}},
		{"the quota after, rounded up", four("2023-08-29"), []string{"kuota 1 perempuan=1 perlu=2"}},
		{"the quota before, rounded to the nearest", four("2023-08-28"), nil},
		{"both laws in one file", append(four("2023-08-28"), strings.Split(strings.ReplaceAll(strings.Join(four("2023-08-29"), "\n"), `"id":`, `"id":1`), "\n")...),
			[]string{"ganda 5", "ganda 6", "ganda 7", "ganda 8", "kuota 5 perempuan=1 perlu=2"}},
		{"two days of one law are two groups", append(four("2023-08-29"),
			`{"id":5,"partai":"a","no":5,"kelamin":"P","tanggal":"2023-08-30"}`, `{"id":6,"partai":"a","no":6,"kelamin":"P","tanggal":"2023-08-30"}`,
			`{"id":7,"partai":"a","no":7,"kelamin":"P","tanggal":"2023-08-30"}`, `{"id":8,"partai":"a","no":8,"kelamin":"L","tanggal":"2023-08-30"}`,
		), []string{"kuota 1 perempuan=1 perlu=2"}},
		{"sums", []string{
			`{"id":1,"suara":90,"kelamin":"P","partai":1,"no":1}`, `{"id":2,"suara":20,"kelamin":"P","partai":2,"no":1}`,
		}, []string{"jumlah 1 semua=110 most=90 least=20 jenis=2"}},
		{"a sum without a part has no value, the greatest has", []string{
			`{"id":1,"suara":900,"kelamin":"P"}`, `{"id":2,"kelamin":"P"}`, `{"id":3,"suara":1,"kelamin":"P"}`,
		}, []string{"jumlah 1 semua=null most=900 least=1 jenis=0"}},
		{"what one great number is in is not shown", []string{
			`{"id":1,"suara":3299990101900001,"kelamin":"P"}`, `{"id":2,"suara":-3299990101900000,"kelamin":"P"}`,
		}, []string{"leak/nik 1", "jumlah 1 jenis=0"}},
		{"findings of groups come behind those of records", []string{
			`{"id":1,"partai":"a","no":1,"kelamin":"P"}`, `{"id":2,"partai":"a","no":1,"kelamin":"P"}`, `{"id":3,"dari":"2024-01-02","sampai":"2024-01-01","kelamin":"P"}`,
		}, []string{"hari 3 hari=-1", "ganda 2", "jumlah 1 semua=null most=null least=null jenis=1"}},
		{"an unsound record does not take part", []string{`{"id":1,"partai":"a","no":1,"kelamin":"P"}`, `{"id":2,"partai":"a","no":1,"kelamin":3}`}, []string{"structure/type 2"}},
		{"nor does one with another's key", []string{`{"id":1,"partai":"a","no":1,"kelamin":"P"}`, `{"id":1,"partai":"a","no":1,"kelamin":"P"}`}, []string{"structure/duplicate-key 2"}},
	} {
		report, err := checkBoth(t, listed(t), CheckOptions{AsOf: day(2023, 1, 1)}, strings.Join(c.lines, "\n")+"\n")
		if err != nil {
			t.Fatal(c.name, err)
		}
		if got := said(report); !slices.Equal(got, c.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if report.GroupsPartial != (report.Errors > 0) {
			t.Errorf("%s: groups partial %v", c.name, report.GroupsPartial)
		}
	}
}

// four candidates, one of them a woman: 30 % of them is 1.2.
func four(date string) (lines []string) {
	for i, k := range []string{"L", "P", "L", "L"} {
		lines = append(lines, fmt.Sprintf(`{"id":%d,"partai":"a","no":%d,"kelamin":"%s","tanggal":"%s"}`, i+1, i+1, k, date))
	}
	return lines
}

// TestWhereMustBeTrue: a record belongs only if nobody can doubt it.
func TestWhereMustBeTrue(t *testing.T) {
	norm := strings.Replace(listNorm, `"where": {"present": ["/partai"]}`, `"where": {"in": ["/kelamin", "P"]}`, 1)
	d, err := ParseDefinition([]byte(norm), []byte(listTexts))
	if err != nil {
		t.Fatal(err)
	}
	report, err := checkBoth(t, d, CheckOptions{AsOf: day(2023, 1, 1)}, strings.Join([]string{
		`{"id":1,"partai":"a","no":1,"kelamin":"P"}`, `{"id":2,"partai":"a","no":2}`, `{"id":3,"partai":"a","no":3,"kelamin":"P"}`, `{"id":4,"partai":"b","no":7,"kelamin":"L"}`,
	}, "\n")+"\n")
	if err != nil || report.Notices["urut"] != 1 || report.Details[0].Record != 1 {
		t.Errorf("got %v, %v", said(report), err)
	}
}

// TestGroupsWithoutADate: what depends on the day is not judged, and the report
// says for how many records; the rest is.
func TestGroupsWithoutADate(t *testing.T) {
	report, err := checkBoth(t, listed(t), CheckOptions{}, strings.Join([]string{
		`{"id":1,"partai":"a","no":1,"kelamin":"L"}`, `{"id":2,"partai":"a","no":1,"kelamin":"L"}`, `{"id":3,"partai":"a","no":2,"kelamin":"L","tanggal":"2024-01-01"}`,
		`{"id":4,"partai":"a","no":3,"kelamin":"L","tanggal":"2024-01-01"}`,
	}, "\n")+"\n")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := said(report), []string{"ganda 2", "tiga 1", "kuota 3 perempuan=0 perlu=1", "jumlah 1 semua=null most=null least=null jenis=1"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := fmt.Sprint(report.NotJudged[0].Rule, " ", report.NotJudged[0].Missing, " ", report.NotJudged[0].Records, " ", len(report.NotJudged)); got != "kuota date 2 2" {
		t.Errorf("got %v", report.NotJudged)
	}
	text, err := report.DetailsJSON()
	if err != nil || !bytes.Contains(text, []byte(`"not_judged": [`)) || !bytes.Contains(text, []byte(`"rule": "kuota-lama"`)) {
		t.Errorf("got %s, %v", text, err)
	}
}

// TestGroupsCountRecordsOnce: a record with a finding of its own and one of its
// group counts once, and what is cut is counted.
func TestGroupsCountRecordsOnce(t *testing.T) {
	lines := []string{
		`{"id":1,"partai":"a","no":1,"kelamin":"P"}`, `{"id":2,"partai":"a","no":1,"kelamin":"P","dari":"2024-01-02","sampai":"2024-01-01"}`, `{"id":3,"partai":"a","no":1,"kelamin":"P"}`,
	}
	report, err := checkBoth(t, listed(t), CheckOptions{AsOf: day(2023, 1, 1), MaxDetails: 2}, strings.Join(lines, "\n")+"\n")
	if err != nil {
		t.Fatal(err)
	}
	// hari 2, ganda 2 and 3, jumlah 1.
	if report.Findings != 4 || report.RecordsWithFindings != 3 || len(report.Details) != 2 || report.Cut != 3 || report.ByRule["ganda"] != 2 || report.ByRule["jumlah"] != 1 {
		t.Errorf("got %+v", report)
	}
}

// TestGroupsBySeveralWorkers compares a large file, checked by one goroutine
// and by four, and with another program.
func TestGroupsBySeveralWorkers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var in bytes.Buffer
	const n = 20_000
	seen := map[string]bool{}
	type group struct{ women, all int }
	groups := map[int]group{}
	repeats := 0
	for i := range n {
		party, no, sex := r.IntN(500), r.IntN(300), "LLLP"[r.IntN(4)]
		fmt.Fprintf(&in, `{"id":%d,"partai":%d,"no":%d,"kelamin":"%c","suara":%d}`+"\n", i, party, no, sex, r.IntN(9))
		if key := fmt.Sprint(party, " ", no); seen[key] {
			repeats++
		} else {
			seen[key] = true
		}
		g := groups[party]
		g.all++
		if sex == 'P' {
			g.women++
		}
		groups[party] = g
	}
	short := 0
	for g := range maps.Values(groups) {
		if g.women < (g.all*30+99)/100 {
			short++
		}
	}
	var first []byte
	for _, cores := range []int{1, 4} {
		procs := runtime.GOMAXPROCS(cores)
		report, err := listed(t).Check(t.Context(), NDJSON(bytes.NewReader(in.Bytes())), CheckOptions{AsOf: day(2024, 1, 1)})
		runtime.GOMAXPROCS(procs)
		if err != nil {
			t.Fatal(err)
		}
		if report.ByRule["ganda"] != repeats || report.ByRule["kuota"] != short || short < 10 || report.ByRule["kuota-lama"] != 0 {
			t.Errorf("got %v, want ganda %d, kuota %d", report.ByRule, repeats, short)
		}
		text, err := report.DetailsJSON()
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if !bytes.Equal(first, text) {
			t.Error("several workers say something else")
		}
	}
}

// TestManyNumbersOfAGroup: however many a rule reckons, each counts by itself.
func TestManyNumbersOfAGroup(t *testing.T) {
	var values []string
	for i := range 256 {
		values = append(values, fmt.Sprintf(`"v%03d": {"distinct": [%s"/partai"]}`, i, strings.Repeat(`"/partai", `, i)))
	}
	values = append(values, `"v256": {"distinct": ["/no"]}`) // of the same scalar as v000
	norm := listNorm[:strings.Index(listNorm, `{"id": "ganda"`)] +
		`{"id": "ganda", "kind": "rule", "severity": "error", "by": ["/no"], "values": {` + strings.Join(values, ", ") + `}, "require": {"=": ["v000", "v256"]}}]}`
	d := defined(t, norm, "hari", "jam", "bulat", "sama", "ganda")
	report, err := checkBoth(t, d, CheckOptions{}, `{"id":1,"partai":1,"no":1}`+"\n")
	if err != nil || report.Findings > 0 {
		t.Errorf("got %v, %v", said(report), err)
	}
}

// TestNumbersThatDiffer: what is reckoned twice is kept once, what is reckoned from
// something else is not.
func TestNumbersThatDiffer(t *testing.T) {
	norm := listNorm[:strings.Index(listNorm, `{"id": "ganda"`)] +
		`{"id": "ganda", "kind": "rule", "severity": "error", "by": ["/partai"], "values": {"a": {"total": "/suara"}, "b": {"total": "/no"}, "c": {"records": []}, "d": {"records": []},
     "e": {"records": [{"in": ["/no", 1]}]}, "f": {"records": [{"in": ["/no", 2]}]}, "g": {"distinct": ["/no"]}, "h": {"distinct": ["/suara"]}}, "require": {"=": ["a", 0]}}]}`
	d := defined(t, norm, "hari", "jam", "bulat", "sama", "ganda")
	report, err := checkBoth(t, d, CheckOptions{}, `{"id":1,"suara":10,"no":1}`+"\n"+`{"id":2,"suara":10,"no":2}`+"\n"+`{"id":3,"suara":10,"no":2}`+"\n")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := said(report), []string{"ganda 1 a=30 b=5 c=3 d=3 e=1 f=2 g=2 h=1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := len(d.groups[0].reckons); n != 7 {
		t.Errorf("%d numbers are kept", n)
	}
}

// TestElementsOfAnyName: a rule is about every element, also of one whose name is
// that under which elements stand meanwhile.
func TestElementsOfAnyName(t *testing.T) {
	const norm = `{"segel": "definition/1", "id": "uji/unsur", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/kode"], "sensitive": [],
  "schema": {"type": "object", "required": ["kode"], "properties": {"kode": {"type": "string"},
    "isi": {"type": "object", "patternProperties": {".": {"type": ["integer", "null"]}}}}},
  "values": {}, "rules": [],
  "groups": [{"id": "ganda", "kind": "rule", "severity": "error", "each": "/isi/*", "by": ["/kode"], "unique": ["/isi/*"]}]}`
	d := defined(t, norm, "ganda")
	for record, want := range map[string]int{
		`{"kode":"a","isi":{"x":1,"y":2}}`:      0,
		`{"kode":"a","isi":{"x":1,"y":1}}`:      1,
		`{"kode":"a","isi":{"\u0000":1,"y":1}}`: 1,
	} {
		report, err := checkBoth(t, d, CheckOptions{}, record+"\n")
		if err != nil || report.Findings != want {
			t.Errorf("%s: got %v, %v", record, said(report), err)
		}
	}
}

// TestTooManyElements: of one rule there may be as many elements as records, or as
// groups.
func TestTooManyElements(t *testing.T) {
	d := defined(t, sumNorm, sumIDs...)
	for _, c := range []struct {
		records, before int
		ok              bool
	}{
		{DefaultMaxRecords, DefaultMaxRecords - 1, true},
		{DefaultMaxRecords, DefaultMaxRecords, false},
		{1, maxGroupsOfRule - 1, true},
		{1, maxGroupsOfRule, false},
	} {
		k := &check{d: d, opt: CheckOptions{MaxRecords: c.records}, gathered: []gathered{{taken: c.before}}, groups: make([]numbering, 1)}
		err := k.enter(&batch{amounts: []amount{{}}, groups: []group{{}}}, []contribution{{}}, 7)
		e, _ := err.(*Error)
		if c.ok != (err == nil) || !c.ok && (e == nil || e.Reason != ReasonTooLarge || e.Record != 7) {
			t.Errorf("%d elements, %d records at most: got %v", c.before+1, c.records, err)
		}
	}
}

// TestGroupsThatAreRefused: one fault each.
func TestGroupsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ name, old, new, where string }{
		{"no groups", `"groups": [`, `"groups": [], "x": [`, ""},
		{"empty", listNorm[strings.Index(listNorm, `"groups": [`):], `"groups": []}`, "/groups"},
		{"by nothing", `"by": ["/tanggal"]`, `"by": []`, "/groups/5/by"},
		{"by a wildcard", `"by": ["/tanggal"]`, `"by": ["/*"]`, "/groups/5/by/0"},
		{"by what nobody declared", `"by": ["/tanggal"]`, `"by": ["/tgl"]`, "/groups/5/by/0"},
		{"by what may be a list", `"partai": {"type": ["string", "number", "boolean", "null"]}`, `"partai": {}`, "/groups/0/by/0"},
		{"two forms", `"unique": ["/no"]`, `"unique": ["/no"], "gapless": "/no"`, "/groups/0"},
		{"no form", `"unique": ["/no"]`, `"where": {"present": ["/no"]}`, "/groups/0"},
		{"values of unique", `"unique": ["/no"]`, `"unique": ["/no"], "values": {}`, "/groups/0"},
		{"unique by the keys", `"by": ["/partai"], "unique": ["/no"]`, `"by": ["/partai"], "unique": ["/id"]`, "/groups/0/unique"},
		{"id of a rule", `"id": "ganda", "kind"`, `"id": "hari", "kind"`, "/groups/0/id"},
		{"blocks of one", `"every": [3,`, `"every": [1,`, "/groups/2/every/0"},
		{"place in a require", `{"<=": ["semua", 100]}`, `{"<=": ["/suara", 100]}`, "/groups/5/require/all/0/0"},
		{"place in a sum of a require", `{"<=": ["semua", 100]}`, `{"<=": [{"sum": ["/suara"]}, 100]}`, "/groups/5/require/all/0/0/0"},
		{"condition on a record in a require", `{"<=": ["semua", 100]}`, `{"present": ["/suara"]}`, "/groups/5/require/all/0"},
		{"value of one record", `{"<=": ["semua", 100]}`, `{"<=": ["suara", 100]}`, "/groups/5/require/all/0/0"},
		{"unknown number", `{"total": "suara"}`, `{"mean": "suara"}`, "/groups/5/values/3"},
		{"two conditions", `{"records": []}`, `{"records": [{"present": ["/no"]}, {"present": ["/no"]}]}`, "/groups/3/values/1"},
		{"total of something sensitive", `{"total": "suara"}`, `{"total": {"days": ["/lahir", "/dari"]}}`, "/groups/5/values"},
		{"days from something sensitive", `{"days": ["/dari", "/sampai"]}`, `{"days": ["/lahir", "/sampai"]}`, "/values"},
	} {
		norm := strings.Replace(listNorm, c.old, c.new, 1)
		if norm == listNorm {
			t.Fatal(c.name, ": nothing replaced")
		}
		_, err := ParseDefinition([]byte(norm), []byte(listTexts))
		e, is := err.(*Error)
		if !is || e.Reason != ReasonBadDefinition {
			t.Errorf("%s: got %v", c.name, err)
		} else if e.Where != c.where {
			t.Errorf("%s: at %q, want %q", c.name, e.Where, c.where)
		}
	}
}
