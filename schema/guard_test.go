package schema

import (
	"fmt"
	"strings"
	"testing"
)

// TestLeakGuard: what looks like a NIK, NKK or telephone number in a place
// that is not declared to hold one is a notice, with both engines, and the
// value is nowhere in it.
func TestLeakGuard(t *testing.T) {
	const nik, phone = "3174014101900001", "081234567890"
	for _, c := range []struct {
		name, record string
		want         []string
	}{
		{"nothing", `{"kode":"A01"}`, nil},
		{"text", `{"kode":"A01","status":"` + nik + `"}`, []string{"leak/nik /status"}},
		{"photo", `{"kode":"A01","status":"https://contoh.id/foto/` + nik + `.jpg"}`, []string{"leak/nik /status"}},
		{"through an escape", `{"kode":"A01","status":"\u0033174014101900001"}`, []string{"leak/nik /status"}},
		{"all digits escaped", `{"kode":"A01","status":"\u0033\u0031\u0037\u0034\u0030\u0031\u0034\u0031\u0030\u0031\u0039\u0030\u0030\u0030\u0030\u0031"}`, []string{"leak/nik /status"}},
		{"in groups", `{"kode":"A01","status":"3174 0141 0190 0001"}`, []string{"leak/nik /status"}},
		{"whole number", `{"kode":"A01","lat":` + nik + `}`, []string{"leak/nik /lat"}},
		{"count", `{"kode":"A01","chart":{"1":` + nik + `}}`, []string{"leak/nik /chart/*"}},
		{"negative number", `{"kode":"A01","lat":-` + nik + `}`, []string{"leak/nik /lat"}},
		{"decimal", `{"kode":"A01","lat":106.8234567890123456}`, nil},
		{"decimal as text", `{"kode":"A01","lat":"106.8234567890123456"}`, nil},
		{"exponent", `{"kode":"A01","lat":3174014101900001e0}`, nil},
		{"UUID", `{"kode":"A01","status":"31740141-0190-4001-8123-081234567890"}`, nil},
		{"telephone", `{"kode":"A01","status":"hubungi ` + phone + `"}`, []string{"leak/phone /status"}},
		{"telephone in groups", `{"kode":"A01","status":"+62 812-3456-7890"}`, []string{"leak/phone /status"}},
		{"family card", `{"kode":"A01","status":"No. KK 3174011501900001"}`, []string{"leak/nkk /status"}},
		{"declared", `{"kode":"A01","saksi":[{"nik":"` + nik + `"}]}`, nil},
		{"beside what is declared", `{"kode":"A01","saksi":[{"nik":"` + nik + `","nama":"` + nik + `"}]}`, []string{"leak/nik /saksi/0/*"}},
		{"name of a member", `{"kode":"A01","` + nik + `":1}`, []string{"leak/nik /*"}},
		{"escaped name", `{"kode":"A01","\u0033174014101900001":1}`, []string{"leak/nik /*"}},
		{"name of a candidate", `{"kode":"A01","chart":{"` + nik + `":1}}`, []string{"leak/nik /chart/*"}},
		{"undeclared places", `{"kode":"A01","x":[{"y":"` + phone + `"}]}`, []string{"leak/phone /*/0/*"}},
		{"each kind once", `{"kode":"A01","x":["` + phone + `","` + nik + `","` + phone + `","KK 3174011501900001"]}`, []string{"leak/nik /*/1", "leak/nkk /*/3", "leak/phone /*/0"}},
		{"unsound", `{"kode":"A01","dpt":-1,"status":"` + nik + `"}`, []string{"structure/minimum /dpt"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			report, err := checkBoth(t, box(t), CheckOptions{AsOf: day(2024, 2, 14)}, c.record)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range report.Details {
				if strings.HasPrefix(f.Rule, "leak/") && (f.Kind != KindNotice || f.Severity != SeverityWarning || f.Text.ID == "" || f.Text.EN == "" || f.Inputs != nil) {
					t.Errorf("got %+v", f)
				}
				if f.Rule != "status" && f.Rule != "SUM" && f.Rule != "nik" {
					got = append(got, f.Rule+" "+f.Pointer)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			out, _ := report.DetailsJSON()
			for _, digits := range []string{"31740", "81234", "0141"} {
				if strings.Contains(string(out), digits) {
					t.Errorf("the report holds %s: %s", digits, out)
				}
			}
		})
	}
}

// TestSensitive: whoever prints can ask about every place.
func TestSensitive(t *testing.T) {
	d := box(t)
	for _, c := range []struct {
		at, kind string
		ok       bool
	}{
		{"/saksi/*/nik", "nik", true}, {"/saksi/3/nik", "nik", true}, {"/saksi/3/nik/x", "nik", true}, {"/saksi", "nik", true}, {"", "nik", true},
		{"/saksi/3/nama", "", false}, {"/kode", "", false}, {"saksi", "", true}, {"/saksi/~2", "", true}, {"/", "", true},
	} {
		if kind, ok := d.Sensitive(c.at); kind != c.kind || ok != c.ok {
			t.Errorf("%q: got %q, %v", c.at, kind, ok)
		}
	}
	if kind, ok := ruled(t, `0`, `{"=":["v",0]}`).Sensitive(""); ok {
		t.Errorf("a record without sensitive fields: got %q", kind)
	}
}
