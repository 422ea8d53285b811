package exchange_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/schema"
)

// Inline content: the handler sees it whole or not at all.
func TestP6Whole(t *testing.T) {
	tests := []struct {
		name   string
		file   func(t *testing.T, sealed *envelope.Sealed) []byte
		reason envelope.Reason
	}{
		{"cut in the middle", func(_ *testing.T, e *envelope.Sealed) []byte { f := e.File(); return f[:len(f)/2] }, envelope.ReasonMalformed},
		{"without its last byte", func(_ *testing.T, e *envelope.Sealed) []byte { f := e.File(); return f[:len(f)-1] }, envelope.ReasonMalformed},
		{"with something behind it", func(_ *testing.T, e *envelope.Sealed) []byte { return append(e.File(), '\n') }, envelope.ReasonMalformed},
		{"a record changed by a recipient", func(t *testing.T, e *envelope.Sealed) []byte {
			return rewrap(t, e.File(), ahu, ahu, func(b []byte) []byte { return bytes.Replace(b, []byte("Contoh A"), []byte("Contoh X"), 1) })
		}, envelope.ReasonBadContent},
		{"a record left out by a recipient", func(t *testing.T, e *envelope.Sealed) []byte {
			return rewrap(t, e.File(), ahu, ahu, func(b []byte) []byte { return b[:len(b)-128] })
		}, envelope.ReasonBadContent},
		{"another seed", func(t *testing.T, e *envelope.Sealed) []byte {
			return rewrap(t, e.File(), ahu, ahu, func(b []byte) []byte { b[bytes.IndexByte(b, '~')+1] ^= 1; return b })
		}, envelope.ReasonBadContent},
		{"the manifest changed by a recipient", func(t *testing.T, e *envelope.Sealed) []byte {
			return rewrap(t, e.File(), ahu, ahu, func(b []byte) []byte { b[bytes.IndexByte(b, '~')-2] ^= 1; return b })
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			sealed := s.sealed()
			a := s.receive(tt.file(t, sealed))
			if tt.reason == "" {
				tt.reason = a.Reason // malformed or bad_signature, as the byte falls
				if a.Reason.Kind() != envelope.KindDamage {
					t.Errorf("got %q", a.Reason)
				}
			}
			s.refused(a, tt.reason, false)
			s.untouched(sealed)
			s.accepted(s.send(sealed))
		})
	}
}

func TestP6RecordsAreByteIdentical(t *testing.T) {
	s := newScene(t)
	want := fixture(t, dataset+"/valid/awkward-names.ndjson")
	var got []byte
	s.handler = func(_ context.Context, d *exchange.Delivery) error {
		for r := range d.Records() {
			got = append(append(got, r...), '\n')
		}
		if !bytes.Equal(d.Envelope().Content(), want) {
			t.Error("the content differs")
		}
		if k := d.Key(); k.Sender != sipol.Party || k.ID != d.Proof().Manifest.ID || d.Attempt() != 1 {
			t.Errorf("key %v, attempt %d", k, d.Attempt())
		}
		return nil
	}
	sealed, report, err := s.Sender(sipol).Seal(context.Background(), exchange.Shipment{Request: s.Request(dataset, code, ahu), Records: source(want)})
	if err != nil {
		t.Fatal(err)
	}
	a := s.send(sealed)
	s.accepted(a)
	if !bytes.Equal(got, want) {
		t.Error("the records differ")
	}
	if report.Records != a.Report.Records || report.Findings != a.Report.Findings {
		t.Errorf("the two sides count %d/%d and %d/%d", report.Records, report.Findings, a.Report.Records, a.Report.Findings)
	}
}

