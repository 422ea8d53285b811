package exchangetest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/segel-id/segel/exchange"
)

// workers runs f in n goroutines at once and returns what each returned.
func workers(n int, f func(i int) error) []error {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	errs := make([]error, n)
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			errs[i] = f(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return errs
}

func testRace(t *storeTest) {
	at := storeNow
	fence := uint64(0)
	for range 5 { // the first claim, then takeovers
		claims := make([]exchange.Claim, 32)
		won := 0
		for i, err := range workers(len(claims), func(i int) (err error) { claims[i], err = t.claim(1, at); return err }) {
			switch {
			case err == nil:
				won++
				if claims[i].Fence <= fence {
					t.Errorf("fence %d after %d", claims[i].Fence, fence)
				}
				fence = claims[i].Fence
			case !errors.Is(err, exchange.ErrBusy):
				t.Errorf("loser got %v", err)
			}
		}
		if won != 1 {
			t.Fatalf("%d claims won", won)
		}
		at = at.Add(storeLease)
	}
	for i, err := range workers(32, func(i int) error { _, err := t.claim(100+i, storeNow); return err }) {
		if err != nil {
			t.Errorf("claim of key %d: %v", 100+i, err)
		}
	}
}

func testSettleRace(t *storeTest) {
	c := t.mustClaim(1, storeNow)
	kept := make([]string, 16)
	errs := workers(len(kept), func(i int) error {
		s := testSettled(fmt.Sprint(i))
		if i%2 == 0 {
			return t.s.Settle(t.ctx, c, s)
		}
		k, err := t.s.Tombstone(t.ctx, testAdmitted(1, ""), s, c.Until)
		kept[i] = string(k.Receipt)
		return err
	})
	want := string(t.row(1).Settlement.Receipt)
	for i, err := range errs {
		switch {
		case i%2 == 1 && (err != nil || kept[i] != want):
			t.Errorf("tombstone %d: %v, %q; want %q", i, err, kept[i], want)
		case i%2 == 0 && (err == nil) != (want == fmt.Sprint("receipt ", i)):
			t.Errorf("settlement %d: %v, but %q is kept", i, err, want)
		}
	}
}
