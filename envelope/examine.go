package envelope

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/segel-id/segel/internal/body"
	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/limits"
)

// Examined is an envelope whose head was verified and permitted, and of which
// nothing has been released: for a receiver that keeps the sealed file, verifies
// it to its end, and only then admits it.
//
//	x, err := envelope.Examine(ctx, file, opener, authority) // tokens, manifest, permission
//	whole, err := x.Verify(ctx)                              // the rest of file: the body to its closing
//	r, err := whole.Release(ctx, again)                      // asks Authority.Record, then hands out
//
// Only [Examine] makes one. It belongs to one goroutine, and prints as its identity.
type Examined struct {
	evidence
	authority Authority
	content   hidden // inline
	key       *jose.PublicKey
	rest      remainder // behind the head; nil once it is used
	head      int64
	keys      *body.Keys // nil for inline content
	oneTime   ed25519.PublicKey
	shape     body.Shape
	most      int64 // bytes of content
}

// evidence is what every verified envelope shows.
type evidence struct {
	proof     Proof
	jws       []byte
	commitKey hidden
}

// Proof returns what has been proven so far.
func (e *evidence) Proof() Proof { return e.proof.clone() }

// ManifestJWS returns the signed manifest: with CommitKey and the content it is
// evidence for a third party; alone it shows nothing of the content.
func (e *evidence) ManifestJWS() []byte { return bytes.Clone(e.jws) }

// CommitKey returns the key that proves the content against the manifest.
func (e *evidence) CommitKey() []byte { return bytes.Clone(e.commitKey.bytes()) }

// String returns the sender and the id.
func (e evidence) String() string { return identity(e.proof.Manifest) }

// Format prints String for every verb.
func (e evidence) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(e.String())) }

// LogValue logs String.
func (e evidence) LogValue() slog.Value { return slog.StringValue(e.String()) }

// MarshalJSON returns String as a JSON string.
func (e evidence) MarshalJSON() ([]byte, error) { return json.Marshal(e.String()) }

// Examine does the steps of [Open] up to the eighth, Authority.Permit included,
// on the head of an envelope file: its tokens, and inline content if there is any.
// A body has not been read then; what is wrong with it shows in [Examined.Verify].
// The errors are those of Open.
func Examine(ctx context.Context, r io.Reader, by Opener, authority Authority) (*Examined, error) {
	return examine(ctx, r, by, authority, true)
}

func examine(ctx context.Context, r io.Reader, by Opener, authority Authority, bodies bool) (*Examined, error) {
	if ctx == nil || authority == nil || r == nil || !by.Party.valid() || len(by.Keys) == 0 || by.Purpose == "" {
		return nil, refuse(ReasonMisuse, "party, keys, purpose and authority must be stated")
	}
	if by.Skew == 0 {
		by.Skew = DefaultSkew
	}
	if by.Skew < 0 || by.Skew > MaxSkew {
		return nil, refuse(ReasonMisuse, "skew is at most 10 minutes")
	}
	if by.MaxContent == 0 {
		by.MaxContent = DefaultMaxContent
	}
	if by.MaxContent < 0 {
		return nil, refuse(ReasonMisuse, "the largest content is a number of bytes")
	}
	file := &counter{r: r}
	br := bufio.NewReader(file)
	plaintext, key, err := openToken(br, by.Keys)
	if err != nil {
		return nil, err
	}
	jws, seed, padded, ok := splitSecret(plaintext)
	if !ok {
		return nil, refuse(ReasonMalformed, "token")
	}
	defer clear(seed)
	x := &Examined{authority: authority, evidence: evidence{jws: jws}, most: by.MaxContent, rest: behind(r, br), head: file.n - int64(br.Buffered())}
	if err := x.verifyManifest(ctx); err != nil {
		return nil, err
	}
	x.proof.Party, x.proof.OpenedWith = by.Party, key.Public().ID()
	if i := slices.Index(x.proof.Manifest.Keys, x.proof.OpenedWith); i < 0 || x.proof.Manifest.Recipients[i] != by.Party {
		return nil, refuse(ReasonForwarded, "")
	}
	if err := x.openSecret(seed, padded); err != nil {
		return nil, err
	}
	if !x.Inline() && !bodies {
		return nil, refuse(ReasonMisuse, "this content is a body, which is opened as a stream")
	}
	if err := x.permit(ctx, by); err != nil {
		return nil, x.proven(err)
	}
	return x, nil
}

// A remainder is what stands behind a head.
type remainder interface {
	io.Reader
	io.ByteReader
}

// behind returns what stands behind the head of r, which was read through br. What is
// in memory is read from there.
func behind(r io.Reader, br *bufio.Reader) remainder {
	if memory, ok := r.(*bytes.Reader); ok {
		if _, err := memory.Seek(-int64(br.Buffered()), io.SeekCurrent); err == nil {
			return memory
		}
	}
	return br
}

