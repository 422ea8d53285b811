package endtoend

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/limits"
)

// What the bytes of a file are, for those who make false ones by hand.
const (
	magic        = "segel/1\n"
	typeEnvelope = "segel-envelope+jwe"
	alphabet     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
)

// A forgery is a sort of file that no honest sender has sent to this recipient,
// and how far it gets.
type forgery struct {
	name  string
	files [][]byte // each is another; they are posted in turn, as they are
	vary  bool     // before each posting some bytes of the ciphertext are changed

	status int // what its bringer is told: 422, cannot be opened, unless a newer directory may know the key: 503
}

// forgeries returns all sorts, n files of each that must be made one by one. They
// are what somebody can make who has the directory, has seen honest envelopes go
// by, and may be a party himself.
func (p *pair) forgeries(n int, honest [][]byte) []forgery {
	p.Helper()
	stranger, kominfo, sipol := envelopetest.Stranger(), envelopetest.Jaringan(), envelopetest.Sipol()
	return []forgery{
		{name: "sealed by nobody in the directory", status: 503, files: p.times(n, func() []byte {
			return p.seal(stranger, stranger.Party, bawaslu)
		})},
		{name: "sealed by nobody in another's name", status: 503, files: p.times(n, func() []byte {
			return p.seal(stranger, sirekap.Party, bawaslu)
		})},
		{name: "sealed by a party in another's name", status: 422, files: p.times(n, func() []byte {
			return p.seal(sipol, sirekap.Party, bawaslu)
		})},
		{name: "signed by nobody under the sender's key", status: 422, files: p.times(n, func() []byte {
			return p.rewrap(p.seal(stranger, sirekap.Party, bawaslu), bawaslu, func(secret []byte) []byte {
				return bytes.Replace(secret, header(stranger.Signing.Public().ID()), header(sirekap.Signing.Public().ID()), 1)
			})
		})},
		{name: "the sender's, signed for other bytes", status: 422, files: p.times(n, func() []byte {
			return p.rewrap(p.seal(sirekap, sirekap.Party, kominfo, bawaslu), kominfo, func(secret []byte) []byte {
				payload := bytes.Split(secret[:bytes.IndexByte(secret, '~')], []byte{'.'})[1]
				claims := make([]byte, base64.RawURLEncoding.DecodedLen(len(payload)))
				if _, err := base64.RawURLEncoding.Decode(claims, payload); err != nil {
					p.Fatal(err)
				}
				claims[len(claims)-1] = '\n' // in place of the last blank that fills it up
				base64.RawURLEncoding.Encode(payload, claims)
				return secret
			})
		})},
		{name: "the sender's to another, handed on", status: 422, files: p.times(n, func() []byte {
			return p.rewrap(p.seal(sirekap, sirekap.Party, kominfo), kominfo, func(secret []byte) []byte { return secret })
		})},
		{name: "the sender's with other records, by a recipient", status: 422, files: p.times(n, func() []byte {
			return p.rewrap(p.seal(sirekap, sirekap.Party, kominfo, bawaslu), kominfo, func(secret []byte) []byte {
				secret[len(secret)-100] ^= 1
				return secret
			})
		})},
		{name: "the sender's to another, captured", status: 422, files: p.times(n, func() []byte {
			return p.seal(sirekap, sirekap.Party, kominfo)
		})},
		{name: "honest, damaged on the way", status: 422, files: honest, vary: true},
		{name: "noise in a sound frame", status: 422, files: p.times(n, func() []byte { return noise(honest[0]) })},
	}
}

// times makes n files.
func (p *pair) times(n int, make func() []byte) (files [][]byte) {
	for range n {
		files = append(files, make())
	}
	return files
}

