package agreement_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange/agreement"
)

var (
	from  = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	until = time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC)
)

func to(parties ...envelope.Party) []envelope.Party { return parties }

// canary stands for what an attacker or a record could put into a request. It
// has the form of a party's system, of a dataset's name and of nothing secret.
const canary = "n3174051505900001"

func TestDecide(t *testing.T) {
	pks := newWorld(t).open(t)
	good := agreement.Request{From: kpu, To: to(bawaslu), Dataset: "sirekap/hasil-tps", Purpose: "AWAS-TAHAPAN", At: from}
	type edit = func(*agreement.Request)
	for _, c := range []struct {
		name string
		edit edit
		want envelope.Reason // "": allowed
		why  string          // part of the English text
	}{
		{"granted", func(*agreement.Request) {}, "", "allows kpu/sirekap to send"},
		{"granted by a second grant", func(r *agreement.Request) { r.Purpose = "SENGKETA-HASIL" }, "", ""},
		{"granted to both recipients", func(r *agreement.Request) { r.To = to(bawaslu, dkpp); r.Purpose = "AWAS-TEMUAN" }, "", "bawaslu/pengawasan, dkpp/perkara"},
		{"granted in the other direction", func(r *agreement.Request) { r.From, r.To, r.Dataset = bawaslu, to(kpu), "bawaslu/temuan" }, "", ""},
		{"first second", func(r *agreement.Request) { r.At = from }, "", ""},
		{"last second", func(r *agreement.Request) { r.At = until.Add(-time.Second) }, "", ""},
		{"last nanosecond", func(r *agreement.Request) { r.At = until.Add(-1) }, "", ""},
		{"in another time zone", func(r *agreement.Request) { r.At = from.In(time.FixedZone("WIB", 7*3600)) }, "", ""},

		{"a second too early", func(r *agreement.Request) { r.At = from.Add(-time.Second) }, envelope.ReasonNotYetValid, "does not hold before 2024-02-01T00:00:00Z"},
		{"a nanosecond too early", func(r *agreement.Request) { r.At = from.Add(-1) }, envelope.ReasonNotYetValid, "before"},
		{"the first second after", func(r *agreement.Request) { r.At = until }, envelope.ReasonAgreementInactive, "ended at 2025-02-01T00:00:00Z"},
		{"a year after", func(r *agreement.Request) { r.At = until.AddDate(1, 0, 0) }, envelope.ReasonAgreementInactive, "ended"},
		{"no time", func(r *agreement.Request) { r.At = time.Time{} }, envelope.ReasonMisuse, "time"},

		{"empty purpose", func(r *agreement.Request) { r.Purpose = "" }, envelope.ReasonPurposeUnknown, "vocabulary does not have"},
		{"unknown purpose", func(r *agreement.Request) { r.Purpose = "AWAS-SEMUA" }, envelope.ReasonPurposeUnknown, "vocabulary does not have"},
		{"purpose in another case", func(r *agreement.Request) { r.Purpose = "Awas-Tahapan" }, envelope.ReasonPurposeUnknown, "vocabulary does not have"},
		{"purpose with a blank", func(r *agreement.Request) { r.Purpose = "AWAS-TAHAPAN " }, envelope.ReasonPurposeUnknown, "vocabulary does not have"},
		{"a group's name", func(r *agreement.Request) { r.Purpose = "AWAS" }, envelope.ReasonPurposeUnknown, "vocabulary does not have"},
		{"a wildcard", func(r *agreement.Request) { r.Purpose = "*" }, envelope.ReasonPurposeUnknown, "vocabulary does not have"},
		{"a forbidden purpose", func(r *agreement.Request) { r.Purpose = "LARANGAN-KAMPANYE" }, envelope.ReasonPurposeUnknown, "LARANGAN-KAMPANYE is forbidden"},
		{"before the purpose's first day", func(r *agreement.Request) { r.At = time.Date(2022, 11, 21, 0, 0, 0, 0, time.UTC) }, envelope.ReasonPurposeUnknown, "not valid yet"},
		{"a purpose that is not granted", func(r *agreement.Request) { r.Purpose = "REKAP-UMUM" }, envelope.ReasonNotGranted, "but not for REKAP-UMUM"},
		{"a purpose of another dataset", func(r *agreement.Request) { r.Purpose = "TPS-JARINGAN" }, envelope.ReasonNotGranted, "but not for TPS-JARINGAN"},
		{"a purpose of another recipient", func(r *agreement.Request) { r.Purpose = "ETIK-PERIKSA" }, envelope.ReasonNotGranted, "but not for ETIK-PERIKSA"},

		{"sender and recipient swapped", func(r *agreement.Request) { r.From, r.To = bawaslu, to(kpu) }, envelope.ReasonNotGranted, "bawaslu/pengawasan to send that dataset to kpu/sirekap"},
		{"a direction without any grant", func(r *agreement.Request) { r.From, r.To = dkpp, to(kpu) }, envelope.ReasonNotGranted, "to send nothing"},
		{"what another party may send to the recipient", func(r *agreement.Request) { r.From = dkpp }, envelope.ReasonNotGranted, "dkpp/perkara to send nothing to bawaslu/pengawasan"},
		{"to oneself", func(r *agreement.Request) { r.To = to(kpu) }, envelope.ReasonNotGranted, "to send nothing"},
		{"no sender", func(r *agreement.Request) { r.From = "" }, envelope.ReasonNotGranted, "sender is not a party"},
		{"a sender who is no party", func(r *agreement.Request) { r.From = "kpu/silon" }, envelope.ReasonNotGranted, "sender is not a party"},
		{"a sender in another case", func(r *agreement.Request) { r.From = "KPU/sirekap" }, envelope.ReasonNotGranted, "sender is not a party"},
		{"no recipients", func(r *agreement.Request) { r.To = nil }, envelope.ReasonMisuse, "recipients"},
		{"a recipient twice", func(r *agreement.Request) { r.To = to(bawaslu, bawaslu) }, envelope.ReasonMisuse, "recipients"},
		{"an empty recipient", func(r *agreement.Request) { r.To = to("") }, envelope.ReasonNotGranted, "Recipient 1 is not a party"},
		{"a recipient who is no party", func(r *agreement.Request) { r.To = to("bawaslu/keuangan") }, envelope.ReasonNotGranted, "Recipient 1 is not a party"},
		{"one of two recipients not granted", func(r *agreement.Request) { r.To = to(bawaslu, dkpp) }, envelope.ReasonNotGranted, "to dkpp/perkara, but not for"},
		{"the other of two not granted", func(r *agreement.Request) { r.To = to(dkpp, bawaslu) }, envelope.ReasonNotGranted, "to dkpp/perkara, but not for"},
		{"one of two recipients no party", func(r *agreement.Request) { r.To = to(bawaslu, "lkpp/katalog") }, envelope.ReasonNotGranted, "Recipient 2 is not a party"},

		{"no dataset", func(r *agreement.Request) { r.Dataset = "" }, envelope.ReasonNotGranted, "that dataset"},
		{"a dataset that is not granted", func(r *agreement.Request) { r.Dataset = "sirekap/hasil-kecamatan" }, envelope.ReasonNotGranted, "that dataset"},
		{"a dataset in another case", func(r *agreement.Request) { r.Dataset = "sirekap/Hasil-TPS" }, envelope.ReasonNotGranted, "that dataset"},
		{"the beginning of a dataset", func(r *agreement.Request) { r.Dataset = "sirekap/hasil" }, envelope.ReasonNotGranted, "that dataset"},
		{"a dataset with its version", func(r *agreement.Request) { r.Dataset = "sirekap/hasil-tps@1.0.0" }, envelope.ReasonNotGranted, "that dataset"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := good
			c.edit(&r)
			d := pks.Decide(r)
			if d.Allowed != (c.want == "") || d.Reason != c.want {
				t.Fatalf("allowed %v, reason %q; want %q", d.Allowed, d.Reason, c.want)
			}
			if !strings.Contains(d.Why.EN, c.why) {
				t.Errorf("why: %s", d.Why.EN)
			}
			if d.Why.ID == "" || d.Why.EN == "" || (!d.Allowed && (d.Help.ID == "" || d.Help.EN == "")) {
				t.Errorf("a text is missing: %+v", d)
			}
			if err := d.Err(); (err == nil) != d.Allowed || envelope.ReasonOf(err) != c.want {
				t.Errorf("error %v", err)
			}
			if again := pks.Decide(r); again != d {
				t.Error("asked twice, decided differently")
			}
		})
	}
}

