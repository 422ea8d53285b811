package spill

// filter is a Bloom filter in blocks of one cache line: a key has five bits, all
// in one block.
type filter [][8]uint64

const (
	filterBits = 17 // blocks, 8 MiB
	probes     = 5
)

// block follows the first bits, so that keys in order are entered in passing.
func (f filter) block(k Key) *[8]uint64 { return &f[k[0]>>32*uint64(len(f))>>32] }

// add enters a key.
func (f filter) add(k Key) {
	b := f.block(k)
	at := k[1] >> (64 - 9*probes)
	for range probes {
		b[at>>6&7] |= 1 << (at & 63)
		at >>= 9
	}
}

// perhaps reports false if the key was never entered.
func (f filter) perhaps(k Key) bool {
	b := f.block(k)
	at := k[1] >> (64 - 9*probes)
	for range probes {
		if b[at>>6&7]&(1<<(at&63)) == 0 {
			return false
		}
		at >>= 9
	}
	return true
}
