package shared

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// Seed returns SEGEL_SEED, or the time in seconds, and logs it: a run with the same
// seed takes the same cases.
func Seed(t testing.TB) uint64 {
	t.Helper()
	text := os.Getenv("SEGEL_SEED")
	if text == "" {
		text = strconv.FormatInt(time.Now().Unix(), 10)
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal("SEGEL_SEED is no number")
	}
	t.Logf("SEGEL_SEED=%d", seed)
	return seed
}

// Long reports whether a run is to take all the time it needs: SEGEL_LONG=1.
func Long() bool { return os.Getenv("SEGEL_LONG") == "1" }

// OneIn returns a function that a test asks before each of its many cases, and
// skips the case if it says no. In a plain run every case is taken. Under the race
// detector, which makes signatures ten times slower and has nothing to see where
// there is one goroutine, one in n is, from a place that the seed names; SEGEL_LONG=1
// takes all there too. If cases come in a rhythm, n must share no factor with it.
func OneIn(t testing.TB, n int) func() bool {
	t.Helper()
	if !Race || Long() {
		return func() bool { return true }
	}
	at := int(Seed(t) % uint64(n))
	return func() bool {
		at = (at + 1) % n
		return at == 0
	}
}
