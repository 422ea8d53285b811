package schema

import "encoding/binary"

// A track is the way of one text through automata, as what each of its bytes may
// be so that another text of the same length goes the same way. The values of one
// field mostly do: codes, identity numbers, days and hours. So eight bytes are
// compared with their ranges at once, where the automaton takes a step for each.
type track struct {
	links []link
	pairs []pair
	whole bool // it says of every byte what it may be, and no JSON text has it otherwise
	clean bool // no text that follows it holds what the leak guard looks for
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

const maxTrack = 64 // bytes: longer texts are rare

// tracks are those of the last texts, by their length. They belong to one
// machine.
type tracks struct {
	last  [maxTrack + 1]*track
	wait  int // for how many texts that follow none
	pause int
}

const (
	maxPause  = 1 << 16
	maxTracks = 1 << 12 // of one machine: some megabytes. Records have a few dozen
)

// known reports whether a text follows one of them.
func (k *tracks) known(text []byte) bool {
	if len(text) > maxTrack {
		return false
	}
	w := k.last[len(text)]
	return w != nil && w.holds(text)
}

// learn takes the track of a text that followed none of those of its place, for some
// patterns. To find one takes as long as some hundred steps, so it is done ever less
// often where it does not help.
func (m *machine) learn(k *tracks, text []byte, of ...*matcher) {
	if len(text) > maxTrack {
		return
	}
	w := k.last[len(text)]
	switch k.wait--; {
	case w == nil && m.learned == maxTracks:
		return
	case w == nil:
		w = &track{}
		k.last[len(text)] = w
		m.learned++
	case k.wait >= 0:
		return
	default:
		k.pause = min(2*k.pause+1, maxPause)
		k.wait = k.pause
	}
	w.lead(text, of)
}

// matches is [matcher.match] for texts of records.
func (m *machine) matches(p *matcher, text []byte) bool {
	k, part := &m.tracks[p.id], p.part(text)
	if k.known(part) {
		return true
	}
	if !p.match(text) {
		return false
	}
	m.learn(k, part, p)
	return true
}

// holds reports whether a text of the track's length follows it.
func (w *track) holds(text []byte) bool {
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
func (w *track) holdsShort(word uint64, text []byte) bool {
	return (len(w.links) == 0 || w.links[0].holds(word)) && w.paired(text)
}

func (w *track) paired(text []byte) bool {
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

// anyByte is what may stand where nothing is said, and noByte where nothing may.
var anyByte, noByte = [4]byte{0, 0x7f, 0, 0x7f}, [4]byte{0x7f, 0, 0x7f, 0}

// lead makes w the track of a text for some patterns at once. There is none, and no
// text follows it, if the text does not match one of them or has bytes that stand for
// something else in a JSON text.
func (w *track) lead(text []byte, of []*matcher) {
	*w = track{links: w.links[:0], pairs: w.pairs[:0]}
	var ranges [maxTrack + 8][4]byte
	for i := range ranges {
		ranges[i] = anyByte
	}
	for _, p := range of {
		part := p.part(text)
		from := len(text) - len(part)
		whole, ok := w.follow(part, p, from, ranges[from:])
		if !ok {
			*w = track{links: append(w.links[:0], newLink(0, &[maxTrack + 8][4]byte{noByte}))}
			return
		}
		w.whole = w.whole || whole && from == 0
	}
	if len(text) > 0 && isDigit(text[0]) && text[0] != '0' { // then it begins no telephone number
		ranges[0] = overlap4(ranges[0], [4]byte{'1', '9', '1', '9'})
	}
	w.clean = clean(ranges[:len(text)])
	for at := 0; at < len(text); at += 8 {
		if l := newLink(max(0, min(at, len(text)-8)), &ranges); l.says() {
			w.links = append(w.links, l)
		}
	}
}

// follow adds what one pattern has to say about its part of a text, which begins at a
// place of it. whole says that the pattern has looked at all of the part.
func (w *track) follow(part []byte, p *matcher, from int, ranges [][4]byte) (whole, ok bool) {
	if p.table == nil {
		return false, false
	}
	i, s := 0, p.start
	for i < len(part) && s != stateAlways {
		c := part[i]
		if s == stateNever || !plainByte(int(c)) {
			return false, false
		}
		if f := p.forks[s]; f != nil && i+1 < len(part) && f.set.has(c, part[i+1]) {
			w.pairs = append(w.pairs, pair{from + i, &f.set})
			s, i = f.to, i+2
			continue
		}
		to := p.table[s][c]
		if to != stateAlways || !p.open(s) {
			ranges[i] = overlap4(ranges[i], p.ranges(s, to, c))
		}
		s, i = to, i+1
	}
	return s != stateAlways, s == stateAlways || p.ends[s]
}

// overlap4 gives what two of them have in common: at least the byte that the first
// range of each has.
func overlap4(r, q [4]byte) [4]byte {
	out := [4]byte{max(r[0], q[0]), min(r[1], q[1]), max(r[2], q[2]), min(r[3], q[3])}
	if out[2] > out[3] {
		out[2], out[3] = out[0], out[1]
	}
	return out
}

func newLink(at int, ranges *[maxTrack + 8][4]byte) link {
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

// clean reports whether nothing that [leak] looks for begins anywhere in texts of
// which each byte is in these ranges: there are not enough digits, with no more
// between them than what parts their groups.
func clean(ranges [][4]byte) bool {
	may := func(i int, low, high byte) bool {
		r := &ranges[i]
		return r[0] <= high && r[1] >= low || r[2] <= high && r[3] >= low
	}
	for i := range ranges {
		digits := 0
		for k := i; k < len(ranges); k++ {
			if may(k, '0', '9') {
				digits++
			} else if !may(k, ' ', ' ') && !may(k, '-', '.') && !may(k, '_', '_') && !may(k, '(', ')') {
				break
			}
		}
		if digits >= leakNumber || digits >= leakDigits && may(i, '0', '0') || digits > leakDigits && may(i, '6', '6') {
			return false
		}
	}
	return true
}

// says reports whether it is about any byte.
func (l *link) says() bool { return l.low|l.low2 != 0 || l.high&l.high2 != ones*0x7f }
