//go:build unix

package many

import (
	"path/filepath"
	"strconv"
	"time"

	"github.com/segel-id/segel/exchange/journal"
)

// judge counts what is left in the database, and has the journals verified.
func (r *run) judge() {
	r.Helper()
	took := time.Since(r.began)
	store, err := awaitStore(r.Context(), r.DSN)
	if err != nil {
		r.Fatal(err)
	}
	defer store.Close()
	count := func(query string) (n int) {
		r.Helper()
		if err := store.DB().QueryRow(query).Scan(&n); err != nil {
			r.Fatal(err)
		}
		return n
	}
	effects := count(`SELECT count(*) FROM effects`)
	want := func(what string, got, want int) {
		r.Helper()
		if got != want {
			r.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	want("effects", effects, len(r.sealed))
	want("envelopes with an effect", count(`SELECT count(DISTINCT (sender, id)) FROM effects`), len(r.sealed))
	want("effects of no envelope that was settled as accepted",
		count(`SELECT count(*) FROM effects e WHERE NOT EXISTS (SELECT 1 FROM segel.rows r WHERE r.sender = e.sender AND r.id = e.id AND r.outcome = 'accepted')`), 0)
	want("rows that are settled as accepted", count(`SELECT count(*) FROM segel.rows WHERE outcome = 'accepted'`), len(r.sealed))
	want("rows", count(`SELECT count(*) FROM segel.rows`), len(r.sealed))
	want("rows that count as not settled", count(`SELECT coalesce(sum(n), 0) FROM segel.lasting`), 0)
	want("offers with a receipt", int(r.done.Load()), 2*len(r.sealed))
	for n, sealed := range r.sealed {
		m := sealed.Manifest()
		var there bool
		if err := store.DB().QueryRow(`SELECT EXISTS (SELECT 1 FROM segel.rows r WHERE r.sender = $1 AND r.id = $2)`, string(m.Sender), m.ID).Scan(&there); err != nil || !there {
			r.Fatalf("envelope %d has no row: %v", n, err)
		}
	}
	for n := range receivers {
		if _, err := journal.Verify(filepath.Join(r.Dir, strconv.Itoa(n), "journal")); err != nil {
			r.Errorf("journal %d: %v", n, err)
		}
	}
	again := count(`SELECT count(*) FROM effects WHERE attempt > 1`)
	r.Logf("%d envelopes offered %d times: %d effects, %d of them by a second call or a later one, 0 lost; %d kills, %d offers made again; %.1f s, %.0f offers/s",
		len(r.sealed), 2*len(r.sealed), effects, again, r.kills.Load(), r.retried.Load(), took.Seconds(), float64(2*len(r.sealed))/took.Seconds())
}
