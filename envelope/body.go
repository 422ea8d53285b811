package envelope

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/body"
	"github.com/segel-id/segel/internal/form"
	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/internal/strictjson"
)

// Geometry of content and of bodies, in bytes.
const (
	// DefaultInline is the largest content that [NewWriter] puts into the token if
	// nothing is said.
	DefaultInline = 64 << 10
	// DefaultChunk is the size of a body's chunks if nothing is said. It is the
	// quickest one: large enough for a signature each, small enough for the caches.
	DefaultChunk = 512 << 10
	// MinChunk is the smallest chunk.
	MinChunk = body.MinChunk
	// MaxChunk is the largest chunk.
	MaxChunk = body.MaxChunk
)

// A Codec is how the chunks of a body are stored.
type Codec string

// The codecs. Compression makes the size of the sealed file tell something of the
// content: it is for public data.
const (
	CodecNone Codec = "none" // as they are
	CodecZstd Codec = "zstd" // each as one zstd frame (RFC 8878)
)

// A Layout says what is sealed, and how it is laid out in the file.
type Layout struct {
	// Media is [MediaRecords] for a sequence of records, or the media type of one
	// document (type/subtype in lower case, without parameters).
	Media string
	// InlineLimit is how many bytes of content travel in the token; what is larger
	// becomes a body. 0: [DefaultInline]; at most [MaxInline]; negative: a body
	// always, unless there is no content at all.
	InlineLimit int
	// Chunk is the size of a body's chunks. 0: [DefaultChunk]; else a power of two
	// from [MinChunk] to [MaxChunk].
	Chunk int
	// Codec is how a body is stored. "": [CodecNone].
	Codec Codec
}

// complete fills in the defaults, or says what is wrong.
func (l Layout) complete() (Layout, error) {
	if l.InlineLimit == 0 {
		l.InlineLimit = DefaultInline
	}
	if l.Chunk == 0 {
		l.Chunk = DefaultChunk
	}
	if l.Codec == "" {
		l.Codec = CodecNone
	}
	switch {
	case !mediaForm.MatchString(l.Media):
		return l, refuse(ReasonMisuse, "layout: media type")
	case l.InlineLimit > MaxInline:
		return l, refuse(ReasonMisuse, "layout: inline content is at most 4 MiB")
	}
	if _, ok := bodyShape(Content{Media: l.Media, Chunk: int64(l.Chunk), Codec: l.Codec}); !ok {
		return l, refuse(ReasonMisuse, "layout: chunk or codec")
	}
	return l, nil
}

// bodyShape is what the manifest says of a body, and whether that can be.
func bodyShape(c Content) (body.Shape, bool) {
	codecs := map[Codec]body.Codec{CodecNone: body.None, CodecZstd: body.Zstd}
	codec, known := codecs[c.Codec]
	if !known || c.Chunk < MinChunk || c.Chunk > MaxChunk {
		return body.Shape{}, false
	}
	s := body.Shape{Chunk: int(c.Chunk), Codec: codec, Records: c.Media == MediaRecords}
	return s, s.Sound()
}

// oneTimeKey reads the manifest's one-time key by the rules for every Ed25519 key.
func oneTimeKey(text string) (ed25519.PublicKey, bool) {
	raw, ok := base64url.DecodeLen(text, ed25519.PublicKeySize)
	if !ok {
		return nil, false
	}
	thumbprint := sha256.Sum256(fmt.Appendf(nil, `{"crv":"Ed25519","kty":"OKP","x":%q}`, text))
	_, err := ParsePublicKey(fmt.Appendf(nil, `{"kty":"OKP","crv":"Ed25519","x":%q,"alg":"EdDSA","use":"sig","kid":%q}`,
		text, base64url.Encode(thumbprint[:])))
	return raw, err == nil
}

// bodyKeys derives the keys of a body.
func bodyKeys(seed, commit []byte, digest string) (*body.Keys, error) {
	raw, ok := base64url.DecodeLen(digest, sha256.Size)
	if !ok {
		return nil, refuse(ReasonUnavailable, "no key derivation")
	}
	keys, err := body.NewKeys(seed, commit, [sha256.Size]byte(raw))
	if err != nil {
		return nil, refuse(ReasonUnavailable, "no key derivation")
	}
	return keys, nil
}

