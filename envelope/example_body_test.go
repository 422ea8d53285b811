package envelope

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/body"
	"github.com/segel-id/segel/internal/jose"
)

// workedBody builds the example of a body in the package documentation: the head
// of the other example, but for the content.
func workedBody(t *testing.T) (m *Sealed, sealed, content []byte, published map[string]string) {
	t.Helper()
	s, seed, _, sign, _ := worked(t)
	for i := range 2300 {
		content = fmt.Appendf(content, "{\"kode_tps\":\"3101011%06d\"}\n", i)
	}
	oneTime := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{0xee}, 32))
	shape := body.Shape{Chunk: MinChunk, Codec: body.None, Records: true}
	s.manifest.Content = Content{Form: formBody, Media: MediaRecords, Chunk: MinChunk, Codec: CodecNone, Key: base64url.Encode(oneTime.Public().(ed25519.PublicKey))}
	if err := s.sign(s.manifest, sign); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	sealer := body.NewSealer(&out, must(bodyKeys(seed, s.commitKey.bytes(), s.digest)), oneTime, shape)
	must(sealer.Write(content))
	if err := sealer.Finish(); err != nil {
		t.Fatal(err)
	}
	c := counted(s.digest, sealer.Tally(), shape)
	if err := sealer.Close(must(c.sign(sign))); err != nil {
		t.Fatal(err)
	}
	s.closing = &c
	digest, _ := base64url.DecodeLen(s.digest, 32)
	key := must(hkdf.Key(sha256.New, seed, nil, "segel/1 body"+string(digest), 32))
	first, whole := sha256.Sum256(content[:MinChunk]), sha256.Sum256(out.Bytes())
	text := append([]byte("segel/1 chunk"), digest...)
	text = append(text, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	text = binary.BigEndian.AppendUint32(text, MinChunk)
	signature := ed25519.Sign(oneTime, append(text, first[:]...))
	return s, out.Bytes(), content, map[string]string{
		"manifest digest": s.digest, "key": s.manifest.Content.Key, "body key": hex.EncodeToString(key), "content root": c.Root,
		"SHA-256( stored ) of chunk 0": hex.EncodeToString(first[:]), "its signature": base64url.Encode(signature),
		"SHA-256( body )": hex.EncodeToString(whole[:]), "bytes": fmt.Sprint(c.Bytes), "body's length": fmt.Sprint(out.Len()),
	}
}

// TestWorkedBody holds the package documentation to its own numbers, and opens the
// file that a stranger's implementation can be tried on. Everything but the token's
// encryption is deterministic.
func TestWorkedBody(t *testing.T) {
	const path = "testdata/example-body.segel"
	s, sealed, content, published := workedBody(t)
	_, seed, _, sign, decrypt := worked(t)
	if *regenerate {
		token := must(jose.Encrypt(typeEnvelope, joinSecret(s.jws, seed, nil), decrypt.Public().key))
		if err := os.WriteFile(path, append(marshalFile([][]byte{token}), sealed...), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	doc := must(os.ReadFile("doc.go"))
	for name, value := range published {
		if !bytes.Contains(doc, []byte(value)) {
			t.Errorf("doc.go does not state the example's %s: %s", name, value)
		}
	}
	file := must(os.ReadFile(path))
	if !bytes.HasSuffix(file, sealed) {
		t.Error("the example file has another body")
	}
	r, err := OpenStream(t.Context(), bytes.NewReader(file),
		Opener{Party: "bawaslu/pengawasan", Keys: []*PrivateKey{decrypt}, Purpose: "AWAS-TAHAPAN"},
		&streamer{yes: yes{time.Date(2024, 2, 14, 14, 0, 0, 0, time.UTC), sign.Public()}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) || *r.Proof().Closing != *s.closing {
		t.Errorf("the example file opens to %d bytes: %v", len(got), err)
	}
}
