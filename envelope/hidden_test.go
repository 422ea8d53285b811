package envelope

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
)

// What holds content, or a key of it, prints neither: asked itself, under whatever
// verb, or as an unexported member of somebody's struct, which fmt asks for no method.
func TestContentIsNotPrinted(t *testing.T) {
	w := newWorld()
	sealed, err := Seal(w.sign, w.draft(), newPayload(MediaRecords, 2, w.content))
	if err != nil {
		t.Fatal(err)
	}
	inline := must(Examine(t.Context(), bytes.NewReader(w.file(t)), w.opener(), w.streamer()))
	large := bytes.Repeat([]byte("3174056502900007 and other secrets\n"), MinChunk)
	file, _ := w.sealBody(t, large, Layout{Media: MediaRecords, InlineLimit: -1, Chunk: MinChunk})
	body := func() *Examined {
		return must(Examine(t.Context(), bytes.NewReader(file), w.opener(), w.streamer()))
	}
	reader := must(OpenStream(t.Context(), bytes.NewReader(file), w.opener(), w.streamer()))
	if _, err := io.ReadFull(reader, make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	writer := func(limit int, content []byte) *Writer {
		out := must(NewWriter(t.Context(), io.Discard, w.sign, w.draft(), Layout{Media: MediaRecords, InlineLimit: limit, Chunk: MinChunk}))
		if _, err := out.Write(content); err != nil {
			t.Fatal(err)
		}
		return out
	}
	short, long := writer(len(w.content), w.content), writer(-1, large[:4*MinChunk])
	if len(short.held) == 0 || len(long.oneTime) == 0 {
		t.Fatal("the writers hold nothing")
	}
	verifier := must(body().Verifier(nil))
	opened := must(w.open(t, w.file(t)))

	type embedding struct{ any }
	var secrets []string
	for _, b := range [][]byte{w.content, large[:40], large[100:140], sealed.CommitKey(), inline.CommitKey(), reader.CommitKey(), long.oneTime.Seed()} {
		secrets = append(secrets, renderings(b)...)
	}
	for name, v := range map[string]any{
		"Payload":             newPayload(MediaRecords, 2, w.content),
		"Payload in a struct": struct{ p Payload }{newPayload(MediaRecords, 2, w.content)},
		"Sealed":              sealed,
		"Sealed in a struct":  struct{ s *Sealed }{sealed},
		"Sealed by value":     struct{ s Sealed }{*sealed},
		"Opened":              opened,
		"Opened in a struct":  struct{ o *Opened }{opened},
		"Opened by value":     struct{ o Opened }{*opened},
		"Opened of a body":    struct{ o *Opened }{reader.Opened()},
		"Examined":            inline,
		"Examined in a":       struct{ x *Examined }{inline},
		"Examined of a body":  struct{ x *Examined }{body()},
		"Whole in a struct":   struct{ w *Whole }{&Whole{inline.evidence, inline}},
		"Verifier":            verifier,
		"Verifier in a":       struct{ v *Verifier }{verifier},
		"Reader":              reader,
		"Reader in a struct":  struct{ r *Reader }{reader},
		"Reader as io.Reader": struct{ r io.Reader }{reader},
		"Writer":              short,
		"Writer in a struct":  struct{ w *Writer }{short},
		"Writer of a body":    struct{ w *Writer }{long},
		"anything":            embedding{opened},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X", "% x", "%t", "%c", "%e", "%o", "%U", "%!"} {
			out := strings.ToLower(fmt.Sprintf(verb, v))
			for _, secret := range secrets {
				if strings.Contains(out, strings.ToLower(secret)) {
					t.Errorf("%s under %s shows what it holds: %.200s", name, verb, out)
					break
				}
			}
		}
	}
}
