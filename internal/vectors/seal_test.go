package vectors

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"math/bits"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
)

// records is the content of every envelope that says no other: one record of a
// polling station that there is not.
const records = `{"kode_tps":"3199011001001","lat":null,"lon":null}` + "\n"

// A sealed is one vector of an envelope. Its zero value, but for name and comment,
// is an honest envelope from kominfo/jaringan to kpu/sirekap; each field changes
// one thing.
type sealed struct {
	name, comment string
	expect        envelope.Reason
	layer         string // "" is format
	answer        string // "" is what follows from the reason

	signer  string   // whose key signs; "" is the sender's
	to      []string // file names of the recipients' keys; nil is kpu-sirekap
	content *string  // nil is records
	media   string   // "" is NDJSON

	manifest func(*envelope.Manifest)                               // what the sender says
	text     func(string) string                                    // its JSON text
	blanks   bool                                                   // the text is not filled up to 512 bytes
	jws      func(f forge, header, payload string, k *key) []string // how it is signed; nil is honestly
	secret   func(*parts)                                           // what is encrypted
	how      sealing                                                // how
	token    func([]string) []string                                // the finished token's segments
	file     func(b *built, file []byte) []byte

	as, keys, directory, purpose, handler string // of the opener
	at                                    time.Time
	seen                                  func(b *built) []string
}

// parts are the plaintext of a token.
type parts struct {
	manifest, seed, content, padding []byte
	tilde                            string
}

// built is what was made on the way.
type built struct {
	forge
	manifest  envelope.Manifest
	digest    string
	plaintext []byte
	recipient *key
}

// id is a UUIDv7 of the moment and the seed.
func (f forge) id(t time.Time) string {
	ms := t.UnixMilli()
	r := f.random("id", 10)
	b := []byte{byte(ms >> 40), byte(ms >> 32), byte(ms >> 24), byte(ms >> 16), byte(ms >> 8), byte(ms), r[0]&0x0f | 0x70, r[1], r[2]&0x3f | 0x80, r[3], r[4], r[5], r[6], r[7], r[8], r[9]}
	const hex = "0123456789abcdef"
	var out strings.Builder
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out.WriteByte('-')
		}
		out.WriteByte(hex[c>>4])
		out.WriteByte(hex[c&15])
	}
	return out.String()
}

func commitKeyOf(seed []byte) []byte {
	k, err := hkdf.Key(sha256.New, seed, nil, "segel/1 commit", 32)
	if err != nil {
		panic(err)
	}
	return k
}

func macOf(seed []byte, content string) string {
	h := hmac.New(sha256.New, commitKeyOf(seed))
	h.Write([]byte(content))
	return b64(h.Sum(nil))
}

func commitOf(seed []byte) string {
	sum := sha256.Sum256(append([]byte("segel/1 seed"), seed...))
	return b64(sum[:])
}

func padme(n int) int {
	if n < 2 {
		return n
	}
	e := bits.Len(uint(n)) - 1
	mask := 1<<(e-bits.Len(uint(e))) - 1
	return (n + mask) &^ mask
}

