package body

import "github.com/klauspost/compress/zstd"

// slack is room behind the data into which a decoder may write in passing.
const slack = 64

// A coder compresses or decompresses one chunk at a time. What it needs is made
// when it is first used, and kept.
type coder struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

// encode appends one frame of data to dst. The fastest level is as small as the
// default on records of elections, and quicker.
func (c *coder) encode(dst, data []byte) ([]byte, error) {
	if c.enc == nil {
		enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return nil, err
		}
		c.enc = enc
	}
	return c.enc.EncodeAll(data, dst), nil
}

// decode returns the data of a frame that checkFrame has seen, in dst, which has
// room for data and slack. It never writes beyond that.
func (c *coder) decode(dst, stored []byte, data int) ([]byte, error) {
	if c.dec == nil {
		dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(MaxChunk), zstd.WithDecoderMaxMemory(MaxChunk), zstd.WithDecodeAllCapLimit(true))
		if err != nil {
			return nil, err
		}
		c.dec = dec
	}
	out, err := c.dec.DecodeAll(stored, dst[:0:data+slack])
	if err != nil || len(out) != data {
		return nil, ErrMalformed
	}
	return out, nil
}
