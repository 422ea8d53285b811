package postgres_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/store/postgres"
)

func admission(n int64) exchange.Admission {
	now := time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	id := fmt.Sprintf("018da7f0-0000-7000-8000-%012d", n)
	return exchange.Admission{
		Key:    exchange.Key{Sender: "kpu/sirekap", ID: id},
		Digest: strings.Repeat("d", 43), AdmittedAt: now, Directory: 7, Agreement: strings.Repeat("a", 43), KeepUntil: now.Add(time.Hour), Quota: 1 << 30,
		Place: exchange.Place{Channel: strings.Repeat("c", 43), Epoch: strings.Repeat("e", 22), Number: n}, Line: exchange.Line{First: id}, LineUntil: now.Add(time.Hour),
	}
}

// BenchmarkClaim measures durable claims as a receiver makes them: numbered, each
// of a line of its own. Beside them in the same run stands what as many callers
// reach on the same server who each insert a row of that size, ON CONFLICT DO
// NOTHING, in a transaction of their own. x-raw is the one by the other.
func BenchmarkClaim(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			s, ctx, at := open(b, empty(b)), context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
			raw := rawClaims(b, s.DB(), callers)
			b.ResetTimer()
			all(b, callers, int64(b.N), func(n int64) error {
				_, err := s.Claim(ctx, admission(n), at.Add(time.Duration(n)*time.Microsecond), time.Minute)
				return err
			})
			b.StopTimer()
			rate := float64(b.N) / b.Elapsed().Seconds()
			raw = (raw + rawClaims(b, s.DB(), callers)) / 2
			b.ReportMetric(rate, "claims/s")
			b.ReportMetric(raw, "raw/s")
			b.ReportMetric(rate/raw, "x-raw")
		})
	}
}

// BenchmarkOnce measures what an envelope asks of a store from its arrival to its
// settlement: a look, a claim and a settlement, the last alone or with a row of
// the application's in its transaction.
func BenchmarkOnce(b *testing.B) {
	for _, effect := range []bool{false, true} {
		b.Run(fmt.Sprintf("effect=%v", effect), func(b *testing.B) {
			s, ctx, at := open(b, empty(b)), context.Background(), time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
			if _, err := s.DB().Exec(`CREATE TABLE IF NOT EXISTS texts (text text)`); err != nil {
				b.Fatal(err)
			}
			receipt := []byte(strings.Repeat("r", 700))
			b.ResetTimer()
			all(b, 64, int64(b.N), func(n int64) error {
				a := admission(n)
				if _, _, err := s.Lookup(ctx, a.Key); err != nil {
					return err
				}
				c, err := s.Claim(ctx, a, at.Add(time.Duration(n)*time.Microsecond), time.Minute)
				if err != nil {
					return err
				}
				tx, err := s.Begin(ctx, c)
				if err != nil {
					return err
				}
				if effect {
					if err := postgres.Write(tx, func(ctx context.Context, tx *sql.Tx) error {
						_, err := tx.ExecContext(ctx, `INSERT INTO texts VALUES ($1)`, a.ID)
						return err
					}); err != nil {
						return err
					}
				}
				return tx.Settle(ctx, c, exchange.Settlement{Outcome: exchange.OutcomeAccepted, At: at, Receipt: receipt})
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "envelopes/s")
		})
	}
}

// all has callers do what is to be done for each number from 1 to last.
func all(b *testing.B, callers int, last int64, do func(n int64) error) {
	b.Helper()
	var next atomic.Int64
	var done sync.WaitGroup
	for range callers {
		done.Go(func() {
			for n := next.Add(1); n <= last; n = next.Add(1) {
				if err := do(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
}

// rawClaims returns how many rows a second callers insert, one a transaction.
func rawClaims(b *testing.B, db *sql.DB, callers int) float64 {
	b.Helper()
	if _, err := db.Exec(`CREATE TABLE IF NOT EXISTS raw (sender text, id text, value text, PRIMARY KEY (sender, id)); DELETE FROM raw`); err != nil {
		b.Fatal(err)
	}
	insert, err := db.Prepare(`INSERT INTO raw VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`)
	if err != nil {
		b.Fatal(err)
	}
	defer insert.Close()
	value := strings.Repeat("v", 250)
	n := int64(min(500*callers, 10000))
	began := time.Now()
	all(b, callers, n, func(n int64) error {
		a := admission(n)
		_, err := insert.Exec(string(a.Sender), a.ID, value)
		return err
	})
	return float64(n) / time.Since(began).Seconds()
}
