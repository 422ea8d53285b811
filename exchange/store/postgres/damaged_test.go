package postgres

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/segel-id/segel/exchange"
)

// columns is a row of the database, by place.
type columns []any

func (c columns) Scan(to ...any) error {
	for i, v := range c {
		switch to := to[i].(type) {
		case *exchange.ParcelState:
			w, _ := v.(string)
			*to = exchange.ParcelState(w)
		case *uint64:
			*to, _ = v.(uint64)
		case *string:
			*to, _ = v.(string)
		case *[]byte:
			*to, _ = v.([]byte)
		case **string:
			*to, _ = v.(*string)
		case **time.Time:
			*to, _ = v.(*time.Time)
		case *time.Time:
			*to, _ = v.(time.Time)
		}
	}
	return nil
}

// TestDamagedRow: what no CHECK refuses any more is refused where it is read.
func TestDamagedRow(t *testing.T) {
	at := time.Now()
	word := "accepted"
	for name, c := range map[string]columns{
		"no outcome, a receipt": {12: (*string)(nil), 13: (*string)(nil), 14: (*time.Time)(nil), 15: []byte("x")},
		"no outcome, a time":    {12: (*string)(nil), 13: (*string)(nil), 14: &at, 15: []byte(nil)},
		"no outcome, a reason":  {12: (*string)(nil), 13: &word, 14: (*time.Time)(nil), 15: []byte(nil)},
		"settled and leased":    {2: "d", 10: &at, 12: &word, 13: &word, 14: &at, 15: []byte("x")},
		"no digest":             {12: (*string)(nil), 13: (*string)(nil), 14: (*time.Time)(nil), 15: []byte(nil)},
	} {
		if _, err := scanRow(c); err == nil {
			t.Errorf("%s: it is taken for unsettled", name)
		}
	}
}

// TestSoundRow: and nothing else is.
func TestSoundRow(t *testing.T) {
	at, word := time.Now(), "x"
	for _, c := range []columns{
		{2: "d", 10: &at, 12: (*string)(nil), 13: (*string)(nil), 14: (*time.Time)(nil), 15: []byte(nil)},
		{2: "d", 10: (*time.Time)(nil), 12: &word, 13: new(string), 14: &at, 15: []byte("x")},
	} {
		if _, err := scanRow(c); err != nil {
			t.Error(err)
		}
	}
}

func TestDamagedParcel(t *testing.T) {
	at, word := time.Now(), "accepted"
	for name, c := range map[string]columns{
		"not settled, an outcome": {3: "d", 15: "queued", 21: &word, 22: (*time.Time)(nil), 23: []byte(nil), 24: uint64(1)},
		"not settled, a time":     {3: "d", 15: "queued", 21: (*string)(nil), 22: &at, 23: []byte(nil), 24: uint64(1)},
		"settled, no time":        {3: "d", 15: "settled", 21: &word, 22: (*time.Time)(nil), 23: []byte("x"), 24: uint64(1)},
	} {
		if _, err := scanParcel(c); err == nil || err.Error() == "" {
			t.Errorf("%s: taken for sound", name)
		}
	}
	for _, c := range []columns{
		{3: "d", 15: "queued", 21: (*string)(nil), 22: (*time.Time)(nil), 23: []byte(nil), 24: uint64(1)},
		{3: "d", 15: "settled", 21: &word, 22: &at, 23: []byte("x"), 24: uint64(1)},
	} {
		if _, err := scanParcel(c); err != nil {
			t.Error(err)
		}
	}
}

// TestAColumnThatCannotBeRead is the fault of one row, not of the connection.
func TestAColumnThatCannotBeRead(t *testing.T) {
	err := pgx.ScanArgError{ColumnIndex: 9, Err: errors.New("-1 is less than minimum value for uint64")}
	if got := originOf(err); got != refused {
		t.Errorf("origin %d", got)
	}
	if got := originOf(fmt.Errorf("x: %w", err)); got != refused {
		t.Errorf("origin %d", got)
	}
}
