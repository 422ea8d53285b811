package bolt_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/bolt"
)

func TestContract(t *testing.T) {
	paths := map[exchange.Store]string{}
	open := func(t *testing.T, path string) exchange.Store {
		s, err := bolt.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		paths[s] = path
		return s
	}
	exchangetest.TestStore(t, exchangetest.StoreHarness{
		New: func(t *testing.T) exchange.Store { return open(t, filepath.Join(t.TempDir(), "store")) },
		Reopen: func(t *testing.T, s exchange.Store) exchange.Store {
			s.(*bolt.Store).Close()
			return open(t, paths[s])
		},
		Effects: &exchangetest.Effects{Write: writeText, Read: readTexts},
	})
}

// writeText writes a text into a bucket of the application's, under the next
// number.
func writeText(tx any, text string, fail error) error {
	return bolt.Write(tx, func(b *bbolt.Bucket) error {
		texts, err := b.CreateBucketIfNotExists([]byte("texts"))
		if err != nil {
			return err
		}
		n, err := texts.NextSequence()
		if err != nil {
			return err
		}
		return errors.Join(texts.Put(fmt.Appendf(nil, "%08d", n), []byte(text)), fail)
	})
}

func readTexts(t *testing.T, s exchange.Store) (out []string) {
	t.Helper()
	err := s.(*bolt.Store).ViewEffects(context.Background(), func(b *bbolt.Bucket) error {
		texts := b.Bucket([]byte("texts"))
		if texts == nil {
			return nil
		}
		return texts.ForEach(func(_, text []byte) error {
			out = append(out, string(text))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSecondHolderIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	s, err := bolt.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = bolt.Open(path)
	if envelope.ReasonOf(err) != envelope.ReasonUnavailable || !strings.Contains(err.Error(), "another process") {
		t.Errorf("second holder: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err = bolt.Open(path)
	if err != nil {
		t.Fatalf("after the first has let go: %v", err)
	}
	s.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestDamageIsAnError(t *testing.T) {
	ctx := context.Background()
	key := exchange.Key{Sender: "kpu/sirekap", ID: "018da7f0-0000-7000-8000-000000000001"}
	for name, text := range map[string]string{
		"not JSON":       "3174012501990001",
		"another's row":  `{"sender":"kpu/sipol","id":"x","digest":"d","admittedAt":"2024-02-15T02:00:00Z","directory":1,"keepUntil":"2024-02-15T02:00:00Z","fence":1}`,
		"unknown member": `{"sender":"kpu/sirekap","id":"018da7f0-0000-7000-8000-000000000001","digest":"d","admittedAt":"2024-02-15T02:00:00Z","directory":1,"keepUntil":"2024-02-15T02:00:00Z","fence":1,"more":1}`,
		"empty":          `{}`,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store")
			s, err := bolt.Open(path)
			if err == nil {
				err = s.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = db.Update(func(tx *bbolt.Tx) error {
				return tx.Bucket([]byte("rows")).Put([]byte(string(key.Sender)+"\x00"+key.ID), []byte(text))
			})
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			if s, err = bolt.Open(path); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			_, _, err = s.Lookup(ctx, key)
			if envelope.ReasonOf(err) != envelope.ReasonUnavailable || strings.Contains(fmt.Sprint(err), "3174") {
				t.Errorf("lookup: %v", err)
			}
			if _, err := s.Claim(ctx, exchange.Admission{Key: key, Digest: "d"}, time.Now(), time.Minute); err == nil {
				t.Error("claimed over a damaged row")
			}
		})
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := bolt.Open(path); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("another kind of file: %v", err)
	}
	if _, err := bolt.Open(filepath.Join(path, "below")); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("no folder: %v", err)
	}
}

func Example() {
	dir, err := os.MkdirTemp("", "segel")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store, err := bolt.Open(filepath.Join(dir, "store"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	now := time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	_, marks, err := store.Lookup(context.Background(), exchange.Key{})
	fmt.Println(marks.Clock.IsZero(), err)
	err = store.Raise(context.Background(), exchange.Marks{Clock: now})
	fmt.Println(err)
	// Output:
	// true <nil>
	// <nil>
}
