// Package jose signs, verifies, encrypts and decrypts compact JOSE tokens
// behind a strict gate. It is the only importer of the JOSE library.
//
// The library, jwx v2, is unmaintained and lenient (see .github/SECURITY.md).
// So every input passes the gate first, which decides on the exact bytes that
// the library then sees, in this order:
//
//  1. size of the token, before anything else is done;
//  2. the number of segments: 3 for a JWS, 5 for a JWE;
//  3. canonical base64url in every segment;
//  4. the protected header: short, printable ASCII without blanks or escapes,
//     strict JSON, and exactly the members of its kind: alg, kid, typ, and for
//     a JWE enc and, with ECDH, epk. There is no crit, zip, b64, cty, jku,
//     jwk, x5u, x5c, apu or apv;
//  5. typ is the one that the caller expects, alg and enc are in our closed list;
//  6. the lengths that the algorithms fix: signature, encrypted key, iv, tag,
//     coordinates of epk, which must be a point of its curve;
//  7. the key by kid, whose one algorithm must be the header's;
//  8. for a JWS the library: it gets the signing input, the signature and one
//     raw key, never a token, so that nothing is left that it could read in its
//     own way;
//  9. for a JWE the standard library: the content key is unwrapped with the one
//     key (RFC 7518 sections 4.3 and 4.6, RFC 3394), then AES-256-GCM opens the
//     ciphertext with the header's own text as additional data.
//
// The library's JWE half is not used, because both of its known remote panics,
// inflation and a second reading of the header are there, and most of its time;
// what it did here is two pages. Tests have it open every kind of token that we
// make, and us every kind that it makes.
//
// A recover stands around the library and around every device. Their errors
// never leave this package, for they repeat an attacker's text.
//
// # Keys
//
// A key has one use and one algorithm, and is built by the constructors here
// alone, which check what the library takes unseen: points off the curve, Ed25519
// and X25519 points of small order and second encodings, the size and exponent of
// RSA keys and the mark of a known weak generator (ROCA), lengths, use, key_ops,
// and that kid is the thumbprint. That a party holds the private half is for a
// proof of possession to show.
//
// A private key may stay in a device ([FromSigner], [FromDecrypter],
// [FromExchanger]). Keys in memory go the same way as keys in devices, so what a
// device sees is what every test sees. A device is believed nothing: a signature
// is verified before it is handed out, a decryption that fails is followed by a
// trial, which tells a device that fails from a token that is damaged.
//
// # A rewrite on another library
//
// must keep: one verdict per input, decided on the bytes that are then used; no
// header that chooses anything; the errors below and nothing else, for none of
// them says at which step a decryption failed; work bounded before it is done; a
// salt of 32 bytes in PS256, whatever the library takes; content keys of 32 bytes,
// overwritten after use; recover around foreign code; no type of the library in
// an exported signature; and the tests, of which hazards_test.go holds what
// another library may take and corpora_test.go what it must.
package jose

import "errors"

// The errors of this package. They are all that it says about a token.
var (
	// ErrTooLarge: the token is longer than the caller allows.
	ErrTooLarge = errors.New("token too large")
	// ErrMalformed: the token is not one of ours by its form alone.
	ErrMalformed = errors.New("malformed token")
	// ErrUnknownKey: no key for the token's kid. The caller's resolver says so.
	ErrUnknownKey = errors.New("unknown key")
	// ErrSignature: the signature does not verify.
	ErrSignature = errors.New("signature does not verify")
	// ErrDecrypt: the token does not decrypt. Why is not said.
	ErrDecrypt = errors.New("token does not decrypt")
	// ErrKey: a key is not one of ours, or not for this use.
	ErrKey = errors.New("key is not valid for this use")
	// ErrDevice: the device that holds a private key failed, or does not hold the
	// private half of the public key that it shows.
	ErrDevice = errors.New("the device that holds the key failed")
	// ErrInternal: the library failed on something that passed the gate.
	ErrInternal = errors.New("internal failure")
)
