package bolt

import "os"

// ahead is how many bytes behind those that the database uses are written with
// zeros at most. A commit that writes to blocks that the file system has not
// allocated and written before makes it commit its own journal too, twice, with
// each of bbolt's two syncs; over blocks that were, it costs a fifth less.
const ahead = 1 << 20

// room keeps written space in front of the database's end. bbolt finds the file
// as long as it needs it, and does not make it longer itself, but for a
// transaction that needs more than there is.
type room struct {
	file  *os.File // bbolt's own; nil if it cannot be had
	until int64    // up to where it is written
}

// make sees to it that at least half of what may be ahead is. It is called within
// a transaction that writes, which has the file to itself, with what the database
// used before it: nothing that lies behind that is anybody's. The file's new length
// is durable before the database relies on it. A disk that has no room left is
// bbolt's to complain about.
func (r *room) make(used int64) {
	if r.file == nil || r.until-used >= ahead/2 {
		return
	}
	zeros := make([]byte, ahead/16)
	for r.until = max(r.until, used); r.until < used+ahead; r.until += int64(len(zeros)) {
		if _, err := r.file.WriteAt(zeros, r.until); err != nil {
			r.file = nil
			return
		}
	}
	if r.file.Sync() != nil {
		r.file = nil
	}
}
