package schema

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope/purpose"
)

func TestFindingExplainsItself(t *testing.T) {
	report := checkBox(t, `{"kode":"A01"}`, `{"kode":"A02","dpt":40,"sah":7,"total":42,"chart":{"1":1,"2":1}}`)
	want := []Finding{
		{Rule: "SUM", Kind: KindRule, Record: 2, Pointer: "/chart", Severity: SeverityError,
			Inputs: []Input{{Name: "calon", Value: 2}, {Name: "sah", Value: 7}},
			Text:   both("Jumlah calon 2 bukan 7.", "Candidates' sum 2 is not 7.")},
		{Rule: "NEW", Kind: KindRule, Record: 2, Severity: SeverityWarning, From: "2024-02-01", Citation: "UU Contoh 1/2000 ps.1",
			Inputs: []Input{{Name: "total", Value: 42}, {Name: "cadangan", Value: 41}},
			Text:   both("Baru: 42 di atas 41.", "New: 42 above 41.")},
	}
	if fmt.Sprint(report.Details) != fmt.Sprint(want) {
		t.Errorf("got  %+v\nwant %+v", report.Details, want)
	}
	b, err := json.Marshal(Input{Name: "x", Null: true})
	if err != nil || string(b) != `{"name":"x","value":null}` {
		t.Errorf("null input: got %s, %v", b, err)
	}
}

// TestNumbersTooLargeForACount: a NIK that slipped into a count is compared
// exactly and not repeated.
func TestNumbersTooLargeForACount(t *testing.T) {
	report := checkBox(t, `{"kode":"A01","sah":3174014101900001,"chart":{"1":999999999}}`)
	found := ofRules(report)
	if len(found) != 1 {
		t.Fatalf("got %+v, want one finding", found)
	}
	f := found[0]
	if len(f.Inputs) != 1 || f.Inputs[0] != (Input{Name: "calon", Value: maxShown}) {
		t.Errorf("got inputs %v", f.Inputs)
	}
	if want := "Candidates' sum 999999999 is not (not shown)."; f.Text.EN != want {
		t.Errorf("got %q, want %q", f.Text.EN, want)
	}
}

// TestNothingIsRecoverableByArithmetic: a number is shown only if every number
// behind it may be, so that a NIK can be worked out from no combination of them.
func TestNothingIsRecoverableByArithmetic(t *testing.T) {
	const nik = "3174014101900001"
	for _, c := range []struct{ name, value, record, shown string }{
		{"at the bound", `"/a"`, `{"a":999999999}`, "999999999"},
		{"beyond it", `"/a"`, `{"a":1000000000}`, ""},
		{"at the negative bound", `"/a"`, `{"a":-999999999}`, "-999999999"},
		{"beyond the negative bound", `"/a"`, `{"a":-1000000000}`, ""},
		{"quotient", `{"ceil":["/a",1,10000]}`, `{"a":` + nik + `}`, ""},
		{"quotient of a quotient", `{"ceil":[{"ceil":["/a",1,10000]},1,10000]}`, `{"a":` + nik + `}`, ""},
		{"difference", `{"sum":["/a","/b"]}`, `{"a":` + nik + `,"b":-` + nik + `}`, ""},
		{"difference of places", `{"sum":["/o/*"]}`, `{"o":{"p":` + nik + `,"q":-` + nik + `}}`, ""},
		{"lesser operand", `{"largest":["/a","/b"]}`, `{"a":-` + nik + `,"b":1}`, ""},
		{"lesser place", `{"largest":["/o/*"]}`, `{"o":{"p":-` + nik + `,"q":1}}`, ""},
		{"product beyond it", `{"ceil":["/a",10000,1]}`, `{"a":999999999}`, ""},
		{"small operands", `{"sum":["/a",{"ceil":["/b",1,2]},{"largest":["/c",1]}]}`, `{"a":1,"b":3,"c":5}`, "8"},
		{"how many", `{"count":["/o/*"]}`, `{"o":{"p":` + nik + `,"q":1}}`, "2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := ruled(t, c.value, `{"=":["v",7]}`)
			report, err := checkBoth(t, d, CheckOptions{}, c.record)
			if err != nil {
				t.Fatal(err)
			}
			found := ofRules(report)
			if len(found) != 1 {
				t.Fatalf("got %+v, want one finding", found)
			}
			got := ""
			for _, in := range found[0].Inputs {
				got += strconv.FormatInt(in.Value, 10)
			}
			if got != c.shown {
				t.Errorf("got %q, want %q", got, c.shown)
			}
		})
	}
	if got := fill(both("{v}", "{v}"), nil); got != both("(tidak ditampilkan)", "(not shown)") {
		t.Errorf("got %v for a number that is not shown", got)
	}
}

