package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
)

// node is the language that reads bodies.
func node(t *testing.T) language {
	t.Helper()
	for _, l := range languages(t) {
		if l.ending == ".mjs" {
			return l
		}
	}
	t.Fatal("no node")
	return language{}
}

// The vectors of bodies, by the program in node: the same reasons, and no output
// where there is one.
func TestInteropBodyVectors(t *testing.T) {
	folder := envelopetest.VectorFolder{FS: os.DirFS(filepath.Join("..", "..", "envelope", "testdata", "vectors"))}
	all, err := envelopetest.ReadVectors(folder.FS)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	var directory struct {
		Parties []struct {
			ID   envelope.Party
			Keys []struct{ JWK map[string]any }
		}
	}
	if err := readJSON(filepath.Join("..", "..", "envelope", "testdata", "vectors", "directories", "current.json"), &directory); err != nil {
		t.Fatal(err)
	}
	var signing []map[string]any
	for _, p := range directory.Parties {
		for _, k := range p.Keys {
			if p.ID == "kominfo/jaringan" && k.JWK["use"] == "sig" {
				signing = append(signing, k.JWK)
			}
		}
	}
	writeJSON(t, dir, "sender", map[string]any{"keys": signing})
	var jobs []job
	var bodies []*envelopetest.Vector
	for _, v := range all {
		if v.Kind != "body" {
			continue
		}
		name := strings.TrimPrefix(v.Name, "body/")
		write(t, dir, name, v.Data)
		write(t, dir, name+".keys", read(t, filepath.Join("..", "..", "envelope", "testdata", "vectors", "keys", v.Keys)))
		writeJSON(t, dir, name+".expect", manifestOf(t, folder, all, v))
		jobs = append(jobs, job{"body", path(name), path(name + ".expect"), path(name + ".keys"), path("sender"), path(name + ".out")})
		bodies = append(bodies, v)
	}
	if len(bodies) < 150 {
		t.Fatalf("%d vectors", len(bodies))
	}
	ends, undecoded := node(t).run(t, envelopetest.Now(), jobs), 0
	for i, v := range bodies {
		content, err := os.ReadFile(jobs[i][5])
		switch {
		case ends[i] == string(envelope.ReasonUnavailable): // a node without zstd, for frames that need a decoder
			undecoded++
		case ends[i] != string(v.Expect):
			t.Errorf("%s: %q, want %q: %s", v.Name, ends[i], v.Expect, v.Comment)
		}
		if (err == nil) != (ends[i] == "") || ends[i] == "" && envelopetest.ContentHash(content) != v.Result {
			t.Errorf("%s: ends with %q and an output of %d bytes", v.Name, ends[i], len(content))
		}
	}
	if undecoded > 4 {
		t.Errorf("%d vectors could not be decoded", undecoded)
	}
	fmt.Fprintf(t.Output(), "    | %d vectors of bodies in node, %d of them not decoded |\n", len(bodies), undecoded)
}

// manifestOf is what the vectors' opener expects: all of them come from one sender,
// for one dataset, under one agreement.
func manifestOf(t *testing.T, folder envelopetest.VectorFolder, all []*envelopetest.Vector, v *envelopetest.Vector) expectation {
	t.Helper()
	for _, honest := range all {
		if honest.Name != "envelope/es256-p256" {
			continue
		}
		keys, err := folder.PrivateKeys(honest.Keys)
		if err != nil {
			t.Fatal(err)
		}
		var e expectation
		authority := &envelopetest.InsecureAuthority{Time: honest.At, OnPermit: func(m *envelope.Manifest, as envelope.Party, _ time.Time) error {
			e = expectation{Party: as, Sender: m.Sender, Purpose: v.Purpose, Dataset: m.Dataset, Agreement: m.Agreement}
			return nil
		}, OnSigningKey: func(_ envelope.Party, keyID string, _, _ time.Time) (*envelope.PublicKey, error) {
			sender, err := folder.PrivateKeys("kominfo-jaringan.jwks")
			return sender[0].Public(), err
		}}
		if _, err := envelope.Open(t.Context(), bytes.NewReader(honest.Data), envelope.Opener{Party: v.As, Keys: keys, Purpose: honest.Purpose}, authority); err != nil {
			t.Fatal(err)
		}
		return e
	}
	t.Fatal("no honest vector")
	return expectation{}
}

