package postgres

import (
	"context"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// connections is how many a pool that [Open] makes has at most, and keeps.
const connections = 32

// Open opens the store in a schema of the database that a connection string names,
// in one of libpq's forms (postgres://role@host/database?sslmode=verify-full, or
// "host=... user=..."); what it leaves out comes from the environment (PGHOST,
// PGPASSWORD, PGPASSFILE and so on). The pool has at most 32 connections.
//
// Receipts and everything that "once" rests on go over that connection. So
// the server must be on a Unix socket or a literal loopback address, or prove its
// name by TLS (sslmode=verify-full); anything else is [envelope.ReasonMisuse]. No
// part of the string appears in an error. Else it is [New].
func Open(ctx context.Context, dsn, schema string) (*Store, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, misuse("not a connection string")
	}
	if !shielded(&cfg.Config) {
		return nil, misuse("a database that is not on this machine wants sslmode=verify-full")
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "segel"
	}
	db := stdlib.OpenDB(*cfg)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	s, err := New(ctx, db, schema)
	if err != nil {
		db.Close()
		return nil, err
	}
	s.owned = true
	return s, nil
}

// shielded reports whether nobody on the way can read or forge what is said.
func shielded(cfg *pgconn.Config) bool {
	type way struct {
		host string
		sure bool // TLS with a name that is verified
	}
	ways := []way{{cfg.Host, cfg.TLSConfig != nil && !cfg.TLSConfig.InsecureSkipVerify}}
	for _, f := range cfg.Fallbacks {
		ways = append(ways, way{f.Host, f.TLSConfig != nil && !f.TLSConfig.InsecureSkipVerify})
	}
	for _, w := range ways {
		ip := net.ParseIP(w.host)
		local := strings.HasPrefix(w.host, "/") || strings.HasPrefix(w.host, "@") || ip != nil && ip.IsLoopback()
		if !w.sure && !local {
			return false
		}
	}
	return true
}
