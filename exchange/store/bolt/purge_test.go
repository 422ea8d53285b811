package bolt

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// TestPurgeInSteps: more than one step is removed, to its end, and nothing but
// what is over is read.
func TestPurgeInSteps(t *testing.T) {
	s := openTemp(t)
	now := admission(0).KeepUntil
	const over = 2*purgeStep + 1
	if err := s.writes.do(func(t *tx) error {
		for n := range int64(over + 1) {
			a := admission(n)
			if n == over {
				a.KeepUntil = now.Add(time.Microsecond)
			}
			if err := t.put(&exchange.Row{Admission: a, Settlement: &exchange.Settlement{Outcome: exchange.OutcomeAccepted, At: now, Receipt: []byte("r")}}); err != nil {
				return err
			}
		}
		return t.rows().Put([]byte("kpu/sipol\x00x"), []byte("not read"))
	}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		at   time.Time
		want int
	}{{now.Add(-time.Microsecond), 0}, {now, over}, {now, 0}, {now.Add(time.Microsecond), 1}} {
		if n, err := s.Purge(context.Background(), tc.at); n != tc.want || err != nil {
			t.Errorf("purge at %v removed %d, %v; want %d", tc.at, n, err, tc.want)
		}
	}
	_ = s.view(context.Background(), func(tx *tx) error {
		if key, _ := tx.rowEnds().Cursor().First(); key != nil {
			t.Error("the index lists what was purged")
		}
		return nil
	})
}

// TestOldFormIsRefused: rows without their index would never be purged.
func TestOldFormIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket(rowsBucket); return err })
	if err != nil || db.Close() != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("got %v", err)
	}
}
