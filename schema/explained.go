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
	records, bytes int
	all            atomic.Bool // there will be no more: workers need not try
}

// add reports whether a record is explained. keep is how many findings the report
// keeps.
func (e *explained) add(record []byte, keep int) bool {
	if e.all.Load() {
		return false
	}
	e.records++
	e.bytes += len(record)
	if most := max(keep, DefaultMaxDetails); e.records >= most || e.bytes/explainedBytes >= most {
		e.all.Store(true)
	}
	return true
}
