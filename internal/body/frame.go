package body

import "encoding/binary"

// zstdMagic begins a frame (RFC 8878 section 3.1.1); a skippable one begins
// otherwise.
const zstdMagic = 0xFD2FB528

// checkFrame reports whether stored is exactly one zstd frame of at most data
// bytes, without dictionary, with a window of at most chunk. It reads the frame's
// header and those of its blocks, so that no decoder sees anything else.
func checkFrame(stored []byte, data, chunk int) error {
	if len(stored) < 6 || binary.LittleEndian.Uint32(stored) != zstdMagic {
		return ErrMalformed
	}
	descriptor, rest := stored[4], stored[5:]
	if descriptor&0x08 != 0 || descriptor&0x03 != 0 { // reserved; dictionary id
		return ErrMalformed
	}
	single := descriptor&0x20 != 0
	if !single {
		exponent, mantissa := uint64(rest[0]>>3), uint64(rest[0]&7)
		window := uint64(1) << (10 + exponent)
		if window += window / 8 * mantissa; window > uint64(chunk) {
			return ErrTooLarge
		}
		rest = rest[1:]
	}
	size, n := uint64(data), [4]int{0, 2, 4, 8}[descriptor>>6]
	if single && n == 0 {
		n = 1
	}
	if len(rest) < n {
		return ErrMalformed
	}
	switch n {
	case 1:
		size = uint64(rest[0])
	case 2:
		size = uint64(binary.LittleEndian.Uint16(rest)) + 256
	case 4:
		size = uint64(binary.LittleEndian.Uint32(rest))
	case 8:
		size = binary.LittleEndian.Uint64(rest)
	}
	if size != uint64(data) {
		return ErrMalformed
	}
	return checkBlocks(rest[n:], descriptor&0x04 != 0, data)
}

// checkBlocks follows the blocks (RFC 8878 section 3.1.1.2) to the last one, behind
// which at most the checksum stands.
func checkBlocks(rest []byte, checksum bool, data int) error {
	plain := 0 // bytes of data in blocks that tell
	for {
		if len(rest) < 3 {
			return ErrMalformed
		}
		header := int(rest[0]) | int(rest[1])<<8 | int(rest[2])<<16
		last, kind, size := header&1 != 0, header>>1&3, header>>3
		rest = rest[3:]
		switch kind {
		case 0: // raw
			plain += size
		case 1: // one byte, repeated
			plain, size = plain+size, 1
		case 3: // reserved
			return ErrMalformed
		}
		if len(rest) < size || plain > data {
			return ErrMalformed
		}
		if rest = rest[size:]; !last {
			continue
		}
		if checksum && len(rest) == 4 || !checksum && len(rest) == 0 {
			return nil
		}
		return ErrMalformed
	}
}
