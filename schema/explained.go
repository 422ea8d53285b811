package schema

import "sync/atomic"

const (
	// explainedBytes is how many bytes the records have, on average, that a check
	// explains: a record of 195 KB can take more than half a second.
	explainedBytes = 4 << 10

	unexplainedID = "structure/unexplained"
)

func unexplained() Finding { return structural(unexplainedID, "") }

// explained counts the records of which a check says what is wrong with them. It
// is counted in the order of the records, so that every run explains the same.
type explained struct {
	most           int // records, or so many times explainedBytes
	records, bytes int
	all            atomic.Bool // there will be no more: workers need not try
}

// perhaps reports whether it may be that one more unsound record of a batch is
// explained. A batch may be one of small records, and what is said of each takes
// a hundred times its room.
func (e *explained) perhaps(b *batch) bool {
	b.unsound++
	return b.unsound <= e.most && !e.all.Load()
}

// add reports whether a record of so many bytes is explained.
func (e *explained) add(size int) bool {
	if e.all.Load() {
		return false
	}
	e.records++
	e.bytes += size
	if e.records >= e.most || e.bytes/explainedBytes >= e.most {
		e.all.Store(true)
	}
	return true
}