// A Closing is the statement that ends a body, signed by the sender: without it
// there is no body. Its members have exactly the names of the json tags, all of
// them mandatory.
type Closing struct {
	Version  int    `json:"v"`        // Version
	Manifest string `json:"manifest"` // the manifest digest
	Root     string `json:"root"`     // the content root
	Chunks   int64  `json:"chunks"`   // of data, without the closing one
	Bytes    int64  `json:"bytes"`    // of content
	Records  int64  `json:"records"`  // 1 for a document
}

// typeClosing is the explicit type of a closing statement.
const typeClosing = "segel-closing+jwt"

// closingBlock is the multiple to which a closing's text is filled up with blanks,
// so that its length does not tell the number of digits of the sizes.
const closingBlock = 256

// counted is the closing that belongs to what was counted.
func counted(digest string, t *body.Tally, s body.Shape) Closing {
	root := t.Root()
	return Closing{Version, digest, base64url.Encode(root[:]), int64(t.Chunks), t.Bytes, t.Total(s)}
}

// sign returns the closing statement.
func (c Closing) sign(key *PrivateKey) ([]byte, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, refuse(ReasonMisuse, "closing")
	}
	for len(text)%closingBlock != 0 {
		text = append(text, ' ')
	}
	statement, err := jose.Sign(typeClosing, text, key.key)
	if err != nil {
		return nil, unsigned(err)
	}
	return statement, nil
}

// verifyClosing verifies a closing statement under the key that signed the
// manifest, and holds it against what was counted. Whether the counts are true is
// the sender's affair alone, so a lie in them is [ReasonStructure].
func verifyClosing(statement []byte, key *jose.PublicKey, found Closing) error {
	claim, err := jose.Read(typeClosing, statement, body.MaxClosing)
	if err != nil {
		return refused(err, ReasonMalformed)
	}
	if claim.Kid != key.ID() {
		return refuse(ReasonBadSignature, "closing")
	}
	if _, err := claim.Verify(key); err != nil {
		return refused(err, ReasonBadSignature)
	}
	var said Closing
	switch err := strictjson.Unmarshal(claim.Payload, &said); {
	case err != nil || said.Version < 1 || !form.Digest(said.Manifest) || !form.Digest(said.Root) ||
		said.Chunks < 1 || said.Bytes < 1 || said.Records < 0:
		return refuse(ReasonMalformed, "closing")
	case said.Version > Version:
		return refuse(ReasonNewerVersion, "closing")
	case said.Manifest != found.Manifest:
		return refuse(ReasonBadContent, "closing of another envelope")
	case said.Root != found.Root:
		return refuse(ReasonBadContent, "content root")
	case said != found:
		return refuse(ReasonStructure, "the closing statement counts otherwise")
	}
	return nil
}

// bodyFault turns an error of the body into ours.
func bodyFault(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok && e != nil {
		return e
	}
	if _, ok := errors.AsType[*body.ReadError](err); ok {
		return refuse(ReasonUnavailable, "the body cannot be read")
	}
	if _, ok := errors.AsType[*body.WriteError](err); ok {
		return refuse(ReasonUnavailable, "the body cannot be written")
	}
	switch {
	case errors.Is(err, body.ErrMalformed):
		return refuse(ReasonMalformed, "body")
	case errors.Is(err, body.ErrCut):
		return refuse(ReasonMalformed, "the body is cut short")
	case errors.Is(err, body.ErrTooLarge):
		return refuse(ReasonTooLarge, "chunk")
	case errors.Is(err, body.ErrTag):
		return refuse(ReasonCannotOpen, "chunk")
	case errors.Is(err, body.ErrSignature):
		return refuse(ReasonBadSignature, "chunk")
	case errors.Is(err, body.ErrRecords):
		return refuse(ReasonMalformed, "a record is one line that ends in a line feed")
	}
	return refuse(ReasonUnavailable, "cancelled")
}

// MaxInline is the largest inline content, in bytes.
const MaxInline = limits.Inline
