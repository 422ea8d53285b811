package envelope

import (
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/form"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/internal/strictjson"
)

// Version is the format version that this package makes and opens.
const Version = 1

// A Manifest is what a sender signs: evidence without content and without any
// key. Its members have exactly the names of the json tags, and every one
// without omitempty is mandatory. Digests and thumbprints are 43 characters of
// base64url, times NumericDate (RFC 7519 section 2, whole seconds).
type Manifest struct {
	Version    int      `json:"v"`   // Version
	ID         string   `json:"jti"` // UUIDv7 (RFC 9562) in lower case
	Sender     Party    `json:"iss"`
	IssuedAt   int64    `json:"iat"`
	NotBefore  int64    `json:"nbf"`  // at or after iat
	Expires    int64    `json:"exp"`  // after nbf, at most 30 days after iat
	Recipients []Party  `json:"aud"`  // 1 to 64, each once
	Keys       []string `json:"rcpt"` // thumbprints of their keys, same order

	Dataset   Dataset      `json:"dataset"`   // the definition that the content follows
	Purpose   purpose.Code `json:"purpose"`   // the one purpose of use
	Agreement Agreement    `json:"agreement"` // the agreement that allows it

	Commit  string  `json:"commit"` // SHA-256("segel/1 seed" ‖ seed)
	Content Content `json:"content"`

	Sequence    *Sequence     `json:"seq,omitempty"`         // number in the channel
	Supersedes  *Supersession `json:"supersedes,omitempty"`  // what this corrects or retracts
	InReplyTo   *Reference    `json:"inReplyTo,omitempty"`   // the request that this answers
	AsOf        string        `json:"asOf,omitempty"`        // legal date of the content, YYYY-MM-DD
	Obligations *Obligations  `json:"obligations,omitempty"` // retention and onward transfer
	// Commitments are per-field commitments: JSON pointer to digest.
	Commitments map[string]string `json:"commitments,omitempty"`
}

// Dataset names the definition that the content follows: its schema, rules,
// dates and severities, by digest.
type Dataset struct {
	ID      string `json:"id"`      // system/name, as "sirekap/hasil-tps"
	Version string `json:"version"` // as "1.0.0"
	Digest  string `json:"digest"`
}

// Agreement names the signed agreement under which the content is sent.
type Agreement struct {
	ID     string `json:"id"`     // as its parties named it
	Digest string `json:"digest"` // of the signed document
}

// Content commits to the content. Its members in JSON are form, media and, for
// the form "inline", bytes, records and mac; for the form "body" they are
// chunk, codec and key, and the closing statement says the rest ([Closing]).
type Content struct {
	Form    string // inline or body
	Media   string // type/subtype, without parameters
	Bytes   int64  // inline: of the content
	Records int64  // inline: of the content
	MAC     string // inline: HMAC-SHA256(commitKey, content)
	Chunk   int64  // body: bytes of content in every chunk but the last
	Codec   Codec  // body: how chunks are stored
	Key     string // body: the one-time Ed25519 public key that signs the chunks
}

// The two forms, each with exactly its members.
type (
	inlineContent struct {
		Form    string `json:"form"`
		Media   string `json:"media"`
		Bytes   int64  `json:"bytes"`
		Records int64  `json:"records"`
		MAC     string `json:"mac"`
	}
	bodyContent struct {
		Form  string `json:"form"`
		Media string `json:"media"`
		Chunk int64  `json:"chunk"`
		Codec Codec  `json:"codec"`
		Key   string `json:"key"`
	}
)

// MarshalJSON writes the members of the content's form, all of them and no
// other: inline content of no records says so with a 0.
func (c Content) MarshalJSON() ([]byte, error) {
	if c.Form == formBody {
		return json.Marshal(bodyContent{c.Form, c.Media, c.Chunk, c.Codec, c.Key})
	}
	return json.Marshal(inlineContent{c.Form, c.Media, c.Bytes, c.Records, c.MAC})
}