func TestPointerNamesTheFirstPlaceThatFails(t *testing.T) {
	report := checkBox(t, `{"kode":"A01","saksi":[{"nik":"3174990101700001"},{},{"nik":"1174990101700001"},{"nik":"2174990101700001"}]}`)
	if len(report.Details) != 1 || report.Details[0].Pointer != "/saksi/2/nik" || report.Notices["nik"] != 1 {
		t.Errorf("got %+v", report.Details)
	}
}

// TestRulesOfTheirDay: the same numbers are judged by the law of the record's
// legal date, and by AsOf only where the record has none.
func TestRulesOfTheirDay(t *testing.T) {
	for _, c := range []struct {
		name, date string
		asOf       time.Time
		want       string
	}{
		{"before the change", `"2024-01-31"`, time.Time{}, "OLD"},
		{"on the day of the change", `"2024-02-01"`, time.Time{}, "NEW"},
		{"record's date over asOf", `"2024-01-31"`, day(2024, 3, 1), "OLD"},
		{"asOf before", `null`, day(2024, 1, 31), "OLD"},
		{"asOf on the day", `null`, day(2024, 2, 1), "NEW"},
		{"asOf in its own location", `null`, time.Date(2024, 1, 31, 23, 59, 0, 0, time.FixedZone("WIB", 7*3600)), "OLD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := records(`{"kode":"A01","dpt":40,"total":99,"tanggal":` + c.date + `}`)
			report, err := box(t).Check(context.Background(), src, CheckOptions{AsOf: c.asOf})
			if err != nil {
				t.Fatal(err)
			}
			if len(report.ByRule) != 1 || report.ByRule[c.want] != 1 {
				t.Errorf("got %v, want %s", report.ByRule, c.want)
			}
		})
	}
	_, err := box(t).Check(context.Background(), records(`{"kode":"A01","dpt":40,"total":99}`), CheckOptions{})
	wantReason(t, err, ReasonNoLegalDate, "")
}

// TestBadLegalDateIsNoDate: a record with a date of another form has a
// structure error, and is not judged by the law of the day that AsOf says.
func TestBadLegalDateIsNoDate(t *testing.T) {
	for _, date := range []string{`"14-02-2024"`, `"2024-02-30"`, `"2024-02-14T00:00:00Z"`, `""`, `20240214`, `[]`} {
		report := checkBox(t, `{"kode":"A01","dpt":40,"total":99,"tanggal":`+date+`}`)
		if report.Errors != 1 || report.Findings != 0 || report.Details[0].Pointer != "/tanggal" {
			t.Errorf("%s: got %v and %v, want a structure error at /tanggal alone", date, report.Structure, report.ByRule)
		}
	}
}

func TestStructureErrorsKeepRulesAway(t *testing.T) {
	report := checkBox(t, `{"kode":"A01","dpt":-1,"sah":7,"chart":{"1":1}}`)
	if report.Errors != 1 || report.Findings != 0 || report.Structure["structure/minimum"] != 1 {
		t.Errorf("got %d errors, %d findings, %v", report.Errors, report.Findings, report.Structure)
	}
}

