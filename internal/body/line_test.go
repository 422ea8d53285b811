package body

import (
	"runtime"
	"sync"
	"testing"
	"time"
)

// The oldest piece of work is begun first, by no more goroutines than there are
// processors, and none is left when there is nothing to do.
func TestLine(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var l line
	var mu sync.Mutex
	var begun []int
	busy, most := 0, 0
	gates := make([]chan struct{}, 8)
	started := make(chan int, len(gates))
	for i := range gates {
		gates[i] = make(chan struct{})
		l.add(func() {
			mu.Lock()
			begun = append(begun, i)
			busy++
			most = max(most, busy)
			mu.Unlock()
			started <- i
			<-gates[i]
			mu.Lock()
			busy--
			mu.Unlock()
		})
	}
	// With one at its gate for good, the other goroutine takes the rest in turn.
	first, second := <-started, <-started
	if first+second != 1 {
		t.Fatalf("begun with %d and %d", first, second)
	}
	close(gates[1])
	for want := 2; want < len(gates); want++ {
		if got := <-started; got != want {
			t.Fatalf("begun %v", begun)
		}
		close(gates[want])
	}
	close(gates[0])
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		left := l.busy
		l.mu.Unlock()
		if left == 0 {
			break
		}
		if time.Now().After(until) {
			t.Fatalf("%d goroutines are left", left)
		}
	}
	if most != 2 {
		t.Errorf("%d at a time", most)
	}
	done := make(chan struct{})
	l.add(func() { close(done) })
	<-done
}
