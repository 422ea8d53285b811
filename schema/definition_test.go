package schema

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope/purpose"
)

func day(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 12, 0, 0, 0, time.UTC) }

func TestDefinitionSaysWhatItIs(t *testing.T) {
	d := box(t)
	sum := sha256.Sum256([]byte("segel/1 definition\n" + boxNorm))
	want := Ref{"uji/kotak", "1.2.0", base64.RawURLEncoding.EncodeToString(sum[:])}
	if d.Ref() != want || len(want.Digest) != 43 {
		t.Errorf("got %v, want %v", d.Ref(), want)
	}
	if d.Title() != both("Kotak uji", "Test box") || d.Classification() != Public {
		t.Errorf("got %v, %v", d.Title(), d.Classification())
	}
	if got := d.KeyFields(); !slices.Equal(got, []string{"/kode"}) {
		t.Errorf("got keys %v", got)
	}
	if got := d.Purposes(); !slices.Equal(got, []purpose.Code{"REKAP-KIRIM", "REKAP-UMUM"}) {
		t.Errorf("got purposes %v", got)
	}
	rules := d.Rules()
	if len(rules) != 5 || rules[1].ID != "NEW" || rules[1].From != "2024-02-01" || rules[1].Citation != "UU Contoh 1/2000 ps.1" || rules[2].Until != "2024-02-01" {
		t.Errorf("got rules %+v", rules)
	}
}

func TestCarriesExactCodesOnly(t *testing.T) {
	d := box(t)
	for code, want := range map[purpose.Code]bool{
		"REKAP-KIRIM": true, "REKAP-UMUM": true,
		"": false, "REKAP": false, "REKAP-": false, "REKAP-*": false, "rekap-kirim": false, "REKAP-JENJANG": false, "REKAP-KIRIM ": false,
	} {
		if got := d.Carries(code); got != want {
			t.Errorf("%q: got %v, want %v", code, got, want)
		}
	}
}

func TestDefinitionIsImmutable(t *testing.T) {
	d := box(t)
	d.Purposes()[0], d.KeyFields()[0], d.Rules()[0].ID = "X-Y", "/x", "X"
	if d.Purposes()[0] != "REKAP-KIRIM" || d.KeyFields()[0] != "/kode" || d.Rules()[0].ID != "SUM" {
		t.Error("a caller changed the definition")
	}
}

