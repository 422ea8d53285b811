package body

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/zstd"
)

// naive is the Merkle tree hash as RFC 6962 section 2.1 defines it.
func naive(leaves [][sha256.Size]byte) [sha256.Size]byte {
	switch len(leaves) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, leaves[0][:]...))
	}
	k := 1
	for 2*k < len(leaves) {
		k *= 2
	}
	return node(naive(leaves[:k]), naive(leaves[k:]))
}

// The tree that grows is the one that is defined, after every leaf, and also if it
// is stored and read in between.
func TestTree(t *testing.T) {
	var tally Tally
	var leaves [][sha256.Size]byte
	for i := range 260 {
		if got, want := tally.Root(), naive(leaves); got != want {
			t.Fatalf("%d leaves: another root", i)
		}
		stored, ok := ParseTally(tally.AppendBinary(nil))
		if !ok || stored.Root() != tally.Root() || stored.Chunks != uint64(i) {
			t.Fatalf("%d leaves: a stored tally is another", i)
		}
		clone := tally.Clone()
		tally = stored
		leaf := sha256.Sum256([]byte{byte(i)})
		leaves = append(leaves, leaf)
		tally.push(leaf)
		if clone.Root() != naive(leaves[:i]) {
			t.Fatalf("%d leaves: a clone shares memory", i)
		}
	}
}

func TestParseTally(t *testing.T) {
	var tally Tally
	for i := range 5 {
		tally.push(sha256.Sum256([]byte{byte(i)}))
	}
	sound := tally.AppendBinary(nil)
	change := func(at int, with byte) []byte {
		b := bytes.Clone(sound)
		b[at] = with
		return b
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "cut": sound[:len(sound)-1], "a peak too many": append(bytes.Clone(sound), make([]byte, 32)...), "a peak too few": sound[:len(sound)-32],
		"negative bytes": change(8, 0x80), "negative records": change(16, 0x80), "unknown flag": change(24, 8), "2^32 chunks": change(3, 1),
	} {
		if _, ok := ParseTally(b); ok {
			t.Errorf("%s is taken", name)
		}
	}
	if _, ok := ParseTally(sound); !ok {
		t.Error("the sound one is not taken")
	}
}

// Whatever the pieces are into which content is cut, the counts are those of the
// whole.
func TestLines(t *testing.T) {
	shape := Shape{Chunk: MinChunk, Records: true}
	for _, text := range []string{"a\n", "a\nb\n", "a", "a\n\nb\n", "\na\n", "a\n\n", "\n", "\n\n", "abc\ndef\ng\n", "a\nb"} {
		whole := len(text) > 0 && text[0] != '\n' && text[len(text)-1] == '\n' && !bytes.Contains([]byte(text), []byte("\n\n"))
		for cuts := range 1 << (len(text) - 1) {
			var tally Tally
			from := 0
			for i := range len(text) {
				if i == len(text)-1 || cuts>>i&1 == 1 {
					var l lines
					for _, c := range []byte(text[from : i+1]) {
						l.see([]byte{c})
					}
					var once lines
					if once.see([]byte(text[from : i+1])); once != l {
						t.Fatalf("%q: %+v at once, %+v byte by byte", text[from:i+1], once, l)
					}
					tally.add([sha256.Size]byte{}, i+1-from, shape, l)
					from = i + 1
				}
			}
			if tally.Whole(shape) != whole || whole && tally.Records != int64(bytes.Count([]byte(text), []byte("\n"))) || tally.Bytes != int64(len(text)) {
				t.Fatalf("%q cut by %b: whole %v, %d records", text, cuts, tally.Whole(shape), tally.Records)
			}
		}
	}
}

// The limit of a chunk's length is never below what a Sealer makes.
func TestLimitHoldsEveryChunk(t *testing.T) {
	for chunk := MinChunk; chunk <= MaxChunk; chunk *= 2 {
		for _, codec := range []Codec{None, Zstd} {
			s := Shape{Chunk: chunk, Codec: codec}
			for n := max(1, chunk-5000); n < chunk; n++ {
				if got := headLen + Padme(s.maxStored(n)) + tagLen; got > s.maxSealed() {
					t.Fatalf("%+v: %d bytes of data can take %d, above %d", s, n, got, s.maxSealed())
				}
			}
			if got := headLen + s.maxStored(chunk) + tagLen; got > s.maxSealed() {
				t.Fatalf("%+v: full", s)
			}
			if s.depth(false) < 2 {
				t.Errorf("%+v: depth %d", s, s.depth(false))
			}
		}
	}
	for _, s := range []Shape{{Chunk: MinChunk / 2}, {Chunk: 2 * MaxChunk}, {Chunk: MinChunk + 1}, {Chunk: 0}, {Chunk: -MinChunk}, {Chunk: MinChunk, Codec: 2}} {
		if s.Sound() {
			t.Errorf("%+v is sound", s)
		}
	}
}

