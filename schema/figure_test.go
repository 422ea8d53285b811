package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

var numerals = []string{
	"0", "-0", "1", "-1", "1.0", "1.50", "-0.1", "1e3", "1E+3", "1e-3", "100e-2", "10e-1", "0e30", "0.0", "-0.0e-30", "9007199254740991", "-9007199254740991", "9007199254740992",
	"9007199254740991.5", "9007199254740990.5", "900719925474099.15e1", "9007199254740991.0", "90071992547409910e-1", "1e31", "1e30", "1e-31", "1e-30", "0.000000000000000000000000000001",
	"106.6343611234567890123456789", "1.0000000000000000000000", "123456789012345678", "1234567890123456789e-5", "999999999999999999e-18", "0.999999999999999999", "00", "01", "+1", "1.", ".5", "-", "1e", "1e+",
	"--1", "1-1", "1e1.5", "", "1e00000000000000000000000000000000000001", "1e9999999999999999999999", "3e15", "9e15", "10e15", "0.1e1", "0.10", "-106.8234567890123456",
}

// TestFiguresAgreeWithTheScan: what is a number, whether it is in range, its
// value, and how it compares.
func TestFiguresAgreeWithTheScan(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	texts := numerals
	for range 20_000 {
		var b strings.Builder
		for range 1 + r.IntN(25) {
			b.WriteByte("00112345678999..eE-+"[r.IntN(20)])
		}
		texts = append(texts, b.String(), strings.TrimLeft(b.String(), "0.eE+"))
	}
	bounds := []bound{}
	for _, n := range []json.Number{"0", "1", "-1", "-90", "90", "0.1", "-0.1", "1e30", "1.5", "9007199254740990", "-9007199254740991", "1e-30", "106.6343611234567890123456788"} {
		bounds = append(bounds, newBound(n))
	}
	valid := 0
	for _, s := range texts {
		f, ok := readFigure([]byte(s))
		if want := isNumber(s) && inRange(s); ok != want {
			t.Fatalf("%s: got %v, want %v", s, ok, want)
		}
		if !ok {
			continue
		}
		valid++
		want := decimal(json.Number(s))
		if got := f.rat(); got.Cmp(want) != 0 || f.whole != want.IsInt() || f.whole && f.n != want.Num().Int64() {
			t.Fatalf("%s: got %v (%+v), want %v", s, got, f, want)
		}
		for i := range bounds {
			if got, want := f.cmp(&bounds[i]), want.Cmp(bounds[i].rat); got != want {
				t.Fatalf("%s against %v: got %d, want %d", s, bounds[i].rat, got, want)
			}
		}
	}
	if valid < 1000 {
		t.Errorf("only %d numbers", valid)
	}
}

// TestDecimalsInPlace: what is read in one go, wherever it stands, is a fraction to
// its end, and the same one.
func TestDecimalsInPlace(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 7))
	taken := 0
	for range 60_000 {
		text := fmt.Sprintf("%s%d.%0*d", []string{"", "-", "0"}[r.IntN(3)*r.IntN(2)], r.Uint64()>>(r.IntN(64)), 1+r.IntN(18), r.Uint64()>>(r.IntN(64)))
		before := strings.Repeat("[", r.IntN(9))
		b := []byte(before + text + []string{"", ",", "}", "]", " ", "e3", "E", ".", "-", "+1", ",1234567890", "}\n{\"x\":12"}[r.IntN(12)])
		f, end := decimalAt(b, len(before))
		if end == 0 {
			continue
		}
		taken++
		got := string(b[len(before):end])
		if !isNumber(got) || !inRange(got) || end < len(b) && isNumberByte(b[end]) || string(f.text) != got {
			t.Fatalf("%s: took %s", b, got)
		}
		if want := decimal(json.Number(got)); f.whole || f.scale == 0 || f.digits%10 == 0 || f.rat().Cmp(want) != 0 || f.cmpWhole(0) != want.Sign() || f.cmpWhole(7) != want.Cmp(big.NewRat(7, 1)) {
			t.Fatalf("%s: got %+v", got, f)
		}
	}
	if taken < 5000 {
		t.Errorf("only %d were taken", taken)
	}
	for _, usual := range []string{"0.5", "-6.175392", "106.827153", "-0.000001", "1234567.12345678901", "12.34567890123456"} {
		if _, end := decimalAt([]byte(usual), 0); end != len(usual) {
			t.Errorf("%s is not taken", usual)
		}
	}
}

// TestFormatsAgreeWithTheLibrary where the usual form is decided by ourselves.
func TestFormatsAgreeWithTheLibrary(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	for name, seeds := range map[string][]string{
		"date":      {"2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "0000-02-29", "2024-04-31", "2024-12-31", "2024-13-01", "2024-00-10", "2024-01-00", "2024-1-01", ""},
		"time":      {"23:59:59Z", "24:00:00Z", "00:00:00+07:00", "19:30:01-23:59", "23:59:60Z", "12:00:00.5Z", "12:00:00z", "+1:00:00Z", "12:00:00+24:00"},
		"date-time": {"2024-02-14T19:30:00Z", "2024-02-14t19:30:00Z", "2024-02-30T19:30:00Z", "2024-02-14 19:30:00Z", "2024-02-14T19:30:00+07:00"},
		"uuid":      {"123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-42661417400G", "123e4567e89b-12d3-a456-426614174000"},
		"email":     {"a@b.id", "a@", "x"}, "ipv4": {"1.2.3.4", "1.2.3"}, "uri": {"https://kpu.go.id/x", "x"},
	} {
		f, ok := newFormat(name)
		if !ok {
			t.Fatal(name)
		}
		for _, seed := range seeds {
			for k := range 400 {
				text := []byte(seed)
				for range min(k, r.IntN(3)) {
					if len(text) > 0 {
						text[r.IntN(len(text))] = "0123456789-:TZ.+ az\x00é"[r.IntN(20)]
					}
				}
				if got, want := f.holds(text), len(f.other.check(string(text))) == 0; got != want {
					t.Fatalf("%s %q: got %v, want %v", name, text, got, want)
				}
			}
		}
	}
}
