package exchange_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/shared"
)

// TestRawDocuments takes what Sirekap has published, file by file, through an
// exchange: every other one in the token, the rest as a body.
func TestRawDocuments(t *testing.T) {
	z, err := zip.OpenReader(shared.Path(t, "data", "sirekap2024", "raw_sirekap_ppwp_dki.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	s := newScene(t)
	var got []byte
	s.handler = func(_ context.Context, d *exchange.Delivery) (err error) {
		got, err = io.ReadAll(d.Content())
		return err
	}
	s.restart(func(c *exchange.ReceiverConfig) { c.Documents, c.Spool = []string{"application/json"}, newSpool(t) })
	sender, n := s.Sender(sipol), 0
	for _, entry := range z.File {
		if !strings.HasSuffix(entry.Name, ".json") {
			continue
		}
		n++
		f, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		shipment := exchange.Shipment{Document: bytes.NewReader(want), Media: "application/json", Codec: envelope.CodecZstd}
		if n%2 == 0 {
			shipment.InlineLimit = 1
		}
		sent := s.shipBy(sender, shipment)
		file := sent.File()
		if sent.Closing() != nil {
			file = sent.delivery(t)
		}
		if a := s.r.Receive(context.Background(), stream{bytes.NewReader(file)}); a.Reason != "" {
			t.Fatalf("%s: %v", entry.Name, a.Err())
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes came out, %d went in", entry.Name, len(got), len(want))
		}
	}
	if n != 635 {
		t.Errorf("%d documents, want 635", n)
	}
}