// In flight is a bounded amount of memory on any machine.
func TestDepthOnManyCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(256))
	for chunk := MinChunk; chunk <= MaxChunk; chunk *= 2 {
		for _, codec := range []Codec{None, Zstd} {
			s := Shape{Chunk: chunk, Codec: codec}
			each := s.maxSealed()
			if codec == Zstd {
				each += chunk
			}
			if use := (s.depth(false) + 1) * each; use > 28<<20 {
				t.Errorf("%+v: %d MiB", s, use>>20)
			}
		}
	}
}

// Two chunks for each core, so that buffers stay with one; compressed ones take more
// memory each and are fewer.
func TestDepthOnFewCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	for _, c := range []struct {
		shape Shape
		kept  bool
		want  int
	}{
		{Shape{Chunk: 1 << 20}, false, 8}, {Shape{Chunk: MaxChunk}, false, 3},
		{Shape{Chunk: 512 << 10, Codec: Zstd}, false, 5}, {Shape{Chunk: MaxChunk, Codec: Zstd}, false, 2},
		{Shape{Chunk: 512 << 10}, true, 8}, {Shape{Chunk: 1 << 20}, true, 7}, {Shape{Chunk: 2 << 20, Codec: Zstd}, false, 2},
		{Shape{Chunk: 1 << 20, Codec: Zstd}, true, 3},
	} {
		if got := c.shape.depth(c.kept); got != c.want {
			t.Errorf("%+v, kept %v: %d, want %d", c.shape, c.kept, got, c.want)
		}
	}
	k, sign := testKeys(t)
	shape, key := Shape{Chunk: 1 << 20}, sign.Public().(ed25519.PublicKey)
	if o := NewOpener(iotest.ErrReader(io.EOF), k, key, shape, 1, Tally{}, true); o.depth != 7 {
		t.Errorf("with frames beside what is read: %d", o.depth)
	}
	if o := NewOpener(bytes.NewReader(nil), k, key, shape, 1, Tally{}, true); o.depth != 8 {
		t.Errorf("with frames in memory: %d", o.depth)
	}
}

// checkFrame takes what encoders make, of any level and window that is allowed.
func TestFramesOfEncoders(t *testing.T) {
	data := []byte(fmt.Sprint(make([]int, 60000)))[:MinChunk-1]
	for i := range data {
		if i%7 == 0 {
			data[i] = byte(i * i)
		}
	}
	for _, n := range []int{1, 255, 256, 257, 65535} {
		for _, options := range [][]zstd.EOption{
			{zstd.WithEncoderLevel(zstd.SpeedBestCompression)}, {zstd.WithWindowSize(1024)}, {zstd.WithWindowSize(MinChunk)},
			{zstd.WithEncoderCRC(true)}, {zstd.WithSingleSegment(true)}, {zstd.WithEncoderCRC(false)},
		} {
			enc, err := zstd.NewWriter(nil, append([]zstd.EOption{zstd.WithWindowSize(MinChunk)}, options...)...)
			if err != nil {
				t.Fatal(err)
			}
			frame := enc.EncodeAll(data[:n], nil)
			if err := checkFrame(frame, n, MinChunk); err != nil {
				t.Fatalf("%d bytes: %v", n, err)
			}
			var c coder
			if got, err := c.decode(make([]byte, MinChunk+slack), frame, n); err != nil || !bytes.Equal(got, data[:n]) {
				t.Fatalf("%d bytes: %v", n, err)
			}
		}
	}
}

