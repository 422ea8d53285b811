package postgres

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// raw runs f on a connection of the pool. A transaction that f has left open is
// rolled back.
func (s *Store) raw(ctx context.Context, f func(*pgx.Conn) error) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		std, ok := driver.(*stdlib.Conn)
		if !ok {
			return misuse("the pool is not one of pgx")
		}
		c := std.Conn()
		err := f(c)
		if standsBy(err) {
			_ = c.Close(ctx) // by another connection the server that writes may be reached
		}
		if !c.IsClosed() && c.PgConn().TxStatus() != 'I' {
			if _, err := c.Exec(ctx, "rollback"); err != nil {
				_ = c.Close(ctx) // nobody may get it as it is
			}
		}
		return err
	})
}

// A lane is a row of the database that one transaction of this process at a time
// writes to. It says which one was the last.
type lane struct {
	id     string
	n      int
	there  bool // the row is there, as far as is known
	commit int64
}

// take returns a lane that nobody uses, with the number of a new transaction.
func (s *Store) take() *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	var l *lane
	if n := len(s.lanes); n > 0 {
		l, s.lanes = s.lanes[n-1], s.lanes[:n-1]
	} else {
		l = &lane{id: s.lane(s.made), n: s.made}
		s.made++
	}
	l.commit++
	return l
}

func (s *Store) give(l *lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes = append(s.lanes, l)
}

func (s *Store) lane(n int) string { return s.name + "." + strconv.Itoa(n) }

// arrive puts this process on record, and forgets those that are long gone.
func (s *Store) arrive(ctx context.Context, c *pgx.Conn) error {
	b := &pgx.Batch{}
	b.Queue("begin isolation level read committed read write")
	b.Queue(s.sql["marks_lock"])
	b.Queue(s.sql["nodes_fold"])
	b.Queue(s.sql["node_put"], s.lane(0), nil, 0)
	b.Queue("commit")
	return c.SendBatch(ctx, b).Close()
}

// leave takes this process off the record: what it was offered is free.
func (s *Store) leave(ctx context.Context) error {
	s.mu.Lock()
	var ids []string
	for n := range max(s.made, 1) {
		ids = append(ids, s.lane(n))
	}
	s.mu.Unlock()
	return outward(s.raw(ctx, func(c *pgx.Conn) error {
		b := &pgx.Batch{}
		b.Queue("begin isolation level read committed read write")
		b.Queue(s.sql["marks_lock"])
		b.Queue(s.sql["node_end"], ids)
		b.Queue("commit")
		return c.SendBatch(ctx, b).Close()
	}))
}

// resolution is how long a commit whose outcome is not known is asked for.
const resolution = 10 * time.Second

// took reports whether the lane's latest transaction has taken place. The server
// may not even have read its last words yet; it holds the lane all the same, from
// before they were sent, so asking waits for its end. The error says that nobody
// answers.
func (s *Store) took(l *lane) (bool, error) {
	ctx, cancel := context.WithTimeout(context.Background(), resolution)
	defer cancel()
	for {
		var last int64
		err := s.raw(ctx, func(c *pgx.Conn) error {
			return c.QueryRow(ctx, s.sql["node_ask"], l.id).Scan(&last)
		})
		switch {
		case err == nil:
			return last == l.commit, nil
		case errors.Is(err, pgx.ErrNoRows), originOf(err) == refused, ctx.Err() != nil:
			return false, err
		}
		if !pause(ctx, 50*time.Millisecond) {
			return false, err
		}
	}
}

// pause waits, and reports whether it has done so to the end.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