// verifyManifest verifies the manifest's signature under the key that the
// directory gave to the party that the manifest names. Its time is unproven
// until then, so the key is asked for at the time that the manifest claims.
func (x *Examined) verifyManifest(ctx context.Context) error {
	claim, err := jose.Read(typeManifest, x.jws, limits.Manifest)
	if err != nil {
		return refused(err, ReasonMalformed)
	}
	m, err := parseManifest(claim.Payload)
	if err != nil {
		return err
	}
	proof := Proof{Manifest: m, Digest: manifestDigest(x.jws[:bytes.LastIndexByte(x.jws, '.')])}
	if proof.AsOf, err = x.authority.AsOf(ctx, Claim{m.Sender, m.ID, proof.Digest}); err != nil {
		return unproven(err)
	}
	if proof.AsOf.IsZero() {
		return refuse(ReasonUnavailable, "the authority gave no time")
	}
	key, err := x.authority.SigningKey(ctx, m.Sender, claim.Kid, time.Unix(m.IssuedAt, 0), proof.AsOf)
	if err != nil {
		return unproven(err)
	}
	if !key.valid(UseSign) {
		return refuse(ReasonUnavailable, "the authority gave no key")
	}
	signed, err := claim.Verify(key.key)
	if err != nil {
		return refused(err, ReasonBadSignature)
	}
	proof.SignedBy = signed.KeyID
	x.proof, x.key = proof, key.key
	return nil
}

// openSecret checks the seed and inline content against the signed commitments,
// or derives the keys of the body.
func (x *Examined) openSecret(seed, padded []byte) error {
	m := x.proof.Manifest
	if subtle.ConstantTimeCompare([]byte(commitSeed(seed)), []byte(m.Commit)) != 1 {
		return refuse(ReasonBadContent, "seed")
	}
	key, err := commitKey(seed)
	if err != nil {
		return refuse(ReasonUnavailable, "no key derivation")
	}
	x.commitKey = hide(key)
	if m.Content.Form == formBody {
		if len(padded) > 0 {
			return refuse(ReasonMalformed, "token")
		}
		x.shape, _ = bodyShape(m.Content)
		x.oneTime, _ = oneTimeKey(m.Content.Key)
		x.keys, err = bodyKeys(seed, key, x.proof.Digest)
		return err
	}
	content, ok := unpad(padded, m.Content.Bytes)
	if !ok {
		return refuse(ReasonBadContent, "length")
	}
	if subtle.ConstantTimeCompare([]byte(contentMAC(key, content)), []byte(m.Content.MAC)) != 1 {
		return refuse(ReasonBadContent, "mac")
	}
	x.content = hide(content)
	return atEnd(x.rest)
}

// permit judges what the manifest says: nobody but the sender can be the cause of
// a refusal for that.
func (x *Examined) permit(ctx context.Context, by Opener) *Error {
	m, asOf := x.proof.Manifest, x.proof.AsOf
	if err := m.timely(asOf, by.Skew); err != nil {
		return err
	}
	if by.Purpose != m.Purpose {
		return refuse(ReasonPurposeMismatch, "")
	}
	if ctx.Err() != nil {
		return refuse(ReasonUnavailable, "cancelled")
	}
	if err := x.authority.Permit(ctx, m.clone(), by.Party, asOf); err != nil {
		return answered(err)
	}
	return nil
}

// wholeInline reports whether inline content has the records that the manifest
// counts.
func (x *Examined) wholeInline() *Error {
	if !x.proof.Manifest.Content.matches(x.content.bytes()) {
		return refuse(ReasonStructure, "the manifest counts other records")
	}
	return nil
}

// recorded asks record, unless something is wrong already. Nothing is released
// before it has answered.
func (e *evidence) recorded(ctx context.Context, wrong *Error, record func(context.Context, Proof) error) error {
	if wrong != nil {
		return e.proven(wrong)
	}
	if ctx.Err() != nil {
		return e.proven(refuse(ReasonUnavailable, "cancelled"))
	}
	if err := record(ctx, e.Proof()); err != nil {
		return e.proven(answered(err))
	}
	return nil
}

// proven adds what has been proven to a refusal.
func (e *evidence) proven(err *Error) *Error {
	shown := e.Proof()
	return &Error{Reason: err.Reason, Detail: err.Detail, Proof: &shown}
}

// Inline reports whether the content came with the token, and no body follows.
func (x *Examined) Inline() bool { return x.keys == nil }

// BodyOffset returns where the body begins: how many bytes of the file are its
// head.
func (x *Examined) BodyOffset() int64 { return x.head }

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
