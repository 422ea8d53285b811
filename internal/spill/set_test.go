package spill

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func key(r *rand.Rand) Key { return Key{r.Uint64(), r.Uint64()} }

// temporary names a folder for temporary files that is empty.
func temporary(t testing.TB) string {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	return dir
}

func fill(t testing.TB, s *Set, n int) (all []Key) {
	r := rand.New(rand.NewPCG(1, 2))
	for range n {
		k := key(r)
		if fresh, err := s.Add(k); !fresh || err != nil {
			t.Fatal(fresh, err)
		}
		all = append(all, k)
	}
	return all
}

// The verdict is that of a map, however often the table has overflowed and runs
// were merged.
func TestExact(t *testing.T) {
	for _, c := range []struct {
		name  string
		n     int
		small bool
		runs  int // at most
	}{
		{"in memory", 5_000, false, 0}, {"one run", 300, true, 1}, {"runs", 3_000, true, fan},
		{"merged once", 4_500, true, fan}, {"merged twice", 70_000, true, 2 * fan},
	} {
		t.Run(c.name, func(t *testing.T) {
			temporary(t)
			r := rand.New(rand.NewPCG(1, 2))
			s := Set{small: c.small}
			defer s.Close()
			seen := map[Key]bool{}
			var all []Key
			for range c.n {
				k := key(r)
				switch {
				case len(all) > 0 && r.IntN(4) == 0:
					k = all[r.IntN(len(all))]
				case len(all) > 0 && r.IntN(4) == 0: // alike in one half
					k[r.IntN(2)] = all[r.IntN(len(all))][0]
				}
				s.Expect([]Key{k})
				fresh, err := s.Add(k)
				if err != nil {
					t.Fatal(err)
				}
				if fresh == seen[k] {
					t.Fatalf("key %d: fresh %v, and it was there: %v", len(all), fresh, seen[k])
				}
				seen[k] = true
				all = append(all, k)
			}
			for _, k := range all {
				if fresh, err := s.Add(k); fresh || err != nil {
					t.Fatal(fresh, err)
				}
			}
			if spilled := s.runs.filter != nil; spilled != c.small {
				t.Errorf("on the disk: %v, want %v", spilled, c.small)
			}
			if n := len(s.runs.all); n > c.runs {
				t.Errorf("%d runs: they are not merged", n)
			}
		})
	}
}

// Many keys at once are added as they would be one by one, up to the first that is
// not new.
func TestAddNew(t *testing.T) {
	for _, c := range []struct {
		name  string
		n     int
		small bool
		grow  int
	}{
		{"in memory", 5_000, false, 0}, {"with room", 5_000, false, 5_000}, {"with some room", 5_000, false, 1_000},
		{"on the disk", 9_000, true, 0}, {"on the disk, with more room than there may be", 9_000, true, 9_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			temporary(t)
			r := rand.New(rand.NewPCG(3, 1))
			s := Set{small: c.small}
			defer s.Close()
			s.Grow(c.grow)
			seen := map[Key]bool{}
			var all []Key
			for len(all) < c.n {
				var block []Key
				for range 1 + r.IntN(200) {
					k := key(r)
					switch of := len(all); {
					case of > 0 && r.IntN(100) == 0:
						k = all[r.IntN(of)]
					case len(block) > 0 && r.IntN(100) == 0:
						k = block[r.IntN(len(block))]
					case of > 0 && r.IntN(20) == 0: // alike in one half
						half := r.IntN(2)
						k[half] = all[r.IntN(of)][half]
					case r.IntN(500) == 0:
						k[0] = 0
					}
					block = append(block, k)
				}
				s.Expect(block)
				for len(block) > 0 {
					want := 0
					for want < len(block) && !seen[block[want]] {
						seen[block[want]] = true
						want++
					}
					if n := s.AddNew(block); n != want {
						t.Fatalf("behind %d keys: added %d, want %d of %d", len(all), n, want, len(block))
					}
					if places := len(s.table) - tail; 4*s.n > 3*places {
						t.Fatalf("behind %d keys: %d of %d places are taken", len(all), s.n, places)
					}
					all = append(all, block[:want]...)
					if block = block[want:]; len(block) > 0 {
						if fresh, err := s.Add(block[0]); fresh || err != nil {
							t.Fatalf("behind %d keys: the next is new: %v, %v", len(all), fresh, err)
						}
						block = block[1:]
					}
				}
			}
			if n := s.AddNew(all[:1]); n != 0 {
				t.Error("the first key is new again")
			}
			taken := 0
			for _, k := range s.table {
				if k[0] != 0 {
					taken++
				}
			}
			if taken != s.n {
				t.Errorf("%d places are taken, and %d are counted", taken, s.n)
			}
		})
	}
}

