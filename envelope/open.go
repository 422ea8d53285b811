package envelope

import (
	"bufio"
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/limits"
)

// Open reads an envelope file, opens the token that is for the opener, verifies
// everything, asks the authority, and only then returns the content.
//
// The steps, each of which refuses with its own [Reason]:
//
//  1. the file's and every token's form and size ([ReasonMalformed],
//     [ReasonTooLarge]);
//  2. the first token for one of the opener's keys ([ReasonNotForMe]),
//     decrypted ([ReasonCannotOpen]);
//  3. the manifest's form ([ReasonMalformed], [ReasonNewerVersion]);
//  4. Authority.AsOf; Authority.SigningKey for the party that the manifest
//     names; the signature ([ReasonBadSignature]);
//  5. the opener's party and key stand in the signed manifest, in the same
//     place ([ReasonForwarded]);
//  6. seed, padding and MAC are those of the manifest ([ReasonBadContent]), and
//     nothing follows ([ReasonMalformed]);
//  7. lifetime, not before, expiry ([ReasonLifetime], [ReasonNotYetValid],
//     [ReasonExpired]), each end widened by the opener's Skew;
//  8. the stated purpose is the signed one ([ReasonPurposeMismatch]);
//     Authority.Permit;
//  9. the content has the records that the manifest counts ([ReasonStructure]);
//  10. Authority.Record.
//
// Every refusal is an [*Error]; from step 7 on it carries the [Proof]. Open
// panics on no input and writes nothing. It reads r until it is done, so a
// deadline for a slow r is the caller's; ctx is handed to the authority.
func Open(ctx context.Context, r io.Reader, by Opener, authority Authority) (*Opened, error) {
	if authority == nil || r == nil || !by.Party.valid() || len(by.Keys) == 0 || by.Purpose == "" {
		return nil, refuse(ReasonMisuse, "party, keys, purpose and authority must be stated")
	}
	if by.Skew == 0 {
		by.Skew = DefaultSkew
	}
	if by.Skew < 0 || by.Skew > MaxSkew {
		return nil, refuse(ReasonMisuse, "skew is at most 10 minutes")
	}
	br := bufio.NewReader(r)
	plaintext, key, err := openToken(br, by.Keys)
	if err != nil {
		return nil, err
	}
	jws, seed, padded, ok := splitSecret(plaintext)
	if !ok {
		return nil, refuse(ReasonMalformed, "token")
	}
	defer clear(seed)
	proof, err := verifyManifest(ctx, jws, authority)
	if err != nil {
		return nil, err
	}
	proof.Party, proof.OpenedWith = by.Party, key.Public().ID()
	if i := slices.Index(proof.Manifest.Keys, proof.OpenedWith); i < 0 || proof.Manifest.Recipients[i] != by.Party {
		return nil, refuse(ReasonForwarded, "")
	}
	o := &Opened{proof: proof, jws: jws}
	if err := o.openInline(br, seed, padded); err != nil {
		return nil, err
	}
	if err := o.permit(ctx, by, authority); err != nil {
		shown := o.Proof()
		return nil, &Error{Reason: err.Reason, Detail: err.Detail, Proof: &shown}
	}
	return o, nil
}

// openToken reads all tokens and opens the first one that is for one of keys.
func openToken(br *bufio.Reader, keys []*PrivateKey) (plaintext []byte, key *PrivateKey, err error) {
	var mine jose.Outside
	err = readTokens(br, func(seen jose.Outside) (keep bool) {
		if key != nil {
			return false
		}
		mine, key = seen, keyFor(seen.KeyID, keys)
		return key != nil
	})
	switch {
	case err != nil:
		return nil, nil, err
	case key == nil:
		return nil, nil, refuse(ReasonNotForMe, "")
	}
	if plaintext, err = mine.Decrypt(key.key); err != nil {
		return nil, nil, refused(err, ReasonCannotOpen)
	}
	return plaintext, key, nil
}

