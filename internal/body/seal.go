package body

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"sync"
)

// A Sealer makes the chunks of a body and writes them to dst, each with one
// Write, in order. It belongs to one goroutine. It is not finished before Close.
type Sealer struct {
	dst   io.Writer
	keys  *Keys
	sign  ed25519.PrivateKey
	shape Shape
	tally Tally
	next  uint64     // index of the chunk that is being filled
	cur   *sealing   // the chunk that is being filled, or nil
	queue []*sealing // under way, the oldest first
	free  []*sealing
	line  line
	depth int
	err   error

	borrowed sync.WaitGroup // chunks under way that still read what Write was given
}

// A sealing is one chunk on its way.
type sealing struct {
	buf   []byte // length, head, stored, padding, tag
	room  []byte // for the data: within buf if they are stored as they are
	data  []byte // the data: in room, or with whoever called Write
	n     int    // bytes of data
	index uint64
	coder coder
	blind blinder

	done   chan struct{}
	stored int    // bytes of the stored form, behind the head in buf
	frame  []byte // the sealed chunk with its length
	leaf   [sha256.Size]byte
	lines  lines
	err    error
}

// NewSealer returns a Sealer. The one-time key is the caller's to wipe.
func NewSealer(dst io.Writer, keys *Keys, oneTime ed25519.PrivateKey, shape Shape) *Sealer {
	return &Sealer{dst: dst, keys: keys, sign: oneTime, shape: shape, depth: shape.depth(false)}
}

// Room is where the next bytes of data go: at least one byte. What has been
// written there is handed over by Take.
func (s *Sealer) Room() []byte {
	if s.cur == nil {
		s.cur = s.begin()
	}
	return s.cur.room[s.cur.n:]
}

// Take takes n bytes that stand at the beginning of Room. The error is that of an
// earlier chunk or of dst, and remains.
func (s *Sealer) Take(n int) error {
	if s.err != nil {
		return s.err
	}
	s.cur.n += n
	if s.cur.n == s.shape.Chunk {
		s.err = s.send(s.cur.room)
	}
	return s.err
}

// Write takes data of any size. Chunks that are whole in a large p are read from
// there by those who work on them; Write returns when they have read them.
func (s *Sealer) Write(p []byte) (n int, err error) {
	defer s.borrowed.Wait()
	for n < len(p) {
		if s.err == nil && len(p)-n >= 4*s.shape.Chunk && (s.cur == nil || s.cur.n == 0) {
			_ = s.Room()
			s.cur.n = s.shape.Chunk
			if s.err = s.send(p[n : n+s.shape.Chunk]); s.err != nil {
				return n, s.err
			}
			n += s.shape.Chunk
			continue
		}
		took := copy(s.Room(), p[n:])
		if err := s.Take(took); err != nil {
			return n, err
		}
		n += took
	}
	return n, nil
}

// Finish seals what is left. Then Tally is final, and Close is due.
func (s *Sealer) Finish() error {
	if s.err == nil && s.cur != nil && s.cur.n > 0 {
		s.err = s.send(s.cur.room)
	}
	for s.err == nil && len(s.queue) > 0 {
		s.err = s.collect()
	}
	return s.err
}

// Tally is what has been counted of the chunks that were written.
func (s *Sealer) Tally() *Tally { return &s.tally }

// Close writes the closing statement, after Finish. The body ends there.
func (s *Sealer) Close(statement []byte) error {
	if s.err != nil {
		return s.err
	}
	s.err = io.ErrClosedPipe
	if len(statement) > MaxClosing {
		return ErrTooLarge
	}
	frame := make([]byte, lengthLen, lengthLen+len(statement)+tagLen)
	return s.put(s.keys.seal(s.tally.Chunks, flagClosing, append(frame, statement...)))
}

// Drop ends the work without an end of the body, and waits for the chunks under
// way, so that the one-time key is in use no longer.
func (s *Sealer) Drop() {
	for _, c := range s.queue {
		<-c.done
	}
	s.queue, s.cur, s.free = nil, nil, nil
	if s.err == nil {
		s.err = io.ErrClosedPipe
	}
}

