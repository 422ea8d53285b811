// Package bolt is a store in one file of a bbolt database (go.etcd.io/bbolt):
// embedded, pure Go, durable with an fsync for every commit. It is the default
// for one process; a second process on the same file is refused.
//
// The store's buckets hold JSON objects with times in RFC 3339 and receipts in
// base64: "rows" under sender NUL id, "lines" under sender NUL channel NUL first
// id, "channels" under sender NUL channel, "marks" under one key; and "lasting" has
// under each sender how many of its rows can never be purged. "rowEnds" and
// "lineEnds" are indexes without values, of the rows that can be purged in the end
// and of the lines: KeepUntil, as [Outbox] writes times, followed by the key. A file
// that has rows and no such index is refused. [Outbox] says what
// the outbox has. All are read strictly: a row that does not have its form is an
// error, never an empty row. "effects" belongs to the application: [Update] writes
// to it in the transaction that settles a delivery.
//
// A receipt is small and rows are purged only when their envelopes can no longer
// be accepted, so a file grows by about one kilobyte for each envelope of the
// last weeks, and up to a mebibyte of zeros behind them, so that commits write to
// blocks that the file system has allocated. Back it up with the journal: a store that was restored from an
// older copy has forgotten what it settled since, and says so by the clock mark
// only.
package bolt

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// LockTimeout is how long [Open] waits for another process to let go of the
// file.
const LockTimeout = 2 * time.Second

// Store is an [exchange.Store] in a file. Callers that write at the same time
// share one commit.
type Store struct {
	db     *bbolt.DB
	writes *committer
}

var _ exchange.Store = (*Store)(nil)

var (
	rowsBucket     = []byte("rows")
	marksBucket    = []byte("marks")
	lastingBucket  = []byte("lasting")
	linesBucket    = []byte("lines")
	channelsBucket = []byte("channels")
	effectsBucket  = []byte("effects")
	rowEndsBucket  = []byte("rowEnds")
	lineEndsBucket = []byte("lineEnds")
	marksKey       = []byte("marks")
)

// Open opens the store in a file, which it makes with mode 0600 if it is not
// there. The error is an [*envelope.Error] with ReasonUnavailable: another
// process holds the file, it is not a store, or the disk refuses.
func Open(path string) (s *Store, err error) {
	defer func() {
		if recover() != nil { // bbolt panics on some damaged files
			s, err = nil, unusable("the file is damaged")
		}
	}()
	var file *os.File
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: LockTimeout, FreelistType: bbolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			file = f
			return f, err
		},
	})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, unusable("another process holds the file")
	case errors.Is(err, os.ErrPermission):
		return nil, unusable("no permission for the file")
	case err != nil:
		return nil, unusable("the file cannot be opened as a store")
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket(rowsBucket) != nil && tx.Bucket(rowEndsBucket) == nil {
			return errOldForm
		}
		for _, name := range [][]byte{
			rowsBucket, marksBucket, lastingBucket, linesBucket, channelsBucket, effectsBucket,
			rowEndsBucket, lineEndsBucket,
			parcelsBucket, filesBucket, dueBucket, deadlinesBucket, settledBucket, numbersBucket,
		} {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		return nil
	})
	if err == errOldForm {
		db.Close()
		return nil, err
	}
	if err != nil {
		db.Close()
		return nil, unusable("the file cannot be written")
	}
	return &Store{db, &committer{db: db, room: room{file: file}}}, nil
}

var errOldForm = unusable("the file has the form of an earlier version")

// Close waits for what is under way and lets go of the file.
func (s *Store) Close() error {
	if s.db.Close() != nil {
		return unusable("the file cannot be closed")
	}
	return nil
}

func unusable(detail string) error {
	return &envelope.Error{Reason: envelope.ReasonUnavailable, Detail: "store: " + detail}
}

// update runs f in a transaction that is durable when update returns nil. The
// contract's own errors pass; bbolt's are hidden, since they name paths.
// f may run more than once: what it sets, it sets in each run. A context that
// ends later is ignored, for a commit is short.
func (s *Store) update(ctx context.Context, f func(*tx) error) error {
	if ctx.Err() != nil {
		return unusable("the caller gave up")
	}
	return outward(s.writes.do(f))
}

// view runs f on what is there, and changes nothing.
func (s *Store) view(ctx context.Context, f func(*tx) error) (err error) {
	if ctx.Err() != nil {
		return unusable("the caller gave up")
	}
	defer func() {
		if recover() != nil {
			err = unusable("the file is damaged")
		}
	}()
	return outward(s.db.View(func(t *bbolt.Tx) error { return f(&tx{Tx: t}) }))
}

