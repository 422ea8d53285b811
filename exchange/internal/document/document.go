// Package document reads and writes signed documents: directories and
// agreements.
//
// A signed document is a text file. Its first line is its type and version.
// Every further line is one signature: a compact JWS (RFC 7515) with the header
// alg, kid and typ. All of them sign the same payload, byte for byte.
//
//	segel-agreement/1 LF
//	BASE64URL(header) . BASE64URL(payload) . BASE64URL(signature) LF
//	BASE64URL(header) . BASE64URL(payload) . BASE64URL(signature) LF
//
//	first line           typ of every signature   payload      file
//	segel-directory/1    segel-directory+jwt      16 MiB       64 MiB
//	segel-agreement/1    segel-agreement+jwt      256 KiB      8 MiB
//
// There is one text for each set of signatures over a payload: every line ends
// with one LF, no CR and no blank line, lines in ascending order of kid (by
// byte), one line for each key, 1 to 64 of them. Anything else is refused. So
// signatures can be collected in any order, and added or dropped without a
// change to what is signed.
//
// The digest of a document is BASE64URL(SHA-256(first line ‖ LF ‖ payload)). It
// names what was signed and for which type, never who signed it: the signatures
// are not under it.
//
// The first line is not under the signatures either; typ is. A later version of
// a document must therefore have another typ or say its version in the payload.
//
// How many signatures are needed, and whose, is not this package's question.
package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/limits"
)

// Kind is the type of a document. The list is closed.
type Kind uint8

// The kinds of documents.
const (
	Directory Kind = iota + 1
	Agreement
)

// form is what a kind fixes. maxPayload and maxFile are bytes.
type form struct {
	name       string
	typ        envelope.TokenType
	maxPayload int
	maxFile    int
}

func (k Kind) form() (form, bool) {
	switch k {
	case Directory:
		return form{"segel-directory/", envelope.TypeDirectory, 16 << 20, 64 << 20}, true
	case Agreement:
		return form{"segel-agreement/", envelope.TypeAgreement, 256 << 10, 8 << 20}, true
	}
	return form{}, false
}

func (f form) firstLine() string { return f.name + "1\n" }

// later is the number of a version that this package does not know.
var later = regexp.MustCompile(`^([2-9]|[1-9][0-9]{1,5})$`)

// A Document is a payload and its signatures, none of which is proven before
// [Document.Verify]. It is immutable and may be used concurrently.
type Document struct {
	form    form
	payload []byte
	lines   []line // ascending by kid
}

type line struct {
	kid   string
	token []byte
}

// New returns a document without signatures. The payload is kept as it is.
func New(k Kind, payload []byte) (*Document, error) {
	f, ok := k.form()
	switch {
	case !ok || len(payload) == 0:
		return nil, refuse(envelope.ReasonMisuse, "document")
	case len(payload) > f.maxPayload:
		return nil, refuse(envelope.ReasonTooLarge, "document")
	}
	return &Document{form: f, payload: bytes.Clone(payload)}, nil
}

// IsSigned reports whether file claims to be a document of kind k in any
// version, rather than a bare payload.
func IsSigned(k Kind, file []byte) bool {
	f, ok := k.form()
	return ok && bytes.HasPrefix(file, []byte(f.name))
}

// Parse reads a file of kind k with at least one signature. The error has
// ReasonMalformed, ReasonTooLarge, or ReasonNewerVersion if the first line has
// a version that is not known. No signature is verified.
func Parse(k Kind, file []byte) (*Document, error) {
	f, ok := k.form()
	if !ok {
		return nil, refuse(envelope.ReasonMisuse, "document")
	}
	if len(file) > f.maxFile {
		return nil, refuse(envelope.ReasonTooLarge, "document")
	}
	rest, found := bytes.CutPrefix(file, []byte(f.firstLine()))
	if !found {
		first, _, _ := bytes.Cut(file, []byte{'\n'})
		if version, ours := strings.CutPrefix(string(first[:min(len(first), 64)]), f.name); ours && later.MatchString(version) {
			return nil, refuse(envelope.ReasonNewerVersion, "document")
		}
		return nil, refuse(envelope.ReasonMalformed, "document: first line")
	}
	rest, found = bytes.CutSuffix(rest, []byte{'\n'})
	if !found {
		return nil, refuse(envelope.ReasonMalformed, "document: no signature, or no line feed at the end")
	}
	if bytes.Count(rest, []byte{'\n'}) >= limits.DocumentSignatures {
		return nil, refuse(envelope.ReasonTooLarge, "document: signatures")
	}
	return parseLines(f, bytes.Split(bytes.Clone(rest), []byte{'\n'}))
}

