package body

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
)

// An Opener reads the chunks of a body, verifies and decodes them, and hands them
// out in order. It belongs to one goroutine.
type Opener struct {
	src     io.Reader // nil: what is left of the body is in memory
	memory  []byte
	keys    *Keys
	oneTime ed25519.PublicKey
	shape   Shape
	most    int64 // bytes of data
	tally   Tally
	next    uint64     // index of the chunk that is read next
	queue   []*opening // under way, the oldest first
	free    []*opening
	line    line
	depth   int
	ahead   error // why nothing more is read; io.EOF at the end of src
	err     error // what remains
	sealed  bool  // the frames are kept for whoever wants them
}

// An opening is one chunk on its way.
type opening struct {
	buf   []byte // length and ciphertext, and more
	plain []byte // where it is decrypted to: buf itself, unless the frame stays as it is
	out   []byte // where it is decoded to
	index uint64
	frame []byte
	coder coder
	blind blinder

	done    chan struct{}
	closing []byte // the closing statement, if this is the last chunk
	data    []byte // the verified data of any other
	leaf    [sha256.Size]byte
	lines   lines
	err     error
}

// A Chunk is what [Opener.Next] hands out. It is good until the next call.
type Chunk struct {
	Data    []byte // verified data
	Frame   []byte // the sealed chunk with its length, if frames are kept
	Closing []byte // in its place: the closing statement, whose signature is unproven
	Len     int    // of the sealed chunk with its length
}

// NewOpener returns an Opener of the chunks that follow those of the tally, which
// hands out at most so many bytes of data, those of the tally included: compressed
// data can grow twenty-thousandfold. With frames it keeps the sealed chunks beside
// the opened ones. A [bytes.Reader] is emptied at once, and its chunks are decrypted
// from where they are: their bytes must stay as they are until Next has returned the
// closing statement or an error, or Drop has returned.
func NewOpener(src io.Reader, keys *Keys, oneTime ed25519.PublicKey, shape Shape, most int64, from Tally, frames bool) *Opener {
	o := &Opener{src: src, keys: keys, oneTime: oneTime, shape: shape, most: most, tally: from, next: from.Chunks, sealed: frames}
	if r, ok := src.(*bytes.Reader); ok {
		o.src = nil
		_, _ = r.WriteTo(keeper{&o.memory})
	}
	o.depth = shape.depth(frames && o.src != nil)
	return o
}

// A keeper keeps what is written to it, without a copy.
type keeper struct{ it *[]byte }

func (k keeper) Write(p []byte) (int, error) {
	*k.it = p
	return len(p), nil
}

// Tally is what has been counted of the chunks that were handed out.
func (o *Opener) Tally() *Tally { return &o.tally }

// Next returns the next chunk: verified data, or the closing statement, behind
// which nothing stands. An error remains; whatever it is, all chunks before it
// have been handed out and none behind it is. A cancelled context is an error too.
// Behind an error, and behind the closing statement, nobody works any longer.
func (o *Opener) Next(ctx context.Context) (Chunk, error) {
	if o.err != nil {
		return Chunk{}, o.err
	}
	var c Chunk
	err := ctx.Err()
	if err == nil {
		c, err = o.advance()
	}
	if err != nil {
		o.err = err
		o.Drop()
	}
	return c, err
}

// Drop ends the work where it is, and waits for the chunks under way, so that nobody
// reads what is in memory any longer.
func (o *Opener) Drop() {
	for _, c := range o.queue {
		<-c.done
	}
	o.queue, o.free, o.memory = nil, nil, nil
	if o.err == nil {
		o.err = io.ErrClosedPipe
	}
}

func (o *Opener) advance() (Chunk, error) {
	for o.ahead == nil && len(o.queue) < o.depth {
		o.ahead = o.read()
	}
	if len(o.queue) == 0 {
		if o.ahead == io.EOF {
			return Chunk{}, ErrCut
		}
		return Chunk{}, o.ahead
	}
	c := o.queue[0]
	<-c.done
	o.queue = append(o.queue[:0], o.queue[1:]...)
	if c.err != nil {
		return Chunk{}, c.err
	}
	if c.closing != nil {
		return o.end(c)
	}
	if o.tally.short {
		return Chunk{}, ErrMalformed
	}
	if int64(len(c.data)) > o.most-o.tally.Bytes {
		return Chunk{}, ErrTooLarge
	}
	o.tally.add(c.leaf, len(c.data), o.shape, c.lines)
	o.free = append(o.free, c)
	return o.chunk(c, Chunk{Data: c.data}), nil
}

// end takes the closing statement if nothing follows it.
func (o *Opener) end(c *opening) (Chunk, error) {
	if o.ahead == nil && len(o.queue) == 0 {
		o.ahead = o.read()
	}
	if len(o.queue) > 0 || errors.Is(o.ahead, ErrCut) || errors.Is(o.ahead, ErrTooLarge) || errors.Is(o.ahead, ErrMalformed) {
		return Chunk{}, ErrMalformed
	}
	if o.ahead != io.EOF {
		return Chunk{}, o.ahead
	}
	if o.tally.Chunks == 0 {
		return Chunk{}, ErrMalformed
	}
	return o.chunk(c, Chunk{Closing: c.closing}), nil
}

// chunk adds what both kinds have. A frame that is not kept has been decrypted in
// its place.
func (o *Opener) chunk(c *opening, as Chunk) Chunk {
	if as.Len = len(c.frame); o.sealed {
		as.Frame = c.frame
	}
	return as
}

