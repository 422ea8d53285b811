package envelope

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/segel-id/segel/internal/body"
)

// streamer is an authority that counts what it is asked to record.
type streamer struct {
	yes
	whole, streams []Proof
	refuse         error
}

func (s *streamer) Record(_ context.Context, p Proof) error {
	s.whole = append(s.whole, p)
	return s.refuse
}

func (s *streamer) RecordStream(_ context.Context, p Proof) error {
	s.streams = append(s.streams, p)
	return s.refuse
}

func (w *world) streamer() *streamer { return &streamer{yes: yes{w.now, w.sign.Public()}} }

// rows returns n records of which no two are alike.
func rows(n int) []byte {
	var out bytes.Buffer
	for i := range n {
		fmt.Fprintf(&out, `{"kode_tps":"31%011d","nama":"TPS %d","suara":[%d,%d,%d],"lat":null}`+"\n", i, i%40, i%317, i%271, i%97)
	}
	return out.Bytes()
}

// noise is what no codec makes smaller.
func noise(n int) []byte {
	out := make([]byte, n)
	x := uint64(88172645463325252)
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i] = byte(x >> 32)
	}
	return out
}

// sealBody seals content as a body and returns the file.
func (w *world) sealBody(t testing.TB, content []byte, l Layout) ([]byte, *Sealed) {
	t.Helper()
	if l.Media == "" {
		l.Media = MediaRecords
	}
	if l.InlineLimit == 0 {
		l.InlineLimit = -1
	}
	if l.Chunk == 0 {
		l.Chunk = MinChunk
	}
	var file bytes.Buffer
	out, err := NewWriter(t.Context(), &file, w.sign, w.draft(), l)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Abort()
	if _, err := out.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes(), out.Sealed()
}

// twoPasses opens a file as a receiver does.
func (w *world) twoPasses(t testing.TB, file []byte) ([]byte, *Whole, error) {
	t.Helper()
	x, err := Examine(t.Context(), bytes.NewReader(file), w.opener(), w.streamer())
	if err != nil {
		return nil, nil, err
	}
	whole, err := x.Verify(t.Context())
	if err != nil {
		return nil, nil, err
	}
	r, err := whole.Release(t.Context(), bytes.NewReader(file[x.BodyOffset():]))
	if err != nil {
		return nil, nil, err
	}
	content, err := io.ReadAll(r)
	return content, whole, err
}

