package envelope

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/limits"
)

// The first line of an encrypted key file, and how every version's begins.
const (
	lockedMagic = "segel-keys/1\n"
	lockedAny   = "segel-keys/"
)

const (
	saltLen = 16 // RFC 9106 section 3.1
	// MinPassphrase is the shortest passphrase that a key file is encrypted
	// under, in bytes. Whoever has a copy of the file can guess for as long as it
	// likes; four or more random words are better.
	MinPassphrase = 12
	maxPassphrase = 1 << 10
)

// cost is what one guess at a passphrase costs with Argon2id (RFC 9106).
type cost struct {
	memory uint32 // KiB
	passes uint32
	lanes  uint8
}

// The cost of new files: twice the memory of the second recommendation of RFC
// 9106 section 4, so that a small machine can still read its keys, in about half
// a second.
var newCost = cost{memory: 128 << 10, passes: 4, lanes: 4}

// fault reports whether a file asks for less than RFC 9106's second
// recommendation, or for more than a reader can be made to spend: 1 GiB, and as
// long as 4 GiB take to be filled once.
func (c cost) fault() bool {
	return c.memory < 64<<10 || c.memory > 1<<20 || c.passes < 3 || c.passes > 64 || c.lanes < 1 || c.lanes > 16 ||
		uint64(c.memory)*uint64(c.passes) > 4<<20
}

// lockedFile is a key file that is encrypted under a passphrase.
type lockedFile struct {
	cost   cost
	salt   []byte
	sealed []byte
}

// head returns the lines before the sealed keys. There is one text for one
// cost and salt, and it is authenticated.
func (f *lockedFile) head() string {
	return fmt.Sprintf("%sargon2id %d %d %d %s\n", lockedMagic, f.cost.memory, f.cost.passes, f.cost.lanes, base64url.Encode(f.salt))
}

func (f *lockedFile) marshal() []byte {
	return append(base64url.Append([]byte(f.head()), f.sealed), '\n')
}

// parseLocked reads an encrypted key file; no work is done for it yet.
func parseLocked(file []byte) (*lockedFile, error) {
	malformed := refuse(ReasonMalformed, "not an encrypted key file")
	if len(file) > limits.KeyFile {
		return nil, refuse(ReasonTooLarge, "key file")
	}
	if !bytes.HasPrefix(file, []byte(lockedMagic)) {
		if laterMagic(lockedAny, file) {
			return nil, refuse(ReasonNewerVersion, "key file")
		}
		return nil, malformed
	}
	lines := strings.Split(string(file), "\n")
	if len(lines) != 4 || lines[3] != "" {
		return nil, malformed
	}
	words := strings.Split(lines[1], " ")
	if len(words) != 5 || words[0] != "argon2id" {
		return nil, malformed
	}
	var numbers [3]uint64
	for i := range numbers {
		var err error
		if numbers[i], err = strconv.ParseUint(words[i+1], 10, 32); err != nil || numbers[i] > 1<<20 {
			return nil, malformed
		}
	}
	salt, okSalt := base64url.DecodeLen(words[4], saltLen)
	sealed, okSealed := base64url.Decode([]byte(lines[2]))
	if !okSalt || !okSealed || numbers[2] > 16 {
		return nil, malformed
	}
	f := &lockedFile{cost{uint32(numbers[0]), uint32(numbers[1]), uint8(numbers[2])}, salt, sealed}
	if f.cost.fault() {
		return nil, refuse(ReasonMalformed, "the key file asks for too little work, or too much")
	}
	if !bytes.Equal(f.marshal(), file) { // a number with a sign or a leading zero
		return nil, malformed
	}
	return f, nil
}

