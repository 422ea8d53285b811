package purpose

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

var pollingDay = time.Date(2024, 2, 14, 7, 0, 0, 0, wib)

func TestDefaultHoldsTheTwentyPurposes(t *testing.T) {
	want := []Code{
		"PARPOL-VERMIN", "PARPOL-VERFAK", "PARPOL-BADANHUKUM", "PARPOL-GANDA", "PARPOL-MUTAKHIR",
		"CALON-VERMIN", "CALON-KUOTA", "CALON-UMUM", "DAPIL-TATA", "TPS-JARINGAN",
		"REKAP-KIRIM", "REKAP-JENJANG", "REKAP-UMUM", "SENGKETA-HASIL", "AWAS-TAHAPAN",
		"AWAS-TEMUAN", "ETIK-PERIKSA", "KONTEN-TINDAK", "INSIDEN-SIBER", "LOGISTIK-ADA",
	}
	var got []Code
	for _, p := range Default().All(pollingDay) {
		got = append(got, p.Code)
		same, err := Default().Lookup(p.Code, pollingDay)
		if err != nil || same.Label != p.Label {
			t.Errorf("Lookup(%s) = %v, %v", p.Code, same.Label, err)
		}
		if p.Group.Code+"-" != string(p.Code)[:len(p.Group.Code)+1] {
			t.Errorf("%s is in group %s", p.Code, p.Group.Code)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("codes = %v\nwant %v", got, want)
	}
	if Default().Version() != 1 {
		t.Errorf("version = %d; a changed vocabulary is a new version and this test says which", Default().Version())
	}
}

// Citations that nobody has verified are not shipped, neither the whole nor a part of one.
func TestDefaultShipsNoUnverifiedCitation(t *testing.T) {
	unverified := []string{"[U]", "[V", "[I]", "34/2017", "14/2008", "KIP", "245", "473", "475", "UU 1/2024"}
	for _, text := range unverified {
		if strings.Contains(string(embedded), text) {
			t.Errorf("vocabulary.json holds %q", text)
		}
	}
	none := map[Code]bool{"REKAP-UMUM": true, "SENGKETA-HASIL": true}
	for _, p := range Default().All(pollingDay) {
		if (len(p.LegalBasis) == 0) != none[p.Code] {
			t.Errorf("%s has %d citations", p.Code, len(p.LegalBasis))
		}
	}
}

func TestLookup(t *testing.T) {
	first := time.Date(2022, 11, 22, 0, 0, 0, 0, wib) // 17:00 UTC the day before
	ended := mustLoad(t, strings.Replace(small, `"open"`, `"2024-02-14"`, 1))
	for _, test := range []struct {
		name string
		v    *Vocabulary
		code Code
		at   time.Time
		want Reason // "" for a purpose
	}{
		{"known", Default(), "REKAP-KIRIM", pollingDay, ""},
		{"first instant", Default(), "REKAP-KIRIM", first, ""},
		{"instant before the first", Default(), "REKAP-KIRIM", first.Add(-1), ReasonNotYetValid},
		{"no time", Default(), "REKAP-KIRIM", time.Time{}, ReasonNotYetValid},
		{"far future of an open end", Default(), "REKAP-KIRIM", first.AddDate(500, 0, 0), ""},
		{"last instant", ended, "REKAP-KIRIM", pollingDay.Add(-7*time.Hour - 1), ""},
		{"instant after the last", ended, "REKAP-KIRIM", pollingDay.Add(-7 * time.Hour), ReasonNoLongerValid},
		{"empty", Default(), "", pollingDay, ReasonUnknown},
		{"group", Default(), "REKAP", pollingDay, ReasonUnknown},
		{"group with hyphen", Default(), "REKAP-", pollingDay, ReasonUnknown},
		{"lower case", Default(), "rekap-kirim", pollingDay, ReasonUnknown},
		{"blank behind", Default(), "REKAP-KIRIM ", pollingDay, ReasonUnknown},
		{"nul behind", Default(), "REKAP-KIRIM\x00", pollingDay, ReasonUnknown},
		{"wildcard", Default(), "*", pollingDay, ReasonUnknown},
		{"attacker's text", Default(), "3171011202900001\n", pollingDay, ReasonUnknown},
		{"campaigning", Default(), "LARANGAN-KAMPANYE", pollingDay, ReasonForbidden},
		{"profiling before the first day", Default(), "LARANGAN-PEMROFILAN", time.Time{}, ReasonForbidden},
		{"zero vocabulary", &Vocabulary{}, "REKAP-KIRIM", pollingDay, ReasonUnknown},
		{"nil vocabulary", nil, "REKAP-KIRIM", pollingDay, ReasonUnknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := test.v.Lookup(test.code, test.at)
			if test.want == "" {
				if err != nil || p.Code != test.code {
					t.Fatalf("got %q, %v", p.Code, err)
				}
				return
			}
			var e *Error
			if !errors.As(err, &e) || e.Reason != test.want || p.Code != "" {
				t.Fatalf("got %q, %v; want reason %s", p.Code, err, test.want)
			}
			if !errors.Is(err, &Error{Reason: test.want}) || errors.Is(err, &Error{Reason: ReasonMalformed}) {
				t.Error("errors.Is does not ask for the reason alone")
			}
			known := test.want != ReasonUnknown
			if (e.Code != "") != known || len(test.code) > 3 && strings.Contains(err.Error(), string(test.code)) != known {
				t.Errorf("error %q repeats a text from outside, or hides a code of the vocabulary", err)
			}
		})
	}
}

