package schema

import (
	"encoding/binary"
	"slices"
)

// A chain takes texts of one length of which the automaton takes them too, but
// eight bytes at once: by its place alone, each is of one or two ranges, as in
// codes, dates and identity numbers. At a fork, where what may follow depends on
// the bytes before, as in a month, the automaton walks these few bytes besides.
type chain struct {
	size  int
	links []link
	forks []fork
	table [][256]uint8 // the automaton's
}

// link is what the eight bytes from a place on may be: between low and high or
// between low2 and high2. Beyond the end, anything.
type link struct {
	at                     int
	low, high, low2, high2 uint64
}

// fork is a part of the text, and the automaton's state before it.
type fork struct {
	from, to int
	state    uint8
}

// Limits of chains; beyond them the automaton does all the work.
const (
	maxChain  = 64 // bytes
	maxChains = 16 // lengths of one pattern
	maxForked = 16 // bytes of one chain in forks: no gain beyond
)

// newChains finds the lengths for which there are chains. It walks through all
// texts at once: states are where the automaton can be behind at bytes.
func (m *matcher) newChains() {
	var ranges [][4]byte
	var forks []fork
	states, forked := []uint8{m.start}, 0
	chains := make([]*chain, maxChain+1)
	for at, n := 0, 0; at <= maxChain && n < maxChains; at++ {
		if at > 0 && !slices.ContainsFunc(states, func(s uint8) bool { return !m.ends[s] }) {
			chains[at] = newChain(ranges, forks, m.table)
			m.chains = chains[:at+1]
			n++
		}
		r, next, ok := m.ahead(states)
		if !ok {
			return
		}
		ranges = append(ranges, r)
		if open := len(states) > 1; open || len(next) > 1 {
			if !open {
				forks = append(forks, fork{at, at, states[0]})
			}
			forks = slices.Clone(forks)
			forks[len(forks)-1].to = at + 1
			if forked++; forked > maxForked {
				return
			}
		}
		if next[0] == stateAlways {
			m.open = newChain(ranges, forks, m.table)
			return
		}
		states = next
	}
}

// ahead gives the ranges of the bytes that lead on from any of the states, if
// there are no more than two, and the states behind them. stateAlways is then the
// only one or none of them.
func (m *matcher) ahead(states []uint8) (r [4]byte, next []uint8, ok bool) {
	n := 0
	for c := range 0x80 {
		leads := false
		for _, s := range states {
			if t := m.table[s][c]; t != stateNever {
				leads = true
				if !slices.Contains(next, t) {
					next = append(next, t)
				}
			}
		}
		if !leads {
			continue
		}
		if n == 0 || r[n-1] != byte(c-1) {
			if n == 4 {
				return r, nil, false
			}
			r[n] = byte(c)
			n += 2
		}
		r[n-1] = byte(c)
	}
	if n == 2 {
		r[2], r[3] = r[0], r[1]
	}
	return r, next, n > 0 && (len(next) == 1 || !slices.Contains(next, stateAlways))
}

func newChain(ranges [][4]byte, forks []fork, table [][256]uint8) *chain {
	c := &chain{size: len(ranges), forks: forks, table: table}
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
	switch {
	case n < len(m.chains):
		return m.chains[n]
	case m.open != nil && n >= m.open.size:
		return m.open
	}
	return nil
}

// holds reports whether the first bytes of the text, as many as the chain is long,
// are a text of the chain.
func (c *chain) holds(text []byte) bool {
	text = text[:c.size]
	if len(text) < 8 {
		if !c.links[0].holds(lastWord(text, 0)) {
			return false
		}
	} else {
		for i := range c.links {
			if l := &c.links[i]; !l.holds(binary.LittleEndian.Uint64(text[l.at:])) {
				return false
			}
		}
	}
	for i := range c.forks {
		f := &c.forks[i]
		s := f.state
		for _, b := range text[f.from:f.to] {
			s = c.table[s][b]
		}
		if s == stateNever {
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
