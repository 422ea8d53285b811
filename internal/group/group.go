// Package group has one of many concurrent callers serve all of them: so one
// fsync makes what everybody wrote durable.
//
// A caller that finds nobody at work serves at once, in its own goroutine.
// Whoever comes meanwhile waits; when the batch is served, the first of those who
// wait serves all of them. There is no timer and no goroutine: nobody waits for
// company.
package group

import (
	"runtime"
	"sync"
)

// A Group serves batches of items, one batch at a time. The zero value is ready.
type Group[T any] struct {
	mu      sync.Mutex
	waiting []*call[T]
	led     bool // somebody serves, or was told to
	crowded bool // the batch before this one had more than one item
}

type call[T any] struct {
	item T
	done bool          // somebody else has served it
	told chan struct{} // it is done, or it is this caller's turn to serve
}

// Do returns when serve, or that of another caller, has returned from a batch
// with the item. Items come in the order of their callers. serve must not panic,
// and the callers of one group must bring the same.
func (g *Group[T]) Do(item T, serve func(batch []T)) {
	c := &call[T]{item: item, told: make(chan struct{}, 1)}
	g.mu.Lock()
	g.waiting = append(g.waiting, c)
	lead := !g.led
	g.led = true
	g.mu.Unlock()
	if !lead {
		if <-c.told; c.done {
			return
		}
	}
	g.mu.Lock()
	for n, round := 0, 0; g.crowded && len(g.waiting) > n && round < 3; round++ {
		// Those who were served a moment ago are about to come back: let them get in
		// before the door closes, as long as somebody does. If the cores have nothing
		// else to do, nobody does, and it takes no time.
		n = len(g.waiting)
		g.mu.Unlock()
		runtime.Gosched()
		g.mu.Lock()
	}
	calls := g.waiting
	g.waiting, g.crowded = nil, len(g.waiting) > 1
	g.mu.Unlock()
	batch := make([]T, len(calls))
	for i, other := range calls {
		batch[i] = other.item
	}
	serve(batch)
	for _, other := range calls {
		if other != c {
			other.done = true
			other.told <- struct{}{}
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.led = len(g.waiting) > 0; g.led {
		g.waiting[0].told <- struct{}{}
	}
}

// Waiting returns how many callers wait to be served.
func (g *Group[T]) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}
