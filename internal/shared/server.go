package shared

import (
	"os"
	"testing"
)

// Postgres returns the connection string of a PostgreSQL server on which a test
// may make what it likes: the environment variable SEGEL_POSTGRES. If it is not
// set the test is skipped, or fails where SEGEL_CI=1.
func Postgres(t testing.TB) string { return server(t, "SEGEL_POSTGRES", "a PostgreSQL server") }

// NATS returns the address of a nats-server with JetStream on which a test may
// make what it likes: the environment variable SEGEL_NATS, as [Postgres].
func NATS(t testing.TB) string { return server(t, "SEGEL_NATS", "a nats-server with JetStream") }

func server(t testing.TB, name, what string) string {
	t.Helper()
	address := os.Getenv(name)
	if address == "" {
		Missing(t, "needs "+what+": "+name)
	}
	return address
}
