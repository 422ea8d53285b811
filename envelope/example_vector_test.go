package envelope

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/jose"
)

var regenerate = flag.Bool("regenerate", false, "write testdata/example.segel anew")

// The keys of the worked example are published ones: RFC 8037 appendix A.1 and
// RFC 7518 appendix C.
const exampleKeys = `{"keys":[
{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","alg":"EdDSA","use":"sig","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw","alg":"ECDH-ES+A256KW","use":"enc","kid":"Vy57XrArUrW0NbpI12tEzDHABxMwrTh6HHXRenSpnCo"}]}`

// worked builds the example of the package documentation: everything but the
// encryption is deterministic.
func worked(t *testing.T) (s *Sealed, seed, content []byte, sign, decrypt *PrivateKey) {
	t.Helper()
	keys, err := ParsePrivateKeys([]byte(exampleKeys))
	if err != nil {
		t.Fatal(err)
	}
	sign, decrypt = keys[0], keys[1]
	for i := range byte(seedLen) {
		seed = append(seed, i)
	}
	content = []byte("{\"kode_tps\":\"3101011001001\"}\n")
	digest := sha256.Sum256(nil)
	draft := Draft{
		ID: "018da7d3-ac00-7000-8000-000000000001", Sender: "kpu/sirekap",
		Recipients: []Recipient{{"bawaslu/pengawasan", decrypt.Public()}},
		Dataset:    Dataset{"sirekap/hasil-tps", "1.0.0", base64url.Encode(digest[:])},
		Purpose:    "AWAS-TAHAPAN", Agreement: Agreement{"PKS-KPU-BAWASLU-1", base64url.Encode(digest[:])},
		IssuedAt: time.Date(2024, 2, 14, 13, 0, 0, 0, time.UTC), AsOf: "2024-02-14",
	}
	m, err := draft.manifest()
	if err != nil {
		t.Fatal(err)
	}
	ck, err := commitKey(seed)
	if err != nil {
		t.Fatal(err)
	}
	m.Commit = commitSeed(seed)
	m.Content = Content{Form: formInline, Media: MediaRecords, Bytes: int64(len(content)), Records: 1, MAC: contentMAC(ck, content)}
	s = &Sealed{commitKey: hide(ck)}
	if err := s.sign(m, sign); err != nil {
		t.Fatal(err)
	}
	return s, seed, content, sign, decrypt
}

// TestWorkedExample holds the package documentation to its own numbers and
// opens the file that a stranger's implementation can be tried on.
func TestWorkedExample(t *testing.T) {
	s, seed, content, sign, decrypt := worked(t)
	if *regenerate {
		token, err := jose.Encrypt(typeEnvelope, joinSecret(s.jws, seed, content), decrypt.Public().key)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/example.segel", marshalFile([][]byte{token}), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	jwsSum := sha256.Sum256(s.jws)
	for name, value := range map[string]string{
		"seed":            hex.EncodeToString(seed),
		"commit":          s.manifest.Commit,
		"commitKey":       hex.EncodeToString(s.commitKey.bytes()),
		"mac":             s.manifest.Content.MAC,
		"manifest digest": s.digest,
		"jws":             hex.EncodeToString(jwsSum[:]),
		"sender's kid":    sign.Public().ID(),
		"recipient's kid": decrypt.Public().ID(),
	} {
		if !bytes.Contains(doc, []byte(value)) {
			t.Errorf("doc.go does not state the example's %s: %s", name, value)
		}
	}
	file, err := os.ReadFile("testdata/example.segel")
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Open(t.Context(), bytes.NewReader(file),
		Opener{Party: "bawaslu/pengawasan", Keys: []*PrivateKey{decrypt}, Purpose: "AWAS-TAHAPAN"},
		yes{time.Date(2024, 2, 14, 14, 0, 0, 0, time.UTC), sign.Public()})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(opened.Content(), content) || opened.Proof().Digest != s.digest {
		t.Error("the example file opens to something else")
	}
}
