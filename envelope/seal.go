package envelope

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/limits"
)

// Defaults and bounds of an envelope's life.
const (
	// DefaultLifetime is how long an envelope lives if its sender says nothing.
	DefaultLifetime = 24 * time.Hour
	// MaxLifetime is how long an envelope may live from its issue.
	MaxLifetime = limits.Lifetime
	// DefaultSkew is how far two agencies' clocks may differ if nothing is said.
	DefaultSkew = 2 * time.Minute
	// MaxSkew is the most that an opener may allow for.
	MaxSkew = limits.Skew
)

// A Recipient is a party and the one of its keys to encrypt for.
type Recipient struct {
	Party Party      // as the manifest will name it
	Key   *PublicKey // with UseEncrypt
}

// A Draft is what a sender states when it seals. The members without a stated
// default are mandatory.
type Draft struct {
	Sender     Party         // the party that seals
	Recipients []Recipient   // 1 to 64; parties and keys each once
	Dataset    Dataset       // the definition that the payload follows
	Purpose    purpose.Code  // the one purpose of use
	Agreement  Agreement     // the agreement that allows it
	IssuedAt   time.Time     // usually time.Now(); fractions of a second are dropped
	ValidFor   time.Duration // 0: DefaultLifetime; at most MaxLifetime, fractions of a second are dropped

	ID          string            // "": a new UUIDv7
	NotBefore   time.Time         // zero: IssuedAt
	Sequence    *Sequence         // nil: not numbered
	Supersedes  *Supersession     // nil: supersedes nothing
	InReplyTo   *Reference        // nil: answers no request
	AsOf        string            // "": not stated
	Obligations *Obligations      // nil: none beyond the agreement
	Commitments map[string]string // nil: none
}

// Sealed is a sealed envelope. It is immutable and may be used concurrently. It
// prints as its identity.
type Sealed struct {
	manifest  *Manifest
	jws       []byte
	digest    string
	commitKey hidden
	tokens    [][]byte // in the order of the manifest's recipients
	closing   *Closing // of a body
}

// Seal signs a manifest for the payload with the sender's signing key and
// encrypts one token for each recipient: the same manifest and the same seed in
// every one. It asks nobody whether that is allowed: package exchange does,
// before it calls Seal. The payload becomes inline content; [NewWriter] seals
// content of any size.
//
// The error has [ReasonMisuse] if the draft or a key is not fit,
// [ReasonLifetime] if the envelope would live too long and [ReasonTooLarge] if
// the payload exceeds [MaxInline] bytes. Nothing is returned in part.
func Seal(key *PrivateKey, draft Draft, payload Payload) (*Sealed, error) {
	if !key.valid(UseSign) {
		return nil, refuse(ReasonMisuse, "a signing key is needed")
	}
	if payload.media == "" {
		return nil, refuse(ReasonMisuse, "no payload")
	}
	if len(payload.bytes()) > limits.Inline {
		return nil, refuse(ReasonTooLarge, "inline content is at most 4 MiB")
	}
	m, err := draft.manifest()
	if err != nil {
		return nil, err
	}
	return seal(key, m, draft.Recipients, payload.bytes(), payload.inline, nil)
}

