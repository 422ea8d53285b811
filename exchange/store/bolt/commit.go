package bolt

import (
	"errors"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/internal/group"
)

// A committer commits the writes of concurrent callers in one transaction, so
// that one fsync serves all of them. A caller that is alone commits at once, in
// its own goroutine: nobody waits for company.
//
// bbolt's own Batch waits for company, runs a failing function's neighbours
// again one by one, and is several times slower for it.
type committer struct {
	db *bbolt.DB
	// These belong to who commits.
	room  room
	known common // what the transaction before has left

	group.Group[*write]
}

// A write is one caller's part of a transaction.
type write struct {
	f   func(*tx) error
	err error
}

// do runs f in a transaction and returns when it is durable, or when f or the
// disk has failed; then nothing of it is there. f may run more than once, each
// time on what was there before it, and only its last run counts.
func (c *committer) do(f func(*tx) error) error {
	w := &write{f: f}
	c.Do(w, c.commit)
	return w.err
}

// commit runs the batch in one transaction, and then each function that was left
// out of it in one of its own. What made that fail may have been what a neighbour
// had written, which was never durable: alone, its result is true.
func (c *committer) commit(batch []*write) {
	for _, w := range c.together(batch) {
		c.together([]*write{w})
	}
}

// together runs the batch in one transaction. A function that failed after it had
// written is left out and the others run again, from where the transaction
// began; one that had written nothing, as when a claim is refused, spoils
// nothing. It returns those that were left out and had run behind a neighbour
// that had written.
func (c *committer) together(batch []*write) (left []*write) {
	for len(batch) > 0 {
		var spoiler *write
		wrote := false
		err := c.update(func(t *tx) error {
			for _, w := range batch {
				t.dirty = false
				if w.err = guarded(w.f, t); w.err != nil && t.dirty {
					spoiler = w
					return w.err
				}
				wrote = wrote || t.dirty
			}
			if !wrote {
				return errNothing
			}
			return t.flush()
		})
		if spoiler == nil {
			if err != nil && err != errNothing {
				for _, w := range batch {
					w.err = err
				}
			}
			return left
		}
		if wrote {
			left = append(left, spoiler)
		}
		rest := make([]*write, 0, len(batch)-1)
		for _, w := range batch {
			if w != spoiler {
				rest = append(rest, w)
			}
		}
		batch = rest
	}
	return left
}

// errNothing ends a transaction in which nobody wrote: there is nothing to wait
// for the disk for.
var errNothing = errors.New("nothing was written")

// update is bbolt's, with its panics on damaged pages as errors.
func (c *committer) update(f func(*tx) error) (err error) {
	defer func() {
		if recover() != nil {
			err = unusable("the file is damaged")
		}
	}()
	var run tx
	run.common, c.known = c.known, common{} // if it fails, what it has changed there is no longer known
	err = c.db.Update(func(t *bbolt.Tx) error {
		c.room.make(t.Size())
		run.Tx = t
		return f(&run)
	})
	if err == nil {
		c.known = run.common.left()
	}
	return err
}

// guarded runs one caller's function; whatever it does, the others go on.
func guarded(f func(*tx) error, t *tx) (err error) {
	defer func() {
		if recover() != nil {
			t.dirty = true
			err = unusable("the file is damaged")
		}
	}()
	return f(t)
}
