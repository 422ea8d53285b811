package envelope

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/segel-id/segel/envelope/purpose"
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

// Content commits to the content. Version 1 knows the form "inline"; for the
// form "body" the members Chunk, Codec and Key are reserved.
type Content struct {
	Form    string `json:"form"`             // inline or body
	Media   string `json:"media"`            // type/subtype, without parameters
	Bytes   int64  `json:"bytes,omitzero"`   // inline: of the content, 0 included
	Records int64  `json:"records,omitzero"` // inline: of the content, 0 included
	MAC     string `json:"mac,omitempty"`    // inline: HMAC-SHA256(commitKey, content)
	Chunk   int64  `json:"chunk,omitzero"`   // body
	Codec   string `json:"codec,omitempty"`  // body
	Key     string `json:"key,omitempty"`    // body
}

// MarshalJSON writes the members of the content's form, all of them and no
// other: inline content of no records says so with a 0.
func (c Content) MarshalJSON() ([]byte, error) {
	if c.Form == formInline {
		return json.Marshal(struct {
			Form    string `json:"form"`
			Media   string `json:"media"`
			Bytes   int64  `json:"bytes"`
			Records int64  `json:"records"`
			MAC     string `json:"mac"`
		}{c.Form, c.Media, c.Bytes, c.Records, c.MAC})
	}
	type body Content // without this method
	return json.Marshal(body(c))
}

// Sequence numbers the envelopes of one channel (sender, set of recipients,
// dataset), so that a gap shows.
type Sequence struct {
	Epoch  string  `json:"epoch"` // 128 random bits of the sender's store, 22 characters
	Number int64   `json:"n"`
	Void   []int64 `json:"void,omitempty"` // numbers that were burned by a crash
}

// Supersession names the envelope that this one corrects or retracts. Nothing
// is ever edited.
type Supersession struct {
	ID     string `json:"jti"`    // of the envelope that is superseded
	Digest string `json:"digest"` // its manifest digest
	Reason string `json:"reason"` // for people, at most 200 characters
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

	// absent stands in a count until the manifest's text gives it a value.
	absent = -1
)

var (
	datasetForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}/[a-z][a-z0-9-]{0,63}$`)
	versionForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$`)
	purposeForm = regexp.MustCompile(`^[A-Z][A-Z0-9]{0,31}(-[A-Z0-9]{1,32}){1,3}$`)
	idForm      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$`)
	mediaForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$`)
	pointerForm = regexp.MustCompile(`^(/[^\x00-\x1f]{1,100})+$`)
)

// parseManifest reads the signed payload. It accepts what Seal could have
// signed, and a body's members as far as version 1 fixes them.
func parseManifest(payload []byte) (*Manifest, error) {
	m := Manifest{Content: Content{Bytes: absent, Records: absent}}
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
	if m.Content.Form == formBody {
		if m.Content.Bytes != absent || m.Content.Records != absent {
			return nil, refuse(ReasonMalformed, "manifest: content")
		}
		m.Content.Bytes, m.Content.Records = 0, 0
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
	case !uuid7(m.ID):
		return "jti"
	case !m.Sender.valid():
		return "iss"
	case m.IssuedAt < 0 || m.NotBefore < m.IssuedAt || m.Expires <= m.NotBefore:
		return "iat, nbf, exp"
	case len(m.Recipients) == 0 || len(m.Recipients) > limits.Recipients || len(m.Keys) != len(m.Recipients) ||
		!unique(m.Recipients) || !unique(m.Keys) || !all(m.Recipients, Party.valid) || !all(m.Keys, isDigest):
		return "aud, rcpt"
	case !datasetForm.MatchString(m.Dataset.ID) || !versionForm.MatchString(m.Dataset.Version) || !isDigest(m.Dataset.Digest):
		return "dataset"
	case !purposeForm.MatchString(string(m.Purpose)):
		return "purpose"
	case !idForm.MatchString(m.Agreement.ID) || !isDigest(m.Agreement.Digest):
		return "agreement"
	case !isDigest(m.Commit):
		return "commit"
	}
	if fault := m.Content.fault(); fault != "" {
		return fault
	}
	return m.optionalFault()
}

func (c *Content) fault() string {
	if !mediaForm.MatchString(c.Media) || c.Bytes < 0 || c.Records < 0 {
		return "content"
	}
	switch c.Form {
	case formInline:
		if c.Bytes > limits.Inline || !isDigest(c.MAC) || c.Chunk != 0 || c.Codec != "" || c.Key != "" {
			return "content"
		}
	case formBody:
		if c.Chunk < 64<<10 || c.Chunk > 4<<20 || (c.Codec != "none" && c.Codec != "zstd") || !isDigest(c.Key) ||
			c.MAC != "" || c.Bytes != 0 || c.Records != 0 {
			return "content"
		}
	default:
		return "content"
	}
	return ""
}

func (m *Manifest) optionalFault() string {
	switch {
	case m.Sequence != nil && (!canonicalLen(m.Sequence.Epoch, 16) || m.Sequence.Number < 1 ||
		len(m.Sequence.Void) > 64 || !unique(m.Sequence.Void) || !all(m.Sequence.Void, func(n int64) bool { return 0 < n && n < m.Sequence.Number })):
		return "seq"
	case m.Supersedes != nil && (!uuid7(m.Supersedes.ID) || !isDigest(m.Supersedes.Digest) || !isNote(m.Supersedes.Reason)):
		return "supersedes"
	case m.InReplyTo != nil && (!uuid7(m.InReplyTo.ID) || !isDigest(m.InReplyTo.Digest)):
		return "inReplyTo"
	case m.AsOf != "" && !isDate(m.AsOf):
		return "asOf"
	case m.Obligations != nil && (m.Obligations.DeleteAfter < 0 || len(m.Obligations.Onward) > limits.Recipients ||
		!unique(m.Obligations.Onward) || !all(m.Obligations.Onward, Party.valid)):
		return "obligations"
	}
	if len(m.Commitments) > 64 {
		return "commitments"
	}
	for pointer, digest := range m.Commitments {
		if !pointerForm.MatchString(pointer) || !isDigest(digest) {
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
	return encode(h.Sum(nil))
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// canonicalLen reports whether s is the one base64url text of n bytes.
func canonicalLen(s string, n int) bool {
	if len(s) != base64.RawURLEncoding.EncodedLen(n) {
		return false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == n
}

// isDigest reports whether s is the base64url text of 32 bytes.
func isDigest(s string) bool { return canonicalLen(s, sha256.Size) }

func isNote(s string) bool {
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > 200 {
		return false
	}
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || 0x80 <= r && r < 0xa0 {
			return false
		}
	}
	return true
}

func isDate(s string) bool {
	d, err := time.Parse(time.DateOnly, s)
	return err == nil && d.Format(time.DateOnly) == s
}

func uuid7(s string) bool {
	id, err := uuid.Parse(s)
	return err == nil && id.Version() == 7 && id.Variant() == uuid.RFC4122 && id.String() == s
}

func all[T any](list []T, ok func(T) bool) bool {
	for _, v := range list {
		if !ok(v) {
			return false
		}
	}
	return true
}
