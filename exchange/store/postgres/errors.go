package postgres

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

func unusable(detail string) error {
	return &envelope.Error{Reason: envelope.ReasonUnavailable, Detail: "store: " + detail}
}

func misuse(detail string) error {
	return &envelope.Error{Reason: envelope.ReasonMisuse, Detail: "store: " + detail}
}

// outward lets the contract's own errors and ours pass. The database's are told
// by fixed words: their texts name hosts, roles and values.
func outward(err error) error {
	if err == nil || errors.Is(err, exchange.ErrEffect) {
		return err // the handler's own error is for the receiver, which asks only whether it rejects
	}
	if err := known(err); err != nil {
		return err
	}
	if e, ok := errors.AsType[*envelope.Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return unusable("the database did not answer in time")
	}
	if _, ok := errors.AsType[pgx.ScanArgError](err); ok || errors.Is(err, pgx.ErrNoRows) || errors.Is(err, sql.ErrNoRows) {
		return unusable("a row is damaged")
	}
	if _, ok := errors.AsType[*pgconn.PgError](err); !ok {
		return unusable("no connection to the database")
	}
	switch state := stateOf(err); {
	case strings.HasPrefix(state, "28"):
		return unusable("the database does not let this role in")
	case state == "42501":
		return unusable("the role may not do this")
	case state == "3D000":
		return unusable("there is no such database")
	case strings.HasPrefix(state, "53"):
		return unusable("the database has no room")
	case strings.HasPrefix(state, "57P"):
		return unusable("the database is going down or coming up")
	case standsBy(err):
		return unusable("the database can only be read")
	case state == "3F000", strings.HasPrefix(state, "42"):
		return unusable("the tables are not those of this store")
	}
	return unusable("the database failed")
}

// known returns the error of the contract that err is, nil if it is none.
func known(err error) error {
	for _, known := range []error{
		exchange.ErrBusy, exchange.ErrConflict, exchange.ErrSettled, exchange.ErrFenced, exchange.ErrSuperseded, exchange.ErrQuota, exchange.ErrPurged,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	return nil
}

// transient are a failure to serialize, a deadlock, and a lock that was not had in
// time.
var transient = []string{"40001", "40P01", "55P03"}

// standsBy reports whether an error is that of whoever wants to write where nobody can.
// A server that stands by has one for what writes, and another for a transaction that
// begins with saying that it will.
func standsBy(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (e.Code == "25006" || e.Code == "0A000" && e.Routine == "call_bool_check_hook")
}

// stateOf returns the SQLSTATE of a server's error, "" if it is none.
func stateOf(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// An origin says what an error means for the transaction that met it.
type origin int

const (
	refused origin = iota // the server refused a statement: run again, it would again
	passing               // the server refused it for reasons that pass
	broken                // the connection is gone
)

func originOf(err error) origin {
	e, ok := errors.AsType[*pgconn.PgError](err)
	_, ours := errors.AsType[*envelope.Error](err)
	_, damaged := errors.AsType[pgx.ScanArgError](err)
	switch {
	case errors.Is(err, exchange.ErrEffect):
		if ok && slices.Contains(transient, e.Code) {
			return passing
		}
		return refused
	case ours, damaged, known(err) != nil:
		return refused
	case !ok:
		return broken
	case slices.Contains(transient, e.Code), e.Code == "23505", e.Code == "26000", standsBy(e):
		// a key that somebody else was quicker with, read anew, is known; a prepared
		// statement that the server has lost; a server that stands by, where another writes
		return passing
	case e.Code == "0A000" && strings.Contains(e.Routine, "RevalidateCachedQuery"):
		return passing // prepared before a migration
	case e.Severity == "FATAL", e.Severity == "PANIC", strings.HasPrefix(e.Code, "57P"), strings.HasPrefix(e.Code, "08"):
		return broken
	}
	return refused
}
