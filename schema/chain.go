package schema

import "encoding/binary"

// A chain is an automaton's texts of one length if it has no choice: each byte is
// of one or two ranges by its place alone, as in codes and identity numbers. So
// eight bytes are compared with their ranges at once.
type chain struct {
	size  int
	links []link
}

// link is what the eight bytes from a place on may be: between low and high or
// between low2 and high2. Beyond the end, anything.
type link struct {
	at                     int
	low, high, low2, high2 uint64
}

const (
	maxChain  = 64 // bytes: longer ones are rare
	maxChains = 16 // lengths of one pattern
)

// newChains finds the lengths for which there are chains.
func (m *matcher) newChains() {
	var ranges [][4]byte
	chains := make([]*chain, maxChain+1)
	n := 0
	for s := m.start; n < maxChains; s = m.next(s) {
		if at := len(ranges); at > 0 && m.ends[s] {
			chains[at] = newChain(ranges)
			m.chains = chains[:at+1]
			n++
		}
		r, ok := m.only(s)
		if !ok || len(ranges) == maxChain {
			return
		}
		ranges = append(ranges, r)
	}
}

func newChain(ranges [][4]byte) *chain {
	c := &chain{size: len(ranges)}
	for at := 0; ; at += 8 {
		at = max(0, min(at, c.size-8))
		l := link{at: at}
		for k := range 8 {
			r := [4]byte{0, 0x7f, 0, 0x7f}
			if at+k < c.size {
				r = ranges[at+k]
			}
			l.low |= uint64(r[0]) << (8 * k)
			l.high |= uint64(r[1]) << (8 * k)
			l.low2 |= uint64(r[2]) << (8 * k)
			l.high2 |= uint64(r[3]) << (8 * k)
		}
		c.links = append(c.links, l)
		if at+8 >= c.size {
			return c
		}
	}
}

// chain gives the chain for texts of n bytes; nil: there is none.
func (m *matcher) chain(n int) *chain {
	if n < len(m.chains) {
		return m.chains[n]
	}
	return nil
}

// next gives a state behind s, stateNever if none follows.
func (m *matcher) next(s uint8) uint8 {
	for _, t := range m.table[s][:0x80] {
		if t != stateNever {
			return t
		}
	}
	return stateNever
}

// only gives the ranges of the bytes behind which s goes on, if there are no
// more than two and it goes on to one state.
func (m *matcher) only(s uint8) (r [4]byte, ok bool) {
	n := 0
	for c, t := range m.table[s][:0x80] {
		if t == stateNever {
			continue
		}
		if t == stateAlways || t != m.next(s) {
			return r, false
		}
		if n == 0 || r[n-1] != byte(c-1) {
			if n == 4 {
				return r, false
			}
			r[n] = byte(c)
			n += 2
		}
		r[n-1] = byte(c)
	}
	if n == 2 {
		r[2], r[3] = r[0], r[1]
	}
	return r, n > 0
}

// holds reports whether a text of the chain's length is one of its texts.
func (c *chain) holds(text []byte) bool {
	if len(text) < 8 {
		return c.links[0].holds(lastWord(text, 0))
	}
	for i := range c.links {
		if l := &c.links[i]; !l.holds(binary.LittleEndian.Uint64(text[l.at:])) {
			return false
		}
	}
	return true
}

// holds: the highest bit of a byte stays set when what is taken from it is not
// more than the byte.
func (l *link) holds(w uint64) bool {
	up := w | highs
	in := (up - l.low) & ((l.high | highs) - w)
	in |= (up - l.low2) & ((l.high2 | highs) - w)
	return w&highs == 0 && in&highs == highs
}
