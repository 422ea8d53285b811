package envelope

import (
	"bufio"
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
//  1. the file's form and sizes ([ReasonMalformed], [ReasonTooLarge]);
//  2. a token for one of the opener's keys ([ReasonNotForMe]), decrypted
//     ([ReasonCannotOpen]);
//  3. the manifest's form ([ReasonMalformed], [ReasonNewerVersion]);
//  4. Authority.AsOf; Authority.SigningKey for the party that the manifest
//     names; the signature ([ReasonBadSignature]);
//  5. the opener's party and key stand in the signed manifest, in the same
//     place ([ReasonForwarded]);
//  6. seed, padding, MAC and counts are those of the manifest
//     ([ReasonBadContent]), and nothing follows ([ReasonMalformed]);
//  7. lifetime, not before, expiry ([ReasonLifetime], [ReasonNotYetValid],
//     [ReasonExpired]) with [Skew];
//  8. the stated purpose is the signed one ([ReasonPurposeMismatch]);
//     Authority.Permit;
//  9. Authority.Record.
//
// Every refusal is an [*Error]. Open panics on no input and writes nothing.
func Open(ctx context.Context, r io.Reader, by Opener, authority Authority) (*Opened, error) {
	if authority == nil || !by.Party.valid() || len(by.Keys) == 0 || by.Purpose == "" || r == nil {
		return nil, refuse(ReasonMisuse, "party, keys, purpose and authority must be stated")
	}
	br := bufio.NewReader(r)
	tokens, err := readFile(br)
	if err != nil {
		return nil, err
	}
	plaintext, key, err := openToken(tokens, by.Keys)
	if err != nil {
		return nil, err
	}
	jws, seed, padded, ok := splitSecret(plaintext)
	if !ok {
		return nil, refuse(ReasonMalformed, "token")
	}
	defer clear(seed)
	m, digest, asOf, signer, err := verifyManifest(ctx, jws, authority)
	if err != nil {
		return nil, err
	}
	if i := slices.Index(m.Keys, key.Public().ID()); i < 0 || m.Recipients[i] != by.Party {
		return nil, refuse(ReasonForwarded, "")
	}
	o := &Opened{jws: jws, proof: Proof{
		Manifest: m, Digest: digest, SignedBy: signer, OpenedWith: key.Public().ID(), Party: by.Party, AsOf: asOf,
	}}
	if err := o.openInline(br, seed, padded); err != nil {
		return nil, err
	}
	if err := m.timely(asOf); err != nil {
		return nil, err
	}
	if by.Purpose != m.Purpose {
		return nil, refuse(ReasonPurposeMismatch, "")
	}
	if err := authority.Permit(ctx, m.clone(), by, asOf); err != nil {
		return nil, answered(err)
	}
	if err := authority.Record(ctx, o.Proof()); err != nil {
		return nil, answered(err)
	}
	return o, nil
}

// openToken opens the first token that is for one of the keys.
func openToken(tokens [][]byte, keys []*PrivateKey) (plaintext []byte, key *PrivateKey, err error) {
	for _, token := range tokens {
		plaintext, key, err = decrypt(typeEnvelope, token, limits.Token, keys)
		if err == nil || ReasonOf(err) != ReasonNotForMe {
			return plaintext, key, err
		}
	}
	return nil, nil, err
}

// verifyManifest verifies the manifest's signature under the key that the
// directory gave to the party that the manifest names. Its time is unproven
// until then, so the key is asked for at the time that the manifest claims.
func verifyManifest(ctx context.Context, jws []byte, authority Authority) (m *Manifest, digest string, asOf time.Time, signer string, err error) {
	_, payload, err := jose.Peek(typeManifest, jws, limits.Manifest)
	if err != nil {
		return nil, "", time.Time{}, "", refused(err, ReasonMalformed)
	}
	if m, err = parseManifest(payload); err != nil {
		return nil, "", time.Time{}, "", err
	}
	signed, err := jose.Verify(typeManifest, jws, limits.Manifest, func(kid string) (*jose.PublicKey, error) {
		digest = manifestDigest(jws[:lastDot(jws)])
		if asOf, err = authority.AsOf(ctx, Claim{m.Sender, m.ID, digest}); err != nil {
			return nil, answered(err)
		}
		key, err := authority.SigningKey(ctx, m.Sender, kid, time.Unix(m.IssuedAt, 0), asOf)
		if err != nil {
			return nil, answered(err)
		}
		if key == nil || asOf.IsZero() {
			return nil, refuse(ReasonUnavailable, "the authority gave no answer")
		}
		return key.key, nil
	})
	if err != nil {
		return nil, "", time.Time{}, "", refused(err, ReasonBadSignature)
	}
	return m, digest, asOf, signed.KeyID, nil
}

func lastDot(jws []byte) int {
	i := len(jws) - 1
	for jws[i] != '.' {
		i--
	}
	return i
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
	if !m.Content.matches(content) {
		return refuse(ReasonBadContent, "records")
	}
	o.commitKey, o.content = key, content
	return atEnd(br)
}

// timely judges the manifest's times as of a moment (RFC 7519 sections 4.1.4
// to 4.1.6). Both ends are widened by Skew.
func (m *Manifest) timely(asOf time.Time) error {
	if m.Expires-m.IssuedAt > int64(MaxLifetime/time.Second) {
		return refuse(ReasonLifetime, "")
	}
	if asOf.Before(time.Unix(m.NotBefore, 0).Add(-Skew)) {
		return refuse(ReasonNotYetValid, "")
	}
	if !asOf.Before(time.Unix(m.Expires, 0).Add(Skew)) {
		return refuse(ReasonExpired, "")
	}
	return nil
}

// answered passes an authority's refusal on and hides every other error, whose
// text may hold anything.
func answered(err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return refuse(ReasonUnavailable, "the authority failed")
}
