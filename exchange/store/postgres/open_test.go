package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/postgres"
	"github.com/segel-id/segel/internal/shared"
)

func TestOpenRefuses(t *testing.T) {
	server, err := url.Parse(shared.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(u *url.URL, q url.Values)) string {
		u, q := *server, server.Query()
		change(&u, q)
		u.RawQuery = q.Encode()
		return u.String()
	}
	nobody, err := net.Listen("tcp", "127.0.0.1:0") // who listens no longer
	if err != nil {
		t.Fatal(err)
	}
	nobody.Close()
	for _, tt := range []struct {
		name, dsn, schema string
		want              envelope.Reason
	}{
		{"no connection string", "postgres://segel:rahasia@[", postgres.Schema, envelope.ReasonMisuse},
		{"an unknown word", "postgres://segel:rahasia@127.0.0.1/x?sslmode=rahasia", postgres.Schema, envelope.ReasonMisuse},
		{"another machine in the clear", "postgres://segel:rahasia@rahasia.example.id/x?sslmode=disable", postgres.Schema, envelope.ReasonMisuse},
		{"another machine that proves no name", "postgres://segel:rahasia@rahasia.example.id/x?sslmode=require", postgres.Schema, envelope.ReasonMisuse},
		{"another machine that may do without", "postgres://segel:rahasia@rahasia.example.id/x?sslmode=prefer", postgres.Schema, envelope.ReasonMisuse},
		{"a name that only means this machine", "postgres://segel:rahasia@localhost/x?sslmode=disable", postgres.Schema, envelope.ReasonMisuse},
		{"one of two in the clear", "postgres://segel:rahasia@127.0.0.1,rahasia.example.id/x?sslmode=disable", postgres.Schema, envelope.ReasonMisuse},
		{"no name", server.String(), "", envelope.ReasonMisuse},
		{"a name to break out of quotes", server.String(), `a"; DROP SCHEMA rahasia`, envelope.ReasonMisuse},
		{"a name with capitals", server.String(), "Rahasia", envelope.ReasonMisuse},
		{"nobody listens", with(func(u *url.URL, _ url.Values) { u.Host = nobody.Addr().String() }), postgres.Schema, envelope.ReasonUnavailable},
		{"no such database", with(func(u *url.URL, _ url.Values) { u.Path = "/rahasia" }), postgres.Schema, envelope.ReasonUnavailable},
		{"no such role", with(func(u *url.URL, _ url.Values) { u.User = url.UserPassword("rahasia", "rahasia") }), postgres.Schema, envelope.ReasonUnavailable},
		{"commits that are not durable", with(func(_ *url.URL, q url.Values) { q.Set("synchronous_commit", "off") }), postgres.Schema, envelope.ReasonMisuse},
		{"commits that only stay here", with(func(_ *url.URL, q url.Values) { q.Set("synchronous_commit", "local") }), postgres.Schema, envelope.ReasonMisuse},
		{"a schema that is another's", server.String(), "information_schema", envelope.ReasonMisuse},
		{"a schema of the database's own", server.String(), "pg_catalog", envelope.ReasonMisuse},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			s, err := postgres.Open(ctx, tt.dsn, tt.schema)
			if err == nil {
				s.Close()
			}
			if envelope.ReasonOf(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if text := fmt.Sprintf("%v %+v", err, errors.Unwrap(err)); strings.Contains(strings.ToLower(text), "rahasia") || strings.Contains(text, "127.0.0.1") {
				t.Errorf("the error tells too much: %s", text)
			}
		})
	}
	if _, err := postgres.New(context.Background(), nil, postgres.Schema); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("no pool: %v", err)
	}
}

