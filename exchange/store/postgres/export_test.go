package postgres

// Write is what Update does with what a delivery holds.
var Write = update

// Waiting returns how many callers wait for a transaction, and for an answer.
func (s *Store) Waiting() (writes, reads int) { return s.writes.Waiting(), s.reads.Waiting() }