// ownerOf returns the party whose file of keys it is.
func ownerOf(file string) string {
	for _, p := range parties {
		for _, k := range p.keys {
			if k == file {
				return p.id
			}
		}
	}
	return strings.Replace(file, "-", "/", 1)
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// build makes the file.
func (m *maker) build(s *sealed) ([]byte, *built) {
	m.Helper()
	b := &built{forge: m.forge("envelope/" + s.name)}
	if s.to == nil {
		s.to = []string{"kpu-sirekap"}
	}
	content := records
	if s.content != nil {
		content = *s.content
	}
	seed := b.random("seed", 32)
	issued := now.Add(-time.Hour)
	if !s.at.IsZero() {
		issued = s.at.Add(-time.Hour)
	}
	b.manifest = envelope.Manifest{
		Version: 1, ID: b.id(issued), Sender: "kominfo/jaringan",
		IssuedAt: issued.Unix(), NotBefore: issued.Unix(), Expires: issued.Add(24 * time.Hour).Unix(),
		Dataset: envelope.Dataset{ID: dataset, Version: "1.0.0", Digest: m.definition}, Purpose: code,
		Agreement: envelope.Agreement{ID: "PKS-UJI", Digest: m.agreementDigest("pks-uji")}, Commit: commitOf(seed),
		Content: envelope.Content{Form: "inline", Media: orText(s.media, envelope.MediaRecords), Bytes: int64(len(content)), Records: int64(strings.Count(content, "\n")), MAC: macOf(seed, content)},
	}
	if s.media != "" {
		b.manifest.Content.Records = 1
	}
	for _, to := range s.to {
		b.manifest.Recipients = append(b.manifest.Recipients, envelope.Party(ownerOf(to)))
		b.manifest.Keys = append(b.manifest.Keys, m.keys[to].encrypt.Kid)
	}
	if s.manifest != nil {
		s.manifest(&b.manifest)
	}
	jws := m.manifestOf(s, b)
	p := &parts{manifest: []byte(jws), seed: seed, content: []byte(content), padding: make([]byte, padme(len(content))-len(content)), tilde: "~"}
	if s.secret != nil {
		s.secret(p)
	}
	b.plaintext = bytes.Join([][]byte{p.manifest, []byte(p.tilde), p.seed, p.content, p.padding}, nil)
	b.recipient = m.keys[s.to[0]].encrypt
	token := b.jwe("segel-envelope+jwe", b.plaintext, b.recipient, s.how)
	honest := fileOf(strings.Join(token, "."))
	file := honest
	if s.token != nil {
		file = fileOf(strings.Join(s.token(token), "."))
	}
	if s.file != nil {
		file = s.file(b, bytes.Clone(file))
	}
	if (s.token != nil || s.file != nil) && bytes.Equal(file, honest) {
		m.Fatalf("%s: the change changes nothing", s.name)
	}
	return file, b
}

// manifestOf signs the manifest and notes its digest.
func (m *maker) manifestOf(s *sealed, b *built) string {
	m.Helper()
	raw, err := json.Marshal(&b.manifest)
	if err != nil {
		m.Fatal(err)
	}
	text := string(raw)
	if s.text != nil {
		changed := s.text(text)
		if changed == text {
			m.Fatalf("%s: the change of the text changes nothing", s.name)
		}
		text = changed
	}
	if fill := -len(text) & 511; fill > 0 && !s.blanks {
		text += strings.Repeat(" ", fill)
	}
	k := m.keys[orText(s.signer, "kominfo-jaringan")].sign
	sign := s.jws
	if sign == nil {
		sign = func(f forge, header, payload string, k *key) []string { return f.jws(header, []byte(payload), k) }
	}
	segments := sign(b.forge, jwsHeader("segel-manifest+jwt", k), text, k)
	jws := strings.Join(segments, ".")
	sum := sha256.Sum256([]byte("segel/1 manifest\n" + jws[:max(strings.LastIndex(jws, "."), 0)]))
	b.digest = b64(sum[:])
	return jws
}

// envelope makes one vector and puts it into the folder.
func (m *maker) envelope(s sealed) {
	m.Helper()
	file, b := m.build(&s)
	v := &envelopetest.Vector{
		Name: "envelope/" + s.name, Comment: s.comment, Kind: "envelope", Expect: s.expect, Layer: orText(s.layer, "format"),
		Answer: orText(s.answer, answerTo(s.expect)), At: now, As: "kpu/sirekap", Purpose: purpose.Code(orText(s.purpose, code)),
		Keys: orText(s.keys, "kpu-sirekap.jwks"), Directory: orText(s.directory, "current"), Handler: s.handler, Data: file,
	}
	if s.as != "" {
		v.As = envelope.Party(s.as)
	}
	if !s.at.IsZero() {
		v.At = s.at
	}
	if s.seen != nil {
		v.Seen = s.seen(b)
	}
	if s.expect == "" {
		content := records
		if s.content != nil {
			content = *s.content
		}
		v.Result = envelopetest.ContentHash([]byte(content))
	}
	m.add(v)
}

// answerTo is what the bringer of an envelope is told, as exchange says.
func answerTo(r envelope.Reason) string {
	switch {
	case r == "", r == envelope.ReasonReplayed, r.Settles():
		return "receipt"
	case r == envelope.ReasonMalformed, r == envelope.ReasonTooLarge:
		return string(r)
	case r.Kind() == envelope.KindDamage:
		return "cannot_open"
	case r.Kind() == envelope.KindNotNow:
		return "try_later"
	}
	return "receipt, not final"
}

// add puts a vector into the folder.
func (m *maker) add(v *envelopetest.Vector) {
	m.Helper()
	if _, there := m.files[v.Name]; there {
		m.Fatalf("%s: twice", v.Name)
	}
	file := v.Marshal()
	if _, err := envelopetest.ParseVector(file); err != nil {
		m.Fatalf("%s: %v", v.Name, err)
	}
	m.files[v.Name] = file
	m.vectors++
}
