package envelope

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/segel-id/segel/internal/form"
	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/internal/strictjson"
)

// Use is what a key is for (RFC 7517 section 4.2). A key has exactly one.
type Use string

// The uses of a key.
const (
	UseSign    Use = jose.UseSign
	UseEncrypt Use = jose.UseEncrypt
)

// Algorithm is the one algorithm of a key, by its name in the IANA registry of
// JOSE algorithms. The list is closed; no header can widen it.
type Algorithm string

// The algorithms. ES256 and ECDHES are the defaults, and the fastest here.
const (
	ES256   Algorithm = jose.ES256   // signatures, ECDSA on P-256 (RFC 7518 section 3.4)
	EdDSA   Algorithm = jose.EdDSA   // signatures, Ed25519 (RFC 8037)
	PS256   Algorithm = jose.PS256   // signatures, RSA-PSS, at least 3072 bits (RFC 7518 section 3.5)
	ECDHES  Algorithm = jose.ECDHES  // encryption, ECDH-ES+A256KW on P-256 or X25519 (RFC 7518 section 4.6)
	RSAOAEP Algorithm = jose.RSAOAEP // encryption, RSA-OAEP-256, at least 2048 bits (RFC 7518 section 4.3)
)

// A PublicKey is a validated public key with one use and one algorithm. It is
// immutable and may be used concurrently. The zero value is refused wherever a
// key is asked for, and its methods must not be called.
type PublicKey struct{ key *jose.PublicKey }

func (k *PublicKey) valid(use Use) bool { return k != nil && k.key != nil && k.Use() == use }

// ID returns the key's identifier: its RFC 7638 SHA-256 thumbprint, recomputed
// from the key itself, in base64url (43 characters).
func (k *PublicKey) ID() string { return k.key.ID() }

// Use returns what the key is for.
func (k *PublicKey) Use() Use { return Use(k.key.Use()) }

// Algorithm returns the key's one algorithm.
func (k *PublicKey) Algorithm() Algorithm { return Algorithm(k.key.Algorithm()) }

// MarshalJSON returns the key as a JSON Web Key with alg, use and kid. The zero
// value has [ReasonMisuse].
func (k *PublicKey) MarshalJSON() ([]byte, error) {
	if k.key == nil {
		return nil, refuse(ReasonMisuse, "no key")
	}
	return k.key.JWK(), nil
}

// String returns the key's use and identifier.
func (k *PublicKey) String() string { return string(k.Use()) + " key " + k.ID() }

// ParsePublicKey parses one JSON Web Key (RFC 7517). It must carry alg, use
// and kid, kid must be the thumbprint, and no other members than those of its
// type and key_ops may stand beside them: what nobody checks is not accepted.
// The error has [ReasonMalformed].
func ParsePublicKey(jwk []byte) (*PublicKey, error) {
	if len(jwk) > limits.KeyFile {
		return nil, refuse(ReasonTooLarge, "key")
	}
	key, err := jose.ParsePublic(jwk)
	if err != nil {
		return nil, refuse(ReasonMalformed, "not a valid public key")
	}
	return &PublicKey{key}, nil
}

// A PrivateKey is a validated private key with one use and one algorithm, in
// memory or in a device ([NewSigner]). It is immutable and may be used
// concurrently. Under every verb and encoder it prints as its public identifier;
// only [MarshalPrivateKeys] and [EncryptPrivateKeys] give its secret. The zero
// value is refused wherever a key is asked for; it can be printed, but its
// method Public must not be called.
type PrivateKey struct{ key *jose.PrivateKey }

func (k *PrivateKey) valid(use Use) bool {
	return k != nil && k.key != nil && Use(k.key.Public().Use()) == use
}

// GenerateKey returns a new key for the algorithm, with randomness from
// crypto/rand: on P-256 for ECDHES, with 3072 bits for the RSA algorithms. An
// algorithm that is not in the list has [ReasonMisuse].
func GenerateKey(alg Algorithm) (*PrivateKey, error) {
	key, err := jose.Generate(string(alg))
	if err != nil {
		return nil, refuse(ReasonMisuse, "no key can be made for this algorithm")
	}
	return &PrivateKey{key}, nil
}

// Public returns the public half.
func (k *PrivateKey) Public() *PublicKey { return &PublicKey{k.key.Public()} }

// String returns the key's use and identifier, nothing secret.
func (k PrivateKey) String() string {
	if k.key == nil {
		return "no private key"
	}
	return "private " + k.Public().String()
}

// Format prints String for every verb.
func (k PrivateKey) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(k.String())) }

// LogValue logs String.
func (k PrivateKey) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText returns String, for every encoder that asks for a text: a key
// inside another value cannot leak.
func (k PrivateKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// keyFile is a JWK Set (RFC 7517 section 5).
type keyFile struct {
	Keys []json.RawMessage `json:"keys"`
}

// ParsePrivateKeys parses a JWK Set of private keys under the rules of
// [ParsePublicKey]; every thumbprint may occur once. The set is not encrypted:
// its file must be readable by its owner alone. The error has
// [ReasonMalformed] or [ReasonTooLarge] and says nothing about the content; a
// file that is encrypted under a passphrase has [ReasonMisuse]: it is for
// [DecryptPrivateKeys].
func ParsePrivateKeys(jwks []byte) ([]*PrivateKey, error) {
	var file keyFile
	if len(jwks) > limits.KeyFile {
		return nil, refuse(ReasonTooLarge, "key file")
	}
	if PrivateKeysEncrypted(jwks) {
		return nil, refuse(ReasonMisuse, "the key file is encrypted and needs its passphrase")
	}
	if strictjson.Unmarshal(jwks, &file) != nil || len(file.Keys) == 0 || len(file.Keys) > limits.Keys {
		return nil, refuse(ReasonMalformed, "not a JWK Set")
	}
	keys := make([]*PrivateKey, len(file.Keys))
	ids := make([]string, len(file.Keys))
	for i, text := range file.Keys {
		key, err := jose.ParsePrivate(text)
		if err != nil {
			return nil, refuse(ReasonMalformed, fmt.Sprintf("key %d is not a valid private key", i+1))
		}
		keys[i], ids[i] = &PrivateKey{key}, key.Public().ID()
	}
	if !form.Unique(ids) {
		return nil, refuse(ReasonMalformed, "a key occurs twice")
	}
	return keys, nil
}

// MarshalPrivateKeys returns the keys, secrets included and not encrypted, as
// a JWK Set. Write it to a file that only its owner can read (mode 0600). A key
// that stays in a device has [ReasonMisuse].
func MarshalPrivateKeys(keys ...*PrivateKey) ([]byte, error) {
	var file keyFile
	if len(keys) == 0 || len(keys) > limits.Keys {
		return nil, refuse(ReasonMisuse, "no keys, or too many")
	}
	for _, k := range keys {
		if !k.valid(UseSign) && !k.valid(UseEncrypt) {
			return nil, refuse(ReasonMisuse, "no key")
		}
		text, err := k.key.PrivateJWK()
		if err != nil {
			return nil, refuse(ReasonMisuse, "this private key cannot leave its place")
		}
		file.Keys = append(file.Keys, text)
	}
	text, err := json.Marshal(file)
	if err != nil {
		return nil, refuse(ReasonMisuse, "keys")
	}
	defer clear(text)
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, refuse(ReasonMisuse, "keys")
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