// cipher returns the AEAD under the passphrase. Its key is used once, because
// every file has a salt of its own; so the nonce is zero.
func (f *lockedFile) cipher(passphrase []byte) (cipher.AEAD, error) {
	key := argon2.IDKey(passphrase, f.salt, f.cost.passes, f.cost.memory, f.cost.lanes, 32)
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// EncryptPrivateKeys returns the keys, secrets included, in a text file that is
// encrypted under a passphrase of [MinPassphrase] to 1024 bytes, taken as the
// bytes that they are. Write it to a file that only its owner can read all the
// same. A passphrase of another length, and a key that stays in a device, has
// [ReasonMisuse].
//
// The file is three lines, each ended by LF:
//
//	segel-keys/1
//	argon2id MEMORY PASSES LANES SALT
//	SEALED
//
// MEMORY is in KiB; the three numbers are decimal, without leading zeros; SALT is
// base64url of 16 random bytes. SEALED is base64url of the AES-256-GCM encryption
// of the JWK Set under the key Argon2id(passphrase, salt) of 32 bytes (RFC 9106,
// version 0x13), with a nonce of 12 zero bytes and the first two lines, their LF
// included, as additional data. Readers refuse less than 64 MiB or 3 passes and
// more than 1 GiB, 64 passes, 16 lanes, or 4 GiB as the product of memory and
// passes. Files are made with 128 MiB, 4 passes and 4 lanes: a guess costs about
// half a second of one processor, and so does this call, which needs the memory,
// too.
func EncryptPrivateKeys(passphrase []byte, keys ...*PrivateKey) ([]byte, error) {
	return encryptKeys(newCost, passphrase, keys)
}

func encryptKeys(c cost, passphrase []byte, keys []*PrivateKey) ([]byte, error) {
	if len(passphrase) < MinPassphrase || len(passphrase) > maxPassphrase {
		return nil, refuse(ReasonMisuse, "a passphrase has 12 to 1024 bytes")
	}
	text, err := MarshalPrivateKeys(keys...)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	f := &lockedFile{cost: c, salt: make([]byte, saltLen)}
	if _, err := rand.Read(f.salt); err != nil {
		return nil, refuse(ReasonUnavailable, "no randomness")
	}
	aead, err := f.cipher(passphrase)
	if err != nil {
		return nil, refuse(ReasonUnavailable, "no cipher")
	}
	f.sealed = aead.Seal(nil, make([]byte, aead.NonceSize()), text, []byte(f.head()))
	file := f.marshal()
	if len(file) > limits.KeyFile {
		return nil, refuse(ReasonTooLarge, "key file")
	}
	return file, nil
}

// DecryptPrivateKeys opens a file that [EncryptPrivateKeys] made. A wrong
// passphrase and a damaged file both have [ReasonCannotOpen]; nothing tells them
// apart. A file that is not encrypted has [ReasonMalformed]: whoever states a
// passphrase believes that it is. Otherwise it follows [ParsePrivateKeys]. The
// work that the file asks for is bounded before it is done; see
// [EncryptPrivateKeys].
//
// The derived key and the decrypted text are overwritten after use; what reading
// the text has copied is not, nor is the passphrase, which is the caller's.
func DecryptPrivateKeys(passphrase, file []byte) ([]*PrivateKey, error) {
	f, err := parseLocked(file)
	if err != nil {
		return nil, err
	}
	if len(passphrase) == 0 || len(passphrase) > maxPassphrase {
		return nil, refuse(ReasonMisuse, "no passphrase, or one that is too long")
	}
	aead, err := f.cipher(passphrase)
	if err != nil {
		return nil, refuse(ReasonUnavailable, "no cipher")
	}
	text, err := f.open(aead)
	if err != nil {
		return nil, err
	}
	defer clear(text)
	return ParsePrivateKeys(text)
}

func (f *lockedFile) open(aead cipher.AEAD) ([]byte, error) {
	text, err := aead.Open(nil, make([]byte, aead.NonceSize()), f.sealed, []byte(f.head()))
	if err != nil {
		return nil, refuse(ReasonCannotOpen, "a wrong passphrase, or a damaged key file")
	}
	return text, nil
}

// PrivateKeysEncrypted reports whether a key file is encrypted under a
// passphrase, by its first line.
func PrivateKeysEncrypted(file []byte) bool { return bytes.HasPrefix(file, []byte(lockedAny)) }