// Who says how many keys will come has a table for them from the beginning, and
// none that is larger than any.
func TestGrow(t *testing.T) {
	for _, c := range []struct{ n, places int }{
		{-1, 64}, {0, 64}, {48, 64}, {49, 128}, {96, 128}, {98_304, 1 << 17}, {98_305, 1 << 17}, {1 << 40, 1 << 17},
	} {
		var s Set
		s.Grow(c.n)
		if got := len(s.table) - tail; got != c.places {
			t.Errorf("%d keys: %d places, want %d", c.n, got, c.places)
		}
		before := &s.table[0]
		if c.n <= 98_304 {
			fill(t, &s, max(0, c.n))
		}
		if &s.table[0] != before {
			t.Errorf("%d keys: another table was made", c.n)
		}
		s.Grow(0)
		if &s.table[0] != before {
			t.Errorf("%d keys: a smaller table was made", c.n)
		}
		s.Close()
	}
	var s Set
	defer s.Close()
	all := fill(t, &s, 40)
	s.Grow(1000)
	if n := s.AddNew(all); n != 0 || len(s.table) != 2048+tail {
		t.Errorf("%d places, and %d keys are forgotten", len(s.table)-tail, n)
	}
}

// Keys that all want the last place go to the disk before there is no room.
func TestCrowdAtTheEnd(t *testing.T) {
	temporary(t)
	s := Set{small: true}
	defer s.Close()
	for round := range 2 {
		for i := range uint64(1000) {
			k := Key{^uint64(0), i * 0x9e3779b97f4a7c15}
			if i%2 == 0 {
				if n := s.AddNew([]Key{k}); n != 1-round {
					t.Fatal(round, i, n)
				}
			} else if fresh, err := s.Add(k); err != nil || fresh != (round == 0) {
				t.Fatal(round, i, fresh, err)
			}
		}
	}
}

// The key of zeros is a key, and so is one whose first half is zero.
func TestZero(t *testing.T) {
	var s Set
	defer s.Close()
	for _, k := range []Key{{}, {0, 7}} {
		for i := range 2 {
			if fresh, err := s.Add(k); fresh != (i == 0) || err != nil {
				t.Error(k, i, fresh, err)
			}
		}
		if n := s.AddNew([]Key{k}); n != 0 {
			t.Error(k, "is new again")
		}
	}
}

// Nothing is on the disk before the table is full; and what is there is its
// owner's alone, holds no key as it is, and is gone after Close.
func TestFiles(t *testing.T) {
	dir := temporary(t)
	s := Set{small: true}
	all := fill(t, &s, 192)
	if s.runs.all != nil {
		t.Error("a run before the table was full")
	}
	all = append(all, fillMore(t, &s, 1000)...)
	if runtime.GOOS != "windows" {
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("%d files have a name", len(left))
		}
	}
	for _, one := range s.runs.all {
		info, err := one.f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v", info.Mode())
		}
		text := make([]byte, info.Size())
		if _, err := one.f.ReadAt(text, 0); err != nil {
			t.Fatal(err)
		}
		for _, k := range all {
			if bytes.Contains(text, binary.LittleEndian.AppendUint64(nil, k[0])) {
				t.Fatal("a key is on the disk as it is")
			}
		}
	}
	f := s.runs.all[0].f
	s.Close()
	if _, err := f.Stat(); err == nil {
		t.Error("a file is open after Close")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
		t.Errorf("%d files are left", len(left))
	}
	if fresh, err := s.Add(all[0]); !fresh || err != nil {
		t.Error("a closed set is not empty", fresh, err)
	}
}

func fillMore(t *testing.T, s *Set, n int) (all []Key) {
	r := rand.New(rand.NewPCG(3, 4))
	for range n {
		k := key(r)
		if _, err := s.Add(k); err != nil {
			t.Fatal(err)
		}
		all = append(all, k)
	}
	return all
}

