package group

import (
	"runtime"
	"slices"
	"sync"
	"testing"
)

func TestALoneCallerIsServedAlone(t *testing.T) {
	var g Group[int]
	for n := range 3 {
		var got []int
		g.Do(n, func(batch []int) { got = batch })
		if !slices.Equal(got, []int{n}) {
			t.Errorf("call %d: %v", n, got)
		}
	}
}

func TestThoseWhoWaitAreServedTogether(t *testing.T) {
	var g Group[int]
	var batches [][]int // no lock: one batch at a time
	var done sync.WaitGroup
	entered, leave := make(chan struct{}), make(chan struct{})
	serve := func(batch []int) {
		if batches = append(batches, batch); len(batches) == 1 {
			close(entered)
			<-leave
		}
	}
	done.Go(func() { g.Do(0, serve) })
	<-entered
	for n := 1; n <= 50; n++ {
		done.Go(func() { g.Do(n, serve) })
		for g.Waiting() != n { // their order is that of the numbers
			runtime.Gosched()
		}
	}
	close(leave)
	done.Wait()
	if len(batches) != 2 || len(batches[0]) != 1 || len(batches[1]) != 50 || !slices.IsSorted(batches[1]) {
		t.Errorf("batches %v", batches)
	}
}

func TestEveryItemIsServedOnce(t *testing.T) {
	var g Group[int]
	served := map[int]int{} // no lock: one batch at a time
	var done sync.WaitGroup
	for caller := range 32 {
		done.Go(func() {
			for n := range 100 {
				item := caller*100 + n
				g.Do(item, func(batch []int) {
					for _, i := range batch {
						served[i]++
					}
				})
			}
		})
	}
	done.Wait()
	for item := range 3200 {
		if served[item] != 1 {
			t.Fatalf("item %d was served %d times", item, served[item])
		}
	}
	if g.Waiting() != 0 {
		t.Errorf("%d wait still", g.Waiting())
	}
}
