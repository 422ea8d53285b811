package schema

import (
	"math/rand/v2"
	"testing"

	"github.com/segel-id/segel/internal/spill"
)

// crowded gives keys of which many differ in one half only, or have the same place.
func crowded(r *rand.Rand) spill.Key {
	return spill.Key{uint64(r.IntN(300)) << r.IntN(2), uint64(r.IntN(40)) << (32 * r.IntN(2))}
}

// TestNumbering: a group keeps the number that it got, and numbers come in order.
func TestNumbering(t *testing.T) {
	var all numbering
	of := map[spill.Key]int32{}
	r := rand.New(rand.NewPCG(1, 2))
	for range 60_000 {
		key, more := crowded(r), r.IntN(4) > 0
		want, is := of[key]
		if !is && more {
			want = int32(len(of))
			of[key] = want
		}
		if got, ok := all.number(key, more); ok != (is || more) || ok && got != want {
			t.Fatalf("%v: got %d, %v, want %d", key, got, ok, want)
		}
	}
	if len(of) < 10_000 || len(of) != all.keys.n {
		t.Errorf("%d groups, %d kept", len(of), all.keys.n)
	}
}

// TestDigests: a digest is fresh once.
func TestDigests(t *testing.T) {
	var s keys
	seen := map[spill.Key]bool{{0, 1}: true} // the same as all zeros, by 1 in 2^128
	s.add(spill.Key{0, 1})
	r := rand.New(rand.NewPCG(1, 2))
	for range 60_000 {
		key := crowded(r)
		if key == (spill.Key{}) {
			continue
		}
		if got := s.add(key); got == seen[key] {
			t.Fatalf("%v: fresh %v", key, got)
		}
		seen[key] = true
	}
}

// TestTooManyGroups: beyond as many groups as can be kept a rule takes no more
// but for those it has; one of unique goes on.
func TestTooManyGroups(t *testing.T) {
	d := defined(t, order, "unik", "urut", "tiga", "tujuh-puluh", "banyak", "sehari", "hari")
	var all numbering
	b := &batch{amounts: []amount{{n: 5}, {n: 6}, {}, {}, {}}}
	enter := func(of *gathered, rule int, key spill.Key, amount int) bool {
		b.groups = []group{{key: key}}
		return of.enter(&d.groups[rule], &contribution{rule: int32(rule), first: amount}, b, &all, 7)
	}
	full := func(rule int) *gathered {
		g := &gathered{}
		if !enter(g, rule, spill.Key{1, 1}, 0) {
			t.Fatal("no group at all")
		}
		g.first.n = maxGroupsOfRule
		return g
	}
	unique := full(0)
	for _, c := range []struct {
		name   string
		key    spill.Key
		amount int
		again  bool
	}{
		{"a number of a group that it has", spill.Key{1, 1}, 1, false},
		{"again", spill.Key{1, 1}, 1, true},
		{"a number of another group", spill.Key{2, 2}, 0, false},
		{"again", spill.Key{2, 2}, 0, true},
		{"another number of it", spill.Key{2, 2}, 1, false},
		{"a third group", spill.Key{3, 2}, 0, false},
		{"a fourth group", spill.Key{2, 1 << 40}, 0, false},
	} {
		unique.repeats = nil
		if !enter(unique, 0, c.key, c.amount) || (len(unique.repeats) > 0) != c.again {
			t.Errorf("%s: repeats %v", c.name, unique.repeats)
		}
	}
	for rule := 1; rule < len(d.groups); rule++ {
		g := full(rule)
		if !enter(g, rule, spill.Key{1, 1}, 1) || enter(g, rule, spill.Key{9, 9}, 1) {
			t.Errorf("rule %s takes one more, or not what it has", d.groups[rule].ID)
		}
	}
	all.number(spill.Key{9, 9}, true) // another rule has it
	if enter(full(1), 1, spill.Key{9, 9}, 1) {
		t.Error("one more, of another rule")
	}
	if all.keys.n != 2 {
		t.Errorf("%d groups are numbered for nobody", all.keys.n)
	}
}