func parseLines(f form, tokens [][]byte) (*Document, error) {
	d := &Document{form: f}
	var first []byte // the payload's text in the first line
	for i, token := range tokens {
		// One text of base64url stands for each sequence of bytes, so equal
		// texts are equal payloads. Comparing them first decodes nothing of a
		// line that will be refused.
		_, text, _ := bytes.Cut(token, []byte{'.'})
		text, _, _ = bytes.Cut(text, []byte{'.'})
		if base64.RawURLEncoding.DecodedLen(len(text)) > f.maxPayload {
			return nil, refuse(envelope.ReasonTooLarge, "document: payload")
		}
		if i > 0 && !bytes.Equal(text, first) {
			return nil, refuse(envelope.ReasonMalformed, "document: the signatures are not over the same payload")
		}
		kid, payload, err := envelope.PeekToken(f.typ, token)
		if err != nil {
			return nil, refuse(envelope.ReasonOf(err), "document: signature")
		}
		if i == 0 {
			first, d.payload = text, payload
		} else if kid <= d.lines[i-1].kid {
			return nil, refuse(envelope.ReasonMalformed, "document: signatures are not in order, or a key has two")
		}
		d.lines = append(d.lines, line{kid, token})
	}
	return d, nil
}

// Payload returns the bytes that every signature signs. They must not be
// modified.
func (d *Document) Payload() []byte { return d.payload }

// Digest returns the document's digest.
func (d *Document) Digest() string {
	h := sha256.New()
	h.Write([]byte(d.form.firstLine()))
	h.Write(d.payload)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// Signers returns the thumbprints of the keys that signed it, by its own
// unproven account, in ascending order.
func (d *Document) Signers() []string {
	kids := make([]string, len(d.lines))
	for i, l := range d.lines {
		kids[i] = l.kid
	}
	return kids
}

// Verify verifies the signature of key. The error has ReasonUnknownKey if there
// is none, else those of envelope.VerifyToken.
func (d *Document) Verify(key *envelope.PublicKey) error {
	if key == nil {
		return refuse(envelope.ReasonMisuse, "no key")
	}
	i, found := d.find(key.ID())
	if !found {
		return refuse(envelope.ReasonUnknownKey, "document: no signature of this key")
	}
	payload, err := envelope.VerifyToken(d.form.typ, d.lines[i].token, key)
	if err != nil {
		return err
	}
	if !bytes.Equal(payload, d.payload) {
		return refuse(envelope.ReasonBadSignature, "document")
	}
	return nil
}

// Sign returns the document with the signature of key added. A key that has
// signed already has ReasonMisuse.
func (d *Document) Sign(key *envelope.PrivateKey) (*Document, error) {
	if key == nil {
		return nil, refuse(envelope.ReasonMisuse, "no key")
	}
	kid := key.Public().ID()
	i, found := d.find(kid)
	if found {
		return nil, refuse(envelope.ReasonMisuse, "document: this key has signed it already")
	}
	if len(d.lines) >= limits.DocumentSignatures {
		return nil, refuse(envelope.ReasonTooLarge, "document: signatures")
	}
	token, err := envelope.SignToken(d.form.typ, d.payload, key)
	if err != nil {
		return nil, err
	}
	signed := &Document{d.form, d.payload, slices.Insert(slices.Clone(d.lines), i, line{kid, token})}
	if signed.size() > d.form.maxFile {
		return nil, refuse(envelope.ReasonTooLarge, "document")
	}
	return signed, nil
}

// File returns the document as a file. Without a signature it is not one that
// Parse reads.
func (d *Document) File() []byte {
	file := make([]byte, 0, d.size())
	file = append(file, d.form.firstLine()...)
	for _, l := range d.lines {
		file = append(append(file, l.token...), '\n')
	}
	return file
}

func (d *Document) size() int {
	n := len(d.form.firstLine())
	for _, l := range d.lines {
		n += len(l.token) + 1
	}
	return n
}

func (d *Document) find(kid string) (int, bool) {
	return slices.BinarySearchFunc(d.lines, kid, func(l line, kid string) int { return strings.Compare(l.kid, kid) })
}

func refuse(r envelope.Reason, detail string) error {
	return &envelope.Error{Reason: r, Detail: detail}
}
