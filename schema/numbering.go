package schema

import "github.com/segel-id/segel/internal/spill"

// numbering gives groups numbers from 0, in the order in which they come.
type numbering struct {
	keys   pile[spill.Key] // of the groups
	places []uint64        // by the key: half of it, and the number and one; at most three quarters are taken
}

// number gives the number of a group. If it has none yet, it gets one if more is
// set.
func (t *numbering) number(key spill.Key, more bool) (n int32, ok bool) {
	if 4*t.keys.n >= 3*len(t.places) {
		t.grow()
	}
	mask := uint64(len(t.places) - 1)
	i := key[0] & mask
	for ; t.places[i] != 0; i = (i + 1) & mask {
		if half(t.places[i]) == half(key[1]) {
			if n := int32(t.places[i]) - 1; *t.keys.at(int(n)) == key {
				return n, true
			}
		}
	}
	if !more {
		return 0, false
	}
	t.keys.add(key)
	t.places[i] = half(key[1]) | uint64(t.keys.n)
	return int32(t.keys.n - 1), true
}

func half(of uint64) uint64 { return of &^ (1<<32 - 1) }

func (t *numbering) grow() {
	t.places = make([]uint64, larger(len(t.places)))
	mask := uint64(len(t.places) - 1)
	for n := range t.keys.n {
		key := t.keys.at(n)
		i := key[0] & mask
		for t.places[i] != 0 {
			i = (i + 1) & mask
		}
		t.places[i] = half(key[1]) | uint64(n+1)
	}
}

// expect looks at the place of a group that comes soon.
func (t *numbering) expect(key spill.Key) (touched uint64) {
	if n := len(t.places); n > 1<<12 {
		touched = t.places[key[0]&uint64(n-1)]
	}
	return touched
}