// Processes that start at the same time make the tables once.
func TestMigrationIsMadeOnce(t *testing.T) {
	name := fresh(t)
	var done sync.WaitGroup
	for range 6 {
		done.Go(func() {
			s, err := postgres.Open(context.Background(), dsn(t, name), name)
			if err != nil {
				t.Error(err)
				return
			}
			s.Close()
		})
	}
	done.Wait()
	s := open(t, name)
	versions, err := column(s.DB(), `SELECT version::text FROM versions ORDER BY version`)
	if err != nil || len(versions) == 0 || versions[0] != "1" {
		t.Errorf("versions %v, %v", versions, err)
	}
	// What is newer is left alone, by who comes and by who is at work.
	if _, err := s.DB().Exec(`INSERT INTO versions (version) VALUES (99)`); err != nil {
		t.Fatal(err)
	}
	_, err = postgres.Open(context.Background(), dsn(t, name), name)
	_, claimed := s.Claim(context.Background(), admission(1), time.Now(), time.Minute)
	_, _, looked := s.Lookup(context.Background(), admission(1).Key)
	for what, err := range map[string]error{"open": err, "claim": claimed, "lookup": looked} {
		if envelope.ReasonOf(err) != envelope.ReasonUnavailable || !strings.Contains(fmt.Sprint(err), "newer") {
			t.Errorf("%s on newer tables: %v", what, err)
		}
	}
}

// A session whose commits are not durable any more commits nothing.
func TestDurabilityIsAskedForEveryTime(t *testing.T) {
	s, db := single(t)
	c, err := s.Claim(context.Background(), admission(1), time.Now(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`SET synchronous_commit = off`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Claim(context.Background(), admission(2), time.Now(), time.Minute); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("claim: %v", err)
	}
	if err := s.Release(context.Background(), c); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("release: %v", err)
	}
	if _, err := db.Exec(`SET synchronous_commit = on`); err != nil {
		t.Fatal(err)
	}
	if row, _, err := s.Lookup(context.Background(), admission(2).Key); row != nil || err != nil {
		t.Errorf("it was claimed: %v", err)
	}
}

// One caller's text that the database cannot hold fails nobody else.
func TestUnfitIdentifiers(t *testing.T) {
	s, ctx, at := open(t, empty(t)), context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	var done sync.WaitGroup
	for n := range int64(40) {
		done.Go(func() {
			a := admission(n)
			switch n % 4 {
			case 1:
				a.ID += "\x00"
			case 2:
				a.Line.First = "\xff"
			case 3:
				a.Agreement = "\x00"
			}
			_, err := s.Claim(ctx, a, at, time.Minute)
			if n%4 == 0 && err != nil || n%4 != 0 && envelope.ReasonOf(err) != envelope.ReasonUnavailable {
				t.Errorf("claim %d: %v", n, err)
			}
		})
	}
	// A time that it cannot hold is found by the database itself.
	done.Go(func() {
		a := admission(50)
		a.KeepUntil = time.Date(300_000, 1, 1, 0, 0, 0, 0, time.UTC)
		if _, err := s.Claim(ctx, a, at, time.Minute); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Errorf("claim for ever: %v", err)
		}
	})
	done.Wait()
	if row, m, err := s.Lookup(ctx, exchange.Key{Sender: "a\x00", ID: "\xff"}); row != nil || err != nil || !m.Clock.Equal(at) {
		t.Errorf("lookup: %v, %+v, %v", row, m, err)
	}
}

// A row that somebody has changed by hand is an error, never an empty row.
func TestDamageIsAnError(t *testing.T) {
	s, ctx := open(t, empty(t)), context.Background()
	a := admission(1)
	if _, err := s.Claim(ctx, a, time.Now(), time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, err := s.DB().Exec(`UPDATE channels SET arrivals = '[{"epoch":"3174012501990001","more":1}]'`); err != nil {
		t.Fatal(err)
	}
	_, missing := s.Missing(ctx, a.Sender, a.Place)
	_, claimed := s.Claim(ctx, admission(2), time.Now(), time.Minute)
	for what, err := range map[string]error{"missing": missing, "claim": claimed} {
		if envelope.ReasonOf(err) != envelope.ReasonUnavailable || !strings.Contains(fmt.Sprint(err), "damaged") || strings.Contains(fmt.Sprint(err), "3174") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
