package envelope

import (
	"bufio"
	"context"
	"errors"
	"io"
	"time"

	"github.com/segel-id/segel/internal/jose"
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
//
// Open returns inline content, which fits into memory. An envelope with a body is
// for [OpenStream], or [Examine]; both open inline content too. Here it has
// [ReasonMisuse], after step 6, and the authority's Permit is not asked.
func Open(ctx context.Context, r io.Reader, by Opener, authority Authority) (*Opened, error) {
	x, err := examine(ctx, r, by, authority, false)
	if err != nil {
		return nil, err
	}
	if err := x.recorded(ctx, x.wholeInline(), authority.Record); err != nil {
		return nil, err
	}
	return &Opened{proof: x.proof, jws: x.jws, commitKey: x.commitKey, content: x.content}, nil
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
