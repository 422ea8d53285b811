package cores

import (
	"runtime"
	"strconv"
	"testing"
)

func TestSpare(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	had := runtime.GOMAXPROCS(0)
	back := Spare(3)
	if n := runtime.GOMAXPROCS(0); n != had+3 {
		t.Errorf("%d places, want %d", n, had+3)
	}
	if back(); runtime.GOMAXPROCS(0) != had {
		t.Errorf("%d places afterwards, want %d", runtime.GOMAXPROCS(0), had)
	}
	t.Setenv("GOMAXPROCS", strconv.Itoa(had))
	defer Spare(3)()
	if n := runtime.GOMAXPROCS(0); n != had {
		t.Errorf("%d places against the environment, want %d", n, had)
	}
}
