package envelope

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/shared"
)

// small is a body of two chunks in a few hundred bytes, where no fault has much
// room: the second chunk is short, and padded.
func small(t testing.TB) (w *world, file, content []byte, head int) {
	w = newWorld()
	content = append(append(bytes.Repeat([]byte("a"), MinChunk-1), '\n'), "{\"b\":2}\n"...)
	file, sealed := w.sealBody(t, content, Layout{Codec: CodecZstd})
	return w, file, content, len(sealed.File())
}

// turnedDown holds a damaged body to what both ways of opening promise: a refusal
// that anybody could have caused, and nothing handed out but whole pieces of the
// content before the fault.
func turnedDown(t *testing.T, x *Examined, name string, sealed, content []byte, want ...Reason) {
	t.Helper()
	got, err := io.ReadAll(x.reader(t.Context(), bytes.NewReader(sealed), nil))
	var e *Error
	if !errors.As(err, &e) || e.Reason.Kind() != KindDamage {
		t.Fatalf("%s: %v", name, err)
	}
	if !bytes.HasPrefix(content, got) || len(got)%MinChunk != 0 && len(got) != len(content) {
		t.Fatalf("%s: %d bytes were handed out", name, len(got))
	}
	if len(want) > 0 && e.Reason != want[0] {
		t.Fatalf("%s: %v, want %v", name, err, want)
	}
	if strings.Contains(err.Error(), "aaaa") {
		t.Fatalf("%s: %v holds content", name, err)
	}
	v := must(x.Verifier(nil))
	_, again := v.Copy(t.Context(), io.Discard, bytes.NewReader(sealed))
	if again == nil {
		_, again = v.Whole()
	}
	if ReasonOf(again) != e.Reason {
		t.Fatalf("%s: one pass says %v, two say %v", name, err, again)
	}
}

// A body cut at any byte is refused, and so is one with anything behind it.
func TestBodyCutAtEveryByte(t *testing.T) {
	w, file, content, head := small(t)
	x, sealed := must(Examine(t.Context(), bytes.NewReader(file), w.opener(), w.streamer())), file[head:]
	for cut := range sealed {
		turnedDown(t, x, "cut", sealed[:cut], content, ReasonMalformed)
	}
	for more := 1; more < 40; more++ {
		turnedDown(t, x, "behind", append(bytes.Clone(sealed), make([]byte, more)...), content, ReasonMalformed)
	}
}

// Every byte of the body matters, and every byte that is missing or too much.
func TestBodyMangledAtEveryByte(t *testing.T) {
	mine := shared.OneIn(t, 7)
	w, file, content, head := small(t)
	x, sealed := must(Examine(t.Context(), bytes.NewReader(file), w.opener(), w.streamer())), file[head:]
	for at := range sealed {
		if !mine() {
			continue
		}
		f := bytes.Clone(sealed)
		f[at] ^= 1 << (at % 8)
		turnedDown(t, x, "flipped", f, content)
		turnedDown(t, x, "missing", append(bytes.Clone(sealed[:at]), sealed[at+1:]...), content)
		f = append(bytes.Clone(sealed[:at]), sealed[at])
		turnedDown(t, x, "twice", append(f, sealed[at:]...), content)
	}
}

// frames cuts a body into its sealed chunks.
func frames(body []byte) (f [][]byte) {
	for len(body) > 0 {
		n := 4 + binary.BigEndian.Uint32(body)
		f, body = append(f, body[:n:n]), body[n:]
	}
	return f
}