func (s *Sealer) begin() *sealing {
	if n := len(s.free); n > 0 {
		c := s.free[n-1]
		s.free = s.free[:n-1]
		c.n = 0
		return c
	}
	c := &sealing{buf: make([]byte, lengthLen+s.shape.maxSealed()), done: make(chan struct{}, 1)}
	if s.shape.Codec == None {
		c.room = c.buf[lengthLen+headLen:][:s.shape.Chunk]
	} else {
		c.room = make([]byte, s.shape.Chunk)
	}
	return c
}

// send starts the work on the current chunk, whose data begin where from does, and
// waits for the oldest one if enough are under way.
func (s *Sealer) send(from []byte) error {
	c := s.cur
	s.cur, c.data = nil, from[:c.n]
	if s.next >= MaxChunks-1 {
		return ErrTooLarge
	}
	c.index = s.next
	s.next++
	s.queue = append(s.queue, c)
	s.borrowed.Add(1)
	s.line.add(func() {
		sum, err := c.store(s.shape)
		c.data = nil
		s.borrowed.Done()
		if c.err = err; err == nil {
			c.seal(s.keys, s.sign, s.shape, sum)
		}
		c.done <- struct{}{}
	})
	if len(s.queue) < s.depth {
		return nil
	}
	return s.collect()
}

// collect writes the oldest chunk.
func (s *Sealer) collect() error {
	c := s.queue[0]
	<-c.done
	s.queue = append(s.queue[:0], s.queue[1:]...)
	if c.err != nil {
		return c.err
	}
	s.tally.add(c.leaf, c.n, s.shape, c.lines)
	if s.shape.Records && s.tally.Fault {
		return ErrRecords
	}
	err := s.put(c.frame)
	s.free = append(s.free, c)
	return err
}

// A WriteError is an error of the writer that a body is written to.
type WriteError struct{ Err error }

// Error says that writing failed, and nothing of the cause.
func (e *WriteError) Error() string { return "writing failed" }

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

func (s *Sealer) put(frame []byte) error {
	n, err := s.dst.Write(frame)
	if err == nil && n != len(frame) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return &WriteError{err}
	}
	return nil
}

var errCoder = errors.New("the encoder failed")

// step is how much of a chunk is looked at in one go, so that it and its copy stay in the
// nearest cache from one look to the next.
const step = 8 << 10

// store brings the stored bytes to their place in buf and hashes them. It is done
// with the data then.
func (c *sealing) store(shape Shape) (sum chunkSum, err error) {
	sum = chunkSum{index: c.index, flag: flagData, codec: shape.Codec, data: c.n}
	c.lines = lines{}
	room, h := c.buf[lengthLen+headLen:], sha256.New()
	for at := 0; at < c.n; at += step {
		piece := c.data[at:min(at+step, c.n)]
		if shape.Codec == None {
			h.Write(piece)         // first, as it is so slow that the memory keeps up with it
			copy(room[at:], piece) // nothing, if it is there
		}
		if shape.Records {
			c.lines.see(piece)
		}
	}
	c.stored = c.n
	if shape.Codec == Zstd {
		frame, err := c.coder.encode(room[:0], c.data)
		if err != nil || len(frame) > shape.maxStored(c.n) || &frame[0] != &room[0] {
			return sum, errCoder
		}
		c.stored = len(frame)
		h.Write(frame)
	}
	h.Sum(sum.stored[:0])
	return sum, nil
}

// seal adds head and padding, and encrypts the chunk where it is.
func (c *sealing) seal(k *Keys, sign ed25519.PrivateKey, shape Shape, sum chunkSum) {
	c.leaf = c.blind.leaf(k, sum)
	head := c.buf[lengthLen : lengthLen+headLen]
	copy(head, ed25519.Sign(sign, k.signed(sum)))
	binary.BigEndian.PutUint32(head[ed25519.SignatureSize:], uint32(c.n))
	binary.BigEndian.PutUint32(head[ed25519.SignatureSize+4:], uint32(c.stored))
	size := lengthLen + headLen + c.stored
	if c.n < shape.Chunk {
		padded := size + Padme(c.stored) - c.stored
		clear(c.buf[size:padded])
		size = padded
	}
	c.frame = k.seal(c.index, flagData, c.buf[:size])
}