// A disk that fails, or gives other bytes than were written, is an error that
// remains; never is a key called new that was there.
func TestDiskFails(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(t *testing.T, s *Set)
	}{
		{"no folder", func(t *testing.T, s *Set) {
			t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "none"))
			t.Setenv("TMP", filepath.Join(t.TempDir(), "none"))
		}},
		{"reading and writing fail", func(t *testing.T, s *Set) {
			for _, one := range s.runs.all {
				one.f.Close()
			}
		}},
		{"a bit has changed", func(t *testing.T, s *Set) { change(t, s, func(page []byte) { page[100] ^= 1 }) }},
		{"a tag has changed", func(t *testing.T, s *Set) { change(t, s, func(page []byte) { page[pageLen-1] ^= 128 }) }},
		{"zeros", func(t *testing.T, s *Set) { change(t, s, func(page []byte) { clear(page) }) }},
		{"cut", func(t *testing.T, s *Set) {
			for _, one := range s.runs.all {
				if err := one.f.Truncate(0); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"pages of another run", func(t *testing.T, s *Set) {
			one, other := s.runs.all[0], s.runs.all[1]
			one.f, other.f = other.f, one.f
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			temporary(t)
			s := Set{small: true}
			defer s.Close()
			all := fill(t, &s, 2500)
			c.harm(t, &s)
			var failed error
			for _, k := range append(all, key(rand.New(rand.NewPCG(9, 9)))) {
				fresh, err := s.Add(k)
				if fresh && k != (key(rand.New(rand.NewPCG(9, 9)))) {
					t.Fatal("a key that was there is called new")
				}
				if err != nil {
					failed = err
					break
				}
			}
			if failed == nil { // nothing was read: it fails when the next run is made
				r := rand.New(rand.NewPCG(5, 6))
				for i := 0; i < 5000 && failed == nil; i++ {
					_, failed = s.Add(key(r))
				}
			}
			if failed == nil {
				t.Fatal("no error")
			}
			if fresh, err := s.Add(Key{1, 2}); fresh || err != failed {
				t.Errorf("afterwards: %v, %v", fresh, err)
			}
			if n := s.AddNew([]Key{{1, 2}}); n != 0 {
				t.Error("afterwards a key is new")
			}
		})
	}
}

// change rewrites every page of every run.
func change(t *testing.T, s *Set, how func(page []byte)) {
	for _, one := range s.runs.all {
		page := make([]byte, pageLen)
		for at := range one.firsts {
			if _, err := one.f.ReadAt(page, int64(at)*pageLen); err != nil {
				t.Fatal(err)
			}
			how(page)
			if _, err := one.f.WriteAt(page, int64(at)*pageLen); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A full disk is an error, in a merge too.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	temporary(t)
	s := Set{small: true}
	defer s.Close()
	fill(t, &s, 1000)
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	w := &writer{r: &s.runs, run: &run{f: full, id: 99}}
	if err := s.runs.copy(w, s.runs.all); err == nil {
		t.Error("merged to a full disk")
	}
}

// What a filter has seen it knows, and of the rest it knows little.
func TestFilter(t *testing.T) {
	f := make(filter, 1<<10)
	r := rand.New(rand.NewPCG(1, 2))
	var in []Key
	for range 40_000 { // 13 bits each
		k := key(r)
		f.add(k)
		in = append(in, k)
	}
	for _, k := range in {
		if !f.perhaps(k) {
			t.Fatal("forgotten")
		}
	}
	wrong := 0
	for range 10_000 {
		if f.perhaps(key(r)) {
			wrong++
		}
	}
	if wrong > 100 {
		t.Errorf("%d of 10,000 in vain", wrong)
	}
}

var sink uint64

func BenchmarkAdd(b *testing.B) {
	for name, n := range map[string]int{"100k": 100_000, "1M": 1_000_000, "6M": 6_000_000} {
		b.Run(name, func(b *testing.B) {
			temporary(b)
			for b.Loop() {
				var s Set
				r := rand.New(rand.NewPCG(1, 2))
				var block [350]Key
				for i := 0; i < n; i += len(block) {
					for k := range block {
						block[k] = key(r)
					}
					sink |= s.Expect(block[:])
					if added := s.AddNew(block[:]); added != len(block) {
						b.Fatal(added)
					}
				}
				s.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n)/float64(b.N), "ns/key")
		})
	}
}