// A ReadError is an error of the reader that a body is read from.
type ReadError struct{ Err error }

// Error says that reading failed, and nothing of the cause.
func (e *ReadError) Error() string { return "reading failed" }

// Unwrap returns the cause.
func (e *ReadError) Unwrap() error { return e.Err }

// read reads one chunk and starts the work on it. Its length is held against the
// limits before anything is read into memory.
func (o *Opener) read() error {
	c := o.begin()
	if err := o.fill(c, 0, lengthLen); err != nil {
		return readFault(err, io.EOF)
	}
	n := uint64(binary.BigEndian.Uint32(c.buf))
	switch {
	case n > uint64(o.shape.maxSealed()) || o.next >= MaxChunks:
		return ErrTooLarge
	case n <= tagLen:
		return ErrMalformed
	}
	end := lengthLen + int(n)
	if err := o.fill(c, lengthLen, end); err != nil {
		return readFault(err, ErrCut)
	}
	c.frame, c.index = c.buf[:end:end], o.next
	if o.src == nil {
		o.memory = o.memory[end:]
	}
	o.next++
	o.queue = append(o.queue, c)
	o.line.add(func() {
		c.err = c.open(o.keys, o.oneTime, o.shape)
		c.done <- struct{}{}
	})
	return nil
}

// fill sees to it that a part of the chunk is in its buffer, as io.ReadFull does.
func (o *Opener) fill(c *opening, from, to int) error {
	if o.src != nil {
		_, err := io.ReadFull(o.src, c.buf[from:to])
		return err
	}
	c.buf = o.memory
	switch {
	case len(c.buf) >= to:
		return nil
	case len(c.buf) == from:
		return io.EOF
	}
	return io.ErrUnexpectedEOF
}

// readFault tells an end of the source from its failure. atOnce is the meaning of
// an end where nothing had been read.
func readFault(err, atOnce error) error {
	switch err {
	case io.EOF:
		return atOnce
	case io.ErrUnexpectedEOF:
		return ErrCut
	}
	return &ReadError{err}
}

func (o *Opener) begin() *opening {
	if n := len(o.free); n > 0 {
		c := o.free[n-1]
		o.free = o.free[:n-1]
		return c
	}
	c := &opening{done: make(chan struct{}, 1)}
	if o.src != nil {
		c.buf = make([]byte, lengthLen+o.shape.maxSealed())
		c.plain = c.buf[lengthLen:]
	}
	if o.src == nil || o.sealed {
		c.plain = make([]byte, o.shape.maxSealed())
	}
	if o.shape.Codec == Zstd {
		c.out = make([]byte, o.shape.Chunk+slack)
	}
	return c
}

// open decrypts and verifies the chunk. Which of the two kinds it is stands in the
// nonce alone. A chunk that is short enough for a closing statement is tried as
// one first, so that nobody has to know beforehand where the body ends.
func (c *opening) open(k *Keys, oneTime ed25519.PublicKey, shape Shape) error {
	c.closing, c.data = nil, nil
	if len(c.frame) <= lengthLen+MaxClosing+tagLen {
		statement, err := k.open(nil, c.index, flagClosing, c.frame)
		if err == nil {
			c.closing = statement
			return nil
		}
	}
	plaintext, err := k.open(c.plain[:0], c.index, flagData, c.frame)
	if err != nil {
		return ErrTag
	}
	return c.verify(plaintext, k, oneTime, shape)
}

// verify checks the form, then the signature, and only then lets the decoder see
// the stored bytes: whoever else has the seed could have written them.
func (c *opening) verify(plaintext []byte, k *Keys, oneTime ed25519.PublicKey, shape Shape) error {
	if len(plaintext) <= headLen {
		return ErrMalformed
	}
	signature := plaintext[:ed25519.SignatureSize]
	data := binary.BigEndian.Uint32(plaintext[ed25519.SignatureSize:])
	size := binary.BigEndian.Uint32(plaintext[ed25519.SignatureSize+4:])
	rest := plaintext[headLen:]
	if data == 0 || data > uint32(shape.Chunk) || size == 0 || size > uint32(len(rest)) || int(size) > shape.maxStored(int(data)) ||
		shape.Codec == None && size != data {
		return ErrMalformed
	}
	stored, padding, n := rest[:size], rest[size:], int(data)
	padded := int(size)
	if n < shape.Chunk {
		padded = Padme(padded)
	}
	if len(rest) != padded || !zero(padding) {
		return ErrMalformed
	}
	sum := chunkSum{index: c.index, flag: flagData, codec: shape.Codec, data: n}
	c.lines = lines{}
	h := sha256.New()
	for rest := stored; len(rest) > 0; {
		piece := rest[:min(step, len(rest))]
		h.Write(piece)
		if shape.Records && shape.Codec == None { // while it is in the nearest cache
			c.lines.see(piece)
		}
		rest = rest[len(piece):]
	}
	h.Sum(sum.stored[:0])
	if !ed25519.Verify(oneTime, k.signed(sum), signature) {
		return ErrSignature
	}
	c.leaf = c.blind.leaf(k, sum)
	c.data = stored
	if shape.Codec == Zstd {
		if err := checkFrame(stored, n, shape.Chunk); err != nil {
			return err
		}
		decoded, err := c.coder.decode(c.out, stored, n)
		if err != nil {
			return err
		}
		c.data = decoded
		if shape.Records {
			c.lines.see(decoded)
		}
	}
	return nil
}
