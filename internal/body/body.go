package body

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"runtime"
)

// The faults of a body. They are all that this package says about one.
var (
	// ErrMalformed: not a body by its form.
	ErrMalformed = errors.New("malformed body")
	// ErrCut: the body ends before its closing statement.
	ErrCut = errors.New("body cut short")
	// ErrTooLarge: a length or a window beyond the limits.
	ErrTooLarge = errors.New("chunk too large")
	// ErrTag: a chunk does not decrypt: it was changed, moved, or is of another body.
	ErrTag = errors.New("chunk does not decrypt")
	// ErrSignature: a chunk decrypts, but the one-time key did not sign it.
	ErrSignature = errors.New("chunk signature does not verify")
	// ErrRecords: the content is not a sequence of records.
	ErrRecords = errors.New("not a sequence of records")
)

// Codec is how a chunk's data is stored.
type Codec byte

// The codecs.
const (
	None Codec = iota // as it is
	Zstd              // as one frame of RFC 8878
)

// Geometry.
const (
	// MinChunk and MaxChunk bound the data of a chunk; it is a power of two.
	MinChunk, MaxChunk = 64 << 10, 4 << 20
	// MaxChunks bounds the chunks of a body, the closing one included.
	MaxChunks = 1 << 32
	// MaxClosing bounds the closing statement.
	MaxClosing = 4 << 10

	lengthLen = 4
	tagLen    = 16
	// headLen is what stands in a data chunk before the stored bytes: signature,
	// data length, stored length.
	headLen = ed25519.SignatureSize + 4 + 4
)

const (
	flagData    = 0
	flagClosing = 1

	keyLabel   = "segel/1 body"
	chunkLabel = "segel/1 chunk"
)

// Shape is what the manifest states of a body.
type Shape struct {
	Chunk   int   // bytes of data in every chunk but the last
	Codec   Codec // how they are stored
	Records bool  // whether the content is a sequence of records, or one document
}

// Sound reports whether the shape is one of the format.
func (s Shape) Sound() bool {
	return s.Chunk >= MinChunk && s.Chunk <= MaxChunk && s.Chunk&(s.Chunk-1) == 0 && s.Codec <= Zstd
}

// maxStored bounds the stored form of n bytes of data. A zstd frame of data that
// does not shrink is larger than it by its headers.
func (s Shape) maxStored(n int) int {
	if s.Codec == Zstd {
		return n + n>>8 + 64
	}
	return n
}

// maxSealed bounds the ciphertext of a chunk. Padmé adds less than a thirty-second
// of the chunk to anything up to that size.
func (s Shape) maxSealed() int {
	n := s.maxStored(s.Chunk)
	return headLen + n + s.Chunk>>5 + tagLen
}

// budget bounds the memory of the chunks under way, whatever their size.
const budget = 16 << 20

// depth is how many chunks are under way at a time: two for each that is worked on.
// With one more than are worked on, opening took a quarter longer in some processes
// and not in others; probably because buffers are used in turn, and only an even share
// of them for each processor comes back to the one that has it in its caches. Those
// that are compressed take three times the memory, and gained nothing by more. kept
// says that a sealed chunk stays beside the opened one.
func (s Shape) depth(kept bool) int {
	cores, buffers := runtime.GOMAXPROCS(0), 1
	if kept {
		buffers++
	}
	most := 2 * cores
	if s.Codec == Zstd {
		buffers += 2 // the data beside its stored form, and the state of the coder
		most = cores + 1
	}
	return max(2, min(most, budget/(buffers*s.maxSealed())))
}

// Keys are the secrets of one body, and the digest that binds it to its manifest.
// They may be used concurrently.
type Keys struct {
	aead   cipher.AEAD
	commit []byte
	digest [sha256.Size]byte
}

// NewKeys derives the body key from the seed and the manifest digest. commit is
// the commitment key of the same seed.
func NewKeys(seed, commit []byte, digest [sha256.Size]byte) (*Keys, error) {
	key, err := hkdf.Key(sha256.New, seed, nil, keyLabel+string(digest[:]), 32)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &Keys{aead, commit, digest}, nil
}

// nonce is that of the STREAM construction (Hoang, Reyhanitabar, Rogaway and
// Vizár, 2015): an index of 11 bytes and a flag.
func nonce(index uint64, flag byte) (n [12]byte) {
	binary.BigEndian.PutUint64(n[3:11], index)
	n[11] = flag
	return n
}

// seal encrypts frame in place. It holds, behind four bytes for the length, the
// plaintext, and has room for the tag.
func (k *Keys) seal(index uint64, flag byte, frame []byte) []byte {
	plaintext := frame[lengthLen:]
	binary.BigEndian.PutUint32(frame, uint32(len(plaintext)+tagLen))
	n := nonce(index, flag)
	return k.aead.Seal(frame[:lengthLen], n[:], plaintext, frame[:lengthLen])
}

// open decrypts frame, with its length in front, to dst.
func (k *Keys) open(dst []byte, index uint64, flag byte, frame []byte) ([]byte, error) {
	n := nonce(index, flag)
	return k.aead.Open(dst, n[:], frame[lengthLen:], frame[:lengthLen])
}

// chunkSum is what the one-time key signs of a chunk.
type chunkSum struct {
	index  uint64
	flag   byte
	codec  Codec
	data   int // bytes of data
	stored [sha256.Size]byte
}

func (k *Keys) signed(c chunkSum) []byte {
	b := make([]byte, 0, 96)
	b = append(b, chunkLabel...)
	b = append(b, k.digest[:]...)
	b = binary.BigEndian.AppendUint64(b, c.index)
	b = append(b, c.flag, byte(c.codec))
	b = binary.BigEndian.AppendUint32(b, uint32(c.data))
	return append(b, c.stored[:]...)
}

// A blinder makes leaves, one at a time, without making its hash anew for each.
type blinder struct{ mac hash.Hash }

// leaf is the chunk's entry in the tree. The key blinds it: the root tells nobody
// anything of a content that could be guessed.
func (b *blinder) leaf(k *Keys, c chunkSum) (leaf [sha256.Size]byte) {
	if b.mac == nil {
		b.mac = hmac.New(sha256.New, k.commit)
	}
	b.mac.Reset()
	text := binary.BigEndian.AppendUint64(make([]byte, 0, 48), c.index)
	text = binary.BigEndian.AppendUint32(text, uint32(c.data))
	b.mac.Write(append(text, c.stored[:]...))
	b.mac.Sum(leaf[:0])
	return leaf
}
