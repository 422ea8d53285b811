package purpose

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// small is the least vocabulary with one of everything.
const small = `{
  "version": 3,
  "notes": {"dates": {"id": "hari", "en": "days"}, "pdp": {"id": "huruf", "en": "letters"}, "legal_basis": {"id": "dasar", "en": "basis"}},
  "groups": [{"code": "REKAP", "label": {"id": "Hasil", "en": "Results"}}],
  "purposes": [{"code": "REKAP-KIRIM", "group": "REKAP", "label": {"id": "Kirim", "en": "Send"},
    "legal_basis": [{"citation": "PKPU 25/2023", "note": {"id": "judul", "en": "title"}}], "pdp": ["e"],
    "valid_from": "2022-11-22", "valid_until": "open"}],
  "forbidden": [{"code": "LARANGAN-KAMPANYE", "label": {"id": "Kampanye", "en": "Campaigning"}}]
}`

func TestLoadRefuses(t *testing.T) {
	if v := mustLoad(t, small); v.Version() != 3 || len(v.Forbidden()) != 1 {
		t.Fatalf("the sound vocabulary loads as %+v", v)
	}
	entry := small[strings.Index(small, `{"code": "REKAP-KIRIM"`):strings.Index(small, "],\n  \"forbidden\"")]
	for _, test := range []struct{ name, old, new string }{
		{"nothing", small, ``},
		{"null", small, `null`},
		{"empty object", small, `{}`},
		{"trailing value", small, small + `{}`},
		{"too large", small, small + strings.Repeat(" ", MaxSize)},
		{"invalid UTF-8", `"Kirim"`, "\"Kirim\xff\""},
		{"needless escape", `"Kirim"`, `"K\u0069rim"`},
		{"line break in a label", `"Kirim"`, `"Kirim\nKirim"`},
		{"deep nesting", `"open"`, strings.Repeat("[", 20000)},

		{"version zero", `"version": 3`, `"version": 0`},
		{"version with fraction", `"version": 3`, `"version": 3.0`},
		{"version as text", `"version": 3`, `"version": "3"`},
		{"unknown member", `"version": 3`, `"version": 3, "draft": true`},
		{"repeated member", `"version": 3`, `"version": 2, "version": 3`},
		{"member in other case", `"version": 3`, `"Version": 3`},
		{"member out of order", `"id": "Kirim", "en": "Send"`, `"en": "Send", "id": "Kirim"`},
		{"note of the file empty", `"id": "huruf"`, `"id": ""`},

		{"group repeated", `"groups": [`, `"groups": [{"code": "REKAP", "label": {"id": "a", "en": "b"}}, `},
		{"group in lower case", `{"code": "REKAP"`, `{"code": "rekap"`},
		{"group without label", `"en": "Results"`, `"en": " "`},
		{"groups null", `"groups": [{"code": "REKAP", "label": {"id": "Hasil", "en": "Results"}}]`, `"groups": null`},

		{"no purposes", entry, ``},
		{"purpose twice", entry, entry + "," + entry},
		{"purpose of unknown group", `"group": "REKAP"`, `"group": "CALON"`},
		{"purpose of other group", `"code": "REKAP-KIRIM"`, `"code": "CALON-KIRIM"`},
		{"purpose with group's code", `"code": "REKAP-KIRIM"`, `"code": "REKAP"`},
		{"purpose in lower case", `"code": "REKAP-KIRIM"`, `"code": "REKAP-Kirim"`},
		{"purpose of five words", `"code": "REKAP-KIRIM"`, `"code": "REKAP-A-B-C-D"`},
		{"purpose with newline", `"code": "REKAP-KIRIM"`, `"code": "REKAP-KIRIM\n"`},
		{"purpose without Indonesian", `"id": "Kirim"`, `"id": ""`},
		{"purpose without English", `"en": "Send"`, `"en": ""`},
		{"citation empty", `"PKPU 25/2023"`, `""`},
		{"citation note incomplete", `"en": "title"`, `"en": ""`},
		{"citation note null", `{"id": "judul", "en": "title"}`, `null`},
		{"legal basis null", `[{"citation": "PKPU 25/2023", "note": {"id": "judul", "en": "title"}}]`, `null`},
		{"legal basis missing", `"legal_basis": [{"citation": "PKPU 25/2023", "note": {"id": "judul", "en": "title"}}], `, ``},
		{"pdp empty", `["e"]`, `[]`},
		{"pdp null", `["e"]`, `null`},
		{"pdp beyond f", `["e"]`, `["g"]`},
		{"pdp two letters", `["e"]`, `["ce"]`},
		{"pdp repeated", `["e"]`, `["e", "e"]`},
		{"pdp out of order", `["e"]`, `["e", "c"]`},
		{"first day not a day", `"2022-11-22"`, `"2022-11-31"`},
		{"first day with time", `"2022-11-22"`, `"2022-11-22T00:00:00Z"`},
		{"first day open", `"2022-11-22"`, `"open"`},
		{"end empty", `"open"`, `""`},
		{"end null", `"open"`, `null`},
		{"end missing", `, "valid_until": "open"`, ``},
		{"end on the first day", `"open"`, `"2022-11-22"`},

		{"forbidden is also allowed", `"LARANGAN-KAMPANYE"`, `"REKAP-KIRIM"`},
		{"forbidden without code", `"LARANGAN-KAMPANYE"`, `""`},
		{"forbidden without label", `"Campaigning"`, `""`},
		{"forbidden null", `[{"code": "LARANGAN-KAMPANYE", "label": {"id": "Kampanye", "en": "Campaigning"}}]`, `null`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if strings.Count(small, test.old) != 1 {
				t.Fatalf("%q stands %d times in the sound vocabulary", test.old, strings.Count(small, test.old))
			}
			v, err := Load([]byte(strings.Replace(small, test.old, test.new, 1)))
			var e *Error
			if v != nil || !errors.As(err, &e) || e.Reason != ReasonMalformed || e.Code != "" {
				t.Fatalf("got %v, %v", v, err)
			}
		})
	}
}

