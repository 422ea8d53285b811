package schema

import (
	"bytes"
	"hash/maphash"
)

// names finds members that appear twice among those that the definition does
// not declare. The few of an ordinary object are compared one by one; beyond,
// a table keeps a hostile record linear.
type names struct {
	list   [][]byte // of the open objects
	table  []entry
	used   int
	object uint64 // how many there were
	oldest uint64 // the first object of this record; what is older is free
	seed   maphash.Seed
}

// entry is a name of one object.
type entry struct {
	object uint64
	name   []byte
}

// scope is an object whose names are told apart.
type scope struct {
	object uint64
	first  int // in list
}

const (
	fewNames  = 16
	tableSize = 256 // at first
)

func (s *names) reset() {
	s.list, s.used = s.list[:0], 0
	s.oldest = s.object + 1
}

func (s *names) open() scope {
	s.object++
	return scope{s.object, len(s.list)}
}

func (s *names) close(o scope) { s.list = s.list[:o.first] }

// add reports false if the object has the name already.
func (s *names) add(name []byte, o scope) bool {
	mine := s.list[o.first:]
	if len(mine) < fewNames {
		for _, other := range mine {
			if bytes.Equal(other, name) {
				return false
			}
		}
	} else {
		if len(mine) == fewNames {
			for _, other := range mine {
				s.insert(entry{o.object, other})
			}
		}
		if !s.insert(entry{o.object, name}) {
			return false
		}
	}
	s.list = append(s.list, name)
	return true
}

func (s *names) insert(e entry) bool {
	if 2*s.used >= len(s.table) {
		s.grow()
	}
	mask := uint64(len(s.table) - 1)
	for i := maphash.Bytes(s.seed, e.name) + e.object*0x9e3779b97f4a7c15; ; i++ {
		at := &s.table[i&mask]
		if at.object < s.oldest {
			*at = e
			s.used++
			return true
		}
		if at.object == e.object && bytes.Equal(at.name, e.name) {
			return false
		}
	}
}

func (s *names) grow() {
	old := s.table
	if old == nil {
		s.seed = maphash.MakeSeed()
	}
	s.table, s.used = make([]entry, max(tableSize, 2*len(old))), 0
	for _, e := range old {
		if e.object >= s.oldest {
			s.insert(e)
		}
	}
}
