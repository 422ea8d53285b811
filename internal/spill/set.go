package spill

// A Key is a hash of 128 bits. It must look random to whoever chooses what is
// hashed: [Set] finds its place by it.
type Key [2]uint64

func (k Key) before(other Key) bool {
	return k[0] < other[0] || k[0] == other[0] && k[1] < other[1]
}

// A Set is a set of keys. The zero value is empty and ready. It belongs to one
// goroutine, and must be closed.
type Set struct {
	table []Key // by the first bits of a key; the zero key is an empty place
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
	if k == (Key{}) {
		k[1] = 1
	}
	for s.err == nil {
		if 4*s.n >= 3*(len(s.table)-tail) {
			s.err = s.makeRoom()
			continue
		}
		i := k[0] >> s.shift
		for s.table[i] != k && s.table[i] != (Key{}) {
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

// Expect looks at the places of a key that comes soon: memory that is looked at
// for many keys in a row comes at once instead of piece by piece. The result means
// nothing; it keeps the compiler from leaving the look out.
func (s *Set) Expect(k Key) (touched uint64) {
	if len(s.table) > 1<<12 {
		touched = s.table[k[0]>>s.shift][0]
	}
	if s.runs.filter != nil {
		touched += s.runs.filter.block(k)[0]
	}
	return touched
}

// Close removes the temporary files. A closed Set is empty.
func (s *Set) Close() {
	s.runs.close()
	*s = Set{small: s.small}
}

// makeRoom makes a small table four times as large, and empties a large one into a run.
func (s *Set) makeRoom() error {
	bits := uint(leastBits)
	most := uint(mostBits)
	if s.small {
		most = 8
	}
	if s.table != nil {
		bits = min(64-s.shift+2, most)
	}
	if s.table != nil && 64-s.shift == most {
		err := s.runs.add(s.sorted(), s.small)
		clear(s.table)
		s.n = 0
		return err
	}
	old := s.table
	s.table, s.shift = make([]Key, 1<<bits+tail), 64-bits
	for _, k := range old {
		if k == (Key{}) {
			continue
		}
		i := k[0] >> s.shift
		for s.table[i] != (Key{}) {
			i++ // at most as far as in the old table, which had the same tail
		}
		s.table[i] = k
	}
	return nil
}

// sorted moves the keys to the front of the table, in their order. They stand
// nearly so, because their places follow their first bits: each is only a few
// places from its own.
func (s *Set) sorted() []Key {
	keys := s.table[:0]
	for _, k := range s.table {
		if k == (Key{}) {
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
