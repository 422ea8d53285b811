package spill

// A Key is a hash of 128 bits. It must look random to whoever chooses what is
// hashed: [Set] finds its place by it. A first half of 0 counts as 1.
type Key [2]uint64

func (k Key) before(other Key) bool {
	return k[0] < other[0] || k[0] == other[0] && k[1] < other[1]
}

// A Set is a set of keys. The zero value is empty and ready. It belongs to one
// goroutine, and must be closed.
type Set struct {
	table []Key // by the first bits of a key; a place is empty if its first half is zero
	shift uint  // how many bits are not the first ones
	n     int   // keys in the table
	runs  runs
	err   error // remains

	small bool // for tests: everything is
}

const (
	leastBits = 6
	mostBits  = 17
	// tail is room behind the table, for keys whose place is near its end.
	tail = 64
)

// Add adds a key, and reports whether it was not there before. An error says that
// nobody knows, because a temporary file failed; it remains.
func (s *Set) Add(k Key) (fresh bool, err error) {
	k[0] = max(1, k[0]) // else it is an empty place
	for s.err == nil {
		if s.room() <= 0 {
			s.err = s.makeRoom()
			continue
		}
		i := k[0] >> s.shift
		for s.table[i] != k && s.table[i][0] != 0 {
			if i++; i == uint64(len(s.table)) {
				break
			}
		}
		if i == uint64(len(s.table)) { // many keys near the end: rare, and no harm
			s.err = s.makeRoom()
			continue
		}
		if s.table[i] == k {
			return false, nil
		}
		held, err := s.runs.hold(k)
		if err != nil {
			s.err = err
			break
		}
		if held {
			return false, nil
		}
		s.table[i] = k
		s.n++
		return true, nil
	}
	return false, s.err
}

// AddNew adds keys up to the first that is not new, or of which nobody knows:
// [Set.Add] of that one says which. It gives how many it has added.
func (s *Set) AddNew(keys []Key) (n int) {
	for n < len(keys) {
		if n += s.addQuick(keys[n:]); n == len(keys) {
			break
		}
		if fresh, _ := s.Add(keys[n]); !fresh {
			break
		}
		n++
	}
	return n
}

// addQuick adds keys up to the first of which the table alone cannot say that it
// is new, or for which there is no place.
func (s *Set) addQuick(keys []Key) (n int) {
	if s.err != nil {
		return 0
	}
	table, shift := s.table, s.shift&63
	keys = keys[:min(len(keys), s.room())]
	for n < len(keys) {
		k := &keys[n]
		i := k[0] >> shift
		for i < uint64(len(table)) && table[i][0] != 0 && table[i][0] != k[0] {
			i++
		}
		if i >= uint64(len(table)) || table[i][0] != 0 || k[0] == 0 || s.runs.filter != nil && s.runs.filter.perhaps(*k) {
			break
		}
		table[i] = *k
		n++
	}
	s.n += n
	return n
}

// room is how many keys more the table takes.
func (s *Set) room() int { return max(0, (len(s.table)-tail)/4*3-s.n) }

// Expect looks at the places of keys that come soon: memory that is looked at for
// many keys in a row comes at once instead of piece by piece. The result means
// nothing; it keeps the compiler from leaving the look out.
func (s *Set) Expect(keys []Key) (touched uint64) {
	if len(s.table) > 1<<12 {
		for i := range keys {
			touched |= s.table[keys[i][0]>>s.shift][0]
		}
	}
	if s.runs.filter != nil {
		for _, k := range keys {
			touched |= s.runs.filter.block(k)[0]
		}
	}
	return touched
}

// Close removes the temporary files. A closed Set is empty.
func (s *Set) Close() {
	s.runs.close()
	*s = Set{small: s.small}
}

// Grow makes room for so many keys, as far as they stay in memory.
func (s *Set) Grow(n int) {
	bits := uint(leastBits)
	for bits < s.most() && 3<<bits/4 < n {
		bits++
	}
	if s.table == nil || bits > 64-s.shift {
		s.resize(bits)
	}
}

func (s *Set) most() uint {
	if s.small {
		return 8
	}
	return mostBits
}

// makeRoom makes a small table four times as large, and empties a large one into a run.
func (s *Set) makeRoom() error {
	if s.table == nil {
		s.resize(leastBits)
		return nil
	}
	if 64-s.shift < s.most() {
		s.resize(min(64-s.shift+2, s.most()))
		return nil
	}
	err := s.runs.add(s.sorted(), s.small)
	clear(s.table)
	s.n = 0
	return err
}

func (s *Set) resize(bits uint) {
	table, shift := make([]Key, 1<<bits+tail), 64-bits
	for i := range s.table {
		k := &s.table[i]
		if k[0] == 0 {
			continue
		}
		i := k[0] >> shift
		for table[i][0] != 0 {
			i++ // at most as far as in the old table, which had the same tail
		}
		table[i] = *k
	}
	s.table, s.shift = table, shift
}

// sorted moves the keys to the front of the table, in their order. They stand
// nearly so, because their places follow their first bits: each is only a few
// places from its own.
func (s *Set) sorted() []Key {
	keys := s.table[:0]
	for _, k := range s.table {
		if k[0] == 0 {
			continue
		}
		at := len(keys)
		keys = append(keys, k)
		for ; at > 0 && k.before(keys[at-1]); at-- {
			keys[at] = keys[at-1]
		}
		keys[at] = k
	}
	return keys
}
