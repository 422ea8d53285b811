package schema

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestScanAccepts(t *testing.T) {
	for name, text := range map[string]string{
		"blanks":                    " \t{\r\n\"a\" : [ ] , \"b\":{ } } ",
		"escapes":                   `{"a":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`,
		"text":                      `{"a":"é 😀 &<>"}`,
		"literals":                  `[true,false,null,0,-0,-1,1.5,1e3,1E+3,2.0,1e-3]`,
		"2^53-1":                    `9007199254740991`,
		"-(2^53-1)":                 `-9007199254740991`,
		"member named null":         `{"null":null}`,
		"at the depth":              strings.Repeat("[", maxDepth) + "0" + strings.Repeat("]", maxDepth),
		"largest exponents":         `[0e30,1e-30,1E-30]`,
		"as many values as allowed": `[` + strings.Repeat("0,", maxValues-2) + `0]`,
		"long decimals":             `106.6343611234567890123456789`,
	} {
		t.Run(name, func(t *testing.T) {
			got, bad := scan([]byte(text))
			if bad != nil {
				t.Fatalf("got %s, want it accepted", bad.id)
			}
			d := json.NewDecoder(strings.NewReader(text))
			d.UseNumber()
			var want any
			if err := d.Decode(&want); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestScanRefuses(t *testing.T) {
	for _, c := range []struct{ name, text, id string }{
		{"empty", ``, "structure/json"},
		{"blank", ` `, "structure/json"},
		{"comma at the end", `{"a":1,}`, "structure/json"},
		{"comma at the start", `[,1]`, "structure/json"},
		{"no quotes", `{a:1}`, "structure/json"},
		{"single quotes", `{'a':1}`, "structure/json"},
		{"no colon", `{"a" 1}`, "structure/json"},
		{"cut off", `{"a":[1`, "structure/json"},
		{"cut off in an escape", `"\u12`, "structure/json"},
		{"cut off behind a backslash", `"\`, "structure/json"},
		{"unknown escape", `"\x"`, "structure/json"},
		{"newline in a string", "\"a\nb\"", "structure/json"},
		{"newline behind an escape", "\"\\na\nb\"", "structure/json"},
		{"upper-case literal", `TRUE`, "structure/json"},
		{"NaN", `NaN`, "structure/json"},
		{"leading zero", `01`, "structure/json"},
		{"leading plus", `+1`, "structure/json"},
		{"bare point", `1.`, "structure/json"},
		{"no digits", `-`, "structure/json"},
		{"bare exponent", `1e`, "structure/json"},
		{"two values", `{} {}`, "structure/trailing-data"},
		{"literal with a tail", `truex`, "structure/trailing-data"},
		{"byte order mark inside", "{}\ufeff", "structure/trailing-data"},
		{"duplicate", `{"a":1,"a":1}`, "structure/duplicate-member"},
		{"duplicate through an escape", `{"a":1,"\u0061":1}`, "structure/duplicate-member"},
		{"duplicate deep down", `[{"b":{"a":1,"a":1}}]`, "structure/duplicate-member"},
		{"not UTF-8", "\"\xff\"", "structure/utf8"},
		{"not UTF-8 behind an escape", "\"\\n\xc3\"", "structure/utf8"},
		{"overlong UTF-8", "\"\xc0\xaf\"", "structure/utf8"},
		{"lone high surrogate", `"\ud800"`, "structure/surrogate"},
		{"lone low surrogate", `"\udc00"`, "structure/surrogate"},
		{"two high surrogates", `"\ud800\ud800"`, "structure/surrogate"},
		{"surrogate and text", `"\ud800x"`, "structure/surrogate"},
		{"surrogate as bytes", "\"\xed\xa0\x80\"", "structure/utf8"},
		{"too deep", strings.Repeat("[", maxDepth+2) + strings.Repeat("]", maxDepth+2), "structure/depth"},
		{"2^53", `9007199254740992`, "structure/number-range"},
		{"-2^53", `-9007199254740992`, "structure/number-range"},
		{"2^64", `18446744073709551616`, "structure/number-range"},
		{"more values than allowed", `[` + strings.Repeat("0,", maxValues-1) + `0]`, "structure/size"},
		{"more objects than allowed", `[` + strings.Repeat("{},", maxValues-1) + `{}]`, "structure/size"},
		{"exponent beyond the limit", `0e31`, "structure/number-range"},
		{"negative exponent beyond the limit", `1e-31`, "structure/number-range"},
		{"big exponent", `1e999999999`, "structure/number-range"},
		{"small exponent", `1e-999999999`, "structure/number-range"},
		{"exponent beyond an int", `1e99999999999999999999`, "structure/number-range"},
		{"beyond 2^53 by exponent", `1e16`, "structure/number-range"},
		{"long literal", "0." + strings.Repeat("1", maxNumberLen), "structure/number-range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, bad := scan([]byte(c.text))
			if bad == nil {
				t.Fatal("it was accepted")
			}
			if bad.id != c.id {
				t.Errorf("got %s, want %s", bad.id, c.id)
			}
		})
	}
}

func TestIntegerIsExact(t *testing.T) {
	for lit, want := range map[string]int64{"0": 0, "-0": 0, "2.0": 2, "2e3": 2000, "9007199254740991": 1<<53 - 1, "12e-1": -1, "0.5": -1} {
		got, ok := integer(json.Number(lit))
		if want < 0 {
			if ok {
				t.Errorf("%s: got %d, want no integer", lit, got)
			}
		} else if !ok || got != want {
			t.Errorf("%s: got %d %v, want %d", lit, got, ok, want)
		}
	}
}

// FuzzScan: what the scan lets through is JSON, means the same to
// encoding/json, and what it refuses has a fault of the closed set.
func FuzzScan(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5e1,"\ud83d\ude00",null]}`, `{"a":1,"a":2}`, `{"null":null}`, "\"\xff\"", `[[[[[`, `1e999999999`, `-0`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, bad := scan(b)
		if bad != nil {
			if !strings.HasPrefix(bad.id, "structure/") {
				t.Fatalf("fault %q", bad.id)
			}
			return
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil || !json.Valid(b) {
			t.Fatalf("accepted what encoding/json refuses: %v", err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, encoding/json has %v", got, want)
		}
	})
}
