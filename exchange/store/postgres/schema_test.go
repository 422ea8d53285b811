package postgres_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/segel-id/segel/exchange/store/postgres"
	"github.com/segel-id/segel/internal/shared"
)

// schemas are those that nobody uses. A server takes seconds for the files of a
// new one on a busy disk, so they are emptied and used again.
var schemas struct {
	sync.Mutex
	free, made []string
}

func TestMain(m *testing.M) {
	code := m.Run()
	if len(schemas.made) > 0 {
		db, err := sql.Open("pgx", os.Getenv("SEGEL_POSTGRES"))
		for _, name := range schemas.made {
			if err == nil {
				_, err = db.Exec(`DROP SCHEMA IF EXISTS "` + name + `" CASCADE`)
			}
		}
		if err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

// dsn is the server's connection string, by which an application's tables are
// looked up in a schema.
func dsn(t testing.TB, schema string) string {
	dsn := shared.Postgres(t)
	if strings.Contains(dsn, "?") {
		return dsn + "&search_path=" + schema
	}
	return dsn + "?search_path=" + schema
}

// fresh returns the name of a schema that is not there.
func fresh(t testing.TB) string {
	t.Helper()
	shared.Postgres(t)
	name := "t" + strings.ToLower(rand.Text())
	schemas.Lock()
	defer schemas.Unlock()
	schemas.made = append(schemas.made, name)
	return name
}

// empty returns the name of a schema for one test, which is not there or empty.
func empty(t testing.TB) (name string) {
	t.Helper()
	shared.Postgres(t)
	schemas.Lock()
	if n := len(schemas.free); n > 0 {
		name, schemas.free = schemas.free[n-1], schemas.free[:n-1]
	}
	schemas.Unlock()
	if name == "" {
		name = fresh(t)
	}
	t.Cleanup(func() {
		if err := clear(t, name); err != nil {
			t.Error(err)
			return
		}
		schemas.Lock()
		defer schemas.Unlock()
		schemas.free = append(schemas.free, name)
	})
	return name
}

func clear(t testing.TB, name string) error {
	db, err := sql.Open("pgx", dsn(t, name))
	if err != nil {
		return err
	}
	defer db.Close()
	tables, err := column(db, `SELECT tablename FROM pg_tables WHERE schemaname = $1`, name)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if table == "versions" {
			continue
		}
		if _, err := db.Exec(`DELETE FROM "` + table + `"`); err != nil {
			return err
		}
	}
	if slices.Contains(tables, "marks") {
		_, err = db.Exec(`INSERT INTO marks DEFAULT VALUES`)
	}
	return err
}

func column(db *sql.DB, query string, args ...any) (out []string, err error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, rows.Err()
}

func open(t testing.TB, schema string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(context.Background(), dsn(t, schema), schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// single is a store with one connection, and its pool.
func single(t testing.TB) (*postgres.Store, *sql.DB) {
	t.Helper()
	name := empty(t)
	db, err := sql.Open("pgx", dsn(t, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	s, err := postgres.New(context.Background(), db, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, db
}
