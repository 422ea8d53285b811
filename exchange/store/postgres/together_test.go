package postgres_test

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/postgres"
)

// together has calls wait for each other, so that all but the last share what they ask
// of the database, and returns when all have returned. They write, all of them, or read.
func together(t *testing.T, s *postgres.Store, calls []func()) {
	t.Helper()
	tx, err := s.DB().Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.Exec(`LOCK TABLE rows, parcels, channels IN ACCESS EXCLUSIVE MODE`); err != nil {
		t.Fatal(err)
	}
	late := time.Now().Add(20 * time.Second)
	until := func(what string, ok func() bool) {
		t.Helper()
		for !ok() {
			if time.Now().After(late) {
				t.Fatalf("it never came to this: %s", what)
			}
			time.Sleep(time.Millisecond)
		}
	}
	var done sync.WaitGroup
	last := len(calls) - 1
	done.Go(calls[last]) // alone: the others come while it waits for the lock
	until("one at work", func() (blocked bool) {
		if err := tx.QueryRow(`SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation IN ('rows'::regclass, 'parcels'::regclass, 'channels'::regclass))`).Scan(&blocked); err != nil {
			t.Fatal(err)
		}
		return blocked
	})
	for _, call := range calls[:last] {
		done.Go(call)
	}
	until("all others wait", func() bool { writes, reads := s.Waiting(); return writes+reads == last })
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	done.Wait()
}

// Claims of one transaction keep what is each one's own, whatever they have in
// common with others.
func TestClaimsTogether(t *testing.T) {
	s, ctx, at := open(t, empty(t)), context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	admissions := make([]exchange.Admission, 48)
	var calls []func()
	for n := range admissions {
		a := admission(int64(n))
		// Each of these differs from its neighbours in another way.
		a.Sender = envelope.Party(fmt.Sprintf("kpu/sirekap-%d", n%3))
		a.Directory += int64(n / 2 % 2)
		a.Root = strings.Repeat("r", 43*(n/4%2))
		a.Agreement = strings.Repeat(string(rune('a'+n/8%2)), 43)
		a.Place.Channel = strings.Repeat(string(rune('c'+n/16%2)), 43)
		a.Digest = fmt.Sprintf("%043d", n)
		a.AdmittedAt, a.KeepUntil = a.AdmittedAt.Add(time.Duration(n)*time.Second), a.KeepUntil.Add(time.Duration(n)*time.Minute)
		admissions[n] = a
		calls = append(calls, func() {
			if c, err := s.Claim(ctx, a, at, time.Duration(n+1)*time.Second); err != nil || c.Fence != 1 {
				t.Errorf("claim %d: %+v, %v", n, c, err)
			}
		})
	}
	together(t, s, calls)
	for n, a := range admissions {
		row, _, err := s.Lookup(ctx, a.Key)
		if err != nil || row == nil {
			t.Fatalf("lookup %d: %v, %v", n, row, err)
		}
		// What is kept of an admission.
		a.Place, a.Void, a.Line, a.LineUntil, a.Quota = exchange.Place{Channel: a.Place.Channel}, nil, exchange.Line{}, time.Time{}, 0
		if want := (exchange.Row{Admission: a, Fence: 1, LeaseUntil: at.Add(time.Duration(n+1) * time.Second)}); !reflect.DeepEqual(*row, want) {
			t.Errorf("row %d:\n%+v, want\n%+v", n, *row, want)
		}
	}
}