func TestLoadErrorsQuoteNothing(t *testing.T) {
	const canary = "3171011202900001"
	for _, spot := range []string{"version", "REKAP", "REKAP-KIRIM", "Kirim", "PKPU 25/2023", "2022-11-22", "open", "LARANGAN-KAMPANYE"} {
		_, err := Load([]byte(strings.Replace(small, `"`+spot+`"`, `"`+canary+`\n"`, 1)))
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: error %v", spot, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(small))
	f.Add(embedded)
	f.Add([]byte(strings.Replace(small, `"open"`, `"2024-02-14"`, 1)))
	f.Add([]byte(strings.Replace(small, `"e"`, `"a","f"`, 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Load(data)
		if err != nil {
			var e *Error
			if v != nil || !errors.As(err, &e) || e.Reason != ReasonMalformed {
				t.Fatalf("got %v, %v", v, err)
			}
			return
		}
		if v.Version() < 1 || len(v.purposes) == 0 {
			t.Fatal("a vocabulary without version or purposes was loaded")
		}
		for _, p := range v.purposes {
			if got, err := v.Lookup(p.Code, p.ValidFrom); err != nil || got.Code != p.Code || p.Group.Code == string(p.Code) {
				t.Fatalf("%q on its first day: %v", p.Code, err)
			}
			if _, err := v.Lookup(p.Code, p.ValidFrom.Add(-time.Nanosecond)); !errors.Is(err, &Error{Reason: ReasonNotYetValid}) {
				t.Fatalf("%q before its first day: %v", p.Code, err)
			}
			if !p.ValidUntil.IsZero() {
				if _, err := v.Lookup(p.Code, p.ValidUntil); !errors.Is(err, &Error{Reason: ReasonNoLongerValid}) {
					t.Fatalf("%q after its last day: %v", p.Code, err)
				}
			}
		}
		for _, x := range v.forbidden {
			if _, err := v.Lookup(x.Code, time.Time{}); !errors.Is(err, &Error{Reason: ReasonForbidden}) {
				t.Fatalf("%q: %v", x.Code, err)
			}
		}
	})
}