func TestTextsAreNotInTheDigest(t *testing.T) {
	other, err := ParseDefinition([]byte(boxNorm), []byte(strings.Replace(boxTexts, "Odd NIK.", "A peculiar NIK.", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if other.Ref() != box(t).Ref() {
		t.Error("another wording made another definition")
	}
	changed, err := ParseDefinition([]byte(boxNorm+"\n"), []byte(boxTexts))
	if err != nil {
		t.Fatal(err)
	}
	if changed.Ref() == box(t).Ref() {
		t.Error("other bytes have the same digest")
	}
}

func TestParseDefinitionRefuses(t *testing.T) {
	for _, c := range []struct{ name, old, new, where string }{
		{"not JSON", boxNorm, `id: x`, "structure/json"},
		{"duplicate member", `"keys": ["/kode"],`, `"keys": ["/kode"], "keys": ["/kode"],`, "structure/duplicate-member"},
		{"unknown member", `"keys": ["/kode"],`, `"keys": ["/kode"], "key": 1,`, ""},
		{"member in another case", `"keys"`, `"Keys"`, ""},
		{"another grammar", `definition/1`, `definition/2`, "/segel"},
		{"odd id", `uji/kotak`, `uji kotak`, "/id"},
		{"version with two numbers", `1.2.0`, `1.2`, "/version"},
		{"version with a leading zero", `1.2.0`, `1.02.0`, "/version"},
		{"unknown classification", `"public"`, `"secret"`, "/classification"},
		{"no purposes", `["REKAP-KIRIM", "REKAP-UMUM"]`, `[]`, "/purposes"},
		{"group as purpose", `"REKAP-UMUM"`, `"REKAP-*"`, "/purposes/1"},
		{"purpose twice", `"REKAP-UMUM"`, `"REKAP-KIRIM"`, "/purposes/1"},
		{"no keys", `["/kode"]`, `[]`, "/keys"},
		{"key that nobody declared", `["/kode"]`, `["/kod"]`, "/keys/0"},
		{"key with wildcard", `["/kode"]`, `["/chart/#"]`, "/keys/0"},
		{"key that may be an object", `"kode": {"type": "string",`, `"kode": {"type": ["string", "object"],`, "/keys/0"},
		{"key that may be a list", `"kode": {"type": "string",`, `"kode": {"enum": ["A01", ["A02"]],`, "/keys/0"},
		{"key that may be anything", `"kode": {"type": "string",`, `"kode": {`, "/keys/0"},
		{"key that may be anything at times", `"kode": {"type": "string",`, `"kode": {"anyOf": [{"type": "string"}, {"minimum": 1}],`, "/keys/0"},
		{"legal date in any form", `"format": "date"`, `"maxLength": 10`, "/legalDate"},
		{"legal date that may be a number", `"type": ["string", "null"], "format": "date"`, `"type": ["string", "integer"], "format": "date"`, "/legalDate"},
		{"legal date that is none in one branch", `{"type": ["string", "null"], "format": "date"}`, `{"type": ["string", "null"], "anyOf": [{"format": "date"}, {"maxLength": 4}]}`, "/legalDate"},
		{"legal date that nobody declared", `"legalDate": "/tanggal"`, `"legalDate": "/date"`, "/legalDate"},
		{"sensitive field that nobody declared", `/saksi/*/nik", "kind"`, `/saksi/*/nkk", "kind"`, "/sensitive/0/pointer"},
		{"unknown sort of sensitive field", `"kind": "nik"}`, `"kind": "secret"}`, "/sensitive/0/kind"},
		{"schema of a list", `"type": "object", "required"`, `"type": "array", "required"`, "/schema/type"},
		{"schema keyword misspelt", `"minimum": 0`, `"minimun": 0`, "/schema/$defs/0"},
		{"schema keyword that is not supported", `"minimum": 0`, `"propertyNames": {"maxLength": 2}`, "/schema/$defs/0"},
		{"schema that refers to itself", `{"type": ["integer", "null"], "minimum": 0}`, `{"properties": {"x": {"$ref": "#/$defs/n"}}}`, "/schema"},
		{"schema that refers back to itself", `{"n": {"type": ["integer", "null"], "minimum": 0}}`, `{"n": {"$ref": "#/$defs/m"}, "m": {"allOf": [{"$ref": "#/$defs/n"}]}}`, "/schema"},
		{"schema format unknown", `"format": "date"`, `"format": "tanggal"`, "/schema/properties/7/format"},
		{"schema pattern broken", `^[0-9A-Z]{3}$`, `^[0-9A-Z{3}$`, "/schema"},
		{"schema type unknown", `{"type": ["integer", "null"], "minimum": 0}`, `{"type": ["count", "null"]}`, "/schema"},
		{"schema reference to a file", `"dpt": {"$ref": "#/$defs/n"}`, `"dpt": {"$ref": "file:///etc/passwd"}`, "/schema/properties/1/$ref"},
		{"schema reference to the network", `"dpt": {"$ref": "#/$defs/n"}`, `"dpt": {"$ref": "https://example.org/x"}`, "/schema/properties/1/$ref"},
		{"schema reference to nothing", `"dpt": {"$ref": "#/$defs/n"}`, `"dpt": {"$ref": "#/$defs/m"}`, "/schema"},
		{"schema of another draft", `"type": "object", "required"`, `"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "required"`, "/schema/$schema"},
		{"schema with an id", `"type": "object", "required"`, `"$id": "https://example.org/x", "type": "object", "required"`, "/schema"},
		{"name with a newline", `"dpt": {"$ref"`, `"d\npt": {"$ref"`, "/schema/properties/1"},
		{"value name", `"calon": {"sum"`, `"Calon": {"sum"`, "/values/0"},
		{"unknown expression", `{"ceil": ["/dpt", 25, 1000]}`, `{"flor": ["/dpt", 25, 1000]}`, "/values/0/1"},
		{"division by zero", `"/dpt", 25, 1000`, `"/dpt", 25, 0`, "/values/0/1"},
		{"two operators", `{"sum": ["/chart/#"]}`, `{"sum": ["/chart/#"], "count": ["/chart/#"]}`, "/values/1"},
		{"empty sum", `{"sum": ["/chart/#"]}`, `{"sum": []}`, "/values/1"},
		{"wildcard outside a sum", `"sah": "/sah"`, `"sah": "/chart/#"`, "/values/3"},
		{"number that nobody declared", `"sah": "/sah"`, `"sah": "/shah"`, "/values/3"},
		{"value of a value", `"sah": "/sah"`, `"sah": "total"`, "/values/3"},
		{"fraction as a constant", `["total", "dpt"]`, `["total", 0.5]`, "/rules/2/require/1"},
		{"sensitive field as a number", `"sah": "/sah"`, `"sah": {"sum": ["/saksi/*/nik"]}`, "/values"},
		{"sensitive field in days", `"sah": "/sah"`, `"sah": {"days": ["/saksi", "/tanggal"]}`, "/values"},
		{"days with a wildcard", `"sah": "/sah"`, `"sah": {"days": ["/saksi/*/nik", "/tanggal"]}`, "/values/3"},
		{"hours of three", `"sah": "/sah"`, `"sah": {"hours": ["/tanggal", "/tanggal", "/tanggal"]}`, "/values/3"},
		{"same with a literal", `{"in": ["/status", "a", "b", true]}`, `{"same": ["/status", 1]}`, "/rules/4/require"},
		{"sensitive field inside a number", `"sah": "/sah"`, `"sah": {"largest": [{"ceil": [{"sum": ["/saksi/*"]}, 1, 1]}]}`, "/values"},
		{"unknown kind", `"kind": "notice", "severity": "info", "require": {"match"`, `"kind": "structure", "severity": "info", "require": {"match"`, "/rules/3/kind"},
		{"unknown severity", `"severity": "warning", "require": {"<=": ["total", "cadangan"]}`, `"severity": "fatal", "require": {"<=": ["total", "cadangan"]}`, "/rules/1/severity"},
		{"rule twice", `"id": "NEW"`, `"id": "SUM"`, "/rules/1/id"},
		{"odd rule id", `"id": "NEW"`, `"id": "A 1"`, "/rules/1/id"},
		{"unknown member of a rule", `"when": {"not"`, `"if": {"not"`, "/rules/4"},
		{"no require", `"require": {"match": ["/saksi/*/nik", "^3"]}`, `"pointer": "/saksi"`, "/rules/3/require"},
		{"unknown condition", `{"match": ["/saksi/*/nik", "^3"]}`, `{"matches": ["/saksi/*/nik", "^3"]}`, "/rules/3/require"},
		{"broken pattern", `"^3"`, `"(3"`, "/rules/3/require"},
		{"unknown value", `{"=": ["calon", "sah"]}`, `{"=": ["calon", "shah"]}`, "/rules/0/require/1"},
		{"comparison of three", `{"=": ["calon", "sah"]}`, `{"=": ["calon", "sah", "dpt"]}`, "/rules/0/require"},
		{"list without values", `{"in": ["/status", "a", "b", true]}`, `{"in": ["/status"]}`, "/rules/4/require"},
		{"list with null", `{"in": ["/status", "a", "b", true]}`, `{"in": ["/status", null]}`, "/rules/4/require"},
		{"impossible date", `"from": "2024-02-01"`, `"from": "2024-02-30"`, "/rules/1/from"},
		{"date and time", `"from": "2024-02-01"`, `"from": "2024-02-01T00:00:00Z"`, "/rules/1/from"},
		{"ends before it begins", `"until": "2024-02-01"`, `"from": "2024-02-01", "until": "2024-02-01"`, "/rules/2/until"},
		{"empty citation", `"UU Contoh 1/2000 ps.1"`, `""`, "/rules/1/citation"},
		{"too deep", `{"=": ["calon", "sah"]}`, strings.Repeat(`{"not": `, 40) + `{"=": ["calon", "sah"]}` + strings.Repeat(`}`, 40), "structure/depth"},
	} {
		t.Run(c.name, func(t *testing.T) {
			norm := strings.Replace(boxNorm, c.old, c.new, 1)
			if norm == boxNorm {
				t.Fatal("the fault was not planted")
			}
			d, err := ParseDefinition([]byte(norm), []byte(boxTexts))
			wantReason(t, err, ReasonBadDefinition, c.where)
			if d != nil {
				t.Error("an error came with a definition")
			}
		})
	}
}

func TestParseTextsRefuses(t *testing.T) {
	for _, c := range []struct{ name, old, new, where string }{
		{"no English", `, "en": "Odd NIK."`, ``, "texts: /rules/3/en"},
		{"empty Indonesian", `"NIK janggal."`, `""`, "texts: /rules/3/id"},
		{"third language", `"en": "Odd NIK."`, `"en": "Odd NIK.", "jv": "x"`, "texts: /rules/3"},
		{"no title", `"title": {"id": "Kotak uji", "en": "Test box"}, `, ``, "texts: /title"},
		{"rule without text", `"nik": {`, `"nki": {`, "texts: /rules/3"},
		{"text without rule", `"nik": {`, `"x": {"id": "x", "en": "x"}, "nik": {`, "texts: /rules"},
		{"unknown number", `{calon} bukan`, `{kalon} bukan`, "texts: /rules/0"},
		{"number of another rule", `{calon} bukan`, `{dpt} bukan`, "texts: /rules/0"},
		{"newline", `Odd NIK.`, `Odd\nNIK.`, "texts: /rules/3/en"},
		{"not JSON", boxTexts, `x`, "texts: structure/json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			texts := strings.Replace(boxTexts, c.old, c.new, 1)
			if texts == boxTexts {
				t.Fatal("the fault was not planted")
			}
			_, err := ParseDefinition([]byte(boxNorm), []byte(texts))
			wantReason(t, err, ReasonBadDefinition, c.where)
		})
	}
	_, err := ParseDefinition(bytes.Repeat([]byte(" "), maxDocumentBytes+1), []byte(boxTexts))
	wantReason(t, err, ReasonTooLarge, "")
	_, err = ParseDefinition([]byte(boxNorm), bytes.Repeat([]byte(" "), maxDocumentBytes+1))
	wantReason(t, err, ReasonTooLarge, "")
}

// TestReferencesStandForMillions: two dozen lines of references to references
// would keep a checker busy for hours with one record.
func TestReferencesStandForMillions(t *testing.T) {
	for _, c := range []struct {
		doublings int
		refused   bool
	}{{10, false}, {12, true}, {30, true}, {300, true}} {
		var defs strings.Builder
		for i := range c.doublings {
			fmt.Fprintf(&defs, `"d%d": {"allOf": [{"$ref": "#/$defs/d%d"}, {"$ref": "#/$defs/d%d"}]}, `, i, i+1, i+1)
		}
		fmt.Fprintf(&defs, `"d%d": true, `, c.doublings)
		norm := strings.Replace(boxNorm, `"$defs": {`, `"$defs": {`+defs.String(), 1)
		_, err := ParseDefinition([]byte(norm), []byte(boxTexts))
		if c.refused {
			wantReason(t, err, ReasonBadDefinition, "/schema")
		} else if err != nil {
			t.Errorf("%d doublings: %v", c.doublings, err)
		}
	}
}

// TestDeclaredInManyWays: keys, legal date and numbers may be declared by a
// reference, a pattern, allOf, in every branch of anyOf, or as true.
func TestDeclaredInManyWays(t *testing.T) {
	for _, c := range []struct{ name, old, new string }{
		{"key by reference", `"kode": {"type": "string",`, `"kode": {"$ref": "#/$defs/n"}, "lain": {"type": "string",`},
		{"key by allOf", `"kode": {"type": "string",`, `"kode": {"allOf": [{"maxLength": 3}, {"type": "string"}],`},
		{"key by branches", `"kode": {"type": "string",`, `"kode": {"anyOf": [{"type": "string"}, {"const": 7}, {"enum": [true, null]}],`},
		{"key by pattern", `"kode": {"type": "string",`, `"lain": {"type": "string",`},
		{"legal date by allOf", `{"type": ["string", "null"], "format": "date"}`, `{"type": ["string", "null"], "allOf": [{"format": "date"}]}`},
		{"number that may be anything", `"sah": {"$ref": "#/$defs/n"}`, `"sah": true`},
	} {
		t.Run(c.name, func(t *testing.T) {
			norm := strings.Replace(boxNorm, c.old, c.new, 1)
			if norm == boxNorm {
				t.Fatal("the other way was not planted")
			}
			norm = strings.Replace(norm, `"patternProperties"`, `"additionalProperties": true, "patternProperties"`, 1)
			if c.name == "key by pattern" {
				norm = strings.Replace(norm, `"type": "object", "required"`, `"type": "object", "patternProperties": {"^kode$": {"type": "string"}}, "required"`, 1)
			}
			if _, err := ParseDefinition([]byte(norm), []byte(boxTexts)); err != nil {
				t.Error(err)
			}
		})
	}
	for _, sah := range []string{`false`, `true, "x": true`} {
		norm := strings.Replace(boxNorm, `"sah": {"$ref": "#/$defs/n"}`, `"sah": `+sah, 1)
		if sah != `false` {
			norm = strings.Replace(norm, `"sah": "/sah"`, `"sah": "/sah/lain"`, 1)
		}
		_, err := ParseDefinition([]byte(norm), []byte(boxTexts))
		wantReason(t, err, ReasonBadDefinition, "/values/3")
	}
}

// TestNothingIsLoaded: even past our own check of references, the library
// finds neither a file nor the network nor a standard drive.
func TestNothingIsLoaded(t *testing.T) {
	if _, ok := newLibrary(map[string]any{"type": "object"}); !ok {
		t.Fatal("a plain schema does not compile, so the test shows nothing")
	}
	// A schema that would be fine if anybody looked, as a file and from a server.
	file := filepath.Join(t.TempDir(), "schema.json")
	if err := os.WriteFile(file, []byte(`{"type": "object"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked = true
		_, _ = io.WriteString(w, `{"type": "object"}`)
	}))
	defer server.Close()
	url := (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()
	for _, ref := range []string{url, filepath.ToSlash(file), "schema.json", server.URL + "/schema.json", "https://segel.invalid/other.json", "urn:other"} {
		if _, ok := newLibrary(map[string]any{"$ref": ref}); ok {
			t.Errorf("%s was loaded", ref)
		}
	}
	if asked {
		t.Error("the network was asked")
	}
}

func TestRegistry(t *testing.T) {
	parse := func(norm string) *Definition {
		d, err := ParseDefinition([]byte(norm), []byte(boxTexts))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	v12 := box(t)
	v19 := parse(strings.Replace(boxNorm, "1.2.0", "1.9.0", 1))
	v110 := parse(strings.Replace(boxNorm, "1.2.0", "1.10.0", 1))
	other := parse(strings.Replace(boxNorm, "uji/kotak", "uji/amplop", 1))
	r, err := NewRegistry(v19, v110, other, v12)
	if err != nil {
		t.Fatal(err)
	}
	if got := r.All(); !slices.Equal(got, []*Definition{other, v12, v19, v110}) {
		t.Errorf("got another order: %v", got)
	}
	if d, err := r.Latest("uji/kotak"); err != nil || d != v110 {
		t.Errorf("latest: got %v, %v, want 1.10.0", d, err)
	}
	if d, err := r.Resolve(v12.Ref()); err != nil || d != v12 {
		t.Errorf("resolve: got %v, %v", d, err)
	}
	for name, ref := range map[string]Ref{
		"other id": {"uji/lain", v12.ref.Version, v12.ref.Digest}, "other version": {v12.ref.ID, "1.9.0", v12.ref.Digest},
		"other digest": {v12.ref.ID, v12.ref.Version, v19.ref.Digest}, "no digest": {v12.ref.ID, v12.ref.Version, ""}, "nothing": {},
	} {
		d, err := r.Resolve(ref)
		wantReason(t, err, ReasonUnknownDefinition, "")
		if d != nil {
			t.Errorf("%s: resolved", name)
		}
	}
	for _, id := range []string{"", "uji", "uji/*", "Uji/kotak"} {
		_, err := r.Latest(id)
		wantReason(t, err, ReasonUnknownDefinition, "")
	}
	_, err = NewRegistry(v12, parse(boxNorm+" "))
	wantReason(t, err, ReasonBadDefinition, "")
	_, err = NewRegistry(v12, nil)
	wantReason(t, err, ReasonBadDefinition, "")
}

// FuzzParseDefinition: no document panics, here or in a check that uses it.
func FuzzParseDefinition(f *testing.F) {
	f.Add([]byte(boxNorm), []byte(boxTexts))
	f.Add([]byte(`{"segel":"definition/1"}`), []byte(`{}`))
	f.Add([]byte(strings.Replace(boxNorm, `"#/$defs/n"`, `"#/$defs/n/x"`, 1)), []byte(boxTexts))
	f.Fuzz(func(t *testing.T, norm, texts []byte) {
		d, err := ParseDefinition(norm, texts)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Reason != ReasonBadDefinition && e.Reason != ReasonTooLarge {
				t.Fatalf("got %v", err)
			}
			return
		}
		opt := CheckOptions{AsOf: day(2024, 2, 14)}
		if _, err := d.Check(t.Context(), records(`{"kode":"A01","dpt":1,"sah":-5,"chart":{"1":3,"null":null},"saksi":[{"nik":"1"}]}`, `[`), opt); err != nil {
			t.Fatal(err)
		}
	})
}