// Whoever asks at the same time gets the own answer, of whatever kind, and one
// damaged row is the trouble of those alone who asked for it.
func TestQuestionsTogether(t *testing.T) {
	s, ctx, at := open(t, empty(t)), context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	box := s.Outbox()
	const n = 12
	for i := range int64(n) {
		a := admission(2 * i)
		a.Place.Channel = fmt.Sprintf("%043d", i)
		a.Place.Number = 2 + i // all before it are missing
		if _, err := s.Claim(ctx, a, at, time.Minute); err != nil {
			t.Fatal(err)
		}
		p := exchange.Parcel{
			Sent:    exchange.Sent{Key: a.Key, Recipient: "bawaslu/pengawasan", Digest: a.Digest, IssuedAt: at},
			Expires: at.Add(time.Hour), PostedAt: at, State: exchange.ParcelQueued, Next: at, Deadline: at.Add(time.Hour),
			File: fmt.Appendf(nil, "file %d", i),
		}
		if err := box.Put(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.DB().Exec(`UPDATE rows SET outcome = '' WHERE id = $1`, admission(0).ID); err != nil {
		t.Fatal(err)
	}
	var calls []func()
	for i := range int64(n) {
		there, absent := admission(2*i).Key, admission(2*i+1).Key
		calls = append(calls, func() {
			row, marks, err := s.Lookup(ctx, there)
			switch {
			case i == 0 && (envelope.ReasonOf(err) != envelope.ReasonUnavailable || row != nil):
				t.Errorf("the damaged row: %v, %v", row, err)
			case i != 0 && (err != nil || row == nil || row.Key != there || !marks.Clock.Equal(at)):
				t.Errorf("row %d: %+v, %+v, %v", i, row, marks, err)
			}
		}, func() {
			if row, marks, err := s.Lookup(ctx, absent); row != nil || err != nil || !marks.Clock.Equal(at) {
				t.Errorf("absent row %d: %+v, %+v, %v", i, row, marks, err)
			}
		}, func() {
			missing, err := s.Missing(ctx, there.Sender, exchange.Place{Channel: fmt.Sprintf("%043d", i), Epoch: strings.Repeat("e", 22)})
			if want := []exchange.Range{{From: 1, To: 1 + i}}; err != nil || !reflect.DeepEqual(missing, want) {
				t.Errorf("missing %d: %v, %v, want %v", i, missing, err, want)
			}
		}, func() {
			p, err := box.Parcel(ctx, there, "bawaslu/pengawasan")
			if err != nil || p == nil || p.Key != there || string(p.File) != fmt.Sprintf("file %d", i) {
				t.Errorf("parcel %d: %+v, %v", i, p, err)
				return
			}
			p.File[0] = 'x' // it is the caller's own
		}, func() {
			p, err := box.Parcel(ctx, there, "bawaslu/pengawasan")
			if err != nil || p == nil || string(p.File) != fmt.Sprintf("file %d", i) {
				t.Errorf("parcel %d, asked for twice: %+v, %v", i, p, err)
			}
		}, func() {
			if p, err := box.Parcel(ctx, absent, "bawaslu/pengawasan"); p != nil || err != nil {
				t.Errorf("absent parcel %d: %+v, %v", i, p, err)
			}
		})
	}
	together(t, s, calls)
}

// Tables of the first version are brought up to this one with what is in them, and
// are then as those of a new schema.
func TestMigrationKeepsWhatIsThere(t *testing.T) {
	ctx, at := context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	name := fresh(t)
	text, err := os.ReadFile("sql/migrations/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, empty(t)).DB()
	if _, err := db.Exec(`CREATE SCHEMA "` + name + `"; CREATE TABLE "` + name + `".versions (version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
		INSERT INTO "` + name + `".versions VALUES (1);` + strings.ReplaceAll(string(text), "segel.", `"`+name+`".`)); err != nil {
		t.Fatal(err)
	}
	a := admission(1)
	if _, err := db.Exec(`INSERT INTO "`+name+`".rows (sender, id, digest, root, admitted_at, directory, agreement, keep_until, channel, fence, superseded, outcome, reason, settled_at, receipt)
		VALUES ($1, $2, $3, '', $4, 7, $5, $6, $7, 3, false, 'accepted', '', $4, 'receipt')`,
		string(a.Sender), a.ID, a.Digest, at, a.Agreement, a.KeepUntil, a.Place.Channel); err != nil {
		t.Fatal(err)
	}
	s := open(t, name)
	row, _, err := s.Lookup(ctx, a.Key)
	if err != nil || row == nil || row.Fence != 3 || row.Settlement == nil || string(row.Settlement.Receipt) != "receipt" || !row.KeepUntil.Equal(a.KeepUntil) {
		t.Errorf("row %+v, %v", row, err)
	}
	if _, err := s.Claim(ctx, admission(2), at, time.Minute); err != nil {
		t.Error(err)
	}
	shape := func(of string) []string {
		out, err := column(db, `SELECT concat_ws(' ', c.relname, c.relkind, c.reloptions, a.attname, a.atttypid::regtype, a.attnotnull) FROM pg_class c
			LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.relnamespace = $1::regnamespace
			UNION ALL SELECT concat_ws(' ', k.conrelid::regclass::name, k.conname, k.contype) FROM pg_constraint k
			JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace = $1::regnamespace`, of)
		if err != nil {
			t.Fatal(err)
		}
		for i := range out {
			out[i] = strings.ReplaceAll(out[i], of, "segel")
		}
		slices.Sort(out) // the database sorted them by names of its own
		return out
	}
	another := fresh(t) // one that was emptied may have tables of another test
	open(t, another)
	if got, want := shape(name), shape(another); !reflect.DeepEqual(got, want) {
		t.Errorf("tables that were brought up:\n%s\nnew ones:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
