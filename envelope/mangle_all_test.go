package envelope_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"iter"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/shared"
)

// mutants are all of them in a long run, else at every offset one of each sort, of
// which the race detector gets some.
func mutants(t *testing.T, data []byte) (all iter.Seq[envelopetest.Mutant], least int) {
	if shared.Long() {
		return envelopetest.Mangle(data), 4*len(data) - 4
	}
	some, mine := envelopetest.MangleSome(data, shared.Seed(t)), shared.OneIn(t, 7)
	if least = 4*len(data) - 4; shared.Race {
		least /= 8
	}
	return func(yield func(envelopetest.Mutant) bool) {
		for m := range some {
			if mine() && !yield(m) {
				return
			}
		}
	}, least
}

// mangled wants every mutant of data to be refused, but for those that the reader
// may accept because they say the same.
func mangled(t *testing.T, kind string, data []byte, accepts func([]byte) bool, same func([]byte) bool) {
	t.Helper()
	if !accepts(data) {
		t.Fatalf("%s: the honest one is refused", kind)
	}
	all, least := mutants(t, data)
	r := envelopetest.TryMutants(all, accepts)
	t.Logf("%s of %d bytes: %s", kind, len(data), r)
	for _, fault := range r.Panics {
		t.Errorf("%s: %s: panic", kind, fault)
	}
	for _, m := range r.Accepted {
		if same == nil || !same(m.Data) {
			t.Errorf("%s: accepted after %s", kind, m.Fault)
		}
	}
	if r.Tried < least {
		t.Errorf("%s: only %d mutants", kind, r.Tried)
	}
}

// sameJSON reports whether a text is data but for blanks of JSON between its
// members: what one byte can do to a key file without changing what it says.
func sameJSON(data []byte) func([]byte) bool {
	compact := func(text []byte) []byte {
		var out bytes.Buffer
		if json.Compact(&out, text) != nil {
			return nil
		}
		return out.Bytes()
	}
	want := compact(data)
	return func(text []byte) bool { return bytes.Equal(compact(text), want) }
}

// TestNoMutantIsAccepted mangles what package envelope reads: files, tokens,
// manifests (encrypted again, as a recipient can) and key files. Of all mutants
// those of key files alone are accepted that differ in blanks between JSON's
// members: they say the same.
func TestNoMutantIsAccepted(t *testing.T) {
	sender, to := envelopetest.Sirekap(), envelopetest.Pengawasan()
	sealed, err := envelopetest.Seal([]byte("{\"n\":1}\n"), sender, to)
	if err != nil {
		t.Fatal(err)
	}
	opens := func(file []byte) bool {
		_, err := envelopetest.Open(file, to)
		return err == nil
	}
	const frame = len("segel/1\n") + 2 + 4
	file := sealed.File()
	framed := func(token []byte) []byte {
		return append(binary.BigEndian.AppendUint32(bytes.Clone(file[:frame-4]), uint32(len(token))), token...)
	}

	mangled(t, "envelope file", file, opens, nil)
	mangled(t, "token", file[frame:], func(token []byte) bool { return opens(framed(token)) }, nil)

	// The insider: whoever received it can encrypt what is in it again.
	text, err := envelope.MarshalPrivateKeys(to.Encryption)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	key, err := jose.ParsePrivate(set.Keys[0])
	if err != nil {
		t.Fatal(err)
	}
	secret, err := jose.Decrypt("segel-envelope+jwe", file[frame:], 1<<20, func(string) *jose.PrivateKey { return key })
	if err != nil {
		t.Fatal(err)
	}
	mangled(t, "plaintext, encrypted again", secret, func(secret []byte) bool {
		token, err := jose.Encrypt("segel-envelope+jwe", secret, key.Public())
		return err == nil && opens(framed(token))
	}, nil)

	for _, a := range []envelope.Algorithm{envelope.ES256, envelope.EdDSA, envelope.ECDHES} {
		k, err := envelope.GenerateKey(a)
		if err != nil {
			t.Fatal(err)
		}
		file, err := envelope.MarshalPrivateKeys(k)
		if err != nil {
			t.Fatal(err)
		}
		mangled(t, "private key file, "+string(a), file, func(text []byte) bool {
			_, err := envelope.ParsePrivateKeys(text)
			return err == nil
		}, sameJSON(file))
		public, err := k.Public().MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		mangled(t, "public key, "+string(a), public, func(text []byte) bool {
			_, err := envelope.ParsePublicKey(text)
			return err == nil
		}, sameJSON(public))
	}

	// A statement, which anybody may carry.
	statement, err := envelope.SignToken(envelope.TypeQuestion, []byte(`{"v":1}`), sender.Signing)
	if err != nil {
		t.Fatal(err)
	}
	mangled(t, "signed statement", statement, func(token []byte) bool {
		_, err := envelope.VerifyToken(envelope.TypeQuestion, token, sender.Signing.Public())
		return err == nil
	}, nil)
}
