package bolt

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What a disk is asked to do again and again: pages to be written one after the
// other, each with a sync of its own.
var (
	onePage  = []int64{0}
	twoPages = []int64{0, 16 << 10} // a commit of bbolt's at the least: what was changed, then where that is
	appended = []int64{-1}
)

// diskDoes returns how many times in a second the disk makes such pages durable: in
// a file that was written before, or behind its end.
func diskDoes(b *testing.B, pages []int64) float64 {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "pages"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := f.Write(make([]byte, 1<<20)); err != nil || f.Sync() != nil {
		b.Fatal(err)
	}
	page, end := make([]byte, os.Getpagesize()), int64(1<<20)
	const n = 500
	began := time.Now()
	for i := range n {
		page[0] = byte(i) // else it might not be written at all
		for _, at := range pages {
			if at < 0 {
				at = end
				end += int64(len(page))
			}
			if _, err := f.WriteAt(page, at); err != nil {
				b.Fatal(err)
			}
			if err := syncData(f); err != nil {
				b.Fatal(err)
			}
		}
	}
	return n / time.Since(began).Seconds()
}
