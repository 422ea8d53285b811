package body

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/ed25519"
	"errors"
	"io"
	"sync/atomic"
	"testing"
	"testing/iotest"
)

// sealed returns a body with some chunks, and its content.
func sealed(t testing.TB, shape Shape) (chunks, content []byte) {
	t.Helper()
	k, sign := testKeys(t)
	content = bytes.Repeat([]byte("0123456789abcde\n"), 5*MinChunk/32)
	var out bytes.Buffer
	s := NewSealer(&out, k, sign, shape)
	_, err := s.Write(content)
	if err = errors.Join(err, s.Finish()); err == nil {
		err = s.Close([]byte("closing"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), content
}

// everything reads a body to its end or its fault.
func everything(t testing.TB, src io.Reader, shape Shape, frames bool) (data, kept []byte, err error) {
	t.Helper()
	k, sign := testKeys(t)
	o := NewOpener(src, k, sign.Public().(ed25519.PublicKey), shape, 1<<30, Tally{}, frames)
	for {
		c, err := o.Next(context.Background())
		if err != nil {
			return data, kept, err
		}
		data, kept = append(data, c.Data...), append(kept, c.Frame...)
		if c.Closing != nil {
			return data, kept, nil
		}
	}
}

// A body in memory opens as one that is read does, wherever it is cut, whatever
// follows it, and nothing is written to where it is.
func TestFromMemory(t *testing.T) {
	for _, codec := range []Codec{None, Zstd} {
		shape := Shape{Chunk: MinChunk, Codec: codec, Records: true}
		chunks, content := sealed(t, shape)
		before := bytes.Clone(chunks)
		ends := []int{len(chunks)}
		for at := 0; at < len(chunks); {
			ends = append(ends, at, at+1, at+lengthLen-1, at+lengthLen, at+lengthLen+1)
			at += lengthLen + int(chunks[at])<<24 + int(chunks[at+1])<<16 + int(chunks[at+2])<<8 + int(chunks[at+3])
			ends = append(ends, at-1)
		}
		for _, frames := range []bool{false, true} {
			for _, end := range ends {
				r := bytes.NewReader(chunks[:end])
				data, kept, err := everything(t, r, shape, frames)
				want, frame, fault := everything(t, iotest.OneByteReader(bytes.NewReader(chunks[:end])), shape, frames)
				if err != fault || !bytes.Equal(data, want) || !bytes.Equal(kept, frame) {
					t.Errorf("%d of %d bytes: %d bytes and %v, read %d bytes and %v", end, len(chunks), len(data), err, len(want), fault)
				}
				if r.Len() != 0 {
					t.Errorf("%d bytes are left in the reader", r.Len())
				}
				if end == len(chunks) && (err != nil || !bytes.Equal(data, content) || frames && !bytes.Equal(kept, chunks)) {
					t.Errorf("whole: %d bytes, %v", len(data), err)
				}
			}
		}
		if !bytes.Equal(chunks, before) {
			t.Error("the body in memory was written to")
		}
		if _, _, err := everything(t, bytes.NewReader(append(before, 0)), shape, false); err != ErrMalformed {
			t.Errorf("with something behind it: %v", err)
		}
	}
}

// What is handed out stays good until the next call, though the chunks behind it are
// worked on.
func TestHandedOutStays(t *testing.T) {
	shape := Shape{Chunk: MinChunk, Records: true}
	chunks, content := sealed(t, shape)
	k, sign := testKeys(t)
	for _, src := range []io.Reader{bytes.NewReader(chunks), iotest.HalfReader(bytes.NewReader(chunks))} {
		o := NewOpener(src, k, sign.Public().(ed25519.PublicKey), shape, 1<<30, Tally{}, false)
		for rest := content; len(rest) > 0; {
			c, err := o.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, under := range o.queue {
				<-under.done
				under.done <- struct{}{}
			}
			if !bytes.HasPrefix(rest, c.Data) || len(c.Data) == 0 {
				t.Fatal("a chunk was overwritten while it was handed out")
			}
			rest = rest[len(c.Data):]
		}
	}
}

// slow is a cipher that takes its time with all chunks but the first, and counts those
// that it has opened.
type slow struct {
	cipher.AEAD
	opened *atomic.Int64
}

func (s slow) Open(dst, nonce, ciphertext, additional []byte) ([]byte, error) {
	for range 50 * min(1, int(nonce[10])) {
		if _, err := s.AEAD.Open(nil, nonce, ciphertext, additional); err != nil {
			break
		}
	}
	defer s.opened.Add(1)
	return s.AEAD.Open(dst, nonce, ciphertext, additional)
}

// Whoever gets an error, or gives up, may do with the memory what he likes: nobody reads
// it behind his back.
func TestNobodyReadsBehindTheEnd(t *testing.T) {
	shape := Shape{Chunk: MinChunk, Records: true}
	whole, _ := sealed(t, shape)
	damaged := bytes.Clone(whole)
	damaged[lengthLen] ^= 1
	for name, c := range map[string]struct {
		chunks []byte
		end    func(*Opener) error
	}{
		"a fault": {damaged, func(o *Opener) error {
			_, err := o.Next(context.Background())
			return err
		}},
		"a context that ends": {whole, func(o *Opener) error {
			ctx, cancel := context.WithCancel(context.Background())
			_, err := o.Next(ctx)
			cancel()
			if err != nil {
				return nil
			}
			_, err = o.Next(ctx)
			return err
		}},
		"giving up": {whole, func(o *Opener) error {
			_, err := o.Next(context.Background())
			o.Drop()
			if err != nil {
				return nil
			}
			_, err = o.Next(context.Background())
			return err
		}},
	} {
		var opened atomic.Int64
		k, sign := testKeys(t)
		k.aead = slow{k.aead, &opened}
		o := NewOpener(bytes.NewReader(c.chunks), k, sign.Public().(ed25519.PublicKey), shape, 1<<30, Tally{}, false)
		o.depth = 3 // of which all are whole chunks
		if err := c.end(o); err == nil {
			t.Errorf("%s: no error", name)
		}
		if n := opened.Load(); n != int64(o.next) || n != 3 {
			t.Errorf("%s: of %d chunks that were read %d have been opened", name, o.next, n)
		}
	}
}
