package exchangetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/segel-id/segel/exchange"
)

// Effects let the kit write as a handler does, into what a [exchange.Transactor]
// keeps beside its own rows.
type Effects struct {
	// Write has a text written through what Begin returned, which is what a handler
	// gets from [exchange.Delivery.Tx]. If fail is not nil, something is to go wrong
	// behind the text: with that error if the store runs functions of the handler's,
	// else as it likes. Its own error is what a handler would get.
	Write func(tx any, text string, fail error) error
	// Read returns the texts that are there.
	Read func(t *testing.T, s exchange.Store) []string
}

// effectTest is a part's store with its transactions.
type effectTest struct{ *storeTest }

// effects makes a part of a test that needs transactions.
func effects(test func(effectTest)) func(*storeTest) {
	return func(t *storeTest) { test(effectTest{t}) }
}

func (t effectTest) begin(c exchange.Claim) exchange.Tx {
	t.Helper()
	tx, err := t.s.(exchange.Transactor).Begin(t.ctx, c)
	if err != nil || tx == nil {
		t.Fatalf("begin: %v, %v", tx, err)
	}
	return tx
}

func (t effectTest) write(tx exchange.Tx, texts ...string) {
	t.Helper()
	for _, text := range texts {
		t.want("write", t.h.Effects.Write(tx, text, nil), nil)
	}
}

// there wants exactly these texts to be there.
func (t effectTest) there(what string, want ...string) {
	t.Helper()
	got := t.h.Effects.Read(t.T, t.s)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: the effects are %q, want %q", what, got, want)
	}
}

var errEffect = errors.New("exchangetest: the handler's own")

func testEffect(t effectTest) {
	c := t.mustClaim(1, storeNow)
	before := t.marks()
	tx := t.begin(c)
	if row := t.row(1); row.Fence != c.Fence || !row.LeaseUntil.Equal(c.Until) || !t.marks().Clock.Equal(before.Clock) {
		t.Errorf("begin changed the row: %+v", row)
	}
	t.write(tx, "a", "b")
	t.there("before it was settled")
	s := testSettled("1")
	t.want("settle", tx.Settle(t.ctx, c, s), nil)
	t.there("settled", "a", "b")
	empty := t.mustClaim(2, storeNow)
	t.want("settle without effect", t.begin(empty).Settle(t.ctx, empty, testSettled("2")), nil)
	t.restart()
	t.there("settled", "a", "b")
	for n, want := range map[int]string{1: "receipt 1", 2: "receipt 2"} {
		if row := t.row(n); row.Settlement == nil || string(row.Settlement.Receipt) != want || row.Settlement.Outcome != s.Outcome || !row.LeaseUntil.IsZero() {
			t.Errorf("row %d is %+v", n, row)
		}
	}
	if m := t.marks(); !m.Clock.Equal(s.At) {
		t.Errorf("the clock mark is %s, want the settlement's time", m.Clock)
	}
	_, err := t.claim(1, storeNow)
	t.want("claim of what is settled", err, exchange.ErrSettled)
}

func testEffectCrash(t effectTest) {
	c := t.mustClaim(1, storeNow)
	t.write(t.begin(c), "lost")
	t.restart()
	t.there("a crash before the settlement")
	if row := t.row(1); row.Settlement != nil {
		t.Error("it is settled")
	}
	again := t.mustClaim(1, c.Until)
	tx := t.begin(again)
	t.write(tx, "kept")
	t.want("settle", tx.Settle(t.ctx, again, testSettled("1")), nil)
	t.restart()
	t.there("after the second call", "kept")
}

func testEffectFails(t effectTest) {
	c := t.mustClaim(1, storeNow)
	tx := t.begin(c)
	t.write(tx, "before")
	said := t.h.Effects.Write(tx, "wrong", errEffect)
	if said == nil {
		_ = t.h.Effects.Write(tx, "behind", nil)
	}
	err := tx.Settle(t.ctx, c, testSettled("1"))
	t.want("settle with a write that fails", err, exchange.ErrEffect)
	if said == nil {
		t.want("the handler's own error", err, errEffect)
	}
	tx.Discard() // as a caller does in any case
	t.there("after a write that failed")
	if row := t.row(1); row.Settlement != nil || row.Fence != c.Fence || !row.LeaseUntil.Equal(c.Until) {
		t.Errorf("the claim is not held as it was: %+v", row)
	}
	if m := t.marks(); !m.Clock.Equal(storeNow) {
		t.Errorf("the clock mark is %s", m.Clock)
	}
	c, err = t.s.Renew(t.ctx, c, storeNow, storeLease)
	t.want("renew", err, nil)
	t.want("settle without the effect", t.s.Settle(t.ctx, c, testSettled("refused")), nil)
	t.there("settled without it")
}

