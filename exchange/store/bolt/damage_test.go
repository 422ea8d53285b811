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
	"github.com/segel-id/segel/exchange/store/bolt"
)

// What stands beside the rows is read as strictly as they are, and whoever meets
// something else writes nothing.
func TestDamageBesideTheRowsIsAnError(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	const sender, channel, first, nik = "kpu/sirekap", "kanal", "018da7f0-0000-7000-8000-000000000001", "3174012501990001"
	fresh := exchange.Admission{
		Key: exchange.Key{Sender: sender, ID: "018da7f0-0000-7000-8000-000000000002"}, Digest: "d", AdmittedAt: now, KeepUntil: now.Add(time.Hour), Quota: 9,
		Place: exchange.Place{Channel: channel, Epoch: "e", Number: 3}, Line: exchange.Line{First: first, Revision: 1}, LineUntil: now.Add(time.Hour),
	}
	settlement := exchange.Settlement{Outcome: exchange.OutcomeAccepted, At: now, Receipt: []byte("r")}
	claim := func(s *bolt.Store) error { _, err := s.Claim(ctx, fresh, now, time.Minute); return err }
	bury := func(s *bolt.Store) error { _, err := s.Tombstone(ctx, fresh, settlement, now); return err }
	missing := func(s *bolt.Store) error { _, err := s.Missing(ctx, sender, fresh.Place); return err }
	purge := func(s *bolt.Store) error { _, err := s.Purge(ctx, now); return err }
	purgeOutbox := func(s *bolt.Store) error { _, err := s.Outbox().Purge(ctx, now); return err }
	number := func(s *bolt.Store) error { _, err := s.Outbox().Number(ctx, channel, now); return err }
	burn := func(s *bolt.Store) error { return s.Outbox().Burn(ctx, channel, "e", 1) }
	put := func(s *bolt.Store) error {
		return s.Outbox().Put(ctx, exchange.Parcel{
			Sent: exchange.Sent{Key: fresh.Key, Digest: "d", Recipient: "ahu/badan-hukum", Channel: channel}, Epoch: "e", Number: 1, State: exchange.ParcelQueued,
		})
	}
	for _, tt := range []struct {
		bucket, key, value string
		fails              map[string]func(*bolt.Store) error
	}{
		{"channels", sender + "\x00" + channel, nik, map[string]func(*bolt.Store) error{"claim": claim, "tombstone": bury, "missing": missing}},
		{"channels", sender + "\x00" + channel, `[{"epoch":"e","seen":[],"more":1}]`, map[string]func(*bolt.Store) error{"claim": claim, "missing": missing}},
		{"lines", sender + "\x00" + channel + "\x00" + first, nik, map[string]func(*bolt.Store) error{"claim": claim}},
		{"lines", sender + "\x00" + channel + "\x00" + first, `{}`, map[string]func(*bolt.Store) error{"claim": claim}},
		{"lines", sender + "\x00" + channel + "\x00" + first, `{"id":"x","revision":0,"keepUntil":"2024-02-15T02:00:00Z"}`, map[string]func(*bolt.Store) error{"claim": claim}},
		{"rowEnds", nik[:7], "", map[string]func(*bolt.Store) error{"purge": purge}},
		{"rowEnds", "\x00\x00\x00\x00\x00\x00\x00\x00" + nik, "", map[string]func(*bolt.Store) error{"purge": purge}},
		{"lineEnds", nik[:7], "", map[string]func(*bolt.Store) error{"purge": purge}},
		{"lineEnds", "\x00\x00\x00\x00\x00\x00\x00\x00" + nik, "", map[string]func(*bolt.Store) error{"purge": purge}},
		{"settled", nik[:7], "", map[string]func(*bolt.Store) error{"purge": purgeOutbox}},
		{"settled", "\x00\x00\x00\x00\x00\x00\x00\x00" + nik, "", map[string]func(*bolt.Store) error{"purge": purgeOutbox}},
		{"lasting", sender, "317", map[string]func(*bolt.Store) error{"claim": claim}},
		{"lasting", sender, nik, map[string]func(*bolt.Store) error{"claim": claim}},
		{"numbers", channel, nik, map[string]func(*bolt.Store) error{"number": number, "burn": burn, "put": put}},
		{"numbers", channel, `{}`, map[string]func(*bolt.Store) error{"number": number, "burn": burn, "put": put}},
		{"numbers", channel, `{"epoch":"e","last":0}`, map[string]func(*bolt.Store) error{"number": number, "burn": burn, "put": put}},
	} {
		t.Run(tt.bucket+" "+tt.value, func(t *testing.T) {
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
			err = db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(tt.bucket)).Put([]byte(tt.key), []byte(tt.value)) })
			if err := errors.Join(err, db.Close()); err != nil {
				t.Fatal(err)
			}
			if s, err = bolt.Open(path); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			for name, f := range tt.fails {
				if err := f(s); envelope.ReasonOf(err) != envelope.ReasonUnavailable || strings.Contains(fmt.Sprint(err), "317") {
					t.Errorf("%s: %v", name, err)
				}
			}
			row, marks, err := s.Lookup(ctx, fresh.Key)
			if row != nil || !marks.Clock.IsZero() || err != nil {
				t.Errorf("there is a row: %+v, %+v, %v", row, marks, err)
			}
			if p, err := s.Outbox().Parcel(ctx, fresh.Key, "ahu/badan-hukum"); p != nil || err != nil {
				t.Errorf("there is a parcel: %+v, %v", p, err)
			}
		})
	}
	s, err := bolt.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for name, change := range map[string]func(*exchange.Admission){
		"channel": func(a *exchange.Admission) { a.Place.Channel = "a\x00b" },
		"line":    func(a *exchange.Admission) { a.Line.First = "a\x00b" },
	} {
		a := fresh
		change(&a)
		if _, err := s.Claim(ctx, a, now, time.Minute); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Errorf("claim with a NUL in its %s: %v", name, err)
		}
	}
}

// A store and its outbox are one party's and share what they remember.
func TestMarksAreShared(t *testing.T) {
	ctx := context.Background()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	digest := strings.Repeat("d", 43)
	if err := s.Outbox().Raise(ctx, exchange.Marks{Party: "kpu/sipol", Directory: 2, DirectoryDigest: digest}); err != nil {
		t.Fatal(err)
	}
	if err := s.Raise(ctx, exchange.Marks{Party: "kpu/sirekap", Directory: 1, DirectoryDigest: "other"}); err != nil {
		t.Fatal(err)
	}
	_, of, err := s.Lookup(ctx, exchange.Key{})
	box, err2 := s.Outbox().Marks(ctx)
	if want := (exchange.Marks{Party: "kpu/sipol", Directory: 2, DirectoryDigest: digest}); of != want || box != want || err != nil || err2 != nil {
		t.Errorf("the store has %+v, the outbox %+v", of, box)
	}
}