// seal completes the manifest with a new seed and what content says under its
// commitment key, signs it, and encrypts the tokens. derive sees the seed, which
// is wiped afterwards.
func seal(key *PrivateKey, m *Manifest, to []Recipient, inline []byte, content func(commit []byte) Content, derive func(*Sealed, []byte) error) (*Sealed, error) {
	seed := make([]byte, seedLen)
	defer clear(seed)
	if _, err := rand.Read(seed); err != nil {
		return nil, refuse(ReasonUnavailable, "no randomness")
	}
	ck, err := commitKey(seed)
	if err != nil {
		return nil, refuse(ReasonUnavailable, "no key derivation")
	}
	m.Commit, m.Content = commitSeed(seed), content(ck)
	s := &Sealed{commitKey: hide(ck)}
	if err := s.sign(m, key); err != nil {
		return nil, err
	}
	plaintext := joinSecret(s.jws, seed, inline)
	defer clear(plaintext)
	for _, r := range to {
		token, err := jose.Encrypt(typeEnvelope, plaintext, r.Key.key)
		if err != nil || len(token) > limits.Token {
			return nil, refuse(ReasonMisuse, "cannot encrypt for a recipient")
		}
		s.tokens = append(s.tokens, token)
	}
	if derive != nil {
		if err := derive(s, seed); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// NewID returns a new id for an envelope: a UUIDv7 (RFC 9562 section 5.7) of the
// present. It may be called concurrently.
func NewID() string { return uuid.Must(uuid.NewV7()).String() } // crypto/rand never fails

// manifest builds the manifest from the draft, without commitments.
func (d *Draft) manifest() (*Manifest, error) {
	if d.IssuedAt.IsZero() {
		return nil, refuse(ReasonMisuse, "draft: no time of issue")
	}
	life := d.ValidFor
	if life == 0 {
		life = DefaultLifetime
	}
	if life < time.Second || life > MaxLifetime {
		return nil, refuse(ReasonLifetime, "between one second and 30 days")
	}
	m := &Manifest{
		Version: Version, ID: d.ID, Sender: d.Sender, IssuedAt: d.IssuedAt.Unix(),
		Dataset: d.Dataset, Purpose: d.Purpose, Agreement: d.Agreement,
		Sequence: d.Sequence, Supersedes: d.Supersedes, InReplyTo: d.InReplyTo,
		AsOf: d.AsOf, Obligations: d.Obligations, Commitments: d.Commitments,
	}
	m.NotBefore, m.Expires = m.IssuedAt, m.IssuedAt+int64(life/time.Second)
	if !d.NotBefore.IsZero() {
		m.NotBefore = d.NotBefore.Unix()
	}
	if m.ID == "" {
		m.ID = NewID()
	}
	for _, r := range d.Recipients {
		if !r.Key.valid(UseEncrypt) {
			return nil, refuse(ReasonMisuse, "a recipient has no encryption key")
		}
		m.Recipients, m.Keys = append(m.Recipients, r.Party), append(m.Keys, r.Key.ID())
	}
	return m, nil
}

// manifestBlock is the multiple to which a manifest's text is filled up with
// blanks, so that the length of a token does not tell who sends what to whom
// (but for PS256, whose signatures are longer than the others').
const manifestBlock = 512

// sign marshals the manifest once, reads that text as every opener will, and
// signs those bytes. What was read is the manifest from then on: it shares
// nothing with the caller's draft, and Seal cannot sign what Open refuses.
func (s *Sealed) sign(m *Manifest, key *PrivateKey) error {
	if fault := m.fault(); fault != "" {
		return refuse(ReasonMisuse, "draft: "+fault)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return refuse(ReasonMisuse, "draft")
	}
	if s.manifest, err = parseManifest(text); err != nil {
		return refuse(ReasonMisuse, "draft")
	}
	if fill := -len(text) & (manifestBlock - 1); fill > 0 {
		text = append(text, bytes.Repeat([]byte{' '}, fill)...)
	}
	if s.jws, err = jose.Sign(typeManifest, text, key.key); err != nil {
		return unsigned(err)
	}
	if len(s.jws) > limits.Manifest {
		return refuse(ReasonTooLarge, "manifest")
	}
	s.digest = manifestDigest(s.jws[:bytes.LastIndexByte(s.jws, '.')])
	return nil
}

// String returns the sender and the id.
func (s Sealed) String() string { return identity(s.manifest) }

// Format prints String for every verb.
func (s Sealed) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// LogValue logs String.
func (s Sealed) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON returns String as a JSON string.
func (s Sealed) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// Manifest returns a copy of the signed manifest.
func (s *Sealed) Manifest() *Manifest { return s.manifest.clone() }

// ManifestJWS returns the signed manifest as evidence: a compact JWS that shows
// no content.
func (s *Sealed) ManifestJWS() []byte { return bytes.Clone(s.jws) }

// Digest returns the manifest digest, the one digest of an envelope that is
// used everywhere.
func (s *Sealed) Digest() string { return s.digest }

// CommitKey returns the key that, shown with the manifest and the content,
// proves the content. The sender keeps it, never the seed.
func (s *Sealed) CommitKey() []byte { return bytes.Clone(s.commitKey.bytes()) }

// Closing returns what the closing statement of the body says, or nil if the
// content is inline.
func (s *Sealed) Closing() *Closing {
	if s.closing == nil {
		return nil
	}
	c := *s.closing
	return &c
}

// File returns the envelope as a file with the tokens of all recipients. If there
// is a body (Closing is not nil), it is what stands before the body, and as long
// as that in the file that the [Writer] wrote.
func (s *Sealed) File() []byte { return marshalFile(s.tokens) }

// Delivery returns the envelope as a file with the one token of a recipient; the
// same body belongs behind it, if there is one. A party that is not a recipient
// has [ReasonMisuse].
func (s *Sealed) Delivery(to Party) ([]byte, error) {
	i := slices.Index(s.manifest.Recipients, to)
	if i < 0 {
		return nil, refuse(ReasonMisuse, "not a recipient of this envelope")
	}
	return marshalFile(s.tokens[i : i+1]), nil
}
