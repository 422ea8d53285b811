package exchange

import (
	"time"

	"github.com/segel-id/segel/envelope"
)

// A Line says which revision of what an envelope is. Revisions never edit: each
// supersedes the one before, and once a store has admitted one of them it admits
// no earlier one, however late that arrives.
type Line struct {
	First    string // id of the first envelope of the line; its own, if it supersedes nothing
	Revision int64  // 0 if it supersedes nothing
}

func lineOf(m *envelope.Manifest) Line {
	if m.Supersedes == nil {
		return Line{First: m.ID}
	}
	return Line{First: m.Supersedes.First, Revision: m.Supersedes.Revision}
}

// A LineHead is what a store holds of one line, by sender, channel and first id:
// the latest revision that it has admitted. There is none until a revision above
// 0 was admitted; until then, the first envelope is the latest.
type LineHead struct {
	ID        string // of the latest revision that was admitted
	Revision  int64
	KeepUntil time.Time // from this instant on the store may forget it
}

// Admits returns nil if an admission does not come too late for its line, else
// ErrSuperseded. The head may be nil, and so may the row of the admission's key,
// which outlives the head if it is not settled. It is for implementations of
// [Store].
func (h *LineHead) Admits(a Admission, row *Row) error {
	if row != nil && row.Superseded || h != nil && (a.Line.Revision < h.Revision || a.Line.Revision == h.Revision && a.ID != h.ID) {
		return ErrSuperseded
	}
	return nil
}

// Before returns the key of the envelope that was the latest of the line so far,
// which the admission is about to supersede; false if there is nothing to look
// at. The head may be nil. It is for implementations of [Store].
func (h *LineHead) Before(a Admission) (Key, bool) {
	switch {
	case a.Line.Revision == 0:
		return Key{}, false
	case h == nil:
		return Key{a.Sender, a.Line.First}, true
	}
	return Key{a.Sender, h.ID}, h.ID != a.ID
}

// After returns the head once the admission was made. It is for implementations
// of [Store].
func (h *LineHead) After(a Admission) *LineHead {
	if a.Line.Revision == 0 {
		return h
	}
	next := LineHead{a.ID, a.Line.Revision, a.LineUntil}
	if h != nil && h.KeepUntil.After(next.KeepUntil) {
		next.KeepUntil = h.KeepUntil
	}
	return &next
}

// Yield marks an envelope that is not settled as superseded by an admission of the
// same channel, and takes the claim away, so that it can neither be claimed again
// nor settled by whoever held it. It fails with ErrBusy while the lease runs. It
// reports whether the row, which may be nil, has changed. It is for
// implementations of [Store].
func (r *Row) Yield(to Admission, now time.Time) (changed bool, err error) {
	if r == nil || r.Settlement != nil || r.Place.Channel != to.Place.Channel {
		return false, nil
	}
	if r.leased(now) {
		return false, ErrBusy
	}
	r.LeaseUntil, r.Superseded = time.Time{}, true
	return true, nil
}