// What checkFrame lets through is one frame, of which a decoder makes at most what
// it may, and never more than there is room.
func FuzzFrame(f *testing.F) {
	var c coder
	sound, err := c.encode(nil, bytes.Repeat([]byte("{\"a\":1}\n"), 500))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sound, 4000)
	f.Add([]byte("\x28\xb5\x2f\xfd\xa0\x04\x00\x00\x00\x21\x00\x00aaaa"), 4)
	f.Add([]byte("\x28\xb5\x2f\xfd\x00\x30\x03\x00\x10a"), 1<<17)
	f.Add([]byte("\x50\x2a\x4d\x18\x01\x00\x00\x00x"), 1)
	f.Fuzz(func(t *testing.T, stored []byte, data int) {
		if data < 1 || data > MinChunk || checkFrame(stored, data, MinChunk) != nil {
			return
		}
		var c coder
		room := make([]byte, MinChunk+slack)
		got, err := c.decode(room, stored, data)
		if err == nil && len(got) != data {
			t.Fatalf("%d bytes, %d were stated", len(got), data)
		}
		// One frame and no more: a decoder of streams finds nothing behind it.
		dec, err2 := zstd.NewReader(bytes.NewReader(stored), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(MaxChunk))
		if err2 != nil {
			t.Fatal(err2)
		}
		defer dec.Close()
		again, err2 := io.ReadAll(io.LimitReader(dec, MaxChunk))
		if err == nil && (err2 != nil || !bytes.Equal(got, again)) {
			t.Fatalf("another decoder makes %d other bytes of it: %v", len(again), err2)
		}
	})
}

func testKeys(t testing.TB) (*Keys, ed25519.PrivateKey) {
	t.Helper()
	k, err := NewKeys(make([]byte, 32), make([]byte, 32), [32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	return k, ed25519.NewKeyFromSeed(make([]byte, 32))
}

// No nonce is used twice, and no chunk is the same as another.
func TestNoncesDiffer(t *testing.T) {
	seen := map[[12]byte]bool{}
	for _, index := range []uint64{0, 1, 255, 256, 1<<32 - 1, 1 << 32} {
		for flag := range byte(2) {
			n := nonce(index, flag)
			if seen[n] || n[0]|n[1]|n[2] != 0 || binary.BigEndian.Uint64(n[3:]) != index || n[11] != flag {
				t.Errorf("%x", n)
			}
			seen[n] = true
		}
	}
}

// A Sealer that is not finished leaves no body, and says so for good.
func TestSealerEnds(t *testing.T) {
	k, sign := testKeys(t)
	shape := Shape{Chunk: MinChunk, Records: true}
	s := NewSealer(io.Discard, k, sign, shape)
	if _, err := s.Write(make([]byte, 3*MinChunk)); err != nil {
		t.Fatal(err)
	}
	s.Drop()
	for name, err := range map[string]error{"take": s.Take(0), "finish": s.Finish(), "close": s.Close(nil)} {
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s = NewSealer(io.Discard, k, sign, shape)
	if err := s.Close(make([]byte, MaxClosing+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a long closing: %v", err)
	}
}

// Chunks come in order whatever their work takes, and buffers are used again.
func TestOrder(t *testing.T) {
	k, sign := testKeys(t)
	for _, codec := range []Codec{None, Zstd} {
		shape := Shape{Chunk: MinChunk, Codec: codec}
		var sealed bytes.Buffer
		s := NewSealer(&sealed, k, sign, shape)
		var content bytes.Buffer
		for i := range 40 {
			content.Write(bytes.Repeat([]byte{byte(i), byte(i * i)}, MinChunk/2))
		}
		content.WriteString("end")
		if _, err := s.Write(content.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := s.Finish(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close([]byte("closing")); err != nil {
			t.Fatal(err)
		}
		o := NewOpener(&sealed, k, sign.Public().(ed25519.PublicKey), shape, int64(content.Len()), Tally{}, false)
		var got bytes.Buffer
		for {
			c, err := o.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if c.Closing != nil {
				if string(c.Closing) != "closing" {
					t.Error("another closing")
				}
				break
			}
			got.Write(c.Data)
		}
		if !bytes.Equal(got.Bytes(), content.Bytes()) || o.Tally().Root() != s.Tally().Root() || o.Tally().Chunks != 41 {
			t.Errorf("%d bytes, %d chunks", got.Len(), o.Tally().Chunks)
		}
		if made := len(s.free) + len(o.free); made > 2*(shape.depth(false)+1) {
			t.Errorf("%d buffers for a depth of %d", made, shape.depth(false))
		}
		if _, err := o.Next(context.Background()); err == nil {
			t.Error("a chunk behind the closing one")
		}
	}
}