func TestKeysAreUniqueInTheFile(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		twice      bool
	}{
		{"same", `{"kode":"A01"}`, `{"kode":"A01","sah":1}`, true},
		{"through an escape", `{"kode":"A01"}`, `{"kode":"\u004101"}`, true},
		{"other", `{"kode":"A01"}`, `{"kode":"A02"}`, false},
	} {
		report := checkBox(t, c.a, c.b)
		if got := report.Structure["structure/duplicate-key"] == 1; got != c.twice {
			t.Errorf("%s: got %v, want %v", c.name, got, c.twice)
		}
	}
	d := ruled(t, `0`, `{"=":["v",0]}`)
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{`1`, `1.0`, true}, {`1`, `"1"`, false}, {`null`, `"null"`, false}, {`true`, `"true"`, false}, {`true`, `false`, false}, {`0.1`, `0.10`, true},
	} {
		x, _ := scan([]byte(`{"k":` + c.a + `}`))
		y, _ := scan([]byte(`{"k":` + c.b + `}`))
		if got := string(d.key(x)) == string(d.key(y)); got != c.same {
			t.Errorf("%s and %s: got %v, want %v", c.a, c.b, got, c.same)
		}
	}
}

func TestEachSeesEveryRecordInOrder(t *testing.T) {
	in := "{\"kode\":\"A01\"}\n {\"kode\" : \"A02\"}\r\n{\"kode\":7}\n{\n" + strings.Repeat("x", MaxRecordBytes+1) + "\n{\"kode\":\"A03\"}\n"
	var got []string
	report, err := box(t).Check(context.Background(), NDJSON(strings.NewReader(in)), CheckOptions{
		AsOf: day(2024, 2, 14),
		Each: func(n int, record []byte, ok bool) error {
			got = append(got, fmt.Sprint(n, " ", string(record), " ", ok, record == nil))
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{`1 {"kode":"A01"} true false`, "2  {\"kode\" : \"A02\"}\r true false", `3 {"kode":7} false false`, `4 { false false`, `5  false true`, `6 {"kode":"A03"} true false`}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if report.Records != 6 || report.Errors != 3 {
		t.Errorf("got %d records, %d errors, want 6 and 3", report.Records, report.Errors)
	}
}

func TestCSVFaultsAreStructureErrors(t *testing.T) {
	src, err := CSV(strings.NewReader("kode,sah,satu,lat,ada,buang\nA01,x,,,,\nA02,1\nA03,,,,,\n"), boxMapping(t), box(t))
	if err != nil {
		t.Fatal(err)
	}
	report, err := box(t).Check(context.Background(), src, CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if report.Records != 3 || report.Errors != 2 || report.Structure["structure/cell"] != 1 || report.Structure["structure/row"] != 1 {
		t.Errorf("got %+v", report)
	}
	if f := report.Details[0]; f.Rule != "structure/cell" || f.Record != 1 || f.Pointer != "/sah" {
		t.Errorf("got %s of record %d at %q, want the cell of /sah", f.Rule, f.Record, f.Pointer)
	}
}

func TestCheckStops(t *testing.T) {
	stop := errors.New("enough")
	line := `{"kode":"A01"}`
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		src    Source
		opt    CheckOptions
		is     error
		reason Reason
	}{
		{"cancelled", cancelled, records(line), CheckOptions{}, context.Canceled, ""},
		{"Each", context.Background(), records(line), CheckOptions{AsOf: day(2024, 1, 1), Each: func(int, []byte, bool) error { return stop }}, stop, ""},
		{"source", context.Background(), failing{stop}, CheckOptions{}, stop, ReasonRead},
		{"too many records", context.Background(), records(line, line), CheckOptions{AsOf: day(2024, 1, 1), MaxRecords: 1}, nil, ReasonTooLarge},
		{"negative records", context.Background(), records(line), CheckOptions{MaxRecords: -1}, nil, ReasonBadOptions},
		{"negative details", context.Background(), records(line), CheckOptions{MaxDetails: -1}, nil, ReasonBadOptions},
	} {
		t.Run(c.name, func(t *testing.T) {
			report, err := box(t).Check(c.ctx, c.src, c.opt)
			if report != nil {
				t.Error("an error came with a report")
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("got %v, want %v", err, c.is)
			}
			if c.reason != "" {
				wantReason(t, err, c.reason, "")
			}
		})
	}
	if _, err := box(t).Check(context.Background(), records(line), CheckOptions{AsOf: day(2024, 1, 1), MaxRecords: 1}); err != nil {
		t.Errorf("as many records as allowed: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Next() ([]byte, error) { return nil, f.err }

func TestDetailsAreBounded(t *testing.T) {
	opt := CheckOptions{AsOf: day(2024, 2, 14), MaxDetails: 2}
	bad := `{"kode":"A01","dpt":-1,"sah":-1,"total":-1}`
	report, err := box(t).Check(context.Background(), records(bad, bad), opt)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Details) != 2 || report.Cut != 4 || report.Structure["structure/minimum"] != 6 {
		t.Errorf("got %d details, %d cut, %v", len(report.Details), report.Cut, report.Structure)
	}
	// One place, however many members that nobody declared.
	report = checkBox(t, `{"kode":"A01","chart":{"1":-1,"2":-1,"3":-1}}`)
	if report.Structure["structure/minimum"] != 1 || len(report.Details) != 1 {
		t.Errorf("got %v and %d details, want one", report.Structure, len(report.Details))
	}
	list := strings.TrimSuffix(strings.Repeat(`{"nik":"x"},`, 500), ",")
	report = checkBox(t, `{"kode":"A01","saksi":[`+list+`]}`)
	if len(report.Details) != maxPerRecord {
		t.Errorf("got %d findings for one record, want %d", len(report.Details), maxPerRecord)
	}
}

// TestReportIsTheSameEveryTime also runs one definition in many goroutines.
func TestReportIsTheSameEveryTime(t *testing.T) {
	d := box(t)
	in := strings.Repeat(`{"kode":"x","dpt":-1,"sah":"x","total":1.5,"chart":[],"saksi":7,"lat":true,"status":5}`+"\n", 3)
	var first []byte
	for round := range 3 {
		var wg sync.WaitGroup
		out := make([][]byte, 8)
		for i := range out {
			wg.Go(func() {
				report, err := d.Check(context.Background(), NDJSON(strings.NewReader(in)), CheckOptions{})
				if err != nil {
					t.Error(err)
					return
				}
				out[i], _ = report.DetailsJSON()
			})
		}
		wg.Wait()
		for _, b := range out {
			if first == nil {
				first = b
			}
			if len(b) == 0 || !bytes.Equal(b, first) {
				t.Fatalf("round %d: got another report:\n%s\nwant\n%s", round, b, first)
			}
		}
	}
}

// TestTheFirstFiftyAreAlwaysTheSame: the engine walks a map, so the cut must
// come after the findings were put in order.
func TestTheFirstFiftyAreAlwaysTheSame(t *testing.T) {
	var properties, members []string
	for i := range 80 {
		properties = append(properties, fmt.Sprintf(`"p%02d": {"type": "null"}`, i))
		members = append(members, fmt.Sprintf(`"p%02d":1`, i))
	}
	norm := strings.Replace(boxNorm, `"kode": {`, strings.Join(properties, ",")+`, "kode": {`, 1)
	d, err := ParseDefinition([]byte(norm), []byte(boxTexts))
	if err != nil {
		t.Fatal(err)
	}
	for round := range 20 {
		report, err := d.Check(context.Background(), records(`{"kode":"A01",`+strings.Join(members, ",")+`}`), CheckOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Details) != maxPerRecord || report.Structure["structure/type"] != maxPerRecord || report.Errors != 1 {
			t.Fatalf("got %d details and %v, want %d", len(report.Details), report.Structure, maxPerRecord)
		}
		for i, f := range report.Details {
			if want := fmt.Sprintf("/p%02d", i); f.Pointer != want {
				t.Fatalf("round %d: finding %d is at %s, want %s", round, i, f.Pointer, want)
			}
		}
	}
}

// TestRecordsOfAnotherSourceAreLimited: a source that is not of this package
// may hand over anything.
func TestRecordsOfAnotherSourceAreLimited(t *testing.T) {
	for _, c := range []struct {
		name string
		size int
		want int
	}{{"as long as allowed", MaxRecordBytes, 0}, {"longer", MaxRecordBytes + 1, 1}} {
		record := `{"kode":"A01"` + strings.Repeat(" ", c.size-len(`{"kode":"A01"}`)) + `}`
		src := &given{[]byte(record)}
		report, err := box(t).Check(context.Background(), src, CheckOptions{AsOf: day(2024, 2, 14)})
		if err != nil {
			t.Fatal(err)
		}
		if report.Records != 1 || report.Structure["structure/size"] != c.want {
			t.Errorf("%s: got %v", c.name, report.Structure)
		}
	}
}

// given is a source of one record.
type given struct{ record []byte }

func (g *given) Next() ([]byte, error) {
	if g.record == nil {
		return nil, io.EOF
	}
	b := g.record
	g.record = nil
	return b, nil
}

func TestFormatsAreAsserted(t *testing.T) {
	report := checkBox(t, `{"kode":"A01","tanggal":"2024-02-30"}`, `{"kode":"A02","tanggal":"2024-02-29"}`)
	if report.Errors != 1 || report.Structure["structure/format"] != 1 {
		t.Errorf("got %v, want one format error", report.Structure)
	}
}

func TestReasonsHaveTexts(t *testing.T) {
	seen := map[purpose.Text]Reason{}
	for r := range reasonTexts {
		text := r.Text()
		if other, twice := seen[text]; twice || text.ID == "" || text.EN == "" || text.ID == text.EN || strings.Contains(text.EN, "(") {
			t.Errorf("%s: text %v is incomplete or that of %s", r, text, other)
		}
		seen[text] = r
	}
	if general := Reason("3174014101900001").Text(); general.ID == "" || seen[general] != "" {
		t.Errorf("got %v for a reason that is none", general)
	}
}

func TestErrorsAskForTheReasonAlone(t *testing.T) {
	err := error(&Error{Reason: ReasonBadCell, Record: 3, Column: 2, Where: "sah"})
	for target, want := range map[*Error]bool{
		{Reason: ReasonBadCell}: true, {Reason: ReasonBadRow}: false, {Reason: ReasonBadCell, Record: 4}: false, {}: false, nil: false,
	} {
		if got := errors.Is(err, target); got != want {
			t.Errorf("%+v: got %v, want %v", target, got, want)
		}
	}
}

func TestErrorText(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{&Error{Reason: ReasonBadCell, Record: 3, Column: 2}, "bad_cell: a cell does not have the type of its column (record 3, column 2)"},
		{&Error{Reason: ReasonMissingColumn, Where: "sah"}, "missing_column: a mapped column is missing (at sah)"},
		{&Error{Reason: ReasonRead, cause: io.ErrClosedPipe}, "read_failed: reading the input failed"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	for _, name := range []string{"3174014101900001", "nik_3174014101900001", "a\nb", "a b", "31-74-01-41-01-90-00", strings.Repeat("x", 81), "é"} {
		if got := safeName(name); got != "" {
			t.Errorf("%q is shown as a name", got)
		}
	}
	if safeName("pengguna_dpt_j") == "" {
		t.Error("a plain name is hidden")
	}
}
