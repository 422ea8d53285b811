package bolt

import (
	"github.com/segel-id/segel/exchange"
)

// common is what nearly every caller of a transaction reads and changes: it is
// read once, and written once when all of them have run. Whoever changes it marks
// the transaction as dirty, so that a failure behind that undoes it too.
//
// What a transaction has made durable the next one begins with: the file is this
// process's alone.
type common struct {
	marks    *exchange.Marks              // nil: not read yet
	numbers  map[string]*exchange.Numbers // by channel
	arrivals map[string]exchange.Arrivals // by key

	marksChanged    bool
	numbersChanged  map[string]bool
	arrivalsChanged map[string]bool
}

// kept is of how many channels a committed transaction leaves the next one what it
// knows.
const kept = 64

// left returns what the next transaction may begin with.
func (c common) left() common {
	if len(c.numbers) > kept {
		c.numbers = nil
	}
	if len(c.arrivals) > kept {
		c.arrivals = nil
	}
	return c
}

func (t *tx) getMarks() (exchange.Marks, error) {
	if known := t.common.marks; known != nil {
		return *known, nil
	}
	var m marks
	if text := t.marks().Get(marksKey); text != nil && !decode(text, &m) {
		return exchange.Marks{}, unusable("the marks are damaged")
	}
	known := exchange.Marks(m)
	t.common.marks = &known
	return known, nil
}

func (t *tx) setMarks(m exchange.Marks) {
	t.dirty = true
	m.Clock, m.Purged = m.Clock.Round(0), m.Purged.Round(0) // as the file will give them back: no monotonic reading
	t.common.marks, t.common.marksChanged = &m, true
}

func (t *tx) raise(by exchange.Marks) error {
	m, err := t.getMarks()
	if err != nil {
		return err
	}
	if raised := m.Raised(by); raised != m {
		t.setMarks(raised)
	}
	return nil
}

func (t *tx) numbersOf(channel string) (*exchange.Numbers, error) {
	if known, ok := t.common.numbers[channel]; ok {
		return known, nil
	}
	text := t.numbers().Get([]byte(channel))
	if text == nil {
		return nil, nil
	}
	var n numbers
	if !n.decode(text) || n.Epoch == "" || n.Last < 1 {
		return nil, unusable("the numbers of a channel are damaged")
	}
	known := (*exchange.Numbers)(&n)
	t.keepNumbers(channel, known)
	return known, nil
}

// setNumbers is called at once when the numbers were changed.
func (t *tx) setNumbers(channel string, n *exchange.Numbers) {
	t.dirty = true
	t.keepNumbers(channel, n)
	if t.common.numbersChanged == nil {
		t.common.numbersChanged = map[string]bool{}
	}
	t.common.numbersChanged[channel] = true
}

func (t *tx) keepNumbers(channel string, n *exchange.Numbers) {
	if t.common.numbers == nil {
		t.common.numbers = map[string]*exchange.Numbers{}
	}
	t.common.numbers[channel] = n
}

// arrivals returns what has come of a channel, which must not be changed.
func (t *tx) arrivals(key []byte) (exchange.Arrivals, error) {
	if known, ok := t.common.arrivals[string(key)]; ok {
		return known, nil
	}
	text := t.channels().Get(key)
	if text == nil {
		return nil, nil
	}
	var in []arrival
	if !decode(text, &in) {
		return nil, unusable("a channel is damaged")
	}
	a := make(exchange.Arrivals, len(in))
	for i, e := range in {
		a[i] = exchange.EpochArrivals(e)
	}
	t.keepArrivals(key, a)
	return a, nil
}

func (t *tx) setArrivals(key []byte, a exchange.Arrivals) {
	t.dirty = true
	t.keepArrivals(key, a)
	if t.common.arrivalsChanged == nil {
		t.common.arrivalsChanged = map[string]bool{}
	}
	t.common.arrivalsChanged[string(key)] = true
}

func (t *tx) keepArrivals(key []byte, a exchange.Arrivals) {
	if t.common.arrivals == nil {
		t.common.arrivals = map[string]exchange.Arrivals{}
	}
	t.common.arrivals[string(key)] = a
}

// flush writes what was changed.
func (t *tx) flush() error {
	c := &t.common
	if c.marksChanged {
		if err := t.write(t.marks(), marksKey, marks(*c.marks)); err != nil {
			return err
		}
	}
	for channel := range c.numbersChanged {
		if err := t.write(t.numbers(), []byte(channel), (*numbers)(c.numbers[channel])); err != nil {
			return err
		}
	}
	for key := range c.arrivalsChanged {
		known := c.arrivals[key]
		out := make([]arrival, len(known))
		for i, e := range known {
			out[i] = arrival(e)
		}
		if err := t.write(t.channels(), []byte(key), out); err != nil {
			return err
		}
	}
	c.marksChanged, c.numbersChanged, c.arrivalsChanged = false, nil, nil
	return nil
}
