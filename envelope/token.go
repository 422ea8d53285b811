package envelope

import (
	"errors"

	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/limits"
)

// TokenType is the explicit type (RFC 8725 section 3.11) of a signed or
// encrypted statement beside the envelope itself: each type is accepted in its
// own place and in no other. The list is closed.
type TokenType string

// The types of statements. Envelopes, manifests and closings are made by
// [Seal] alone.
const (
	TypeReceipt       TokenType = "segel-receipt+jwt"      // a recipient's signed answer
	TypeSealedReceipt TokenType = "segel-receipt+jwe"      // the same, encrypted to the sender
	TypeQuestion      TokenType = "segel-question+jwt"     // a sender's settle-or-cancel
	TypeDirectory     TokenType = "segel-directory+jwt"    // parties, keys, agreements
	TypeAgreement     TokenType = "segel-agreement+jwt"    // who may send what to whom, for what
	TypeAnchors       TokenType = "segel-anchors+jwt"      // whose signatures a directory needs
	TypePossession    TokenType = "segel-possession+jwt"   // that a party holds its keys
	TypeRegister      TokenType = "segel-register+jwt"     // which units must report
	TypeCompleteness  TokenType = "segel-completeness+jwt" // which of them have
)

// The types that only this package makes.
const (
	typeEnvelope = "segel-envelope+jwe"
	typeManifest = "segel-manifest+jwt"
)

// signed returns the limit of an encoded JWS of type t, or false for a type
// that is not one.
func (t TokenType) signed() (maxLen int, ok bool) {
	switch t {
	case TypeDirectory, TypeAgreement, TypeAnchors:
		return limits.Document, true
	case TypeReceipt, TypeQuestion, TypePossession, TypeRegister, TypeCompleteness:
		return limits.Statement, true
	}
	return 0, false
}

// encrypted is the same for a JWE.
func (t TokenType) encrypted() (maxLen int, ok bool) {
	return limits.Statement, t == TypeSealedReceipt
}

// SignToken returns the compact JWS (RFC 7515) of payload with the header alg,
// kid and typ. Most programs do not need it: it is for packages that define a
// statement.
func SignToken(t TokenType, payload []byte, key *PrivateKey) ([]byte, error) {
	maxLen, ok := t.signed()
	if !ok || !key.valid(UseSign) || len(payload) == 0 {
		return nil, refuse(ReasonMisuse, "sign")
	}
	token, err := jose.Sign(string(t), payload, key.key)
	if err != nil {
		return nil, unsigned(err)
	}
	if len(token) > maxLen {
		return nil, refuse(ReasonTooLarge, "")
	}
	return token, nil
}

// PeekToken returns what a token claims, unproven: the thumbprint of the key
// that it says signed it, and its payload. Nobody may act on either before
// [VerifyToken]. Most programs do not need it.
func PeekToken(t TokenType, token []byte) (keyID string, payload []byte, err error) {
	maxLen, ok := t.signed()
	if !ok {
		return "", nil, refuse(ReasonMisuse, "type")
	}
	keyID, payload, err = jose.Peek(string(t), token, maxLen)
	if err != nil {
		return "", nil, refused(err, ReasonMalformed)
	}
	return keyID, payload, nil
}

// VerifyToken verifies a compact JWS of type t under key and returns the exact
// payload that was signed. The error has [ReasonMalformed], [ReasonTooLarge],
// [ReasonUnknownKey] if the token names another key, or [ReasonBadSignature].
// Whether key may sign this is the caller's question. Most programs do not
// need it.
func VerifyToken(t TokenType, token []byte, key *PublicKey) (payload []byte, err error) {
	maxLen, ok := t.signed()
	if !ok || !key.valid(UseSign) {
		return nil, refuse(ReasonMisuse, "type or key")
	}
	signed, err := jose.Verify(string(t), token, maxLen, func(kid string) (*jose.PublicKey, error) {
		if kid != key.ID() {
			return nil, refuse(ReasonUnknownKey, "")
		}
		return key.key, nil
	})
	if err != nil {
		return nil, refused(err, ReasonBadSignature)
	}
	return signed.Payload, nil
}

// EncryptToken returns the compact JWE (RFC 7516) of plaintext for to. Most
// programs do not need it.
func EncryptToken(t TokenType, plaintext []byte, to *PublicKey) ([]byte, error) {
	maxLen, ok := t.encrypted()
	if !ok || !to.valid(UseEncrypt) || len(plaintext) == 0 {
		return nil, refuse(ReasonMisuse, "encrypt")
	}
	token, err := jose.Encrypt(string(t), plaintext, to.key)
	if err != nil {
		return nil, refuse(ReasonMisuse, "encrypt")
	}
	if len(token) > maxLen {
		return nil, refuse(ReasonTooLarge, "")
	}
	return token, nil
}

// DecryptToken opens a compact JWE of type t with the one of keys that it
// names. The error has [ReasonMalformed], [ReasonTooLarge], [ReasonNotForMe]
// or [ReasonCannotOpen]. A plaintext proves nothing about who wrote it. Most
// programs do not need it.
func DecryptToken(t TokenType, token []byte, keys ...*PrivateKey) (plaintext []byte, err error) {
	maxLen, ok := t.encrypted()
	if !ok {
		return nil, refuse(ReasonMisuse, "type")
	}
	plaintext, _, err = decrypt(string(t), token, maxLen, keys)
	return plaintext, err
}

// decrypt opens a JWE with the one of keys that it names and returns that key.
func decrypt(typ string, token []byte, maxLen int, keys []*PrivateKey) ([]byte, *PrivateKey, error) {
	var used *PrivateKey
	plaintext, err := jose.Decrypt(typ, token, maxLen, func(kid string) *jose.PrivateKey {
		if used = keyFor(kid, keys); used == nil {
			return nil
		}
		return used.key
	})
	switch {
	case err == nil:
		return plaintext, used, nil
	case errors.Is(err, jose.ErrUnknownKey):
		return nil, nil, refuse(ReasonNotForMe, "")
	}
	return nil, nil, refused(err, ReasonCannotOpen)
}

// keyFor returns the decryption key with this identifier, or nil.
func keyFor(kid string, keys []*PrivateKey) *PrivateKey {
	for _, k := range keys {
		if k.valid(UseEncrypt) && k.key.Public().ID() == kid {
			return k
		}
	}
	return nil
}
