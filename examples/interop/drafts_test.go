package interop

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
)

// A draft that no recipient would accept is refused before it is sealed, and so
// is a key that must not be used.
func TestInteropDrafts(t *testing.T) {
	first, second, sender := generate(t, envelope.ECDHES), generate(t, envelope.ECDHES), generate(t, envelope.ES256)
	to := func(party string, key any) map[string]any { return map[string]any{"party": party, "key": key} }
	one := to("bawaslu/pengawasan", json.RawMessage(jwk(t, first)))
	// but returns a recipient whose key has other members.
	but := func(key *envelope.PrivateKey, change map[string]any) []any {
		var members map[string]any
		if err := json.Unmarshal(jwk(t, key), &members); err != nil {
			t.Fatal(err)
		}
		maps.Copy(members, change)
		return []any{to("bawaslu/pengawasan", members)}
	}
	var many []any
	for i := range 65 {
		many = append(many, to(fmt.Sprint("a/b", i), json.RawMessage(jwk(t, generate(t, envelope.ECDHES)))))
	}
	digest := envelopetest.Digest("x")
	const misuse, malformed, lifetime, tooLarge = envelope.ReasonMisuse, envelope.ReasonMalformed, envelope.ReasonLifetime, envelope.ReasonTooLarge
	tests := []struct {
		name   string
		member string
		value  any
		ndjson string
		want   envelope.Reason
	}{
		{"sound", "validFor", 3600, ndjson, ""},
		{"no records", "validFor", 3600, "", ""},
		{"64 recipients", "recipients", many[:64], ndjson, ""},
		{"a sender that is no party", "sender", "KPU", ndjson, misuse},
		{"a sender with a line", "sender", "kpu/sirekap\n", ndjson, misuse},
		{"a recipient that is no party", "recipients", []any{to("bawaslu", json.RawMessage(jwk(t, first)))}, ndjson, misuse},
		{"no recipient", "recipients", []any{}, ndjson, misuse},
		{"65 recipients", "recipients", many, ndjson, misuse},
		{"a recipient twice", "recipients", []any{one, to("bawaslu/pengawasan", json.RawMessage(jwk(t, second)))}, ndjson, misuse},
		{"a key twice", "recipients", []any{one, to("kominfo/jaringan", json.RawMessage(jwk(t, first)))}, ndjson, misuse},
		{"a purpose in small letters", "purpose", "awas-tahapan", ndjson, misuse},
		{"an agreement without a digest", "agreement", map[string]string{"id": "PKS-1", "digest": ""}, ndjson, misuse},
		{"an agreement without a name", "agreement", map[string]string{"id": "", "digest": digest}, ndjson, misuse},
		{"a digest with unused bits", "dataset", map[string]string{"id": "a/b", "version": "1.0.0", "digest": digest[:42] + "B"}, ndjson, misuse},
		{"a version of two numbers", "dataset", map[string]string{"id": "a/b", "version": "1.0", "digest": digest}, ndjson, misuse},
		{"a dataset without a system", "dataset", map[string]string{"id": "b", "version": "1.0.0", "digest": digest}, ndjson, misuse},
		{"a member that nobody knows", "note", "x", ndjson, misuse},
		{"a life of nothing", "validFor", 0, ndjson, lifetime},
		{"a life of 30 days and a second", "validFor", 30*86400 + 1, ndjson, lifetime},
		{"a life in words", "validFor", "1h", ndjson, lifetime},
		{"a record that does not end", "validFor", 1, "{}", malformed},
		{"an empty record", "validFor", 1, "{}\n\n", malformed},
		{"4 MiB and a byte", "validFor", 1, strings.Repeat("x", 4<<20) + "\n", tooLarge},
		{"a key for signatures", "recipients", but(sender, nil), ndjson, misuse},
		{"a key that says it is for signatures", "recipients", but(first, map[string]any{"use": "sig"}), ndjson, malformed},
		{"a key of another algorithm", "recipients", but(first, map[string]any{"alg": "ECDH-ES"}), ndjson, malformed},
		{"a key of another kind", "recipients", but(first, map[string]any{"alg": "RSA-OAEP-256"}), ndjson, malformed},
		{"another kid", "recipients", but(first, map[string]any{"kid": digest}), ndjson, malformed},
		{"a private key", "recipients", but(first, map[string]any{"d": digest}), ndjson, malformed},
		{"RSA of 1024 bits", "recipients", []any{to("bawaslu/pengawasan", json.RawMessage(small(t)))}, ndjson, malformed},
	}
	for _, l := range languages(t) {
		dir := t.TempDir()
		path := func(name string) string { return filepath.Join(dir, name) }
		writeKeys(t, dir, "sender", sender, first)
		writeKeys(t, dir, "two", sender, generate(t, envelope.ES256))
		var jobs []job
		for i, tt := range tests {
			p := plan()
			d := map[string]any{
				"sender": p.Sender, "recipients": []any{one}, "dataset": p.Dataset, "purpose": p.Purpose, "agreement": p.Agreement, "validFor": p.ValidFor,
			}
			d[tt.member] = tt.value
			draft, records := fmt.Sprint("draft", i), fmt.Sprint("records", i)
			writeJSON(t, dir, draft, d)
			write(t, dir, records, []byte(tt.ndjson))
			jobs = append(jobs, job{"seal", path(draft), path(records), path("sender.private.jwks"), path(fmt.Sprint(i, ".segel"))})
		}
		jobs = append(jobs, job{"seal", path("draft0"), path("records0"), path("two.private.jwks"), path("two.segel")})
		ends := l.run(t, envelopetest.Now(), jobs)
		for i, tt := range tests {
			if ends[i] != string(tt.want) {
				t.Errorf("%s: %s says %q, want %q", tt.name, l.name, ends[i], tt.want)
			}
		}
		if last := ends[len(tests)]; last != string(misuse) {
			t.Errorf("two signing keys: %s says %q", l.name, last)
		}
	}
}

// small returns the public JWK of an RSA key that is too small to be ours.
func small(t *testing.T) []byte {
	t.Helper()
	n := bytes.Repeat([]byte{0xC5}, 128)
	b64 := base64.RawURLEncoding.EncodeToString
	kid := sha256.Sum256(fmt.Appendf(nil, `{"e":"AQAB","kty":"RSA","n":%q}`, b64(n)))
	return fmt.Appendf(nil, `{"kty":"RSA","n":%q,"e":"AQAB","alg":"RSA-OAEP-256","use":"enc","kid":%q}`, b64(n), b64(kid[:]))
}
