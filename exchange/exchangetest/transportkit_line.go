package exchangetest

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// A Line is the stretch between the two ends of a transport under test, on
// which messages are lost, cut, repeated, held back and forged. [TestTransport]
// makes it and says what goes wrong; the harness lets everything cross it.
type Line struct {
	mu      sync.Mutex
	fault   fault
	changed chan struct{} // closed and made anew when something happens
	entered int           // messages that came to the line
	running int           // of them, those that have not left it
}

// A fault is what goes wrong with every message until the line is mended.
type fault struct {
	lost       bool                   // nothing arrives
	copies     int                    // it arrives so many times more
	cut        func(n int) int        // of n bytes so many arrive, and the connection breaks
	hold       func() <-chan struct{} // it arrives when this is closed
	unanswered bool                   // the answer is lost
	answer     func([]byte) []byte    // the answer becomes another
	cutAnswer  func(n int) int        // of its n bytes so many come back, and the connection breaks
}

func newLine() *Line { return &Line{changed: make(chan struct{})} }

// Carry takes a message across the line. It calls arrive for each copy that
// comes out at the far end, one after the other; arrive hands it to the receiver
// and returns the answer as bytes, nil if there was none. A reader that ends in
// io.ErrUnexpectedEOF is a connection that broke.
//
// What comes back is the last copy's answer; if whole is false, the connection
// breaks after it, and the sending end has to see that too. Carry may be called
// concurrently, and returns late if the message is held back: a sender whose
// context ends does not wait for it.
func (l *Line) Carry(message []byte, arrive func(in io.Reader) []byte) (answer []byte, whole bool) {
	f := l.enter()
	defer l.leave()
	if f.hold != nil {
		if gate := f.hold(); gate != nil {
			<-gate
		}
	}
	if f.lost {
		return nil, false
	}
	for range 1 + f.copies {
		var in io.Reader = bytes.NewReader(message)
		if f.cut != nil {
			in = io.MultiReader(bytes.NewReader(message[:f.cut(len(message))]), broken{})
		}
		answer = arrive(in)
	}
	switch {
	case f.unanswered || answer == nil:
		return nil, false
	case f.cutAnswer != nil:
		return answer[:f.cutAnswer(len(answer))], false
	case f.answer != nil:
		return f.answer(answer), true
	}
	return answer, true
}

// broken is what is read from a connection that broke.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Front puts the line in front of a transport that has no place in the middle.
func (l *Line) Front(t exchange.Transport) exchange.Transport { return &fronted{l, t} }

// set says what goes wrong from now on; the zero fault mends the line.
func (l *Line) set(f fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault = f
}

func (l *Line) enter() fault {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entered++
	l.running++
	l.happened()
	return l.fault
}

func (l *Line) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
	l.happened()
}

func (l *Line) happened() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// until waits until what is wanted of the two counts holds; false if ctx ends.
func (l *Line) until(ctx context.Context, wanted func(entered, running int) bool) bool {
	for {
		l.mu.Lock()
		ok, changed := wanted(l.entered, l.running), l.changed
		l.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-changed:
		}
	}
}

// fronted is a transport behind a line.
type fronted struct {
	line *Line
	far  exchange.Transport
}

func (f *fronted) Deliver(ctx context.Context, to envelope.Party, file io.Reader) (exchange.Reply, error) {
	message, err := io.ReadAll(file)
	if err != nil {
		return exchange.Reply{}, lost
	}
	return f.carry(ctx, message, func(ctx context.Context, in io.Reader) (exchange.Reply, error) {
		return f.far.Deliver(ctx, to, in)
	})
}

func (f *fronted) Ask(ctx context.Context, to envelope.Party, question []byte) (exchange.Reply, error) {
	return f.carry(ctx, question, func(ctx context.Context, in io.Reader) (exchange.Reply, error) {
		text, err := io.ReadAll(in)
		if err != nil {
			return exchange.Reply{}, lost
		}
		return f.far.Ask(ctx, to, text)
	})
}

func (f *fronted) carry(ctx context.Context, message []byte, hand func(context.Context, io.Reader) (exchange.Reply, error)) (exchange.Reply, error) {
	if ctx.Err() != nil {
		return exchange.Reply{}, lost
	}
	type result struct {
		reply exchange.Reply
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var reply exchange.Reply
		var err error
		before := []byte{}
		after, whole := f.line.Carry(message, func(in io.Reader) []byte {
			// What is under way arrives, whether or not its sender waits.
			if reply, err = hand(context.WithoutCancel(ctx), in); err != nil {
				return nil
			}
			before = reply.Receipt
			if before == nil {
				before = []byte(reply.Refusal)
			}
			return before
		})
		switch {
		case !whole:
			reply, err = exchange.Reply{}, lost
		case !bytes.Equal(before, after):
			reply = exchange.Reply{Receipt: after}
		}
		done <- result{reply, err}
	}()
	select {
	case <-ctx.Done():
		return exchange.Reply{}, lost
	case r := <-done:
		return r.reply, r.err
	}
}
