package vectors

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/segel-id/segel/envelope"
)

// zReal is what the zstd program makes of compressible records, and zRealData they.
var zRealData = strings.Repeat(records, 40)

// bodies are the envelopes with a body that must be opened.
func (m *maker) bodies() {
	real := func() []piece { return []piece{{zRealData, unb64(zReal)}} }
	windowed := func() []piece {
		// Without a single segment: the window stands in a byte, and no size. 0x30 is 64 KiB.
		p := full("a", minChunk)
		p.stored = slices.Concat([]byte(zMagic+"\x00\x30"), p.stored[9:])
		return []piece{p}
	}
	for _, s := range []bodied{
		{name: "zstd", comment: "an honest body of three chunks, compressed"},
		{name: "zstd-compressed-block", comment: "a frame as a compressor makes it", pieces: real()},
		{name: "zstd-window", comment: "a frame that states its window, which is the chunk, and not its size", pieces: windowed()},
		{name: "none", comment: "one chunk, stored as it is and padded", codec: "none", pieces: []piece{plain(records)}},
		{name: "none-two-chunks", comment: "two chunks, stored as they are", codec: "none", pieces: []piece{plain(strings.Repeat("a", minChunk)), plain("\n")}},
		{name: "none-padded", comment: "1025 bytes, padded to 1088", codec: "none", pieces: []piece{plain(strings.Repeat("a", 1024) + "\n")}},
		{name: "full", comment: "the last chunk is full", pieces: threePieces()[:2]},
		{name: "five-chunks", comment: "five chunks: the tree is not full", pieces: append([]piece{full("x", minChunk), full("y", minChunk)}, threePieces()...)},
		{name: "record-across-chunks", comment: "a record that begins in one chunk and ends in the next", pieces: []piece{
			{strings.Repeat("a", minChunk), zFrame(minChunk, zBlock(true, 1, minChunk, "a"))}, short("b\n"),
		}},
		{name: "chunk-4-mib", comment: "the largest chunk", chunk: 4 << 20, pieces: []piece{{strings.Repeat("a", 130000) + "\n", zFrame(130001, zBlock(false, 1, 130000, "a"), zBlock(true, 0, 1, "\n"))}}},
		{name: "document", comment: "a document of another media type", media: "image/jpeg", pieces: []piece{short("\xff\xd8\xff\xe0\n\n\xff\xd9")}},
		{name: "one-byte", comment: "a document of one byte", media: "text/plain", codec: "none", pieces: []piece{plain("x")}},
		{name: "eddsa", comment: "manifest and closing statement signed with EdDSA", envelope: sealed{signer: "kominfo-jaringan-eddsa"}},
		{name: "ps256", comment: "manifest and closing statement signed with PS256", envelope: sealed{signer: "kominfo-jaringan-ps256"}},
		{name: "two-tokens", comment: "a file with the tokens of both recipients, and one body", envelope: sealed{
			to: []string{"bawaslu-pengawasan", "kpu-sirekap"}, file: func(b *built, _ []byte) []byte {
				return fileOf(b.again("segel-envelope+jwe", m.keys["bawaslu-pengawasan"].encrypt), b.again("segel-envelope+jwe", m.keys["kpu-sirekap"].encrypt))
			},
		}},
		{name: "closing-not-filled", comment: "the closing statement's text has other blanks", closing: func(_ *bodyBuilt, c *closing) { c.text = swap(",", " ,\n") }},
		{name: "two-bodies-first", comment: "one manifest, two bodies: the first opens", envelope: sealed{name: "body/two-bodies"}},
		{name: "two-bodies-second", comment: "one manifest, two bodies: the second opens, and its root gives the sender away", envelope: sealed{name: "body/two-bodies"}, pieces: []piece{full("z", minChunk), short("{\"c\":2}\n")}},
	} {
		m.body(s)
	}
}

