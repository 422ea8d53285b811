package vectors

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
)

// A bodied is one vector of an envelope with a body. Its zero value, but for name
// and comment, is honest: three chunks of zstd, which take little room in the
// folder; each field changes one thing.
type bodied struct {
	name, comment string
	expect        envelope.Reason
	released      int // chunks that are handed out before the refusal

	codec    envelope.Codec // "" is zstd
	chunk    int64          // 0 is 64 KiB
	media    string         // "" is NDJSON
	pieces   []piece        // nil is threePieces
	key      ed25519.PublicKey
	envelope sealed // what else is changed of the envelope

	chunks  func(b *bodyBuilt, i int, c *chunk)     // changes a data chunk before it is signed
	signed  func(b *bodyBuilt, i int, c *chunk)     // changes it before it is encrypted
	closing func(b *bodyBuilt, c *closing)          // changes the closing statement
	frames  func(b *bodyBuilt, f [][]byte) [][]byte // changes the sealed chunks
}

// A piece is the data of one chunk and how it is stored.
type piece struct {
	data   string
	stored []byte
}

// A chunk is a data chunk before it is signed, and before it is encrypted.
type chunk struct {
	index     uint64
	flag      byte
	codec     byte
	data      int // its length, as stated
	size      int // of the stored bytes, as stated
	stored    []byte
	padding   []byte
	digest    []byte // the manifest's
	signer    ed25519.PrivateKey
	label     string
	signature []byte
}

// A closing is a closing statement before it is signed.
type closing struct {
	said      envelope.Closing
	text      func(string) string
	header    func(string) string
	signer    *key
	statement string // in place of all that
	index     uint64
	flag      byte
}

// bodyBuilt is what was made on the way.
type bodyBuilt struct {
	*maker
	*built
	seed    []byte
	oneTime ed25519.PrivateKey
	pieces  []piece
	records bool
	shape   bodied
	closed  string // the closing statement
}

const (
	minChunk = 64 << 10
	zMagic   = "\x28\xb5\x2f\xfd"
)

// zFrame is a zstd frame of one segment that states size.
func zFrame(size int, blocks ...[]byte) []byte {
	head := binary.LittleEndian.AppendUint32([]byte(zMagic+"\xa0"), uint32(size))
	return append(head, slices.Concat(blocks...)...)
}

// zBlock is the header of a block: kind 0 is raw, 1 a byte repeated.
func zBlock(last bool, kind, size int, content string) []byte {
	n := size<<3 | kind<<1
	if last {
		n |= 1
	}
	return append([]byte{byte(n), byte(n >> 8), byte(n >> 16)}, content...)
}

// full is a piece of n bytes: a letter repeated, and a line feed.
func full(letter string, n int) piece {
	return piece{strings.Repeat(letter, n-1) + "\n", zFrame(n, zBlock(false, 1, n-1, letter), zBlock(true, 0, 1, "\n"))}
}

// short is a piece that is stored in a raw block.
func short(data string) piece {
	return piece{data, zFrame(len(data), zBlock(true, 0, len(data), data))}
}

// plain is a piece that is stored as it is.
func plain(data string) piece { return piece{data, []byte(data)} }

func threePieces() []piece {
	return []piece{full("a", minChunk), full("b", minChunk), short("{\"c\":1}\n")}
}

// hashOf is the Merkle tree hash of RFC 6962 section 2.1, as it is written there.
func hashOf(leaves [][]byte) []byte {
	switch n := len(leaves); n {
	case 0:
		return hashSum()
	case 1:
		return hashSum([]byte{0}, leaves[0])
	default:
		k := 1
		for 2*k < n {
			k *= 2
		}
		return hashSum([]byte{1}, hashOf(leaves[:k]), hashOf(leaves[k:]))
	}
}

func hashSum(parts ...[]byte) []byte {
	s := sha256.Sum256(slices.Concat(parts...))
	return s[:]
}

// encrypted is a chunk with its length.
func (b *bodyBuilt) encrypted(index uint64, flag byte, plaintext []byte) []byte {
	b.Helper()
	secret, err := hkdf.Key(sha256.New, b.seed, nil, "segel/1 body"+string(unb64(b.digest)), 32)
	if err != nil {
		b.Fatal(err)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		b.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		b.Fatal(err)
	}
	length := binary.BigEndian.AppendUint32(nil, uint32(len(plaintext)+16))
	nonce := append(binary.BigEndian.AppendUint64([]byte{0, 0, 0}, index), flag)
	return gcm.Seal(bytes.Clone(length), nonce, plaintext, length)
}

func (b *bodyBuilt) sum(c chunk) []byte {
	text := append([]byte(c.label), c.digest...)
	text = binary.BigEndian.AppendUint64(text, c.index)
	text = append(text, c.flag, c.codec)
	text = binary.BigEndian.AppendUint32(text, uint32(c.data))
	stored := sha256.Sum256(c.stored)
	return append(text, stored[:]...)
}

// honest is the i-th chunk as it should be, but for its signature.
func (b *bodyBuilt) honest(i int) chunk {
	p := b.pieces[i]
	c := chunk{
		index: uint64(i), codec: 1, data: len(p.data), size: len(p.stored), stored: p.stored,
		digest: unb64(b.digest), signer: b.oneTime, label: "segel/1 chunk",
	}
	if b.shape.codec == "none" {
		c.codec = 0
	}
	if int64(c.data) < b.shape.chunk {
		c.padding = make([]byte, padme(c.size)-c.size)
	}
	return c
}