func TestP7Valid(t *testing.T) {
	broken := fixture(t, dataset+"/invalid/nik-15-digits.ndjson")
	t.Run("the sender refuses structure errors", func(t *testing.T) {
		s := newScene(t)
		sealed, report, err := s.Sender(sipol).Seal(context.Background(), exchange.Shipment{Request: s.Request(dataset, code, ahu), Records: source(broken)})
		if sealed != nil || envelope.ReasonOf(err) != envelope.ReasonStructure || report == nil || report.Errors == 0 {
			t.Errorf("%v, %v", report, err)
		}
		if n := len(s.Journal(sipol).Entries()); n != 0 {
			t.Errorf("%d journal entries", n)
		}
	})
	t.Run("so does the recipient, for good", func(t *testing.T) {
		s := newScene(t)
		sealed := s.craftWith(sipol.Signing, broken, nil)
		a := s.send(sealed)
		s.refused(a, envelope.ReasonStructure, true)
		if a.Report == nil || a.Report.Errors == 0 {
			t.Errorf("the report is %+v", a.Report)
		}
		if c := s.receipt(a, sealed).Claims(); c.Findings == nil || c.Findings.Errors != a.Report.Errors {
			t.Errorf("the receipt says %+v", c)
		}
		s.settledFor(sealed, a, envelope.ReasonStructure)
	})
	t.Run("what a file of people may begin with is no part of a record", func(t *testing.T) {
		s := newScene(t)
		marked := append([]byte("\ufeff"), fixture(t, dataset+"/valid/central-board.ndjson")...)
		s.refused(s.send(s.craftWith(sipol.Signing, marked, nil)), envelope.ReasonStructure, true)
	})
	t.Run("a document where records are wanted", func(t *testing.T) {
		s := newScene(t)
		payload, err := envelope.Document("application/pdf", []byte("%PDF-1.7"))
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := envelope.Seal(sipol.Signing, s.draft(), payload)
		if err != nil {
			t.Fatal(err)
		}
		s.refused(s.send(sealed), envelope.ReasonStructure, true)
	})
	t.Run("findings travel and change nothing", func(t *testing.T) {
		s := newScene(t)
		odd := fixture(t, "sirekap/hasil-tps/finding/A1.ndjson")
		var got []byte
		s.restart(func(c *exchange.ReceiverConfig) {
			c.Purpose = "REKAP-KIRIM"
			c.Handle = func(_ context.Context, d *exchange.Delivery) error {
				got = d.Envelope().Content()
				if d.Report().Findings == 0 || d.Report().ByRule["A1"] == 0 {
					t.Errorf("the report is %+v", d.Report())
				}
				return nil
			}
		})
		sealed, report, err := s.Sender(sipol).Seal(context.Background(), exchange.Shipment{
			Request: s.Request("sirekap/hasil-tps", "REKAP-KIRIM", ahu), Records: source(odd),
		})
		if err != nil || report.Findings == 0 {
			t.Fatalf("%+v, %v", report, err)
		}
		a := s.send(sealed)
		s.accepted(a)
		if !bytes.Equal(got, odd) {
			t.Error("the records differ")
		}
		if c := s.receipt(a, sealed).Claims(); c.Outcome != exchange.OutcomeAccepted || c.Findings.Findings != report.Findings || c.Findings.RecordsWithFindings != report.RecordsWithFindings {
			t.Errorf("the receipt says %+v", c.Findings)
		}
	})
	t.Run("no records is valid", func(t *testing.T) {
		s := newScene(t)
		s.accepted(s.send(s.craftWith(sipol.Signing, nil, nil)))
	})
}

