package shared_test

import (
	"testing"

	"github.com/segel-id/segel/internal/shared"
)

func TestSeed(t *testing.T) {
	t.Setenv("SEGEL_SEED", "18446744073709551615")
	if seed := shared.Seed(t); seed != 1<<64-1 {
		t.Errorf("got %d", seed)
	}
	t.Setenv("SEGEL_SEED", "")
	if seed := shared.Seed(t); seed < 1_700_000_000 {
		t.Errorf("got %d, which is no present", seed)
	}
}

// Whatever the seed, one in seven is one in seven, and somewhere else with another seed.
func TestOneIn(t *testing.T) {
	starts := map[int]bool{}
	for _, c := range []struct {
		seed, long string
		all        bool
	}{
		{"0", "", !shared.Race}, {"1", "", !shared.Race}, {"2", "", !shared.Race}, {"3", "", !shared.Race},
		{"4", "", !shared.Race}, {"5", "", !shared.Race}, {"6", "", !shared.Race}, {"5", "1", true},
	} {
		t.Setenv("SEGEL_SEED", c.seed)
		t.Setenv("SEGEL_LONG", c.long)
		mine, taken, first := shared.OneIn(t, 7), 0, -1
		for i := range 70 {
			if mine() {
				if taken++; first < 0 {
					first = i
				}
			}
		}
		if want := map[bool]int{true: 70, false: 10}[c.all]; taken != want {
			t.Errorf("seed %s: %d of 70, want %d", c.seed, taken, want)
		}
		starts[first] = true
	}
	if want := map[bool]int{true: 7, false: 1}[shared.Race]; len(starts) != want {
		t.Errorf("%d places to begin at, want %d", len(starts), want)
	}
}
