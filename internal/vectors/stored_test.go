package vectors

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/segel-id/segel/envelope"
)

// zReal and zChecked are what the zstd program makes of zRealData: without, and with
// its checksum.
const (
	zReal    = "KLUv_WD4BrUBAJQCeyJrb2RlX3RwcyI6IjMxOTkwMTEwMCIsImxhdCI6bnVsbCwibG9ufQoDAMJb9XEXXLRcEw"
	zChecked = "KLUv_WT4BrUBAJQCeyJrb2RlX3RwcyI6IjMxOTkwMTEwMCIsImxhdCI6bnVsbCwibG9ufQoDAMJb9XEXXLRcEzgJOiY"
)

// storedFaults are faults that only the sender can make, who has the one-time key: the
// chunk signatures verify.
func (m *maker) storedFaults() {
	const bad, large, sign = envelope.ReasonMalformed, envelope.ReasonTooLarge, envelope.ReasonBadSignature
	// second changes the second chunk before it is signed.
	second := func(change func(*chunk)) func(*bodyBuilt, int, *chunk) {
		return func(_ *bodyBuilt, i int, c *chunk) {
			if i == 1 {
				change(c)
			}
		}
	}
	store := func(frame []byte) func(*bodyBuilt, int, *chunk) {
		return second(func(c *chunk) { c.stored, c.size = frame, len(frame) })
	}
	last := func(change func(*chunk)) func(*bodyBuilt, int, *chunk) {
		return func(_ *bodyBuilt, i int, c *chunk) {
			if i == 2 {
				change(c)
			}
		}
	}
	b := full("b", minChunk)
	after := func(at int, text string) []byte { return slices.Insert(bytes.Clone(b.stored), at, []byte(text)...) }
	set := func(at int, with byte) []byte {
		f := bytes.Clone(b.stored)
		f[at] = with
		return f
	}
	rle := func(n int) []byte { return zBlock(false, 1, 128<<10, strings.Repeat("a", n))[:4] }
	end := zBlock(true, 0, 0, "")
	stranger := m.forge("stranger").random("key", 32)
	for _, s := range []bodied{
		{name: "data-0", comment: "a chunk that states no data", expect: bad, released: 1, chunks: second(func(c *chunk) { c.data = 0 })},
		{name: "data-empty", comment: "a last chunk without data", expect: bad, released: 2, chunks: last(func(c *chunk) { c.data, c.size, c.stored, c.padding = 0, 0, nil, nil })},
		{name: "data-above-chunk", comment: "a chunk that states one byte more than the chunk", expect: bad, released: 1, chunks: second(func(c *chunk) { c.data = minChunk + 1 })},
		{name: "data-above-chunk-true", comment: "a chunk of one byte more than the chunk, all of it there", expect: bad, released: 1, pieces: []piece{threePieces()[0], full("b", minChunk+1), threePieces()[2]}},
		{name: "data-short-middle", comment: "a chunk of less than the chunk, and another behind it", expect: bad, released: 2, pieces: []piece{threePieces()[0], short("{}\n"), threePieces()[2]}},
		{name: "data-short-first", comment: "a short chunk first", expect: bad, released: 1, pieces: []piece{short("{}\n"), threePieces()[0]}},
		{name: "data-1-too-few", comment: "a last chunk that states one byte less than its frame holds", expect: bad, released: 2, chunks: last(func(c *chunk) { c.data-- })},
		{name: "data-1-too-many", comment: "a last chunk that states one byte more than its frame holds", expect: bad, released: 2, chunks: last(func(c *chunk) { c.data++ })},
		{name: "none-data-lies", comment: "stored as it is, and the data length is one less", codec: "none", expect: bad, pieces: []piece{plain(records)}, chunks: func(_ *bodyBuilt, _ int, c *chunk) { c.data-- }},
		{name: "none-data-lies-more", comment: "stored as it is, and the data length is one more", codec: "none", expect: bad, pieces: []piece{plain(records)}, chunks: func(_ *bodyBuilt, _ int, c *chunk) { c.data++ }},
		{name: "none-codec-1", comment: "the signature says that the chunk is compressed, the manifest that it is not", codec: "none", expect: sign, pieces: []piece{plain(records)}, chunks: func(_ *bodyBuilt, _ int, c *chunk) { c.codec = 1 }},
		{name: "zstd-codec-0", comment: "the signature says that the chunk is not compressed, the manifest that it is", expect: sign, released: 1, chunks: second(func(c *chunk) { c.codec = 0 })},
		{name: "signed-flag-1", comment: "a data chunk signed with the flag 1", expect: sign, released: 1, chunks: second(func(c *chunk) { c.flag = 1 })},
		{name: "signed-other-index", comment: "a chunk signed for another index", expect: sign, released: 1, chunks: second(func(c *chunk) { c.index = 2 })},
		{name: "signed-other-manifest", comment: "a chunk signed for another manifest", expect: sign, released: 1, chunks: second(func(c *chunk) { c.digest = stranger })},
		{name: "signed-other-label", comment: "a chunk signed under another label", expect: sign, released: 1, chunks: second(func(c *chunk) { c.label = "segel/1 seed" })},
		{name: "signed-other-length", comment: "a chunk whose data length is not the signed one", expect: sign, released: 2, signed: last(func(c *chunk) { c.data-- })},
		{name: "signed-other-bytes", comment: "a chunk whose stored bytes are not the signed ones", expect: sign, released: 1, signed: second(func(c *chunk) { c.stored = set(len(b.stored)-1, '\r') })},
		{name: "size-0", comment: "a stored length of 0", expect: bad, released: 1, signed: second(func(c *chunk) { c.size = 0 })},
		{name: "size-too-large", comment: "a stored length beyond the chunk", expect: bad, released: 1, signed: second(func(c *chunk) { c.size++ })},
		{name: "size-4-gib", comment: "a stored length of 4 GiB", expect: bad, released: 1, signed: second(func(c *chunk) { c.size = 1<<32 - 1 })},
		{name: "size-too-small", comment: "a stored length that leaves a byte which is no padding", expect: bad, released: 1, signed: second(func(c *chunk) { c.size-- })},
		{name: "padding-missing", comment: "a short chunk without its padding", expect: bad, codec: "none", pieces: []piece{plain(records)}, signed: func(_ *bodyBuilt, _ int, c *chunk) { c.padding = nil }},
		{name: "padding-long", comment: "a short chunk with a byte of padding too many", expect: bad, codec: "none", pieces: []piece{plain(records)}, signed: func(_ *bodyBuilt, _ int, c *chunk) { c.padding = append(c.padding, 0) }},
		{name: "padding-not-zero", comment: "padding that is not zero", expect: bad, codec: "none", pieces: []piece{plain(records)}, signed: func(_ *bodyBuilt, _ int, c *chunk) { c.padding[0] = 1 }},
		{name: "padding-of-full", comment: "a full chunk with padding", expect: bad, released: 1, signed: second(func(c *chunk) { c.padding = make([]byte, 8) })},
		{name: "no-stored", comment: "a chunk that ends after its head", expect: bad, released: 1, signed: second(func(c *chunk) { c.stored, c.size = nil, 0 })},
		{name: "head-only-half", comment: "a chunk of half a signature", expect: bad, released: 1, frames: func(b *bodyBuilt, f [][]byte) [][]byte { f[1] = b.encrypted(1, 0, make([]byte, 32)); return f }},
		{name: "zstd-not-a-frame", comment: "stored as it is, and said to be compressed", expect: bad, released: 2, chunks: last(func(c *chunk) { c.stored, c.size, c.padding = []byte("{\"c\":1}\n"), 8, nil })},
		{name: "zstd-bomb", comment: "a frame that says 64 KiB and holds 2 MiB", expect: bad, released: 1, chunks: store(zFrame(minChunk, bytes.Repeat(rle(1), 16), end))},
		{name: "zstd-bomb-that-says-so", comment: "a frame that says 2 MiB and holds it", expect: bad, released: 1, chunks: store(zFrame(2<<20, bytes.Repeat(rle(1), 16), end))},
		{name: "zstd-short", comment: "a frame that says 64 KiB and holds a byte less", expect: bad, released: 1, chunks: store(zFrame(minChunk, zBlock(true, 1, minChunk-1, "b")))},
		{name: "zstd-window-8-mib", comment: "a window of 8 MiB", expect: large, released: 1, chunks: store(slices.Concat([]byte(zMagic+"\x00\x68"), b.stored[9:]))},
		{name: "zstd-window-72-kib", comment: "a window of one step more than the chunk", expect: large, released: 1, chunks: store(slices.Concat([]byte(zMagic+"\x00\x31"), b.stored[9:]))},
		{name: "zstd-window-largest", comment: "the largest window that can be written", expect: large, released: 1, chunks: store(slices.Concat([]byte(zMagic+"\x00\xff"), b.stored[9:]))},
		{name: "zstd-dictionary", comment: "a frame that names a dictionary", expect: bad, released: 1, chunks: store(slices.Concat([]byte(zMagic+"\xa1\x01"), b.stored[5:]))},
		{name: "zstd-dictionary-0", comment: "a frame with a dictionary id of 0", expect: bad, released: 1, chunks: store(slices.Concat([]byte(zMagic+"\xa1\x00"), b.stored[5:]))},
		{name: "zstd-reserved", comment: "a frame whose reserved bit is set", expect: bad, released: 1, chunks: store(set(4, 0xa8))},
		{name: "zstd-reserved-block", comment: "a block of the reserved kind", expect: bad, released: 1, chunks: store(slices.Concat(b.stored[:9], zBlock(false, 3, 1, "b"), b.stored[9:]))},
		{name: "zstd-skippable-before", comment: "a skippable frame before the frame", expect: bad, released: 1, chunks: store(after(0, "\x50\x2a\x4d\x18\x01\x00\x00\x00x"))},
		{name: "zstd-skippable-behind", comment: "a skippable frame behind the frame", expect: bad, released: 1, chunks: store(after(len(b.stored), "\x50\x2a\x4d\x18\x01\x00\x00\x00x"))},
		{name: "zstd-skippable-only", comment: "nothing but a skippable frame", expect: bad, released: 1, chunks: store([]byte("\x50\x2a\x4d\x18\x01\x00\x00\x00x"))},
		{name: "zstd-two-frames", comment: "two frames, which together hold what is stated", expect: bad, released: 1, chunks: store(slices.Concat(full("b", minChunk/2).stored, full("b", minChunk/2).stored))},
		{name: "zstd-empty-frame-behind", comment: "a frame without content behind the frame", expect: bad, released: 1, chunks: store(slices.Concat(b.stored, zFrame(0, end)))},
		{name: "zstd-garbage-behind", comment: "a byte behind the frame", expect: bad, released: 1, chunks: store(after(len(b.stored), "x"))},
		{name: "zstd-cut", comment: "a frame cut one byte before its end", expect: bad, released: 1, chunks: store(b.stored[:len(b.stored)-1])},
		{name: "zstd-no-last-block", comment: "a frame without a last block", expect: bad, released: 1, chunks: store(b.stored[:len(b.stored)-4])},
		{name: "zstd-header-only", comment: "a frame that ends with its header", expect: bad, released: 1, chunks: store(b.stored[:9])},
		{name: "zstd-old-magic", comment: "a frame of a format before the standard", expect: bad, released: 1, chunks: store(set(0, 0x27))},
		{name: "zstd-checksum-wrong", comment: "a frame whose checksum is not that of its content", expect: bad, pieces: []piece{{zRealData, wrongLast(zChecked)}}},
		{name: "zstd-block-damaged", comment: "a compressed block that cannot be decoded", expect: bad, pieces: []piece{{zRealData, damagedBlock(zReal)}}},
		{name: "zstd-stored-too-long", comment: "a frame longer than the format allows for its data: a thousand empty blocks", expect: bad, released: 2, chunks: last(func(c *chunk) {
			c.stored = zFrame(8, zBlock(false, 0, 8, "{\"c\":1}\n"), bytes.Repeat(zBlock(false, 0, 0, ""), 1000), end)
			c.size = len(c.stored)
			c.padding = make([]byte, padme(c.size)-c.size)
		})},
	} {
		s.name = "body-" + s.name
		m.body(s)
	}
	m.body(bodied{name: "zstd-checksum", comment: "a frame with its checksum", pieces: []piece{{zRealData, unzipped(zChecked)}}})
}