// streams are faults that everybody on the way can make, or a co-recipient, who has
// the body key.
func (m *maker) streams() {
	const (
		bad, open, sign, content = envelope.ReasonMalformed, envelope.ReasonCannotOpen, envelope.ReasonBadSignature, envelope.ReasonBadContent
		large                    = envelope.ReasonTooLarge
	)
	type frames = func(b *bodyBuilt, f [][]byte) [][]byte
	_, _, other := m.bodyOf(bodied{name: "another-envelope", chunks: nil})
	_, otherBuilt, _ := m.bodyOf(bodied{name: "another-envelope"})
	flip := func(i, at int) frames {
		return func(_ *bodyBuilt, f [][]byte) [][]byte {
			if at < 0 {
				at += len(f[i])
			}
			f[i][at] ^= 1
			return f
		}
	}
	length := func(i, by int) frames {
		return func(_ *bodyBuilt, f [][]byte) [][]byte {
			binary.BigEndian.PutUint32(f[i], uint32(int(binary.BigEndian.Uint32(f[i]))+by))
			return f
		}
	}
	behind := func(text string) frames {
		return func(_ *bodyBuilt, f [][]byte) [][]byte { return append(f, []byte(text)) }
	}
	// resealed encrypts the second chunk anew, as a co-recipient can.
	resealed := func(change func(b *bodyBuilt, c *chunk)) frames {
		return func(b *bodyBuilt, f [][]byte) [][]byte {
			c := b.honest(1)
			c.signature = ed25519.Sign(c.signer, b.sum(c))
			change(b, &c)
			f[1] = b.encrypted(1, 0, c.plaintext())
			return f
		}
	}
	stranger := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	for _, s := range []bodied{
		{name: "no-body", comment: "the tokens alone", expect: bad, frames: func(*bodyBuilt, [][]byte) [][]byte { return nil }},
		{name: "no-closing", comment: "cut before the closing chunk", expect: bad, released: 3, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { return f[:3] }},
		{name: "no-closing-cut", comment: "cut before the last data chunk and the closing chunk", expect: bad, released: 2, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { return f[:2] }},
		{name: "cut-in-length", comment: "cut within the length of the second chunk", expect: bad, released: 1, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { return [][]byte{f[0], f[1][:3]} }},
		{name: "cut-in-chunk", comment: "cut one byte before the end of the second chunk", expect: bad, released: 1, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { return [][]byte{f[0], f[1][:len(f[1])-1]} }},
		{name: "cut-in-closing", comment: "cut one byte before the end", expect: bad, released: 3, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { f[3] = f[3][:len(f[3])-1]; return f }},
		{name: "closing-only", comment: "a closing chunk without data, re-encrypted for its place", expect: bad, frames: func(b *bodyBuilt, _ [][]byte) [][]byte { return [][]byte{b.encrypted(0, 1, []byte(b.closed))} }},
		{name: "closing-first", comment: "the closing chunk before the data", expect: open, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { return [][]byte{f[3], f[0], f[1], f[2]} }},
		{name: "closing-twice", comment: "the closing chunk twice", expect: bad, released: 3, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { return append(f, f[3]) }},
		{name: "closing-twice-resealed", comment: "a second closing chunk, encrypted for its place", expect: bad, released: 3, frames: func(b *bodyBuilt, f [][]byte) [][]byte { return append(f, b.encrypted(4, 1, []byte(b.closed))) }},
		{name: "closing-of-another-envelope", comment: "the closing chunk of another envelope", expect: open, released: 3, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { f[3] = other[3]; return f }},
		{name: "closing-of-another-resealed", comment: "the closing statement of another envelope, by the same sender, encrypted for this one", expect: content, released: 3, frames: func(b *bodyBuilt, f [][]byte) [][]byte {
			f[3] = b.encrypted(3, 1, []byte(otherBuilt.closed))
			return f
		}},
		{name: "closing-early", comment: "the closing statement behind the second chunk, encrypted for that place", expect: content, released: 2, frames: func(b *bodyBuilt, f [][]byte) [][]byte {
			return [][]byte{f[0], f[1], b.encrypted(2, 1, []byte(b.closed))}
		}},
		{name: "closing-as-data", comment: "the closing statement with the flag of data", expect: bad, released: 3, frames: func(b *bodyBuilt, f [][]byte) [][]byte { f[3] = b.encrypted(3, 0, []byte(b.closed)); return f }},
		{name: "data-as-closing", comment: "the last data chunk with the flag of the closing chunk, and nothing behind it", expect: bad, released: 2, frames: func(b *bodyBuilt, f [][]byte) [][]byte {
			c := b.honest(2)
			c.signature = ed25519.Sign(c.signer, b.sum(c))
			return [][]byte{f[0], f[1], b.encrypted(2, 1, c.plaintext())}
		}},
		{name: "closing-negated", comment: "the closing statement under the signature (r, n-s), which verifies too: no fault", frames: func(b *bodyBuilt, f [][]byte) [][]byte {
			p := strings.Split(b.closed, ".")
			p[2] = b64(negate(unb64(p[2])))
			f[3] = b.encrypted(3, 1, []byte(strings.Join(p, ".")))
			return f
		}},
		{name: "swapped", comment: "two chunks swapped", expect: open, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { f[0], f[1] = f[1], f[0]; return f }},
		{name: "swapped-resealed", comment: "two chunks swapped and encrypted for their new places", expect: sign, frames: func(b *bodyBuilt, f [][]byte) [][]byte {
			for i := range 2 {
				c := b.honest(1 - i)
				c.signature = ed25519.Sign(c.signer, b.sum(c))
				f[i] = b.encrypted(uint64(i), 0, c.plaintext())
			}
			return f
		}},
		{name: "duplicated", comment: "a chunk twice", expect: open, released: 2, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { return slices.Insert(f, 2, f[1]) }},
		{name: "dropped", comment: "a chunk is missing", expect: open, released: 1, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { return slices.Delete(f, 1, 2) }},
		{name: "from-another-envelope", comment: "a chunk of another envelope", expect: open, released: 1, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { f[1] = other[1]; return f }},
		{name: "from-another-resealed", comment: "a chunk of another envelope by the same sender, encrypted for this one", expect: sign, released: 1, frames: resealed(func(_ *bodyBuilt, c *chunk) {
			o := otherBuilt.honest(1)
			o.signature = ed25519.Sign(o.signer, otherBuilt.sum(o))
			*c = o
		})},
		{name: "body-of-another-envelope", comment: "a whole body of another envelope", expect: open, frames: func(_ *bodyBuilt, _ [][]byte) [][]byte { return other }},
		{name: "bad-tag", comment: "a bit of the first chunk's tag is flipped", expect: open, frames: flip(0, -1)},
		{name: "bad-tag-second", comment: "a bit of the second chunk's tag is flipped", expect: open, released: 1, frames: flip(1, -1)},
		{name: "bad-byte", comment: "a bit of the second chunk is flipped", expect: open, released: 1, frames: flip(1, 100)},
		{name: "bad-closing", comment: "a bit of the closing chunk is flipped", expect: open, released: 3, frames: flip(3, 100)},
		{name: "forged", comment: "a co-recipient's chunk: a valid tag, and no signature", expect: sign, released: 1, frames: resealed(func(_ *bodyBuilt, c *chunk) {
			*c = chunk{data: c.data, stored: full("f", minChunk).stored, size: len(full("f", minChunk).stored), signature: make([]byte, 64)}
		})},
		{name: "forged-old-signature", comment: "a co-recipient's chunk under the signature of the true one", expect: sign, released: 1, frames: resealed(func(_ *bodyBuilt, c *chunk) { c.stored = full("f", minChunk).stored })},
		{name: "forged-other-key", comment: "a co-recipient's chunk, signed with a key of its own", expect: sign, released: 1, frames: resealed(func(b *bodyBuilt, c *chunk) { c.signature = ed25519.Sign(stranger, b.sum(*c)) })},
		{name: "forged-bomb", comment: "a co-recipient's bomb of a gigabyte, which no decoder may see", expect: sign, released: 1, frames: resealed(func(_ *bodyBuilt, c *chunk) {
			c.stored = zFrame(minChunk, bytes.Repeat(zBlock(false, 1, 128<<10, "a"), 15))
			c.size = len(c.stored)
		})},
		{name: "signature-malleable", comment: "the signature with S + L in place of S", expect: sign, released: 1, frames: resealed(func(_ *bodyBuilt, c *chunk) { c.signature = plusOrder(c.signature) })},
		{name: "trailing-byte", comment: "a byte behind the closing chunk", expect: bad, released: 3, frames: behind("\x00")},
		{name: "trailing-line-feed", comment: "a line feed behind the closing chunk", expect: bad, released: 3, frames: behind("\n")},
		{name: "trailing-length", comment: "the length of another chunk behind the closing chunk", expect: bad, released: 3, frames: behind("\x00\x00\x01\x00")},
		{name: "trailing-large-length", comment: "a length of 4 GiB behind the closing chunk", expect: bad, released: 3, frames: behind("\xff\xff\xff\xff")},
		{name: "trailing-chunk", comment: "a data chunk behind the closing chunk, encrypted for its place", expect: bad, released: 3, frames: func(b *bodyBuilt, f [][]byte) [][]byte {
			c := b.honest(2)
			c.index = 4
			c.signature = ed25519.Sign(c.signer, b.sum(c))
			return append(f, b.encrypted(4, 0, c.plaintext()))
		}},
		{name: "trailing-body", comment: "the body twice", expect: bad, released: 3, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { return append(f, f...) }},
		{name: "length-0", comment: "a chunk of length 0", expect: bad, released: 1, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { return slices.Insert(f, 1, []byte{0, 0, 0, 0}) }},
		{name: "length-16", comment: "a chunk that is a tag and nothing else", expect: bad, released: 1, frames: func(b *bodyBuilt, f [][]byte) [][]byte { return slices.Insert(f, 1, b.encrypted(1, 0, nil)) }},
		{name: "length-plus-1", comment: "a length one byte more than the chunk", expect: open, released: 1, frames: length(1, 1)},
		{name: "length-minus-1", comment: "a length one byte less than the chunk", expect: open, released: 1, frames: length(1, -1)},
		{name: "length-largest", comment: "a length that is the largest, with nothing behind it", expect: bad, released: 1, frames: func(_ *bodyBuilt, f [][]byte) [][]byte {
			return [][]byte{f[0], binary.BigEndian.AppendUint32(nil, 88+minChunk+minChunk/256+64+minChunk/32)}
		}},
		{name: "length-too-large", comment: "a length one byte above the largest", expect: large, released: 1, frames: func(_ *bodyBuilt, f [][]byte) [][]byte {
			return [][]byte{f[0], binary.BigEndian.AppendUint32(nil, 88+minChunk+minChunk/256+64+minChunk/32+1)}
		}},
		{name: "length-4-gib", comment: "a length of 4 GiB", expect: large, released: 1, frames: func(_ *bodyBuilt, f [][]byte) [][]byte { return [][]byte{f[0], []byte("\xff\xff\xff\xff")} }},
		{name: "closing-5-kib", comment: "a closing statement of more than 4 KiB is none", expect: open, released: 3, closing: func(_ *bodyBuilt, c *closing) {
			c.text = func(s string) string { return s + strings.Repeat(" ", 5<<10) }
		}},
	} {
		s.name = "stream-" + s.name
		m.body(s)
	}
}

// plusOrder adds the order of the group to S (RFC 8032 section 5.1.7 refuses that).
func plusOrder(signature []byte) []byte {
	order := []byte{0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 31: 0x10}
	out := bytes.Clone(signature)
	carry := 0
	for i, l := range order {
		carry += int(out[32+i]) + int(l)
		out[32+i] = byte(carry)
		carry >>= 8
	}
	return out
}