func TestP7WhatCannotBeSealed(t *testing.T) {
	ctx := context.Background()
	s := newScene(t)
	request := s.Request(dataset, code, ahu)
	valid := fixture(t, dataset+"/valid/central-board.ndjson")
	huge := strings.NewReader(strings.Repeat(strings.Repeat("x", 1000)+"\n", envelope.MaxInline/1000))
	var big bytes.Buffer // sound records, wide by blanks
	for i := range 45 {
		fmt.Fprintf(&big, `{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat",%s"kode_wilayah":null,"nomor_sk":"M.HH-%03d.AH.11.02 TAHUN 2022","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"Ketua","nama":"Warga Contoh"}]}`+"\n", strings.Repeat(" ", 100_000), i)
	}
	tests := []struct {
		name     string
		shipment exchange.Shipment
		reason   envelope.Reason
	}{
		{"no records", exchange.Shipment{Request: request}, envelope.ReasonMisuse},
		{"a legal date that is none", exchange.Shipment{Request: request, Records: source(valid), AsOf: "14-02-2024"}, envelope.ReasonMisuse},
		{"a life beyond the limit", exchange.Shipment{Request: request, Records: source(valid), ValidFor: 31 * 24 * time.Hour}, envelope.ReasonLifetime},
		{"a reader that fails", exchange.Shipment{Request: request, Records: schema.NDJSON(iotest.ErrReader(io.ErrClosedPipe))}, envelope.ReasonUnavailable},
		{"lines that are no JSON", exchange.Shipment{Request: request, Records: schema.NDJSON(huge)}, envelope.ReasonStructure},
		{"more than fits", exchange.Shipment{Request: request, Records: schema.NDJSON(&big)}, envelope.ReasonTooLarge},
		{"no recipients", exchange.Shipment{Request: s.Request(dataset, code), Records: source(valid)}, envelope.ReasonMisuse},
		{"an unknown dataset", exchange.Shipment{Request: s.Request("sipol/tidak-ada", code, ahu), Records: source(valid)}, envelope.ReasonNotGranted},
	}
	for _, tt := range tests {
		sealed, _, err := s.Sender(sipol).Seal(ctx, tt.shipment)
		if sealed != nil || envelope.ReasonOf(err) != tt.reason {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.reason)
		}
	}
	if n := len(s.Journal(sipol).Entries()); n != 0 {
		t.Errorf("%d journal entries", n)
	}
}

func TestP11Bounded(t *testing.T) {
	noise := make([]byte, 4096)
	if _, err := rand.Read(noise); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		in     io.Reader
		reason envelope.Reason
	}{
		{"nothing", bytes.NewReader(nil), envelope.ReasonMalformed},
		{"noise", bytes.NewReader(noise), envelope.ReasonMalformed},
		{"a length beyond the limit", strings.NewReader("segel/1\n\x00\x01\xff\xff\xff\xffx"), envelope.ReasonTooLarge},
		{"more tokens than allowed", strings.NewReader("segel/1\n\x00\x41"), envelope.ReasonMalformed},
		{"a file without end", io.MultiReader(strings.NewReader("segel/1\n\x00\x40\x00\x7f\xff\xff"), endless{}), envelope.ReasonTooLarge},
		{"a reader that fails", iotest.ErrReader(io.ErrClosedPipe), envelope.ReasonUnavailable},
		{"no reader", nil, envelope.ReasonMisuse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t)
			s.restart(func(c *exchange.ReceiverConfig) { c.MaxFile = 1 << 20 })
			a := s.r.Receive(context.Background(), tt.in)
			s.refused(a, tt.reason, false)
			if a.Reply().Receipt != nil || len(s.Journal(ahu).Entries()) != 0 {
				t.Errorf("reply %+v", a.Reply())
			}
		})
	}
	t.Run("exactly the limit", func(t *testing.T) {
		s := newScene(t)
		file := s.sealed().File()
		s.restart(func(c *exchange.ReceiverConfig) { c.MaxFile = int64(len(file)) })
		s.accepted(s.receive(file))
		s.restart(func(c *exchange.ReceiverConfig) { c.MaxFile = int64(len(file)) - 1 })
		if a := s.receive(file); a.Reason != envelope.ReasonTooLarge {
			t.Errorf("one byte more: %q", a.Reason)
		}
	})
}

func TestP11ForgeriesLeaveNothing(t *testing.T) {
	s := newScene(t)
	for range 20 {
		forged := s.craft(stranger.Signing, nil)
		if a := s.send(forged); a.Err() == nil || a.Reply().Receipt != nil {
			t.Errorf("got %q", a.Reason)
		}
		s.untouched(forged)
	}
	honest := s.sealed()
	s.accepted(s.send(honest))
}

// endless is a file that never ends, in the form of a token.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'A'
	}
	return len(p), nil
}