func TestAllLeavesOutWhatDoesNotHold(t *testing.T) {
	if got := Default().All(time.Date(2020, 1, 1, 0, 0, 0, 0, wib)); len(got) != 0 {
		t.Errorf("%d purposes before the first day", len(got))
	}
	if (*Vocabulary)(nil).All(pollingDay) != nil || (*Vocabulary)(nil).Forbidden() != nil || (*Vocabulary)(nil).Version() != 0 {
		t.Error("a nil vocabulary holds something")
	}
}

func TestCallersGetCopies(t *testing.T) {
	v := mustLoad(t, small)
	p, err := v.Lookup("REKAP-KIRIM", pollingDay)
	if err != nil {
		t.Fatal(err)
	}
	p.PDP[0], p.LegalBasis[0].Text, p.LegalBasis[0].Note.EN = "a", "changed", "changed"
	v.All(pollingDay)[0].LegalBasis[0].Note.ID = "changed"
	v.Forbidden()[0].Code = "REKAP-KIRIM"

	again, err := v.Lookup("REKAP-KIRIM", pollingDay)
	if err != nil || again.PDP[0] != "e" || again.LegalBasis[0].Text != "PKPU 25/2023" || *again.LegalBasis[0].Note != (Text{"judul", "title"}) {
		t.Errorf("a caller changed the vocabulary: %+v, %v", again, err)
	}
}

func TestCodesAreWrittenInOneWay(t *testing.T) {
	word := strings.Repeat("A", 32)
	for code, want := range map[Code]bool{
		"REKAP-KIRIM": true, "A-1": true, "A1-B2-C3-D4": true, Code(word + "-" + word): true,
		"": false, "REKAP": false, "REKAP-": false, "-KIRIM": false, "1A-B": false, "rekap-kirim": false, "REKAP_KIRIM": false, "REKAP-*": false,
		"A-B-C-D-E": false, "REKAP-KIRIM\n": false, " REKAP-KIRIM": false, Code(word + "A-B"): false, Code("A-" + word + "B"): false,
	} {
		if got := code.Valid(); got != want {
			t.Errorf("%q: got %v, want %v", code, got, want)
		}
	}
}

func TestReasonsHaveTexts(t *testing.T) {
	seen := map[Text]bool{}
	for _, r := range []Reason{ReasonUnknown, ReasonNotYetValid, ReasonNoLongerValid, ReasonForbidden, ReasonMalformed} {
		if l := r.Text(); !l.whole() || seen[l] {
			t.Errorf("%s: label %v is incomplete or another's", r, l)
		} else {
			seen[l] = true
		}
	}
	if Reason("3171011202900001").Text() != ReasonUnknown.Text() {
		t.Error("a reason that is none has a text of its own")
	}
}

func mustLoad(t *testing.T, text string) *Vocabulary {
	t.Helper()
	v, err := Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}