// onePass opens a file as a stream. What it returns beside an error is what had
// been handed out.
func (w *world) onePass(t testing.TB, file []byte) ([]byte, error) {
	t.Helper()
	r, err := OpenStream(t.Context(), bytes.NewReader(file), w.opener(), w.streamer())
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestBodyRoundTrip(t *testing.T) {
	w := newWorld()
	row := rows(1)
	for name, content := range map[string][]byte{
		"one row":               row,
		"one byte short":        append(bytes.Repeat([]byte("a"), MinChunk-2), '\n'),
		"one chunk":             append(bytes.Repeat([]byte("a"), MinChunk-1), '\n'),
		"one byte more":         append(bytes.Repeat([]byte("a"), MinChunk), '\n'),
		"a record at the edge":  append(append(bytes.Repeat([]byte("a"), MinChunk-1), '\n'), "b\n"...),
		"many":                  rows(20000),
		"incompressible":        append(bytes.ReplaceAll(noise(5*MinChunk), []byte("\n"), []byte(" ")), '\n'),
		"a record of 20 chunks": append(bytes.Repeat([]byte("x"), 20*MinChunk), '\n'),
		"shortest records":      bytes.Repeat([]byte("1\n"), 3*MinChunk),
	} {
		for _, codec := range []Codec{CodecNone, CodecZstd} {
			for _, chunk := range []int{MinChunk, DefaultChunk} {
				t.Run(fmt.Sprint(name, " ", codec, " ", chunk), func(t *testing.T) {
					file, sealed := w.sealBody(t, content, Layout{Codec: codec, Chunk: chunk})
					got, whole, err := w.twoPasses(t, file)
					if err != nil || !bytes.Equal(got, content) {
						t.Fatalf("two passes: %d bytes, %v", len(got), err)
					}
					if got, err := w.onePass(t, file); err != nil || !bytes.Equal(got, content) {
						t.Fatalf("one pass: %d bytes, %v", len(got), err)
					}
					want := Closing{
						Version: 1, Manifest: sealed.Digest(), Root: sealed.Closing().Root,
						Chunks: int64((len(content) + chunk - 1) / chunk), Bytes: int64(len(content)), Records: int64(bytes.Count(content, []byte("\n"))),
					}
					if *sealed.Closing() != want || *whole.Proof().Closing != want {
						t.Errorf("closing %+v and %+v, want %+v", sealed.Closing(), whole.Proof().Closing, want)
					}
					if !bytes.HasPrefix(file, sealed.File()) {
						t.Error("the head is not that of the file")
					}
					if one, err := w.onePass(t, append(must(sealed.Delivery("bawaslu/pengawasan")), file[len(sealed.File()):]...)); err != nil || !bytes.Equal(one, content) {
						t.Errorf("a delivery: %v", err)
					}
				})
			}
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A body of a few kilobytes can stand for gigabytes, so what comes out of it is
// bounded: not a byte more than the opener said, in either pass, and not a byte of
// the chunk that would be too much.
func TestContentIsBounded(t *testing.T) {
	w := newWorld()
	content := append(bytes.Repeat([]byte("0"), 10*MinChunk-1), '\n')
	file, _ := w.sealBody(t, content, Layout{Codec: CodecZstd})
	if len(file) > len(content)/50 {
		t.Fatalf("the file has %d bytes, which shows nothing", len(file))
	}
	for _, tc := range []struct {
		most     int64
		released int
		want     Reason
	}{
		{int64(len(content)), len(content), ""},
		{int64(len(content)) - 1, 9 * MinChunk, ReasonTooLarge},
		{MinChunk, MinChunk, ReasonTooLarge},
		{1, 0, ReasonTooLarge},
	} {
		by := w.opener()
		by.MaxContent = tc.most
		r, err := OpenStream(t.Context(), bytes.NewReader(file), by, w.streamer())
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if ReasonOf(err) != tc.want || !bytes.Equal(got, content[:tc.released]) {
			t.Errorf("at most %d: %d bytes, %v", tc.most, len(got), err)
		}
		x, err := Examine(t.Context(), bytes.NewReader(file), by, w.streamer())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Verify(t.Context()); ReasonOf(err) != tc.want {
			t.Errorf("at most %d, verifying: %v", tc.most, err)
		}
	}
}

// However the content is cut into writes, the file has the same length, and the
// same content comes out.
func TestBodyWritesOfAnySize(t *testing.T) {
	w := newWorld()
	content := rows(9000)
	for _, step := range []int{7, 4096, MinChunk, MinChunk + 1, len(content)} {
		var file bytes.Buffer
		out, err := NewWriter(t.Context(), &file, w.sign, w.draft(), Layout{Media: MediaRecords, InlineLimit: 1000, Chunk: MinChunk})
		if err != nil {
			t.Fatal(err)
		}
		for rest := content; len(rest) > 0; {
			n, err := out.Write(rest[:min(step, len(rest))])
			if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		if out.Sealed() != nil {
			t.Error("sealed before Close")
		}
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		if got, _, err := w.twoPasses(t, file.Bytes()); err != nil || !bytes.Equal(got, content) {
			t.Errorf("step %d: %d bytes, %v", step, len(got), err)
		}
	}
	// A Writer keeps nothing of what it was given.
	for _, codec := range []Codec{CodecNone, CodecZstd} {
		var file bytes.Buffer
		out := must(NewWriter(t.Context(), &file, w.sign, w.draft(), Layout{Media: MediaRecords, Chunk: MinChunk, Codec: codec}))
		lent := bytes.Clone(content)
		must(out.Write(lent[:300000]))
		clear(lent[:300000])
		must(out.Write(lent[300000:]))
		clear(lent)
		if err := out.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := w.onePass(t, file.Bytes()); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes, %v", codec, len(got), err)
		}
	}
	var file bytes.Buffer
	out := must(NewWriter(t.Context(), &file, w.sign, w.draft(), Layout{Media: MediaRecords, Chunk: MinChunk}))
	if n, err := out.ReadFrom(iotest.HalfReader(bytes.NewReader(content))); err != nil || n != int64(len(content)) {
		t.Fatal(n, err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := w.onePass(t, file.Bytes()); err != nil || !bytes.Equal(got, content) {
		t.Error(err)
	}
}

// The inline limit decides, to the byte, and both forms open by every way.
func TestInlineOrBody(t *testing.T) {
	w := newWorld()
	for _, tc := range []struct {
		size, limit int
		inline      bool
	}{
		{0, 0, true}, {0, -1, true}, {2, -1, false}, {DefaultInline, 0, true}, {DefaultInline + 1, 0, false},
		{100, 100, true}, {101, 100, false}, {MaxInline, MaxInline, true}, {MaxInline + 1, MaxInline, false},
	} {
		content := []byte{}
		if tc.size > 0 {
			content = append(bytes.Repeat([]byte("a"), tc.size-1), '\n')
		}
		var file bytes.Buffer
		out := must(NewWriter(t.Context(), &file, w.sign, w.draft(), Layout{Media: MediaRecords, InlineLimit: tc.limit}))
		must(out.Write(content))
		if err := out.Close(); err != nil {
			t.Fatal(tc, err)
		}
		if got := out.Sealed().Closing() == nil; got != tc.inline {
			t.Errorf("%+v: inline %v", tc, got)
		}
		for _, open := range []func() ([]byte, error){
			func() ([]byte, error) { return w.onePass(t, file.Bytes()) },
			func() ([]byte, error) { b, _, err := w.twoPasses(t, file.Bytes()); return b, err },
		} {
			if got, err := open(); err != nil || !bytes.Equal(got, content) {
				t.Errorf("%+v: %d bytes, %v", tc, len(got), err)
			}
		}
		opened, err := w.open(t, file.Bytes())
		if tc.inline && (err != nil || !bytes.Equal(opened.Content(), content)) || !tc.inline && ReasonOf(err) != ReasonMisuse {
			t.Errorf("%+v: Open says %v", tc, err)
		}
	}
}

// What is recorded, when, and with which proof.
func TestNothingIsReleasedUnrecorded(t *testing.T) {
	w := newWorld()
	file, _ := w.sealBody(t, rows(4000), Layout{})
	a := w.streamer()
	x := must(Examine(t.Context(), bytes.NewReader(file), w.opener(), a))
	if p := x.Proof(); p.Closing != nil || len(a.whole)+len(a.streams) > 0 {
		t.Errorf("examined: %+v, %d records", p.Closing, len(a.whole))
	}
	whole := must(x.Verify(t.Context()))
	if len(a.whole)+len(a.streams) > 0 {
		t.Error("verifying released something")
	}
	if _, err := x.Verify(t.Context()); ReasonOf(err) != ReasonMisuse {
		t.Errorf("verified twice: %v", err)
	}
	a.refuse = &Error{Reason: ReasonReplayed}
	var e *Error
	if r, err := whole.Release(t.Context(), bytes.NewReader(file[x.BodyOffset():])); r != nil || !errors.As(err, &e) || e.Reason != ReasonReplayed || e.Proof.Closing == nil {
		t.Errorf("refused: %v %v", r, err)
	}
	if len(a.whole) != 1 || a.whole[0].Closing == nil || a.whole[0].Closing.Root != whole.Proof().Closing.Root {
		t.Errorf("recorded %+v", a.whole)
	}
	if r, err := OpenStream(t.Context(), bytes.NewReader(file), w.opener(), a); r != nil || ReasonOf(err) != ReasonReplayed || len(a.streams) != 1 || a.streams[0].Closing != nil {
		t.Errorf("stream refused: %v %v %+v", r, err, a.streams)
	}
	a.refuse = nil
	r := must(OpenStream(t.Context(), bytes.NewReader(file), w.opener(), a))
	if _, err := io.CopyN(io.Discard, r, 70000); err != nil || r.Proof().Closing != nil {
		t.Errorf("proof before the end: %+v %v", r.Proof().Closing, err)
	}
	if _, err := io.Copy(io.Discard, r); err != nil || r.Proof().Closing == nil {
		t.Errorf("proof at the end: %+v %v", r.Proof().Closing, err)
	}
}

// Between the two passes the kept file is exchanged for another one that is whole
// in itself: nothing but the recorded body comes to an end.
func TestSecondPassIsTheRecordedBody(t *testing.T) {
	w := newWorld()
	sealed, bodies := w.twoBodies(t)
	x := must(Examine(t.Context(), io.MultiReader(bytes.NewReader(sealed), bytes.NewReader(bodies[0])), w.opener(), w.streamer()))
	whole := must(x.Verify(t.Context()))
	r := must(whole.Release(t.Context(), bytes.NewReader(bodies[1])))
	if _, err := io.ReadAll(r); ReasonOf(err) != ReasonBadContent {
		t.Errorf("another body: %v", err)
	}
	r = must(whole.Release(t.Context(), bytes.NewReader(bodies[0])))
	if _, err := io.ReadAll(r); err != nil {
		t.Errorf("the recorded body: %v", err)
	}
}

// twoBodies is what a dishonest sender can do: one manifest, two bodies.
func (w *world) twoBodies(t testing.TB) (head []byte, bodies [2][]byte) {
	t.Helper()
	content := rows(2000)
	var file bytes.Buffer
	out := must(NewWriter(t.Context(), &file, w.sign, w.draft(), Layout{Media: MediaRecords, InlineLimit: -1, Chunk: MinChunk}))
	if err := out.begin(); err != nil {
		t.Fatal(err)
	}
	head = bytes.Clone(file.Bytes())
	x := must(Examine(t.Context(), bytes.NewReader(head), w.opener(), w.streamer()))
	for i := range bodies {
		file.Reset()
		again, s := *out, *out.sealed
		again.sealer, again.sealed = body.NewSealer(&file, x.keys, out.oneTime, out.bodyShape), &s
		must(again.Write(bytes.Replace(content, []byte("TPS 7"), fmt.Appendf(nil, "TPS %d", i), 1)))
		if err := again.closeBody(); err != nil {
			t.Fatal(err)
		}
		bodies[i] = bytes.Clone(file.Bytes())
	}
	return head, bodies
}

// Two bodies under one manifest: each opens, and the roots give the sender away.
func TestTwoBodiesUnderOneManifest(t *testing.T) {
	w := newWorld()
	head, bodies := w.twoBodies(t)
	var proofs [2]Proof
	for i, b := range bodies {
		_, whole, err := w.twoPasses(t, append(bytes.Clone(head), b...))
		if err != nil {
			t.Fatal(err)
		}
		proofs[i] = whole.Proof()
	}
	if proofs[0].Digest != proofs[1].Digest || proofs[0].Closing.Root == proofs[1].Closing.Root {
		t.Errorf("%+v\n%+v", proofs[0].Closing, proofs[1].Closing)
	}
	// Whose chunks were mixed is nobody's body.
	half := len(bodies[0]) - 2000
	mixed := append(append(bytes.Clone(head), bodies[0][:half]...), bodies[1][half:]...)
	if len(bodies[0]) != len(bodies[1]) {
		t.Fatal("not of one size")
	}
	if _, _, err := w.twoPasses(t, mixed); err == nil {
		t.Error("a mixture opens")
	}
}

func TestWriterRefuses(t *testing.T) {
	w := newWorld()
	for name, tc := range map[string]struct {
		layout Layout
		draft  func(*Draft)
	}{
		"no media":            {Layout{}, nil},
		"media in capitals":   {Layout{Media: "Text/Plain"}, nil},
		"chunk below":         {Layout{Media: MediaRecords, Chunk: MinChunk / 2}, nil},
		"chunk above":         {Layout{Media: MediaRecords, Chunk: 2 * MaxChunk}, nil},
		"chunk no power of 2": {Layout{Media: MediaRecords, Chunk: 100000}, nil},
		"chunk negative":      {Layout{Media: MediaRecords, Chunk: -MinChunk}, nil},
		"codec":               {Layout{Media: MediaRecords, Codec: "gzip"}, nil},
		"inline limit":        {Layout{Media: MediaRecords, InlineLimit: MaxInline + 1}, nil},
		"no purpose":          {Layout{Media: MediaRecords}, func(d *Draft) { d.Purpose = "" }},
		"no recipient":        {Layout{Media: MediaRecords}, func(d *Draft) { d.Recipients = nil }},
	} {
		d := w.draft()
		if tc.draft != nil {
			tc.draft(&d)
		}
		if out, err := NewWriter(t.Context(), io.Discard, w.sign, d, tc.layout); out != nil || ReasonOf(err) != ReasonMisuse {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Content that is no sequence of records, or no document, is not closed.
func TestWriterContent(t *testing.T) {
	w := newWorld()
	long := strings.Repeat("a", MinChunk-1) + "\n"
	for name, tc := range map[string]struct{ media, content string }{
		"no line feed at the end":  {MediaRecords, "{}\n{}"},
		"empty line":               {MediaRecords, "{}\n\n{}\n"},
		"empty line first":         {MediaRecords, "\n{}\n"},
		"empty line between chunk": {MediaRecords, long + "\n" + long},
		"empty line at the end":    {MediaRecords, long + long + "\n"},
		"empty document":           {"text/plain", ""},
	} {
		for _, limit := range []int{-1, MaxInline} {
			var file bytes.Buffer
			out := must(NewWriter(t.Context(), &file, w.sign, w.draft(), Layout{Media: tc.media, InlineLimit: limit, Chunk: MinChunk}))
			_, err := out.Write([]byte(tc.content))
			if err == nil {
				err = out.Close()
			}
			if ReasonOf(err) != ReasonMalformed || out.Sealed() != nil {
				t.Errorf("%s: %v", name, err)
			}
			if again := out.Close(); again == nil {
				t.Errorf("%s: closed after an error", name)
			}
			if got, err := w.onePass(t, file.Bytes()); err == nil {
				t.Errorf("%s: what was written opens: %d bytes", name, len(got))
			}
		}
	}
}

// The one-time key is gone, whatever happens.
func TestOneTimeKeyIsWiped(t *testing.T) {
	w := newWorld()
	ctx, cancel := context.WithCancel(t.Context())
	for name, end := range map[string]func(*Writer){
		"close":   func(out *Writer) { _ = out.Close() },
		"abort":   func(out *Writer) { out.Abort() },
		"failure": func(out *Writer) { _, _ = out.Write([]byte("\n\n")); _ = out.Close() },
		"context": func(out *Writer) { cancel(); _, _ = out.Write([]byte("x")) },
	} {
		out := must(NewWriter(ctx, io.Discard, w.sign, w.draft(), Layout{Media: MediaRecords, InlineLimit: -1}))
		must(out.Write(rows(1)))
		key := out.oneTime
		if bytes.Equal(key, make([]byte, 64)) {
			t.Fatal("no key")
		}
		end(out)
		if !bytes.Equal(key, make([]byte, 64)) {
			t.Errorf("%s: the key is still there", name)
		}
		if _, err := out.Write([]byte("{}\n")); err == nil {
			t.Errorf("%s: written after the end", name)
		}
		if ctx.Err() != nil {
			ctx, cancel = context.WithCancel(t.Context())
		}
	}
	cancel()
}