func testEffectFenced(t effectTest) {
	for n, take := range []func(c exchange.Claim){
		func(c exchange.Claim) { t.mustClaim(1, c.Until) },
		func(c exchange.Claim) { t.want("release", t.s.Release(t.ctx, c), nil) },
		func(c exchange.Claim) { t.want("settle", t.s.Settle(t.ctx, c, testSettled("first")), nil) },
		func(c exchange.Claim) { t.mustAdmit(testRevision(14, 4, 1), c.Until) },
	} {
		c := t.mustAdmit(testRevision(n+1, n+1, 0), storeNow)
		tx := t.begin(c)
		t.write(tx, "too late")
		take(c)
		err := tx.Settle(t.ctx, c, testSettled("late"))
		t.want("settle of a claim that is over", err, exchange.ErrFenced)
		if errors.Is(err, exchange.ErrEffect) {
			t.Error("it is laid at the handler's door")
		}
		if row := t.row(n + 1); row.Settlement != nil && string(row.Settlement.Receipt) != "receipt first" {
			t.Errorf("the row is %+v", row)
		}
	}
	t.there("by claims that are over")
}

func testEffectDiscard(t effectTest) {
	c := t.mustClaim(1, storeNow)
	tx := t.begin(c)
	t.write(tx, "given up")
	tx.Discard()
	t.there("given up")
	if t.h.Effects.Write(tx, "behind", nil) == nil {
		t.Error("a write after it was given up says that it will be there")
	}
	t.want("release", t.s.Release(t.ctx, c), nil)
	c = t.mustClaim(1, storeNow)
	tx = t.begin(c)
	t.write(tx, "kept")
	t.want("settle", tx.Settle(t.ctx, c, testSettled("1")), nil)
	if t.h.Effects.Write(tx, "behind", nil) == nil {
		t.Error("a write after the settlement says that it will be there")
	}
	t.there("after both", "kept")
}

// Each third handler's write fails, and each fifth has lost its claim.
func testEffectRace(t effectTest) {
	const n = 60
	claims, txs := make([]exchange.Claim, n), make([]exchange.Tx, n)
	for i := range n {
		claims[i] = t.mustClaim(i+1, storeNow)
		if i%5 == 0 {
			t.mustClaim(i+1, claims[i].Until)
		}
		txs[i] = t.begin(claims[i])
	}
	var want []string
	errs := workers(n, func(i int) error {
		if i%3 != 0 {
			if err := t.h.Effects.Write(txs[i], fmt.Sprint("effect ", i), nil); err != nil {
				return err
			}
		} else {
			_ = t.h.Effects.Write(txs[i], fmt.Sprint("effect ", i), errEffect)
		}
		return txs[i].Settle(t.ctx, claims[i], testSettled(fmt.Sprint(i)))
	})
	for i, err := range errs {
		switch {
		case i%5 == 0 && i%3 == 0: // either is true
			if !errors.Is(err, exchange.ErrFenced) && !errors.Is(err, exchange.ErrEffect) {
				t.Errorf("settlement %d: %v", i, err)
			}
		case i%5 == 0:
			t.want(fmt.Sprint("settlement ", i), err, exchange.ErrFenced)
		case i%3 == 0:
			t.want(fmt.Sprint("settlement ", i), err, exchange.ErrEffect)
		default:
			t.want(fmt.Sprint("settlement ", i), err, nil)
			want = append(want, fmt.Sprint("effect ", i))
		}
		if row := t.row(i + 1); (row.Settlement != nil) != (err == nil) {
			t.Errorf("settlement %d: %v, and the row is settled: %v", i, err, row.Settlement != nil)
		}
	}
	t.there("of those that were settled", want...)
	t.restart()
	t.there("of those that were settled, after a restart", want...)
}

// Workers that took the same envelope over from each other settle at once: one
// effect is there, and it is that of the receipt.
func testEffectOnce(t effectTest) {
	at := storeNow
	for n := 1; n <= 5; n++ {
		claims := make([]exchange.Claim, 8)
		for i := range claims {
			claims[i] = t.mustClaim(n, at)
			at = claims[i].Until
		}
		held := claims[len(claims)-1]
		errs := workers(16, func(i int) error {
			c := held
			if i < len(claims) {
				c = claims[i]
			}
			tx := t.begin(c)
			t.write(tx, fmt.Sprint("effect ", n, i))
			return tx.Settle(t.ctx, c, testSettled(fmt.Sprint(n, i)))
		})
		won := -1
		for i, err := range errs {
			if err == nil && won < 0 {
				won = i
			} else {
				t.want(fmt.Sprint("worker ", i), err, exchange.ErrFenced)
			}
		}
		row := t.row(n)
		if won < len(claims)-1 || row.Settlement == nil || string(row.Settlement.Receipt) != fmt.Sprint("receipt ", n, won) {
			t.Fatalf("worker %d won, and the row is %+v", won, row)
		}
		var mine []string
		for _, text := range t.h.Effects.Read(t.T, t.s) {
			if text == fmt.Sprint("effect ", n, won) {
				mine = append(mine, text)
			}
		}
		if len(mine) != 1 || len(t.h.Effects.Read(t.T, t.s)) != n {
			t.Fatalf("the effects are %q", t.h.Effects.Read(t.T, t.s))
		}
	}
}