func unzipped(text string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		panic(err)
	}
	return b
}

func wrongLast(text string) []byte {
	b := unzipped(text)
	b[len(b)-1] ^= 1
	return b
}

// damagedBlock overwrites what stands in the first block, behind its header.
func damagedBlock(text string) []byte {
	b := unzipped(text)
	for i := 13; i < len(b); i++ {
		b[i] = 0xff
	}
	return b
}

// closings are faults of the closing statement, by the sender.
func (m *maker) closings() {
	const bad, sign, content, structure = envelope.ReasonMalformed, envelope.ReasonBadSignature, envelope.ReasonBadContent, envelope.ReasonStructure
	said := func(change func(*envelope.Closing)) func(*bodyBuilt, *closing) {
		return func(_ *bodyBuilt, c *closing) { change(&c.said) }
	}
	text := func(change func(string) string) func(*bodyBuilt, *closing) {
		return func(_ *bodyBuilt, c *closing) { c.text = change }
	}
	header := func(change func(string) string) func(*bodyBuilt, *closing) {
		return func(_ *bodyBuilt, c *closing) { c.header = change }
	}
	digest := b64(make([]byte, 32))
	for _, s := range []bodied{
		{name: "chunks-lie", comment: "one chunk more than there is", expect: structure, closing: said(func(c *envelope.Closing) { c.Chunks++ })},
		{name: "bytes-lie", comment: "one byte less than there is", expect: structure, closing: said(func(c *envelope.Closing) { c.Bytes-- })},
		{name: "records-lie", comment: "one record more than there is", expect: structure, closing: said(func(c *envelope.Closing) { c.Records++ })},
		{name: "records-0", comment: "no records, although there are some", expect: structure, closing: said(func(c *envelope.Closing) { c.Records = 0 })},
		{name: "document-records-0", comment: "a document that is said to be no record", media: "text/plain", expect: structure, closing: said(func(c *envelope.Closing) { c.Records = 0 })},
		{name: "record-without-line-feed", comment: "the last record has no line feed", expect: structure, pieces: []piece{full("a", minChunk), short("{}")}},
		{name: "empty-line", comment: "an empty line", expect: structure, pieces: []piece{full("a", minChunk), short("{}\n\n{}\n")}},
		{name: "empty-line-first", comment: "an empty line at the beginning", expect: structure, pieces: []piece{short("\n{}\n")}},
		{name: "empty-line-between-chunks", comment: "one chunk ends with a line feed, the next begins with one", expect: structure, pieces: []piece{full("a", minChunk), short("\n{}\n")}},
		{name: "root-lies", comment: "another content root", expect: content, closing: said(func(c *envelope.Closing) { c.Root = digest })},
		{name: "root-of-fewer", comment: "the content root of all chunks but the last", expect: content, closing: func(b *bodyBuilt, c *closing) { c.said.Root = b64(hashOf([][]byte{b.leaf(0), b.leaf(1)})) }},
		{name: "root-unbalanced", comment: "a content root whose tree is split elsewhere", expect: content, closing: func(b *bodyBuilt, c *closing) {
			c.said.Root = b64(nodeOf(hashOf([][]byte{b.leaf(0)}), hashOf([][]byte{b.leaf(1), b.leaf(2)})))
		}},
		{name: "manifest-lies", comment: "another manifest digest", expect: content, closing: said(func(c *envelope.Closing) { c.Manifest = digest })},
		{name: "by-another-key", comment: "signed with another key of the sender's", expect: sign, closing: func(b *bodyBuilt, c *closing) { c.signer = b.keys["kominfo-jaringan-eddsa"].sign }},
		{name: "by-recipient", comment: "signed by a co-recipient", expect: sign, closing: func(b *bodyBuilt, c *closing) { c.signer = b.keys["bawaslu-pengawasan"].sign }},
		{name: "kid-relabelled", comment: "signed by a co-recipient, in the sender's name", expect: sign, closing: func(b *bodyBuilt, c *closing) {
			sender := c.signer
			c.signer = b.keys["bawaslu-pengawasan"].sign
			c.header = swap(c.signer.Kid, sender.Kid)
		}},
		{name: "signature-zero", comment: "a signature of zeros", expect: sign, frames: func(b *bodyBuilt, f [][]byte) [][]byte {
			p := strings.Split(b.closed, ".")
			f[3] = b.encrypted(3, 1, []byte(p[0]+"."+p[1]+"."+b64(make([]byte, 64))))
			return f
		}},
		{name: "signature-absent", comment: "no signature", expect: bad, frames: func(b *bodyBuilt, f [][]byte) [][]byte {
			p := strings.Split(b.closed, ".")
			f[3] = b.encrypted(3, 1, []byte(p[0]+"."+p[1]+"."))
			return f
		}},
		{name: "typ-manifest", comment: "a closing statement of the type of a manifest", expect: bad, closing: header(swap("segel-closing+jwt", "segel-manifest+jwt"))},
		{name: "typ-receipt", comment: "a closing statement of the type of a receipt", expect: bad, closing: header(swap("segel-closing+jwt", "segel-receipt+jwt"))},
		{name: "typ-absent", comment: "no typ", expect: bad, closing: header(swap(",\"typ\":\"segel-closing+jwt\"", ""))},
		{name: "alg-none", comment: "alg none", expect: bad, closing: header(swap("ES256", "none"))},
		{name: "crit", comment: "crit", expect: bad, closing: header(member("\"crit\":[\"x\"],\"x\":1"))},
		{name: "manifest-in-its-place", comment: "the manifest in place of the closing statement", expect: bad, frames: func(b *bodyBuilt, f [][]byte) [][]byte {
			manifest, _, _ := strings.Cut(string(b.plaintext), "~")
			f[3] = b.encrypted(3, 1, []byte(manifest))
			return f
		}},
		{name: "member-unknown", comment: "a member that nobody knows", expect: bad, closing: text(member("\"x\":1"))},
		{name: "member-twice", comment: "a member twice", expect: bad, closing: text(member("\"chunks\":3"))},
		{name: "member-capitals", comment: "a member in capitals", expect: bad, closing: text(swap("\"root\"", "\"Root\""))},
		{name: "member-absent", comment: "no records member", expect: bad, closing: text(swap(",\"records\":3", ""))},
		{name: "member-null", comment: "a member that is null", expect: bad, closing: text(swap("\"records\":3", "\"records\":null"))},
		{name: "bytes-text", comment: "a number written as a text", expect: bad, closing: text(swap("\"chunks\":3", "\"chunks\":\"3\""))},
		{name: "bytes-fraction", comment: "a number with a fraction", expect: bad, closing: text(swap("\"chunks\":3", "\"chunks\":3.0"))},
		{name: "chunks-negative", comment: "less than nothing", expect: bad, closing: said(func(c *envelope.Closing) { c.Chunks = -3 })},
		{name: "root-short", comment: "a root of 31 bytes", expect: bad, closing: said(func(c *envelope.Closing) { c.Root = b64(make([]byte, 31)) })},
		{name: "later-version", comment: "a closing statement of a later version", expect: envelope.ReasonNewerVersion, closing: said(func(c *envelope.Closing) { c.Version = 2 })},
		{name: "version-0", comment: "a version that never was", expect: bad, closing: said(func(c *envelope.Closing) { c.Version = 0 })},
		{name: "behind", comment: "garbage behind the JSON text", expect: bad, closing: text(func(s string) string { return s + "x" })},
	} {
		s.name = "closing-" + s.name
		s.released = len(s.pieces)
		if s.pieces == nil {
			s.released = 3
		}
		m.body(s)
	}
	m.body(bodied{name: "token-content", comment: "content in the token beside a body", expect: bad, envelope: sealed{secret: func(p *parts) { p.content = []byte("{}\n") }}})
	m.body(bodied{name: "token-padding", comment: "a byte behind the seed", expect: bad, envelope: sealed{secret: func(p *parts) { p.padding = []byte{0} }}})
	m.body(bodied{name: "token-seed", comment: "a seed that the manifest does not commit to", expect: content, envelope: sealed{secret: func(p *parts) { p.seed = make([]byte, 32) }}})
}

func nodeOf(left, right []byte) []byte { return hashSum([]byte{1}, left, right) }
