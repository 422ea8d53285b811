package http

import (
	"errors"
	"io"
	nethttp "net/http"
	"sync"
	"time"
)

// load is what is being received at the moment.
type load struct {
	maxCount int
	maxBytes int64

	mu    sync.Mutex
	count int
	bytes int64
}

// begin takes a place for a message of so many bytes, if there is one. It never
// waits: a queue would only hide that there is too much.
func (l *load) begin(size int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count >= l.maxCount || size > l.maxBytes-l.bytes {
		return false
	}
	l.count++
	l.bytes += size
	return true
}

// end gives the place back.
func (l *load) end(size int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
	l.bytes -= size
}

// A body is a request's body that must keep up a rate. The deadline moves with
// what has come, so that a large file may take long and a trickle may not.
type body struct {
	r     io.Reader
	rc    *nethttp.ResponseController
	begun time.Time
	grace time.Duration
	rate  int
	n     int64
	err   error
}

// errBody is no end of file: a body that breaks off must not be taken for a
// short one, because the bringer would be told that it is malformed.
var errBody = errors.New("the body broke off or came too slowly")

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	_ = b.rc.SetReadDeadline(b.begun.Add(allowance(b.grace, b.n, b.rate)))
	n, err := b.r.Read(p)
	b.n += int64(n)
	switch {
	case err == io.EOF:
		// The server now watches the connection for the bringer's next word. A
		// deadline that passes while the handler works would break it off.
		_ = b.rc.SetReadDeadline(time.Time{})
		b.err = io.EOF
	case err != nil:
		b.err = errBody
	}
	return n, b.err
}
