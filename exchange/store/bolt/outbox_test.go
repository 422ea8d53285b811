package bolt_test

import (
	"context"
	"errors"
	"fmt"
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

func TestOutboxContract(t *testing.T) {
	type opened struct {
		s    *bolt.Store
		path string
	}
	stores := map[exchange.Outbox]opened{}
	open := func(t *testing.T, path string) exchange.Outbox {
		s, err := bolt.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		o := s.Outbox()
		stores[o] = opened{s, path}
		return o
	}
	exchangetest.TestOutbox(t, exchangetest.OutboxHarness{
		New: func(t *testing.T) exchange.Outbox { return open(t, filepath.Join(t.TempDir(), "store")) },
		Reopen: func(t *testing.T, o exchange.Outbox) exchange.Outbox {
			stores[o].s.Close()
			return open(t, stores[o].path)
		},
	})
}

func TestDamagedOutboxIsAnError(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	sent := exchange.Sent{Key: exchange.Key{Sender: "kpu/sirekap", ID: "018da7f0-0000-7000-8000-000000000001"}, Digest: "d", Recipient: "ahu/badan-hukum", IssuedAt: now}
	key := []byte(string(sent.Sender) + "\x00" + sent.ID + "\x00" + string(sent.Recipient))
	put := func(bucket, key, value []byte) func(*bbolt.Tx) error {
		return func(t *bbolt.Tx) error { return t.Bucket(bucket).Put(key, value) }
	}
	parcels, files, due, deadlines := []byte("parcels"), []byte("files"), []byte("due"), []byte("deadlines")
	for name, damage := range map[string]func(*bbolt.Tx) error{
		"not JSON":         put(parcels, key, []byte("3174012501990001")),
		"empty":            put(parcels, key, []byte("{}")),
		"unknown state":    put(parcels, key, []byte(`{"sender":"kpu/sirekap","id":"018da7f0-0000-7000-8000-000000000001","recipient":"ahu/badan-hukum","digest":"d","state":"lost","revision":1}`)),
		"no receipt":       put(parcels, key, []byte(`{"sender":"kpu/sirekap","id":"018da7f0-0000-7000-8000-000000000001","recipient":"ahu/badan-hukum","digest":"d","state":"settled","revision":1}`)),
		"another's":        put(parcels, key, []byte(`{"sender":"kpu/sipol","id":"018da7f0-0000-7000-8000-000000000001","recipient":"ahu/badan-hukum","digest":"d","state":"queued","revision":1}`)),
		"no file":          func(t *bbolt.Tx) error { return t.Bucket(files).Delete(key) },
		"short index":      put(due, []byte("ahu/badan-hukum\x003174"), nil),
		"index of nothing": put(due, append([]byte("ahu/badan-hukum\x00\x00\x00\x00\x00\x00\x00\x00\x00"), "3174"...), nil),
		"short deadline":   put(deadlines, []byte("3174"), nil),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store")
			s, err := bolt.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			p := exchange.Parcel{Sent: sent, State: exchange.ParcelQueued, Next: now, Deadline: now, File: []byte("file")}
			if err := errors.Join(s.Outbox().Put(ctx, p), s.Close()); err != nil {
				t.Fatal(err)
			}
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Update(damage), db.Close()); err != nil {
				t.Fatal(err)
			}
			if s, err = bolt.Open(path); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			_, one := s.Outbox().Parcel(ctx, sent.Key, sent.Recipient)
			_, two := s.Outbox().Due(ctx, sent.Recipient, now, 10)
			_, three := s.Outbox().Overdue(ctx, now, 10)
			err = errors.Join(one, two, three)
			if err == nil || strings.Contains(fmt.Sprint(err), "3174") {
				t.Errorf("got %v", err)
			}
			for _, err := range []error{one, two, three} {
				if err != nil && envelope.ReasonOf(err) != envelope.ReasonUnavailable {
					t.Errorf("got %v", err)
				}
			}
		})
	}
	s, err := bolt.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sent.ID += "\x00"
	if err := s.Outbox().Put(ctx, exchange.Parcel{Sent: sent, State: exchange.ParcelQueued}); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("put of an identifier with a NUL: %v", err)
	}
}