// UnmarshalJSON reads what MarshalJSON writes, strictly. Any other text has
// [ReasonMalformed].
func (c *Content) UnmarshalJSON(text []byte) error {
	var inline inlineContent
	if strictjson.Unmarshal(text, &inline) == nil && inline.Form == formInline {
		*c = Content{Form: inline.Form, Media: inline.Media, Bytes: inline.Bytes, Records: inline.Records, MAC: inline.MAC}
		return nil
	}
	var body bodyContent
	if strictjson.Unmarshal(text, &body) == nil && body.Form == formBody {
		*c = Content{Form: body.Form, Media: body.Media, Chunk: body.Chunk, Codec: body.Codec, Key: body.Key}
		return nil
	}
	return refuse(ReasonMalformed, "content")
}

// Sequence numbers the envelopes of one channel (sender, set of recipients,
// dataset), so that a gap shows.
type Sequence struct {
	Epoch  string  `json:"epoch"` // 128 random bits of the sender's store, 22 characters
	Number int64   `json:"n"`
	Void   []int64 `json:"void,omitempty"` // numbers that were burned by a crash
}

// Supersession names the envelope that this one corrects, or retracts if this
// one has no records. Nothing is ever edited: the revisions of an envelope form a
// line, and whoever has admitted one of them admits no earlier one. First and
// Revision let a recipient tell which is earlier although those between have not
// arrived.
type Supersession struct {
	ID       string `json:"jti"`      // of the envelope that is superseded
	Digest   string `json:"digest"`   // its manifest digest
	First    string `json:"first"`    // id of the first envelope of the line, which supersedes nothing
	Revision int64  `json:"revision"` // of this envelope: 1 more than that of the superseded one, which is 0 for the first
	Reason   string `json:"reason"`   // for people, at most 200 characters
}

// sound reports whether the supersession can be that of the envelope.
func (s *Supersession) sound(id string) bool {
	return form.ID(s.ID) && form.ID(s.First) && s.ID != id && s.First != id && form.Digest(s.Digest) && isNote(s.Reason) &&
		s.Revision >= 1 && (s.Revision == 1) == (s.First == s.ID)
}

// Reference names a request by its envelope, in the envelope that answers it.
type Reference struct {
	ID     string `json:"jti"`    // of the envelope that holds the request
	Digest string `json:"digest"` // its manifest digest
}

// Obligations are the sender's conditions. The agreement gives them force;
// software cannot.
type Obligations struct {
	DeleteAfter int64   `json:"deleteAfter,omitzero"` // NumericDate
	Onward      []Party `json:"onward,omitempty"`     // to whom it may be passed on
}

const (
	formInline = "inline"
	formBody   = "body"
)

// maxTime is the end of the year 9999, beyond which RFC 3339 has no text.
const maxTime = 253402300799

var mediaForm = regexp.MustCompile(`^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$`)

// parseManifest reads the signed payload. It accepts what Seal or a Writer could
// have signed.
func parseManifest(payload []byte) (*Manifest, error) {
	var m Manifest
	if strictjson.Unmarshal(payload, &m) != nil {
		// A later version may have members that we do not know. Say so only if
		// the text is otherwise sound.
		var members map[string]json.RawMessage
		var version int64
		if strictjson.Unmarshal(payload, &members) == nil && strictjson.Unmarshal(members["v"], &version) == nil && version > Version {
			return nil, refuse(ReasonNewerVersion, "")
		}
		return nil, refuse(ReasonMalformed, "manifest")
	}
	if m.Version > Version {
		return nil, refuse(ReasonNewerVersion, "")
	}
	if fault := m.fault(); fault != "" {
		return nil, refuse(ReasonMalformed, "manifest: "+fault)
	}
	return &m, nil
}

