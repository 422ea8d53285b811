package main

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// TestKeep tests the application alone, without servers, as an agency tests its
// own handler: a correction takes the place of what it corrects, a retraction
// leaves nothing there, and other envelopes' rows stay.
func TestKeep(t *testing.T) {
	store, err := bolt.Open(filepath.Join(t.TempDir(), "store.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	w := exchangetest.NewWorld()
	config := w.ReceiverConfig(envelopetest.Pengawasan(), purpose, keep)
	config.Store = store
	receiver, err := exchange.NewReceiver(config)
	if err != nil {
		t.Fatal(err)
	}
	w.Wire.Connect(envelopetest.Pengawasan().Party, receiver)

	sirekap := w.Sender(envelopetest.Sirekap())
	send := func(file string, corrects *exchange.Correction) exchange.Sent {
		t.Helper()
		var records string
		if file != "" {
			text, err := fs.ReadFile(electiontest.FS(), dataset+"/"+file)
			if err != nil {
				t.Fatal(err)
			}
			records = string(text)
		}
		sealed, _, err := sirekap.Seal(t.Context(), exchange.Shipment{
			Request: w.Request(dataset, purpose, envelopetest.Pengawasan()), Records: schema.NDJSON(strings.NewReader(records)), Corrects: corrects,
		})
		if err != nil {
			t.Fatal(err)
		}
		receipt, err := sirekap.Deliver(t.Context(), sealed, envelopetest.Pengawasan().Party)
		if err != nil || receipt.Claims().Outcome != exchange.OutcomeAccepted {
			t.Fatalf("not accepted: %v", err)
		}
		return exchange.SentTo(sealed, envelopetest.Pengawasan().Party)
	}
	// holds returns how many rows there are of each line of revisions.
	holds := func(first, other exchange.Sent, wantFirst, wantOther int) {
		t.Helper()
		err := store.ViewEffects(t.Context(), func(b *bolt.Bucket) error {
			for sent, want := range map[exchange.Sent]int{first: wantFirst, other: wantOther} {
				rows := 0
				if line := b.Bucket(results).Bucket([]byte("kpu/sirekap " + sent.ID)); line != nil {
					rows = line.Stats().KeyN
				}
				if rows != want {
					t.Errorf("%d rows, want %d", rows, want)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}

	first, other := send("valid/complete.ndjson", nil), send("valid/complete.ndjson", nil)
	holds(first, other, 2, 2)
	second := send("finding/A1.ndjson", &exchange.Correction{Of: first, Reason: "salah hitung"})
	holds(first, other, 1, 2)
	send("", &exchange.Correction{Of: second, Reason: "ditarik", Retracts: true})
	holds(first, other, 0, 2)
}