// header is a manifest's header under a key, as it stands in a token.
func header(kid string) []byte {
	return []byte(base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"ES256","kid":"` + kid + `","typ":"segel-manifest+jwt"}`)))
}

// seal seals by one's key in the name of another, and returns the file for the
// first recipient.
func (p *pair) seal(by envelopetest.Agency, as envelope.Party, to ...envelopetest.Agency) []byte {
	p.Helper()
	def, err := p.Definitions.Latest(dataset)
	if err != nil {
		p.Fatal(err)
	}
	payload, err := envelope.Records(p.records)
	if err != nil {
		p.Fatal(err)
	}
	draft := envelopetest.Draft(sirekap, to...)
	draft.Sender, draft.Purpose, draft.Dataset, draft.IssuedAt = as, code, envelope.Dataset(def.Ref()), p.now()
	sealed, err := envelope.Seal(by.Signing, draft, payload)
	if err != nil {
		p.Fatal(err)
	}
	file, err := sealed.Delivery(to[0].Party)
	if err != nil {
		p.Fatal(err)
	}
	return file
}

// rewrap opens a file by its recipient's key, changes what is inside, and encrypts
// that to Bawaslu, as that recipient can.
func (p *pair) rewrap(file []byte, by envelopetest.Agency, change func([]byte) []byte) []byte {
	p.Helper()
	keys, err := envelope.MarshalPrivateKeys(by.Encryption)
	if err != nil {
		p.Fatal(err)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(keys, &set); err != nil {
		p.Fatal(err)
	}
	key, err := jose.ParsePrivate(set.Keys[0])
	if err != nil {
		p.Fatal(err)
	}
	secret, err := jose.Decrypt(typeEnvelope, file[len(magic)+6:], limits.Token, func(string) *jose.PrivateKey { return key })
	if err != nil {
		p.Fatal(err)
	}
	secret = change(secret)
	jwk, err := bawaslu.Encryption.Public().MarshalJSON()
	if err != nil {
		p.Fatal(err)
	}
	to, err := jose.ParsePublic(jwk)
	if err != nil {
		p.Fatal(err)
	}
	token, err := jose.Encrypt(typeEnvelope, secret, to)
	if err != nil {
		p.Fatal(err)
	}
	return frame(token)
}

// frame makes a file of one token.
func frame(token []byte) []byte {
	out := append([]byte(magic), 0, 1)
	return append(binary.BigEndian.AppendUint32(out, uint32(len(token))), token...)
}

// noise keeps the header of a token and replaces the rest by random letters of the
// same number.
func noise(file []byte) []byte {
	token := bytes.Clone(file[len(magic)+6:])
	for i := bytes.IndexByte(token, '.') + 1; i < len(token); i++ {
		if token[i] != '.' && i+1 < len(token) && token[i+1] != '.' {
			token[i] = alphabet[rand.IntN(len(alphabet))]
		}
	}
	return frame(token)
}

// varied returns a file with some letters of its ciphertext changed.
func varied(file []byte) []byte {
	out := bytes.Clone(file)
	for range 4 {
		// Far from the header, and from the last letters, which base64url constrains.
		i := len(out)/2 + rand.IntN(len(out)/4)
		if out[i] != '.' {
			out[i] = alphabet[(bytes.IndexByte([]byte(alphabet), out[i])+1)%len(alphabet)]
		}
	}
	return out
}

// honest seals n envelopes into the sender's outbox and returns their files and
// ids.
func (p *pair) honest(d *exchange.Dispatcher, n int) (files [][]byte, ids []string) {
	p.Helper()
	ctx := context.Background()
	for range n {
		sealed, _, err := d.Send(ctx, p.shipment())
		if err != nil {
			p.Fatal(err)
		}
		file, err := sealed.Delivery(bawaslu.Party)
		if err != nil {
			p.Fatal(err)
		}
		files, ids = append(files, file), append(ids, sealed.Manifest().ID)
	}
	return files, ids
}

// Every sort is refused for the reason that it was made for: else the flood would
// be one of a single sort under many names.
func TestForgeriesGetAsFarAsTheyWereMadeTo(t *testing.T) {
	p := newPair(t, nil)
	d := p.dispatcher(nil)
	files, _ := p.honest(d, 1)
	want := map[string]envelope.Reason{
		"sealed by nobody in the directory":               envelope.ReasonUnknownKey,
		"sealed by nobody in another's name":              envelope.ReasonUnknownKey,
		"sealed by a party in another's name":             envelope.ReasonKeyNotValid,
		"signed by nobody under the sender's key":         envelope.ReasonBadSignature,
		"the sender's, signed for other bytes":            envelope.ReasonBadSignature,
		"the sender's to another, handed on":              envelope.ReasonForwarded,
		"the sender's with other records, by a recipient": envelope.ReasonBadContent,
		"the sender's to another, captured":               envelope.ReasonNotForMe,
		"honest, damaged on the way":                      envelope.ReasonCannotOpen,
		"noise in a sound frame":                          envelope.ReasonCannotOpen,
	}
	for _, f := range p.forgeries(1, files) {
		file := f.files[0]
		if f.vary {
			file = varied(file)
		}
		a := p.receiver.Receive(context.Background(), bytes.NewReader(file))
		if a.Reason != want[f.name] || a.Reply().Receipt != nil || a.Key != (exchange.Key{}) {
			t.Errorf("%s: %q, want %q", f.name, a.Reason, want[f.name])
		}
	}
}