// A transfer is cut again and again, in the middle of chunks and between them, and
// goes on in another process with what was stored: the whole comes out, and no byte
// was verified that had been verified before.
func TestVerifierGoesOn(t *testing.T) {
	w := newWorld()
	content := rows(9000)
	for _, codec := range []Codec{CodecNone, CodecZstd} {
		file, sealed := w.sealBody(t, content, Layout{Codec: codec})
		sealedBody := file[len(sealed.File()):]
		var kept bytes.Buffer
		var state []byte
		var whole *Whole
		for cut := 1; whole == nil; cut += 1 + len(sealedBody)/7 {
			x := must(Examine(t.Context(), bytes.NewReader(file[:len(sealed.File())]), w.opener(), w.streamer()))
			v, err := x.Verifier(state)
			if err != nil {
				t.Fatal(err)
			}
			if int64(kept.Len()) != v.Offset() {
				t.Fatalf("kept %d, offset %d", kept.Len(), v.Offset())
			}
			arrived := sealedBody[v.Offset():min(max(cut, int(v.Offset())), len(sealedBody))]
			n, err := v.Copy(t.Context(), &kept, bytes.NewReader(arrived))
			if err != nil || n > int64(len(arrived)) {
				t.Fatal(n, err)
			}
			if state = v.State(); len(state) > 1100 {
				t.Fatalf("a state of %d bytes", len(state))
			}
			if whole, err = v.Whole(); (err == nil) != (cut >= len(sealedBody)) || err != nil && ReasonOf(err) != ReasonMalformed {
				t.Fatalf("cut at %d of %d: %v", cut, len(sealedBody), err)
			}
		}
		if !bytes.Equal(kept.Bytes(), sealedBody) || whole.Proof().Closing.Root != sealed.Closing().Root {
			t.Error("another body was kept")
		}
		r := must(whole.Release(t.Context(), &kept))
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
}

// Only chunks that verify are kept, each with one Write, and the state is that of
// what was kept.
func TestVerifierKeepsWhatVerifies(t *testing.T) {
	w := newWorld()
	file, sealed := w.sealBody(t, rows(5000), Layout{})
	f := frames(file[len(sealed.File()):])
	if len(f) < 5 {
		t.Fatal("too few chunks")
	}
	head := file[:len(sealed.File())]
	for bad := range f {
		g := make([][]byte, len(f))
		copy(g, f)
		g[bad] = bytes.Clone(f[bad])
		g[bad][50] ^= 1
		x := must(Examine(t.Context(), bytes.NewReader(head), w.opener(), w.streamer()))
		v := must(x.Verifier(nil))
		kept := &writes{}
		kept.check = func() {
			if v.Offset() != kept.n {
				t.Errorf("offset %d at the write of byte %d", v.Offset(), kept.n)
			}
		}
		_, err := v.Copy(t.Context(), kept, bytes.NewReader(bytes.Join(g, nil)))
		if ReasonOf(err) != ReasonCannotOpen || kept.count != bad || v.Offset() != int64(len(bytes.Join(f[:bad], nil))) {
			t.Errorf("chunk %d: %v, %d kept, offset %d", bad, err, kept.count, v.Offset())
		}
		// The same chunks, sound this time, from there.
		rest := &writes{}
		if _, err := v.Copy(t.Context(), rest, bytes.NewReader(bytes.Join(f[bad:], nil))); err != nil || rest.count != len(f)-bad {
			t.Errorf("chunk %d, again: %v, %d kept", bad, err, rest.count)
		}
		if _, err := v.Whole(); err != nil {
			t.Error(err)
		}
		if _, err := v.Copy(t.Context(), rest, strings.NewReader("")); ReasonOf(err) != ReasonMisuse {
			t.Errorf("after the end: %v", err)
		}
	}
}

// writes counts calls of Write.
type writes struct {
	count int
	n     int64
	check func()
}

func (w *writes) Write(p []byte) (int, error) {
	if w.check != nil {
		w.check()
	}
	w.count, w.n = w.count+1, w.n+int64(len(p))
	return len(p), nil
}

// A state is that of one envelope, and whole.
func TestVerifierState(t *testing.T) {
	w := newWorld()
	file, sealed := w.sealBody(t, rows(3000), Layout{})
	other, _ := w.sealBody(t, rows(3000), Layout{})
	x := must(Examine(t.Context(), bytes.NewReader(file), w.opener(), w.streamer()))
	v := must(x.Verifier(nil))
	must(v.Copy(t.Context(), io.Discard, bytes.NewReader(file[len(sealed.File()):len(file)-100])))
	state := v.State()
	if v.Offset() == 0 {
		t.Fatal("nothing was verified")
	}
	if _, err := x.Verifier(state); err != nil {
		t.Error(err)
	}
	for i := range state {
		bad := bytes.Clone(state)
		bad[i] ^= 1
		if _, err := x.Verifier(bad); ReasonOf(err) != ReasonBadContent {
			t.Errorf("byte %d: %v", i, err)
		}
		if _, err := x.Verifier(state[:i]); ReasonOf(err) != ReasonBadContent {
			t.Errorf("%d bytes: %v", i, err)
		}
	}
	y := must(Examine(t.Context(), bytes.NewReader(other), w.opener(), w.streamer()))
	if _, err := y.Verifier(state); ReasonOf(err) != ReasonBadContent {
		t.Errorf("of another envelope: %v", err)
	}
	inline := must(Examine(t.Context(), bytes.NewReader(w.file(t)), w.opener(), w.streamer()))
	if _, err := inline.Verifier(nil); ReasonOf(err) != ReasonMisuse {
		t.Errorf("inline: %v", err)
	}
}

// What fails below is "unavailable", whatever it says, and sound chunks before it
// have been handed out.
func TestBodySourceAndDestinationFail(t *testing.T) {
	w := newWorld()
	content := rows(5000)
	file, _ := w.sealBody(t, content, Layout{})
	broken := errors.New(canary)
	r := must(OpenStream(t.Context(), io.MultiReader(bytes.NewReader(file[:200000]), ruined{broken}), w.opener(), w.streamer()))
	got, err := io.ReadAll(r)
	if ReasonOf(err) != ReasonUnavailable || strings.Contains(err.Error(), "FAKE") || len(got) != 2*MinChunk || !bytes.HasPrefix(content, got) {
		t.Errorf("source: %d bytes, %v", len(got), err)
	}
	if _, again := r.Read(make([]byte, 1)); again == nil || again.Error() != err.Error() {
		t.Errorf("the error does not remain: %v", again)
	}
	r = must(OpenStream(t.Context(), bytes.NewReader(file), w.opener(), w.streamer()))
	if n, err := r.WriteTo(ruined{broken}); err != broken || n != 0 {
		t.Errorf("destination: %d, %v", n, err)
	}
	out := must(NewWriter(t.Context(), ruined{broken}, w.sign, w.draft(), Layout{Media: MediaRecords, InlineLimit: -1}))
	_, err = out.Write(content)
	if err == nil {
		err = out.Close()
	}
	if ReasonOf(err) != ReasonUnavailable || strings.Contains(err.Error(), "FAKE") || out.Sealed() != nil {
		t.Errorf("sealing: %v", err)
	}
	x := must(Examine(t.Context(), bytes.NewReader(file), w.opener(), w.streamer()))
	v := must(x.Verifier(nil))
	if n, err := v.Copy(t.Context(), ruined{broken}, bytes.NewReader(file[x.BodyOffset():])); n != 0 || ReasonOf(err) != ReasonUnavailable || v.Offset() != 0 {
		t.Errorf("keeping: %d, %v", n, err)
	}
}

// ruined fails.
type ruined struct{ err error }

func (f ruined) Read([]byte) (int, error)  { return 0, f.err }
func (f ruined) Write([]byte) (int, error) { return 0, f.err }

// A context that ends stops everything, and leaves nothing running.
func TestBodyStops(t *testing.T) {
	w := newWorld()
	content := rows(20000)
	file, _ := w.sealBody(t, content, Layout{})
	before := runtime.NumGoroutine()
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		r := must(OpenStream(ctx, bytes.NewReader(file), w.opener(), w.streamer()))
		must(io.CopyN(io.Discard, r, 100)) // and then nobody reads on
		cancel()
		if _, err := io.Copy(io.Discard, r); ReasonOf(err) != ReasonUnavailable {
			t.Fatal(err)
		}
		x := must(Examine(t.Context(), bytes.NewReader(file), w.opener(), w.streamer()))
		if _, err := x.Verify(ctx); ReasonOf(err) != ReasonUnavailable {
			t.Fatal(err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		out := must(NewWriter(ctx, io.Discard, w.sign, w.draft(), Layout{Media: MediaRecords, Chunk: MinChunk}))
		must(out.Write(content))
		cancel()
		if err := out.Close(); ReasonOf(err) != ReasonUnavailable {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// FuzzBody feeds whole bodies behind a sound head. What opens must be the honest
// content: the fuzzer has the body key as little as the one-time key.
func FuzzBody(f *testing.F) {
	w, file, content, head := small(f)
	x := must(Examine(f.Context(), bytes.NewReader(file), w.opener(), w.streamer()))
	f.Add(file[head:])
	for _, g := range frames(file[head:]) {
		f.Add(g)
	}
	f.Add([]byte("\x00\x00\x00\x11aaaaaaaaaaaaaaaaa"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		got, err := io.ReadAll(x.reader(t.Context(), bytes.NewReader(sealed), nil))
		if err == nil && !bytes.Equal(got, content) {
			t.Fatalf("%d other bytes were opened", len(got))
		}
		if err != nil && (ReasonOf(err).Kind() != KindDamage || bytes.Equal(sealed, file[head:])) || !bytes.HasPrefix(content, got) {
			t.Fatalf("%d bytes and %v", len(got), err)
		}
	})
}
