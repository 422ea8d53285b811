package bolt

import (
	"encoding/json"

	"github.com/segel-id/segel/exchange"
)

// common is what nearly every caller of a transaction reads and changes: it is
// read once, and written once when all of them have run. Whoever changes it marks
// the transaction as dirty, so that a failure behind that undoes it too.
type common struct {
	marks   *exchange.Marks              // nil: not read yet
	numbers map[string]*exchange.Numbers // by channel; nil for one that has none

	marksChanged   bool
	numbersChanged map[string]bool
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

// flush writes what was changed.
func (t *tx) flush() error {
	c := t.common
	t.common = common{}
	if c.marksChanged {
		text, err := json.Marshal(marks(*c.marks))
		if err != nil {
			return err
		}
		if err := t.marks().Put(marksKey, text); err != nil {
			return err
		}
	}
	for channel := range c.numbersChanged {
		if err := t.write(t.numbers(), []byte(channel), (*numbers)(c.numbers[channel])); err != nil {
			return err
		}
	}
	return nil
}
