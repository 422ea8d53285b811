package body

import (
	"runtime"
	"sync"
)

// A line has pieces of work done in the order in which they came, by at most as
// many goroutines as there are processors. Goroutines start when there is work and
// end when there is none. The scheduler alone would take the newest piece first,
// and the oldest is what its user waits for.
type line struct {
	mu      sync.Mutex
	waiting []func()
	busy    int // goroutines
}

// add has work done. It does not wait.
func (l *line) add(work func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, work)
	if l.busy < runtime.GOMAXPROCS(0) {
		l.busy++
		go l.run()
	}
}

// run works until nothing waits.
func (l *line) run() {
	for {
		l.mu.Lock()
		if len(l.waiting) == 0 {
			l.busy--
			l.mu.Unlock()
			return
		}
		work := l.waiting[0]
		l.waiting = append(l.waiting[:0], l.waiting[1:]...)
		l.mu.Unlock()
		work()
	}
}