// Whatever a request holds, only what the agreement or the vocabulary holds too
// is repeated.
func TestDecideRepeatsNothing(t *testing.T) {
	pks := newWorld(t).open(t)
	good := agreement.Request{From: kpu, To: to(bawaslu), Dataset: "sirekap/hasil-tps", Purpose: "AWAS-TAHAPAN", At: from}
	for name, edit := range map[string]func(*agreement.Request){
		"sender":               func(r *agreement.Request) { r.From = "kpu/" + canary },
		"recipient":            func(r *agreement.Request) { r.To = to("kpu/" + canary) },
		"second recipient":     func(r *agreement.Request) { r.To = to(bawaslu, "a\n"+canary) },
		"dataset":              func(r *agreement.Request) { r.Dataset = "sirekap/" + canary },
		"dataset, other lines": func(r *agreement.Request) { r.Dataset = "x\n" + canary },
		"purpose":              func(r *agreement.Request) { r.Purpose = purpose.Code("AWAS-" + canary) },
		"all": func(r *agreement.Request) {
			r.From, r.To, r.Dataset, r.Purpose = canary, to(canary), canary, canary
		},
	} {
		r := good
		edit(&r)
		d := pks.Decide(r)
		if d.Allowed {
			t.Errorf("%s: allowed", name)
		}
		for _, text := range []string{d.Why.ID, d.Why.EN, d.Help.ID, d.Help.EN, d.Err().Error()} {
			if strings.Contains(text, canary) || strings.Contains(text, "\n") {
				t.Errorf("%s: repeated in %q", name, text)
			}
		}
	}
}

func TestNobodyDecides(t *testing.T) {
	r := agreement.Request{From: kpu, To: to(bawaslu), Dataset: "sirekap/hasil-tps", Purpose: "AWAS-TAHAPAN", At: from}
	var none *agreement.Agreement
	for name, a := range map[string]*agreement.Agreement{"nil": none, "zero": {}} {
		d := a.Decide(r)
		if d.Allowed || d.Reason != envelope.ReasonNoAgreement || d.Err() == nil {
			t.Errorf("%s: %+v", name, d)
		}
		if a.ID() != "" || a.Digest() != "" || a.Parties() != nil || a.Grants() != nil || !a.ValidUntil().IsZero() {
			t.Errorf("%s: says something", name)
		}
	}
	var d agreement.Decision
	var e *envelope.Error
	if err := d.Err(); !errors.As(err, &e) || e.Reason != envelope.ReasonMisuse {
		t.Errorf("the zero decision: %v", err)
	}
}
