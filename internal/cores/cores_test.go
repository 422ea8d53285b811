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

func TestGarbage(t *testing.T) {
	// next is how large the heap may become before the collector runs again.
	next := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.NextGC
	}
	for _, name := range []string{"", "GOGC", "GOMEMLIMIT"} {
		t.Setenv("GOGC", "")
		t.Setenv("GOMEMLIMIT", "")
		if name != "" {
			t.Setenv(name, "100")
		}
		before := next()
		end := Garbage()
		during := next()
		end()
		end = nil
		if more, want := during >= 2*garbage, name == ""; more != want {
			t.Errorf("%q: the collector waits for %d bytes, and for %d before", name, during, before)
		}
		if after := next(); after >= before+garbage {
			t.Errorf("%q: the collector waits for %d bytes afterwards", name, after)
		}
	}
}
