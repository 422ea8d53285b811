package completeness_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/completeness"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/shared"
)

var (
	directory = exchangetest.NewWorld().Directory
	now       = envelopetest.Now()
	kpu       = envelopetest.Sirekap()
	bawaslu   = envelopetest.Pengawasan()
)

func registerOf(t testing.TB, units ...string) *completeness.Register {
	t.Helper()
	r, err := completeness.NewRegister(slices.Values(units))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func expect(t testing.TB, r *completeness.Register) *completeness.Expected {
	t.Helper()
	jws, err := r.Expect(completeness.Expectation{
		Issuer: kpu.Party, IssuedAt: now.Unix(), Dataset: "sirekap/hasil-tps", LegalDate: "2024-02-14", Due: now.Add(time.Hour).Unix(),
	}, kpu.Signing)
	if err != nil {
		t.Fatal(err)
	}
	e, err := completeness.OpenExpectation(jws, directory, now)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// id makes the n-th id of a test.
func id(n int) string { return fmt.Sprintf("018da7d3-ac00-7000-8000-%012d", n) }

// arrival is revision of the line that begins with first.
func arrival(first, n int, revision int64, after time.Duration) completeness.Arrival {
	return completeness.Arrival{
		Key: exchange.Key{Sender: kpu.Party, ID: id(n)}, Line: exchange.Line{First: id(first), Revision: revision},
		Digest: envelopetest.Digest(id(n)), At: now.Add(after),
	}
}

func TestStates(t *testing.T) {
	type step struct {
		a     completeness.Arrival
		units string
	}
	const late = 2 * time.Hour
	for name, test := range map[string]struct {
		steps []step
		want  string // of the unit A: state, the envelope that counts, minutes after now
	}{
		"nothing":                      {nil, "missing"},
		"another unit":                 {[]step{{arrival(1, 1, 0, 0), "B"}}, "missing"},
		"reported":                     {[]step{{arrival(1, 1, 0, 0), "A B"}}, "reported 1 0"},
		"late":                         {[]step{{arrival(1, 1, 0, late), "A"}}, "reported 1 120"},
		"repeated":                     {[]step{{arrival(1, 1, 0, 0), "A"}, {arrival(1, 1, 0, late), "A"}}, "reported 1 0"},
		"superseded":                   {[]step{{arrival(1, 1, 0, 0), "A"}, {arrival(1, 2, 1, late), "A"}}, "superseded 2 0"},
		"only the correction arrived":  {[]step{{arrival(1, 2, 1, 0), "A"}}, "superseded 2 0"},
		"corrected twice":              {[]step{{arrival(1, 1, 0, 0), "A"}, {arrival(1, 2, 1, 0), "A"}, {arrival(1, 3, 2, 0), "A"}}, "superseded 3 0"},
		"an old revision comes late":   {[]step{{arrival(1, 3, 2, 0), "A"}, {arrival(1, 2, 1, late), ""}}, "superseded 3 0"},
		"retracted":                    {[]step{{arrival(1, 1, 0, 0), "A"}, {arrival(1, 2, 1, 0), ""}}, "retracted 2 0"},
		"left out of the correction":   {[]step{{arrival(1, 1, 0, 0), "A B"}, {arrival(1, 2, 1, 0), "B"}}, "retracted 2 0"},
		"retracted, other corrections": {[]step{{arrival(1, 1, 0, 0), "A B"}, {arrival(1, 2, 1, 0), "B"}, {arrival(1, 3, 2, 0), "B"}}, "retracted 2 0"},
		"retracted and back":           {[]step{{arrival(1, 1, 0, 0), "A"}, {arrival(1, 2, 1, 0), ""}, {arrival(1, 3, 2, late), "A"}}, "superseded 3 0"},
		"retracted, sent anew":         {[]step{{arrival(1, 1, 0, 0), "A"}, {arrival(1, 2, 1, 0), ""}, {arrival(7, 7, 0, late), "A"}}, "reported 7 0"},
		"two lines: the first speaks":  {[]step{{arrival(1, 1, 0, 0), "A"}, {arrival(7, 7, 0, 0), "A"}, {arrival(7, 8, 1, 0), "A"}}, "reported 1 0"},
		"two lines, first retracted":   {[]step{{arrival(1, 1, 0, 0), "A"}, {arrival(7, 7, 0, 0), "A"}, {arrival(1, 2, 1, 0), ""}}, "reported 7 0"},
		"two lines, both retracted":    {[]step{{arrival(1, 1, 0, 0), "A"}, {arrival(7, 7, 0, 0), "A"}, {arrival(7, 8, 1, 0), ""}, {arrival(1, 2, 1, 0), ""}}, "retracted 2 0"},
		"twice in one envelope":        {[]step{{arrival(1, 1, 0, 0), "A A"}}, "reported 1 0"},
	} {
		t.Run(name, func(t *testing.T) {
			r := registerOf(t, "A", "B")
			tally := completeness.NewTally(r)
			for _, s := range test.steps {
				if err := tally.Add(s.a, strings.Fields(s.units)...); err != nil {
					t.Fatal(err)
				}
			}
			report, err := tally.Report(expect(t, r), bawaslu.Party, now, bawaslu.Signing)
			if err != nil {
				t.Fatal(err)
			}
			l := slices.Collect(report.Lines("A"))[0]
			got := string(l.State)
			for n := range 10 {
				if l.Digest == envelopetest.Digest(id(n)) {
					got += fmt.Sprintf(" %d %.0f", n, l.First.Sub(now).Minutes())
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if again, err := completeness.OpenReport(report.File(), r, directory, now); err != nil || again.Summary() != report.Summary() {
				t.Errorf("its own file: %v", err)
			}
		})
	}
}

func TestAreas(t *testing.T) {
	r := registerOf(t, "1101", "1102", "1201", "12", "2101")
	tally := completeness.NewTally(r)
	if err := tally.Add(arrival(1, 1, 0, 2*time.Hour), "1102", "9999"); err != nil {
		t.Fatal(err)
	}
	report, err := tally.Report(expect(t, r), bawaslu.Party, now, bawaslu.Signing)
	if err != nil {
		t.Fatal(err)
	}
	want := []completeness.Area{
		{Prefix: "11", Counts: completeness.Counts{Expected: 2, Reported: 1, Late: 1, Missing: 1}},
		{Prefix: "12", Counts: completeness.Counts{Expected: 2, Missing: 2}},
		{Prefix: "21", Counts: completeness.Counts{Expected: 1, Missing: 1}},
	}
	if got := report.Areas(2); !slices.Equal(got, want) {
		t.Errorf("areas %+v", got)
	}
	if got := slices.Collect(report.Missing("1")); !slices.Equal(got, []string{"1101", "12", "1201"}) {
		t.Errorf("missing below 1: %v", got)
	}
	if got := report.Summary(); got.Unexpected != 1 || got.Counts != (completeness.Counts{Expected: 5, Reported: 1, Late: 1, Missing: 4}) {
		t.Errorf("summary %+v", got)
	}
}

func TestNoRegister(t *testing.T) {
	for name, units := range map[string][]string{
		"empty": {}, "twice": {"A", "B", "A"}, "empty code": {""}, "blank": {"A B"}, "line feed": {"A\n"}, "too long": {strings.Repeat("1", 41)}, "not ASCII": {"é"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := completeness.NewRegister(slices.Values(units)); envelope.ReasonOf(err) != envelope.ReasonMisuse {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestMisuse(t *testing.T) {
	r := registerOf(t, "A")
	for name, mend := range map[string]func(a *completeness.Arrival){
		"no sender":         func(a *completeness.Arrival) { a.Sender = "" },
		"no id":             func(a *completeness.Arrival) { a.ID = "" },
		"no line":           func(a *completeness.Arrival) { a.First = "" },
		"negative revision": func(a *completeness.Arrival) { a.Revision = -1 },
		"no digest":         func(a *completeness.Arrival) { a.Digest = "" },
		"no time":           func(a *completeness.Arrival) { a.At = time.Time{} },
	} {
		t.Run(name, func(t *testing.T) {
			a := arrival(1, 1, 0, 0)
			mend(&a)
			if err := completeness.NewTally(r).Add(a, "A"); envelope.ReasonOf(err) != envelope.ReasonMisuse {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("another register", func(t *testing.T) {
		if _, err := completeness.NewTally(r).Report(expect(t, registerOf(t, "B")), bawaslu.Party, now, bawaslu.Signing); envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("got %v", err)
		}
	})
}

// report is one over three units of which B and C have reported.
func report(t testing.TB) (*completeness.Register, *completeness.Report) {
	t.Helper()
	r := registerOf(t, "A", "B", "C")
	tally := completeness.NewTally(r)
	if err := tally.Add(arrival(1, 1, 0, 0), "B", "C"); err != nil {
		t.Fatal(err)
	}
	report, err := tally.Report(expect(t, r), bawaslu.Party, now, bawaslu.Signing)
	if err != nil {
		t.Fatal(err)
	}
	return r, report
}

func TestForgedReports(t *testing.T) {
	r, honest := report(t)
	lines := strings.Split(string(honest.File()), "\n")
	other := registerOf(t, "A", "B", "D")
	otherExpected, err := other.Expect(completeness.Expectation{
		Issuer: kpu.Party, IssuedAt: now.Unix(), Dataset: "sirekap/hasil-tps", LegalDate: "2024-02-14", Due: now.Unix(),
	}, kpu.Signing)
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(l []string) []string) string { return strings.Join(f(slices.Clone(lines)), "\n") }
	for name, test := range map[string]struct {
		file     string
		register *completeness.Register
		d        *trust.Directory
		at       time.Time
		want     envelope.Reason
	}{
		"another register":       {string(honest.File()), other, directory, now, envelope.ReasonBadContent},
		"no register":            {string(honest.File()), nil, directory, now, envelope.ReasonBadContent},
		"another first line":     {change(func(l []string) []string { l[0] = "segel-completeness/2"; return l }), r, directory, now, envelope.ReasonMalformed},
		"another expectation":    {change(func(l []string) []string { l[1] = string(otherExpected); return l }), r, directory, now, envelope.ReasonBadContent},
		"no summary":             {change(func(l []string) []string { return slices.Delete(l, 2, 3) }), r, directory, now, envelope.ReasonMalformed},
		"expectation as summary": {change(func(l []string) []string { l[2] = l[1]; return l }), r, directory, now, envelope.ReasonMalformed},
		"a unit now missing":     {change(func(l []string) []string { l[4] = "B missing"; return l }), r, directory, now, envelope.ReasonBadContent},
		"another envelope": {change(func(l []string) []string {
			l[4] = strings.ReplaceAll(l[4], envelopetest.Digest(id(1)), envelopetest.Digest("x"))
			return l
		}), r, directory, now, envelope.ReasonBadContent},
		"a line left out":         {change(func(l []string) []string { return slices.Delete(l, 4, 5) }), r, directory, now, envelope.ReasonBadContent},
		"the last line left out":  {change(func(l []string) []string { return slices.Delete(l, 5, 6) }), r, directory, now, envelope.ReasonBadContent},
		"a line twice":            {change(func(l []string) []string { return slices.Insert(l, 5, l[5]) }), r, directory, now, envelope.ReasonBadContent},
		"two lines swapped":       {change(func(l []string) []string { l[4], l[5] = l[5], l[4]; return l }), r, directory, now, envelope.ReasonBadContent},
		"no last line feed":       {strings.TrimSuffix(string(honest.File()), "\n"), r, directory, now, envelope.ReasonMalformed},
		"a time of another form":  {change(func(l []string) []string { l[4] = strings.Replace(l[4], "Z ", "+00:00 ", 1); return l }), r, directory, now, envelope.ReasonMalformed},
		"words behind missing":    {change(func(l []string) []string { l[3] += " "; return l }), r, directory, now, envelope.ReasonMalformed},
		"no directory":            {string(honest.File()), r, nil, now, envelope.ReasonMisuse},
		"read before it was made": {string(honest.File()), r, directory, now.Add(-time.Hour), envelope.ReasonNotYetValid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := completeness.OpenReport([]byte(test.file), test.register, test.d, test.at)
			if got := envelope.ReasonOf(err); got != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	_, honest := report(t)
	for _, want := range []completeness.State{completeness.Missing, completeness.Reported} {
		unit := map[completeness.State]string{completeness.Missing: "A", completeness.Reported: "C"}[want]
		file, err := honest.Excerpt(unit)
		if err != nil {
			t.Fatal(err)
		}
		l, s, e, err := completeness.OpenExcerpt(file, directory, now)
		if err != nil || l.Unit != unit || l.State != want || s != honest.Summary() || e.Claims() != honest.Expected().Claims() {
			t.Errorf("%s: %v %v", unit, l, err)
		}
		if bytes.Contains(file, []byte("B reported")) {
			t.Error("the excerpt shows another unit")
		}
		lines := strings.Split(string(file), "\n")
		for name, f := range map[string]func(l []string){
			"another state":    func(l []string) { l[3] = strings.Fields(l[3])[0] + " B missing" },
			"another place":    func(l []string) { l[3] = "1" + l[3][1:] },
			"behind the end":   func(l []string) { l[3] = "3" + l[3][1:] },
			"a sign":           func(l []string) { l[3] = "+" + l[3] },
			"no path":          func(l []string) { l[4] = "" },
			"paths swapped":    func(l []string) { l[4], l[5] = l[5], l[4] },
			"a path too long":  func(l []string) { l[5] += " " + envelopetest.Digest("x") },
			"a broken path":    func(l []string) { l[5] = l[5][1:] },
			"something behind": func(l []string) { l[6] = "x" },
		} {
			forged := slices.Clone(lines)
			f(forged)
			if _, _, _, err := completeness.OpenExcerpt([]byte(strings.Join(forged, "\n")), directory, now); err == nil {
				t.Errorf("%s: %s: accepted", unit, name)
			}
		}
	}
	if _, err := honest.Excerpt("Z"); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("unknown unit: %v", err)
	}
	alone := registerOf(t, "A")
	one, err := completeness.NewTally(alone).Report(expect(t, alone), bawaslu.Party, now, bawaslu.Signing)
	if err != nil {
		t.Fatal(err)
	}
	file, _ := one.Excerpt("A")
	if _, _, _, err := completeness.OpenExcerpt(file, directory, now); err != nil {
		t.Errorf("a register of one unit: %v", err)
	}
}

func TestDispute(t *testing.T) {
	_, honest := report(t)
	truth := map[string]string{"B": envelopetest.Digest(id(1)), "C": envelopetest.Digest(id(1))}
	if got := honest.Dispute(func(u string) string { return truth[u] }); got != nil {
		t.Errorf("an honest report is disputed: %v", got)
	}
	truth["A"] = envelopetest.Digest(id(2))
	delete(truth, "B")
	truth["C"] = envelopetest.Digest(id(3))
	got := honest.Dispute(func(u string) string { return truth[u] })
	if len(got) != 3 || got[0].Unit != "A" || got[0].State != completeness.Missing || got[0].Sent != truth["A"] || got[1].Sent != "" || got[2].Sent != truth["C"] {
		t.Errorf("disputed: %v", got)
	}
}

// The register of 17 provinces and half of the overseas stations, and the results
// of five regions: who has not reported is the set difference.
func TestRegister(t *testing.T) {
	units := column(t, "tps_register", "kpu_tps_register_20240217.csv.gz")
	const inTime = "99-luar-negeri 11-aceh 31-dki-jakarta 34-di-yogyakarta 91-papua"
	arrived := map[string][]string{}
	for region := range strings.FieldsSeq(inTime) {
		arrived[region] = column(t, "sirekap2024", "ppwp_tps_"+region+".csv.gz")
	}
	begun := time.Now()
	r, err := completeness.NewRegister(slices.Values(units))
	if err != nil {
		t.Fatal(err)
	}
	tally := completeness.NewTally(r)
	missing := map[string]bool{}
	for _, u := range units {
		missing[u] = true
	}
	total, unexpected, envelopes := 0, 0, 0
	for n, region := range slices.Sorted(maps.Keys(arrived)) {
		// As many envelopes as agencies send: one for 100 stations.
		for i, some := range slices.Collect(slices.Chunk(arrived[region], 100)) {
			envelopes++
			if err := tally.Add(arrival(n*1000+i, n*1000+i, 0, 0), some...); err != nil {
				t.Fatal(err)
			}
		}
		total += len(arrived[region])
		for _, u := range arrived[region] {
			if !missing[u] {
				unexpected++
			}
			delete(missing, u)
		}
	}
	signed, err := tally.Report(expect(t, r), bawaslu.Party, now, bawaslu.Signing)
	if err != nil {
		t.Fatal(err)
	}
	file := signed.File()
	here := time.Since(begun)
	begun = time.Now()
	opened, err := completeness.OpenReport(file, r, directory, now)
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Collect(opened.Missing(""))
	t.Logf("%d stations, %d results of %d envelopes, %d not in the register, %d missing; report of %d bytes in %v, verified in %v",
		r.Len(), total, envelopes, unexpected, len(got), len(file), here.Round(time.Millisecond), time.Since(begun).Round(time.Millisecond))
	if want := slices.Sorted(maps.Keys(missing)); !slices.Equal(got, want) {
		t.Errorf("%d missing, want %d", len(got), len(want))
	}
	if tally.Unexpected() != unexpected || r.Len() != 188_301 || total != 63_240 || unexpected != 62 || len(got) != 125_123 {
		t.Errorf("%d stations, %d reported, %d unexpected (%d by the tally), %d missing", r.Len(), total, unexpected, tally.Unexpected(), len(got))
	}
}

// column reads the kode_tps of a file of ../shared.
func column(t *testing.T, elem ...string) []string {
	t.Helper()
	f, err := os.Open(shared.Path(t, append([]string{"data"}, elem...)...))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	at := -1
	for s := bufio.NewScanner(z); s.Scan(); {
		cells := strings.Split(s.Text(), ",")
		if at < 0 {
			at = slices.Index(cells, "kode_tps")
			continue
		}
		out = append(out, strings.Trim(cells[at], `"`))
	}
	return out
}

func FuzzOpenReport(f *testing.F) {
	r, honest := report(f)
	excerpt, _ := honest.Excerpt("B")
	f.Add(honest.File())
	f.Add(excerpt)
	f.Fuzz(func(t *testing.T, file []byte) {
		// Not the bytes: each process of a fuzzing run has signed for itself.
		if got, err := completeness.OpenReport(file, r, directory, now); err == nil && (got.Summary() != honest.Summary() || !slices.Equal(slices.Collect(got.Lines("")), slices.Collect(honest.Lines("")))) {
			t.Error("another report was accepted")
		}
		if l, s, _, err := completeness.OpenExcerpt(file, directory, now); err == nil && (s != honest.Summary() || !slices.Contains(slices.Collect(honest.Lines("")), l)) {
			t.Error("another excerpt was accepted")
		}
	})
}
