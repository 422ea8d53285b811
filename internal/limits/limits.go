// Package limits holds the bounds that several packages share, and that an
// input is held to before memory, disk or a signature is spent on it, so that
// no part of the module accepts what another refuses. A bound that only one
// package knows stands in that package.
//
// All sizes are bytes unless the name says otherwise.
package limits

import "time"

// Tokens.
const (
	// Header bounds the JSON text of a JOSE protected header.
	Header = 1 << 10
	// Token bounds an envelope token, in its encoded form.
	Token = 8 << 20
	// Manifest bounds a manifest JWS, in its encoded form.
	Manifest = 64 << 10
	// Statement bounds small signed statements: closings, receipts,
	// questions, proofs of possession, in their encoded form.
	Statement = 64 << 10
	// Document bounds one line of a signed document (directory, agreement,
	// anchor set), in its encoded form.
	Document = 32 << 20
	// DocumentSignatures bounds how many signatures a document may carry.
	DocumentSignatures = 64
	// Depth bounds the nesting of every JSON text that is signed.
	Depth = 16
)

// Envelopes.
const (
	// Recipients bounds the recipients of one envelope.
	Recipients = 64
	// Inline bounds the record bytes of inline content.
	Inline = 4 << 20
	// MaxInteger is the largest integer that every JSON implementation
	// keeps exact: 2^53 − 1 (RFC 8259 section 6).
	MaxInteger = 1<<53 - 1
)

// Times.
const (
	// Lifetime bounds the time from issue to expiry.
	Lifetime = 30 * 24 * time.Hour
	// Skew bounds the clock difference that may be allowed for.
	Skew = 10 * time.Minute
)

// Keys.
const (
	// RSAModulusMin is the least RSA modulus for encryption, in bits.
	RSAModulusMin = 2048
	// RSASigningMin is the least RSA modulus for signatures, in bits.
	RSASigningMin = 3072
	// RSAModulusMax bounds the work that one RSA key can cause, in bits.
	RSAModulusMax = 4096
	// KeyFile bounds the size of a key file.
	KeyFile = 1 << 20
	// Keys bounds the number of keys in a key file.
	Keys = 256
)