// frame signs and encrypts the i-th chunk.
func (b *bodyBuilt) frame(i int) []byte {
	c := b.honest(i)
	if b.shape.chunks != nil {
		b.shape.chunks(b, i, &c)
	}
	c.signature = ed25519.Sign(c.signer, b.sum(c))
	if b.shape.signed != nil {
		b.shape.signed(b, i, &c)
	}
	return b.encrypted(uint64(i), 0, c.plaintext())
}

func (c chunk) plaintext() []byte {
	text := binary.BigEndian.AppendUint32(bytes.Clone(c.signature), uint32(c.data))
	text = binary.BigEndian.AppendUint32(text, uint32(c.size))
	return slices.Concat(text, c.stored, c.padding)
}

// leaf is the chunk's entry in the tree.
func (b *bodyBuilt) leaf(i int) []byte {
	p := b.pieces[i]
	stored := sha256.Sum256(p.stored)
	h := hmac.New(sha256.New, commitKeyOf(b.seed))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(i)))
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p.data))))
	h.Write(stored[:])
	return h.Sum(nil)
}

// says is what an honest closing statement says.
func (b *bodyBuilt) says() envelope.Closing {
	var leaves [][]byte
	said := envelope.Closing{Version: 1, Manifest: b.digest, Chunks: int64(len(b.pieces)), Records: 1}
	if b.records {
		said.Records = 0
	}
	for i, p := range b.pieces {
		leaves = append(leaves, b.leaf(i))
		said.Bytes += int64(len(p.data))
		if b.records {
			said.Records += int64(strings.Count(p.data, "\n"))
		}
	}
	said.Root = b64(hashOf(leaves))
	return said
}

// close makes the closing chunk.
func (b *bodyBuilt) close() []byte {
	b.Helper()
	c := closing{said: b.says(), signer: b.keys[orText(b.shape.envelope.signer, "kominfo-jaringan")].sign, index: uint64(len(b.pieces)), flag: 1}
	if b.shape.closing != nil {
		b.shape.closing(b, &c)
	}
	raw, err := json.Marshal(c.said)
	if err != nil {
		b.Fatal(err)
	}
	text := string(raw)
	if c.text != nil {
		if text = c.text(text); text == string(raw) {
			b.Fatalf("%s: the change of the text changes nothing", b.shape.name)
		}
	}
	text += strings.Repeat(" ", -len(text)&255)
	header := jwsHeader("segel-closing+jwt", c.signer)
	if c.header != nil {
		header = c.header(header)
	}
	if b.closed = c.statement; b.closed == "" {
		f := forge{b.TB, b.built.seed + "closing"}
		b.closed = strings.Join(f.jws(header, []byte(text), c.signer), ".")
	}
	return b.encrypted(c.index, c.flag, []byte(b.closed))
}

// bodyOf makes the envelope of a vector: the head, and the sealed chunks.
func (m *maker) bodyOf(s bodied) (head []byte, b *bodyBuilt, frames [][]byte) {
	m.Helper()
	if s.codec == "" {
		s.codec = "zstd"
	}
	if s.chunk == 0 {
		s.chunk = minChunk
	}
	b = &bodyBuilt{maker: m, pieces: s.pieces, records: s.media == "", shape: s}
	if b.pieces == nil {
		b.pieces = threePieces()
	}
	e := s.envelope
	e.name = orText(e.name, "body/"+s.name)
	f := m.forge("envelope/" + e.name)
	b.oneTime = ed25519.NewKeyFromSeed(f.random("one-time", 32))
	public := b.oneTime.Public().(ed25519.PublicKey)
	if s.key != nil {
		public = s.key
	}
	nothing := ""
	e.content = &nothing
	change := e.manifest
	e.manifest = func(mf *envelope.Manifest) {
		mf.Content = envelope.Content{Form: "body", Media: orText(s.media, envelope.MediaRecords), Chunk: s.chunk, Codec: s.codec, Key: b64(public)}
		if change != nil {
			change(mf)
		}
	}
	head, b.built = m.build(&e)
	b.seed = b.random("seed", 32)
	for i := range b.pieces {
		frames = append(frames, b.frame(i))
	}
	return head, b, append(frames, b.close())
}

// body makes one vector and puts it into the folder.
func (m *maker) body(s bodied) {
	m.Helper()
	head, b, frames := m.bodyOf(s)
	honest := slices.Concat(frames...)
	if s.frames != nil {
		frames = s.frames(b, frames)
		if bytes.Equal(slices.Concat(frames...), honest) {
			m.Fatalf("%s: the change changes nothing", s.name)
		}
	}
	v := &envelopetest.Vector{
		Name: "body/" + s.name, Comment: s.comment, Kind: "body", Expect: s.expect, Layer: "format",
		At: now, As: "kpu/sirekap", Purpose: code, Keys: orText(s.envelope.keys, "kpu-sirekap.jwks"), Directory: "current",
		Data: append(head, slices.Concat(frames...)...),
	}
	var content, released strings.Builder
	for i, p := range b.pieces {
		content.WriteString(p.data)
		if i < s.released {
			released.WriteString(p.data)
		}
	}
	if s.expect == "" {
		v.Result = envelopetest.ContentHash([]byte(content.String()))
	} else {
		v.Released = envelopetest.ContentHash([]byte(released.String()))
	}
	m.add(v)
}
