package endtoend

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/segel-id/segel/internal/group"
)

// byHand is what the simplest program costs that makes the same promises: the
// floor's cryptography, one POST of an envelope file with an answer of a receipt's
// size, and each of the nine durable steps, five commits and four lines, alone and
// in its order, shared with whoever takes it at the same time. What it writes has
// the length of what we write, and nobody reads it: there is no parsing, no check,
// no outbox to survive with, no bound and no identity.
type byHand struct {
	ours, theirs ledger
	next, came   atomic.Uint64
	url          string
	client       nethttp.Client
}

// What the steps write, in bytes, as our own store and journal do for this
// benchmark's envelopes.
const (
	handNumber  = 200  // the numbers of the channel, with some that are under way
	handParcel  = 750  // a parcel; its file comes beside it
	handClaim   = 500  // a row
	handSettled = 2650 // what is settled has a receipt
	handLine    = 380
)

// A ledger is what an agency has on disk: a database and a file of lines.
type ledger struct {
	db      *bbolt.DB
	lines   *os.File
	commits group.Group[*handWrite]
	appends group.Group[*handWrite]
}

// A handWrite is one caller's part of a commit, or a line.
type handWrite struct {
	put func(*bbolt.Tx) error
	err error
}

func (l *ledger) commit(put func(*bbolt.Tx) error) error {
	w := &handWrite{put: put}
	l.commits.Do(w, func(batch []*handWrite) {
		err := l.db.Update(func(t *bbolt.Tx) error {
			for _, w := range batch {
				if err := w.put(t); err != nil {
					return err
				}
			}
			return nil
		})
		for _, w := range batch {
			w.err = err
		}
	})
	return w.err
}

func (l *ledger) append() error {
	w := new(handWrite)
	l.appends.Do(w, func(batch []*handWrite) {
		_, err := l.lines.Write(make([]byte, handLine*len(batch)))
		err = errors.Join(err, l.lines.Sync())
		for _, w := range batch {
			w.err = err
		}
	})
	return w.err
}

func newByHand(b *testing.B) *byHand {
	b.Helper()
	h := &byHand{client: nethttp.Client{Transport: &nethttp.Transport{MaxIdleConnsPerHost: 64, WriteBufferSize: 16 << 10, DisableCompression: true}}}
	for _, l := range []*ledger{&h.ours, &h.theirs} {
		dir := b.TempDir()
		var err error
		if l.db, err = bbolt.Open(filepath.Join(dir, "db"), 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType}); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { l.db.Close() })
		if l.lines, err = os.OpenFile(filepath.Join(dir, "lines"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { l.lines.Close() })
		if err := l.db.Update(func(t *bbolt.Tx) error {
			_, err := t.CreateBucket(handRows)
			_, err2 := t.CreateBucket(handFiles)
			return errors.Join(err, err2)
		}); err != nil {
			b.Fatal(err)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	srv := &nethttp.Server{Handler: h}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	b.Cleanup(func() { srv.Close(); <-served; h.client.CloseIdleConnections() })
	h.url = "http://" + l.Addr().String() + "/"
	return h
}

var handRows, handFiles = []byte("rows"), []byte("files")

func handKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// handPut writes so many bytes under the number that stands in front of them.
func handPut(bucket []byte, n uint64, size int) func(*bbolt.Tx) error {
	return func(t *bbolt.Tx) error {
		return t.Bucket(bucket).Put(handKey(n), make([]byte, size))
	}
}

// send takes an envelope from its records to its receipt.
func (h *byHand) send(p *pair) error {
	if err := h.ours.commit(handPut(handRows, 0, handNumber)); err != nil {
		return err
	}
	file, err := p.sealed()
	if err != nil {
		return err
	}
	if err := h.ours.append(); err != nil {
		return err
	}
	n := h.next.Add(1)
	if err := h.ours.commit(func(t *bbolt.Tx) error {
		return errors.Join(handPut(handRows, n, handParcel)(t), handPut(handFiles, n, len(file))(t))
	}); err != nil {
		return err
	}
	res, err := h.client.Post(h.url, "application/octet-stream", bytes.NewReader(file))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	receipt, err := io.ReadAll(res.Body)
	if err == nil {
		err = verified(receipt)
	}
	if err != nil {
		return err
	}
	if err := h.ours.append(); err != nil {
		return err
	}
	return h.ours.commit(func(t *bbolt.Tx) error {
		return errors.Join(handPut(handRows, n, handSettled)(t), t.Bucket(handFiles).Delete(handKey(n)))
	})
}

// ServeHTTP is the recipient.
func (h *byHand) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	file, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	n := h.came.Add(1)
	receipt, err := answered(file)
	for _, step := range []func() error{
		func() error { return err },
		func() error { return h.theirs.commit(handPut(handRows, n, handClaim)) },
		h.theirs.append,
		func() error { return h.theirs.commit(handPut(handRows, n, handSettled)) },
		h.theirs.append,
	} {
		if err := step(); err != nil {
			panic(err)
		}
	}
	_, _ = w.Write(receipt)
}
