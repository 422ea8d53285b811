package bolt_test

import (
	"context"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/bolt"
)

// A front stands before a store, as one that counts would.
type front struct {
	exchange.Transactor
	wrap func(exchange.Tx) exchange.Tx
}

func (f front) Begin(ctx context.Context, c exchange.Claim) (exchange.Tx, error) {
	tx, err := f.Transactor.Begin(ctx, c)
	return f.wrap(tx), err
}

type open struct{ exchange.Tx }

func (o open) Unwrap() exchange.Tx { return o.Tx }

type closed struct{ exchange.Tx }

func TestUpdateFindsItsOwn(t *testing.T) {
	for _, tt := range []struct {
		name string
		wrap func(exchange.Tx) exchange.Tx
		want envelope.Reason
	}{
		{"as it is", func(tx exchange.Tx) exchange.Tx { return tx }, ""},
		{"behind one", func(tx exchange.Tx) exchange.Tx { return open{tx} }, ""},
		{"behind two", func(tx exchange.Tx) exchange.Tx { return open{open{tx}} }, ""},
		{"behind one that hides it", func(tx exchange.Tx) exchange.Tx { return closed{tx} }, envelope.ReasonMisuse},
		{"behind two, one of which hides it", func(tx exchange.Tx) exchange.Tx { return open{closed{tx}} }, envelope.ReasonMisuse},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := bolt.Open(filepath.Join(t.TempDir(), "store"))
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			w := exchangetest.NewWorld()
			sipol, ahu := envelopetest.Sipol(), envelopetest.BadanHukum()
			var got error
			cfg := w.ReceiverConfig(ahu, "PARPOL-BADANHUKUM", func(_ context.Context, d *exchange.Delivery) error {
				if got = bolt.Update(d, func(b *bbolt.Bucket) error { return b.Put([]byte("a"), []byte("b")) }); got != nil {
					return exchange.Reject("not_written")
				}
				return nil
			})
			cfg.Store = front{s, tt.wrap}
			r, err := exchange.NewReceiver(cfg)
			if err != nil {
				t.Fatal(err)
			}
			w.Wire.Connect(ahu.Party, r)
			board := `{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat","kode_wilayah":null,"nomor_sk":"M.HH-001.AH.11.02 TAHUN 2022","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"Ketua","nama":"Warga Contoh"}]}` + "\n"
			receipt, err := w.Exchange(context.Background(), sipol, w.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", ahu), []byte(board))
			if err != nil {
				t.Fatal(err)
			}
			written := false
			if err := s.ViewEffects(context.Background(), func(b *bbolt.Bucket) error { written = b.Get([]byte("a")) != nil; return nil }); err != nil {
				t.Fatal(err)
			}
			outcome := exchange.OutcomeAccepted
			if tt.want != "" {
				outcome = exchange.OutcomeRefused
			}
			if envelope.ReasonOf(got) != tt.want || written != (tt.want == "") || receipt.Claims().Outcome != outcome {
				t.Errorf("%v, written %v, %s", got, written, receipt.Claims().Outcome)
			}
		})
	}
}