// fault returns what is wrong with the manifest's form, or "". It names
// members, never their values.
func (m *Manifest) fault() string {
	switch {
	case m.Version != Version:
		return "v"
	case !form.ID(m.ID):
		return "jti"
	case !m.Sender.valid():
		return "iss"
	case m.IssuedAt < 0 || m.NotBefore < m.IssuedAt || m.Expires <= m.NotBefore || m.Expires > maxTime:
		return "iat, nbf, exp"
	case len(m.Recipients) == 0 || len(m.Recipients) > limits.Recipients || len(m.Keys) != len(m.Recipients) ||
		!form.Unique(m.Recipients) || !form.Unique(m.Keys) || !all(m.Recipients, Party.valid) || !all(m.Keys, form.Digest):
		return "aud, rcpt"
	case !form.Dataset(m.Dataset.ID) || !form.Version(m.Dataset.Version) || !form.Digest(m.Dataset.Digest):
		return "dataset"
	case !m.Purpose.Valid():
		return "purpose"
	case !form.Agreement(m.Agreement.ID) || !form.Digest(m.Agreement.Digest):
		return "agreement"
	case !form.Digest(m.Commit):
		return "commit"
	}
	if fault := m.Content.fault(); fault != "" {
		return fault
	}
	return m.optionalFault()
}

func (c *Content) fault() string {
	if !mediaForm.MatchString(c.Media) {
		return "content"
	}
	switch c.Form {
	case formInline:
		if c.Bytes < 0 || c.Bytes > limits.Inline || c.Records < 0 || !form.Digest(c.MAC) {
			return "content"
		}
	case formBody:
		_, shaped := bodyShape(*c)
		if _, ok := oneTimeKey(c.Key); !ok || !shaped {
			return "content"
		}
	default:
		return "content"
	}
	return ""
}

func (m *Manifest) optionalFault() string {
	switch {
	case m.Sequence != nil && (!isEpoch(m.Sequence.Epoch) || m.Sequence.Number < 1 ||
		len(m.Sequence.Void) > 64 || !form.Unique(m.Sequence.Void) || !all(m.Sequence.Void, func(n int64) bool { return 0 < n && n < m.Sequence.Number })):
		return "seq"
	case m.Supersedes != nil && !m.Supersedes.sound(m.ID):
		return "supersedes"
	case m.InReplyTo != nil && (!form.ID(m.InReplyTo.ID) || m.InReplyTo.ID == m.ID || !form.Digest(m.InReplyTo.Digest)):
		return "inReplyTo"
	case m.AsOf != "" && !form.Date(m.AsOf):
		return "asOf"
	case m.Obligations != nil && (m.Obligations.DeleteAfter < 0 || m.Obligations.DeleteAfter > maxTime || len(m.Obligations.Onward) > limits.Recipients ||
		!form.Unique(m.Obligations.Onward) || !all(m.Obligations.Onward, Party.valid)):
		return "obligations"
	}
	if len(m.Commitments) > 64 {
		return "commitments"
	}
	for pointer, digest := range m.Commitments {
		if len(pointer) > 200 || !strings.HasPrefix(pointer, "/") || !printable(pointer) || !form.Digest(digest) {
			return "commitments"
		}
	}
	return ""
}

// digestLabel and the line feed keep a manifest digest apart from every other
// hash in the format.
const digestLabel = "segel/1 manifest\n"

// manifestDigest hashes what is signed, never the signature, because (r, n−s)
// verifies too.
func manifestDigest(signingInput []byte) string {
	h := sha256.New()
	h.Write([]byte(digestLabel))
	h.Write(signingInput)
	return base64url.Encode(h.Sum(nil))
}

func isEpoch(s string) bool {
	_, ok := base64url.DecodeLen(s, 16)
	return ok
}

// isNote reports whether s is a short line for people.
func isNote(s string) bool { return s != "" && utf8.RuneCountInString(s) <= 200 && printable(s) }

// printable refuses what could break a line or turn its direction: everything
// but letters, marks, numbers, punctuation, symbols and the plain blank.
func printable(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

func all[T any](list []T, ok func(T) bool) bool {
	for _, v := range list {
		if !ok(v) {
			return false
		}
	}
	return true
}
