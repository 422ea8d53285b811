package bolt

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// used returns how many bytes the database uses, once it is sound.
func used(t *testing.T, db *bbolt.DB) (n int64) {
	t.Helper()
	if err := db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		n = tx.Size()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestRoomAhead: whatever is written, there is space in front of it, no more than
// is said, and nothing that was written is written over.
func TestRoomAhead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	length := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	put := func(n int64, size int) {
		t.Helper()
		if err := s.writes.do(func(t *tx) error {
			t.dirty = true
			return t.effects().Put(rowKey(admission(n).Key), make([]byte, size))
		}); err != nil {
			t.Fatal(err)
		}
	}
	sizes := []int{10, 100_000, ahead / 2, 10, 3 * ahead, 10, 10}
	for n, size := range sizes {
		before := used(t, s.db)
		put(int64(n), size)
		if size < ahead/2 && length() < before+ahead/2 {
			t.Errorf("write %d: the file has %d bytes, %d were used before it", n, length(), before)
		}
		if n == 1 {
			if limit := used(t, s.db) + ahead; length() > limit {
				t.Errorf("the file has %d bytes, want %d at most", length(), limit)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = Open(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	used(t, s.db)
	for n, size := range sizes {
		_ = s.ViewEffects(context.Background(), func(b *Bucket) error {
			if got := len(b.Get(rowKey(admission(int64(n)).Key))); got != size {
				t.Errorf("value %d has %d bytes, want %d", n, got, size)
			}
			return nil
		})
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestWithoutRoom: space ahead is for speed only.
func TestWithoutRoom(t *testing.T) {
	s := openTemp(t)
	closed, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	s.writes.room.file = closed
	for n := range int64(2) {
		if _, err := s.Claim(context.Background(), admission(n), time.Now(), time.Minute); err != nil {
			t.Errorf("claim %d: %v", n, err)
		}
	}
}