func outward(err error) error {
	if errors.Is(err, exchange.ErrEffect) {
		return err // the handler's own error is for the receiver, which asks only whether it rejects
	}
	for _, known := range []error{
		exchange.ErrBusy, exchange.ErrConflict, exchange.ErrSettled, exchange.ErrFenced, exchange.ErrSuperseded, exchange.ErrQuota, exchange.ErrPurged,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*envelope.Error](err); ok {
		return e
	}
	return unusable("the database failed")
}

// tx reads and writes in one transaction.
type tx struct {
	*bbolt.Tx
	dirty  bool // something was written
	common common
}

// The buckets are opened when they are asked for: most functions need few of them.
func (t *tx) rows() *Bucket      { return t.Bucket(rowsBucket) }
func (t *tx) rowEnds() *Bucket   { return t.Bucket(rowEndsBucket) }
func (t *tx) lasting() *Bucket   { return t.Bucket(lastingBucket) }
func (t *tx) lines() *Bucket     { return t.Bucket(linesBucket) }
func (t *tx) lineEnds() *Bucket  { return t.Bucket(lineEndsBucket) }
func (t *tx) channels() *Bucket  { return t.Bucket(channelsBucket) }
func (t *tx) marks() *Bucket     { return t.Bucket(marksBucket) }
func (t *tx) effects() *Bucket   { return t.Bucket(effectsBucket) }
func (t *tx) parcels() *Bucket   { return t.Bucket(parcelsBucket) }
func (t *tx) files() *Bucket     { return t.Bucket(filesBucket) }
func (t *tx) due() *Bucket       { return t.Bucket(dueBucket) }
func (t *tx) deadlines() *Bucket { return t.Bucket(deadlinesBucket) }
func (t *tx) settled() *Bucket   { return t.Bucket(settledBucket) }
func (t *tx) numbers() *Bucket   { return t.Bucket(numbersBucket) }

func rowKey(k exchange.Key) []byte { return []byte(string(k.Sender) + "\x00" + k.ID) }

func (t *tx) row(k exchange.Key) (*exchange.Row, error) {
	text := t.rows().Get(rowKey(k))
	if text == nil {
		return nil, nil
	}
	row, ok := decodeRow(text)
	if !ok || row.Key != k {
		return nil, unusable("a row is damaged")
	}
	return row, nil
}

// held returns the row that the claim holds.
func (t *tx) held(c exchange.Claim) (*exchange.Row, error) {
	row, err := t.row(c.Key)
	if err != nil {
		return nil, err
	}
	return row, row.Held(c)
}

func (t *tx) put(row *exchange.Row) error {
	text, err := encodeRow(row)
	if err != nil {
		return err
	}
	t.dirty = true
	key := rowKey(row.Key)
	if row.Ended() {
		if err := t.rowEnds().Put(append(stamp(row.KeepUntil), key...), nil); err != nil {
			return err
		}
	}
	return t.rows().Put(key, text)
}

// last counts a row that lasts now, or no longer does.
func (t *tx) last(sender envelope.Party, before, after bool) error {
	if before == after {
		return nil
	}
	n, err := t.lastingOf(sender)
	if err != nil {
		return err
	}
	if after {
		n++
	} else if n > 0 {
		n--
	}
	t.dirty = true
	return t.lasting().Put([]byte(sender), binary.BigEndian.AppendUint64(nil, n))
}

// lastingOf returns how many rows of a sender last.
func (t *tx) lastingOf(sender envelope.Party) (uint64, error) {
	switch text := t.lasting().Get([]byte(sender)); len(text) {
	case 0:
		return 0, nil
	case 8:
		return binary.BigEndian.Uint64(text), nil
	}
	return 0, unusable("a count is damaged")
}

// admits fails with ErrPurged if the row of a new key may have been purged.
func (t *tx) admits(a exchange.Admission) error {
	m, err := t.getMarks()
	if err != nil {
		return err
	}
	return m.Admits(a)
}

// within fails with ErrQuota if the sender may have no further row that lasts,
// once one has given way if frees says so.
func (t *tx) within(a exchange.Admission, frees bool) error {
	n, err := t.lastingOf(a.Sender)
	if err != nil {
		return err
	}
	if frees && n > 0 {
		n--
	}
	if n >= uint64(max(a.Quota, 0)) {
		return exchange.ErrQuota
	}
	return nil
}