// verifyManifest verifies the manifest's signature under the key that the
// directory gave to the party that the manifest names. Its time is unproven
// until then, so the key is asked for at the time that the manifest claims.
func verifyManifest(ctx context.Context, jws []byte, authority Authority) (Proof, error) {
	claim, err := jose.Read(typeManifest, jws, limits.Manifest)
	if err != nil {
		return Proof{}, refused(err, ReasonMalformed)
	}
	m, err := parseManifest(claim.Payload)
	if err != nil {
		return Proof{}, err
	}
	proof := Proof{Manifest: m, Digest: manifestDigest(jws[:bytes.LastIndexByte(jws, '.')])}
	if proof.AsOf, err = authority.AsOf(ctx, Claim{m.Sender, m.ID, proof.Digest}); err != nil {
		return Proof{}, unproven(err)
	}
	if proof.AsOf.IsZero() {
		return Proof{}, refuse(ReasonUnavailable, "the authority gave no time")
	}
	key, err := authority.SigningKey(ctx, m.Sender, claim.Kid, time.Unix(m.IssuedAt, 0), proof.AsOf)
	if err != nil {
		return Proof{}, unproven(err)
	}
	if !key.valid(UseSign) {
		return Proof{}, refuse(ReasonUnavailable, "the authority gave no key")
	}
	signed, err := claim.Verify(key.key)
	if err != nil {
		return Proof{}, refused(err, ReasonBadSignature)
	}
	proof.SignedBy = signed.KeyID
	return proof, nil
}

// openInline checks seed and content against the signed commitments.
func (o *Opened) openInline(br *bufio.Reader, seed, padded []byte) error {
	m := o.proof.Manifest
	if subtle.ConstantTimeCompare([]byte(commitSeed(seed)), []byte(m.Commit)) != 1 {
		return refuse(ReasonBadContent, "seed")
	}
	if m.Content.Form != formInline {
		return refuse(ReasonNewerVersion, "this version opens inline content only")
	}
	content, ok := unpad(padded, m.Content.Bytes)
	if !ok {
		return refuse(ReasonBadContent, "length")
	}
	key, err := commitKey(seed)
	if err != nil {
		return refuse(ReasonUnavailable, "no key derivation")
	}
	if subtle.ConstantTimeCompare([]byte(contentMAC(key, content)), []byte(m.Content.MAC)) != 1 {
		return refuse(ReasonBadContent, "mac")
	}
	o.commitKey, o.content = key, content
	return atEnd(br)
}

// permit judges what has been proven by now: nobody but the sender can be the
// cause of a refusal for what the manifest says.
func (o *Opened) permit(ctx context.Context, by Opener, authority Authority) *Error {
	m, asOf := o.proof.Manifest, o.proof.AsOf
	if err := m.timely(asOf, by.Skew); err != nil {
		return err
	}
	if by.Purpose != m.Purpose {
		return refuse(ReasonPurposeMismatch, "")
	}
	if ctx.Err() != nil {
		return refuse(ReasonUnavailable, "cancelled")
	}
	if err := authority.Permit(ctx, m.clone(), by.Party, asOf); err != nil {
		return answered(err)
	}
	if !m.Content.matches(o.content) {
		return refuse(ReasonStructure, "the manifest counts other records")
	}
	if err := authority.Record(ctx, o.Proof()); err != nil {
		return answered(err)
	}
	return nil
}

// timely judges the manifest's times as of a moment (RFC 7519 sections 4.1.4
// to 4.1.6). Both ends are widened by skew; the last instant is excluded.
func (m *Manifest) timely(asOf time.Time, skew time.Duration) *Error {
	if m.Expires-m.IssuedAt > int64(MaxLifetime/time.Second) {
		return refuse(ReasonLifetime, "")
	}
	if asOf.Before(time.Unix(m.NotBefore, 0).Add(-skew)) {
		return refuse(ReasonNotYetValid, "")
	}
	if !asOf.Before(time.Unix(m.Expires, 0).Add(skew)) {
		return refuse(ReasonExpired, "")
	}
	return nil
}

// answered passes an authority's refusal on and hides every other error, whose
// text may hold anything.
func answered(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok && e != nil {
		return e
	}
	return refuse(ReasonUnavailable, "the authority failed")
}

// unproven does the same before the sender is proven: no answer may then sound
// final, for a stranger could have caused it.
func unproven(err error) *Error {
	if e := answered(err); e.Reason.Kind() != KindNever {
		return e
	}
	return refuse(ReasonUnavailable, "the authority spoke before the sender was proven")
}
