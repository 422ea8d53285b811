package schema

import "encoding/binary"

// A way is how one text went through an automaton, as what each of its bytes may
// be so that another text of the same length goes the same way. The values of one
// field mostly do: codes, identity numbers, days and hours. So eight bytes are
// compared with their ranges at once, where the automaton takes a step for each.
type way struct {
	links  []link
	pairs  []pair
	whole  bool // it says of every byte what it may be, and no JSON text has it otherwise
	digits int  // at most
}

// link is what the eight bytes from a place on may be: between low and high or
// between low2 and high2. Beyond the end, anything.
type link struct {
	at                     int
	low, high, low2, high2 uint64
}

// pair is what two neighbours may be together, as in the number of a month.
type pair struct {
	at  int
	set *pairSet
}

// pairSet has a bit for every two bytes of ASCII.
type pairSet [1 << 14 / 64]uint64

const maxWay = 64 // bytes: longer texts are rare

// ways are those that texts of a pattern have gone last, by their length. They
// belong to one machine.
type ways struct {
	last  [maxWay + 1]*way
	wait  int // for how many texts that went another way
	pause int
}

const maxPause = 1 << 16

// matches is [matcher.match] for texts of records.
func (m *machine) matches(p *matcher, text []byte) bool {
	part := p.part(text)
	if len(part) > maxWay {
		return p.match(text)
	}
	known := &m.ways[p.id]
	w := known.last[len(part)]
	if w != nil && w.holds(part) {
		return true
	}
	if !p.match(text) {
		return false
	}
	if known.wait--; w == nil || known.wait < 0 {
		// To find a way takes as long as some hundred steps, so it is done ever less
		// often where it does not help.
		known.pause = min(2*known.pause+1, maxPause)
		known.wait = known.pause
		known.last[len(part)] = p.way(part, w)
	}
	return true
}

// holds reports whether a text of the way's length goes the same way.
func (w *way) holds(text []byte) bool {
	if len(text) < 8 {
		return w.holdsShort(shortWord(text), text)
	}
	for i := range w.links {
		if l := &w.links[i]; !l.holds(binary.LittleEndian.Uint64(text[l.at:])) {
			return false
		}
	}
	return w.paired(text)
}

// holdsShort is holds for a text of less than eight bytes, which is a word too.
func (w *way) holdsShort(word uint64, text []byte) bool {
	return (len(w.links) == 0 || w.links[0].holds(word)) && w.paired(text)
}

func (w *way) paired(text []byte) bool {
	for i := range w.pairs {
		if p := &w.pairs[i]; !p.set.has(text[p.at], text[p.at+1]) {
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

func (s *pairSet) has(a, b byte) bool {
	i := uint(a)<<7 | uint(b&0x7f)
	return (a|b)&0x80 == 0 && s[i>>6&(1<<8-1)]&(1<<(i&63)) != 0
}

func (s *pairSet) add(a, b byte) {
	i := uint(a)<<7 | uint(b)
	s[i>>6] |= 1 << (i & 63)
}

// way gives the way of a text that matches, in the room of an older one; nil: there is
// none, because the text has bytes beyond ASCII.
func (p *matcher) way(text []byte, old *way) *way {
	if p.table == nil {
		return nil
	}
	w := old
	if w == nil {
		w = &way{}
	}
	*w = way{links: w.links[:0], pairs: w.pairs[:0]}
	var ranges [maxWay + 8][4]byte // beyond the end, and where a pair decides, anything
	for i := range ranges {
		ranges[i] = [4]byte{0, 0x7f, 0, 0x7f}
	}
	size, i, s := 0, 0, p.start // size is how far the links have something to say
	for i < len(text) && s != stateAlways {
		c := text[i]
		if !plainByte(int(c)) {
			return nil
		}
		if f := p.forks[s]; f != nil && i+1 < len(text) && f.set.has(c, text[i+1]) {
			w.pairs = append(w.pairs, pair{i, &f.set})
			w.digits += 2
			s, i = f.to, i+2
			continue
		}
		to := p.table[s][c]
		if to != stateAlways || !p.open(s) {
			ranges[i] = p.ranges(s, to, c)
			size = i + 1
		}
		if mayBeDigit(ranges[i]) {
			w.digits++
		}
		s, i = to, i+1
	}
	w.whole = s != stateAlways
	for at := 0; at < size; at += 8 {
		w.links = append(w.links, newLink(max(0, min(at, len(text)-8)), &ranges))
	}
	return w
}

func newLink(at int, ranges *[maxWay + 8][4]byte) link {
	l := link{at: at}
	for k := range 8 {
		r := &ranges[at+k]
		l.low |= uint64(r[0]) << (8 * k)
		l.high |= uint64(r[1]) << (8 * k)
		l.low2 |= uint64(r[2]) << (8 * k)
		l.high2 |= uint64(r[3]) << (8 * k)
	}
	return l
}

// plainByte reports whether c stands for itself in a JSON text.
func plainByte(c int) bool { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' }

// ranges gives two ranges of plain bytes that lead from one state to another,
// first that of c.
func (p *matcher) ranges(from, to uint8, c byte) (r [4]byte) {
	leads := func(c int) bool { return plainByte(c) && p.table[from][c] == to }
	n := 0
	for low := 0; low < 0x80; low++ {
		if !leads(low) {
			continue
		}
		high := low
		for leads(high + 1) {
			high++
		}
		switch mine := low <= int(c) && int(c) <= high; {
		case mine:
			r[0], r[1] = byte(low), byte(high)
		case n == 0 || high-low > int(r[3]-r[2]):
			r[2], r[3] = byte(low), byte(high)
			n++
		}
		low = high
	}
	if n == 0 {
		r[2], r[3] = r[0], r[1]
	}
	return r
}

// mayBeDigit reports whether one of the ranges has a digit.
func mayBeDigit(r [4]byte) bool {
	return r[0] <= '9' && r[1] >= '0' || r[2] <= '9' && r[3] >= '0'
}

// open reports whether anything may follow on a state.
func (p *matcher) open(s uint8) bool {
	for _, to := range p.table[s][:0x80] {
		if to != stateAlways {
			return false
		}
	}
	return true
}

// fork is where a text may go on in several ways that meet again behind two bytes.
type fork struct {
	to  uint8
	set pairSet
}

// newFork finds one behind a state; nil: there is none.
func (p *matcher) newFork(s uint8, work *int) *fork {
	if p.straight(s) {
		return nil
	}
	*work -= len(pairSet{})
	f := &fork{}
	for a := range 0x80 {
		t := p.table[s][a]
		if t == stateNever || !plainByte(a) {
			continue
		}
		for b := range 0x80 {
			u := p.table[t][b]
			switch {
			case u == stateNever || !plainByte(b):
				continue
			case f.to == stateNever:
				f.to = u
			case u != f.to:
				return nil
			}
			f.set.add(byte(a), byte(b))
		}
	}
	if f.to == stateNever {
		return nil
	}
	return f
}

// straight reports whether all plain bytes lead on to one state, or one of them to
// what needs no more.
func (p *matcher) straight(s uint8) bool {
	first := uint8(stateNever)
	for c, to := range p.table[s][:0x80] {
		switch {
		case to == stateNever || !plainByte(c):
		case to == stateAlways:
			return true
		case first == stateNever:
			first = to
		case to != first:
			return false
		}
	}
	return true
}
