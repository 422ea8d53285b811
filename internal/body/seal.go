package body

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
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
	depth int
	err   error
}

// A sealing is one chunk on its way.
type sealing struct {
	buf   []byte // length, head, stored, padding, tag
	data  []byte // the data: within buf if it is stored as it is
	n     int    // bytes of data
	index uint64
	coder coder

	done  chan struct{}
	frame []byte // the sealed chunk with its length
	leaf  [sha256.Size]byte
	lines lines
	err   error
}

// NewSealer returns a Sealer. The one-time key is the caller's to wipe.
func NewSealer(dst io.Writer, keys *Keys, oneTime ed25519.PrivateKey, shape Shape) *Sealer {
	return &Sealer{dst: dst, keys: keys, sign: oneTime, shape: shape, depth: shape.depth()}
}

// Room is where the next bytes of data go: at least one byte. What has been
// written there is handed over by Take.
func (s *Sealer) Room() []byte {
	if s.cur == nil {
		s.cur = s.begin()
	}
	return s.cur.data[s.cur.n:]
}

// Take takes n bytes that stand at the beginning of Room. The error is that of an
// earlier chunk or of dst, and remains.
func (s *Sealer) Take(n int) error {
	if s.err != nil {
		return s.err
	}
	s.cur.n += n
	if s.cur.n == s.shape.Chunk {
		s.err = s.send()
	}
	return s.err
}

// Write takes data of any size.
func (s *Sealer) Write(p []byte) (n int, err error) {
	for n < len(p) {
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
		s.err = s.send()
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
		c.data = c.buf[lengthLen+headLen:][:s.shape.Chunk]
	} else {
		c.data = make([]byte, s.shape.Chunk)
	}
	return c
}

// send starts the work on the current chunk, and waits for the oldest one if
// enough are under way.
func (s *Sealer) send() error {
	c := s.cur
	s.cur = nil
	if s.next >= MaxChunks-1 {
		return ErrTooLarge
	}
	c.index = s.next
	s.next++
	s.queue = append(s.queue, c)
	go func() {
		c.err = c.seal(s.keys, s.sign, s.shape)
		c.done <- struct{}{}
	}()
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

// seal makes the chunk: head, stored bytes and padding in buf, encrypted there.
func (c *sealing) seal(k *Keys, sign ed25519.PrivateKey, shape Shape) error {
	head := c.buf[lengthLen : lengthLen+headLen]
	stored := c.data[:c.n]
	if shape.Codec == Zstd {
		room := c.buf[lengthLen+headLen:]
		frame, err := c.coder.encode(room[:0], stored)
		if err != nil || len(frame) > shape.maxStored(c.n) || &frame[0] != &room[0] {
			return errCoder
		}
		stored = frame
	}
	if shape.Records {
		c.lines = countLines(c.data[:c.n])
	}
	sum := chunkSum{c.index, flagData, shape.Codec, c.n, sha256.Sum256(stored)}
	c.leaf = k.leaf(sum)
	copy(head, ed25519.Sign(sign, k.signed(sum)))
	binary.BigEndian.PutUint32(head[ed25519.SignatureSize:], uint32(c.n))
	binary.BigEndian.PutUint32(head[ed25519.SignatureSize+4:], uint32(len(stored)))
	size := lengthLen + headLen + len(stored)
	if c.n < shape.Chunk {
		padded := size + Padme(len(stored)) - len(stored)
		clear(c.buf[size:padded])
		size = padded
	}
	c.frame = k.seal(c.index, flagData, c.buf[:size])
	return nil
}
