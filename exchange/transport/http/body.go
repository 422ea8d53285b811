package http

import (
	"errors"
	"io"
	nethttp "net/http"
	"time"
)

// A body is a request's body that must keep up a rate and find room. The deadline
// moves with what has come, so that a large file may take long and a trickle may
// not.
type body struct {
	r     io.Reader
	rc    *nethttp.ResponseController
	place *place
	begun time.Time
	grace time.Duration
	rate  int
	most  int64         // bytes that it is charged for at most: the rest goes to a disk
	idle  time.Duration // how long a step of it may take; 0: as long as the rate allows
	n     int64
	mark  int64         // where the step under way began
	spent time.Duration // of waiting for it
	err   error
}

// Neither is an end of file: a body that breaks off must not be taken for a
// short one, because the bringer would be told that it is malformed.
var (
	errBody = errors.New("the body broke off or came too slowly")
	errFull = errors.New("there is no room for more of the body")
)

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	_ = b.rc.SetReadDeadline(b.deadline())
	asked := time.Now()
	n, err := b.r.Read(p)
	b.n += int64(n)
	if b.spent += time.Since(asked); b.n-b.mark >= step {
		b.mark, b.spent = b.n, 0
	}
	switch {
	case !b.place.hold(min(b.n, b.most)):
		b.err = errFull
		return 0, b.err
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

func (b *body) deadline() time.Time {
	at := b.begun.Add(allowance(b.grace, b.n, b.rate))
	if b.idle > 0 {
		if rest := time.Now().Add(b.idle - b.spent); rest.Before(at) {
			return rest
		}
	}
	return at
}

// abandon is called when no more is read. The server drains some of what is left
// before it answers: for that there is the grace, and none of what the rate has
// earned.
func (b *body) abandon() {
	if b.err != nil && b.err != errFull {
		return
	}
	at := time.Now().Add(b.grace)
	if d := b.deadline(); d.Before(at) {
		at = d
	}
	_ = b.rc.SetReadDeadline(at)
}