// What Go seals node opens: every signature, both media, and the worked example.
func TestInteropBodies(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	mine := generate(t, envelope.ECDHES)
	writeKeys(t, dir, "mine", mine)
	writeJSON(t, dir, "expect", expected(parties[0]))
	contents := map[string][]byte{
		envelope.MediaRecords: bytes.Repeat([]byte(ndjson), 5000),
		"image/jpeg":          bytes.Repeat([]byte{0xff, 0xd8, '\n', '\n'}, envelope.MinChunk/4),
	}
	var jobs []job
	var want [][]byte
	for _, alg := range []envelope.Algorithm{envelope.ES256, envelope.EdDSA, envelope.PS256} {
		sign := generate(t, alg)
		writeKeys(t, dir, string(alg), sign)
		for media, content := range contents {
			plan := plan()
			draft := envelope.Draft{
				Sender: plan.Sender, Dataset: plan.Dataset, Purpose: plan.Purpose, Agreement: plan.Agreement, IssuedAt: envelopetest.Now(),
				Recipients: []envelope.Recipient{{Party: parties[0], Key: mine.Public()}},
			}
			var file bytes.Buffer
			w, err := envelope.NewWriter(context.Background(), &file, sign, draft, envelope.Layout{Media: media, InlineLimit: -1, Chunk: envelope.MinChunk})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(content); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			name := strings.ReplaceAll(string(alg)+media, "/", "-")
			write(t, dir, name, file.Bytes())
			jobs = append(jobs, job{"body", path(name), path("expect"), path("mine.private.jwks"), path(string(alg) + ".public.jwks"), path(name + ".out")})
			want = append(want, content)
		}
	}
	for i, end := range node(t).run(t, envelopetest.Now(), jobs) {
		if end != "" || !bytes.Equal(read(t, jobs[i][5]), want[i]) {
			t.Errorf("%s: %q", filepath.Base(jobs[i][1]), end)
		}
	}
}

// The example of a body in the package documentation of envelope.
func TestInteropWorkedBody(t *testing.T) {
	dir := t.TempDir()
	keys, err := envelope.ParsePrivateKeys([]byte(workedKeys))
	if err != nil {
		t.Fatal(err)
	}
	writeKeys(t, dir, "sender", keys[0])
	writeKeys(t, dir, "mine", keys[1])
	e := expected("bawaslu/pengawasan")
	e.Dataset.Digest, e.Agreement = envelopetest.Digest(""), envelope.Agreement{ID: "PKS-KPU-BAWASLU-1", Digest: envelopetest.Digest("")}
	writeJSON(t, dir, "expect", e)
	out := filepath.Join(dir, "out")
	end := node(t).run(t, time.Date(2024, 2, 14, 14, 0, 0, 0, time.UTC), []job{{
		"body", filepath.Join("..", "..", "envelope", "testdata", "example-body.segel"), filepath.Join(dir, "expect"),
		filepath.Join(dir, "mine.private.jwks"), filepath.Join(dir, "sender.public.jwks"), out,
	}})[0]
	if end != "" {
		t.Fatal(end)
	}
	var note struct{ Manifest string }
	content := read(t, out)
	if err := json.Unmarshal(read(t, out+".opened"), &note); err != nil || note.Manifest != "BKHnozLhiYXy0fs2IKLBPrf1M5TkZoHme53U_bT0pgw" ||
		len(content) != 66700 || !bytes.HasSuffix(content, []byte("{\"kode_tps\":\"3101011002299\"}\n")) {
		t.Errorf("%d bytes, %+v, %v", len(content), note, err)
	}
}
