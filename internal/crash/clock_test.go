//go:build unix

package crash

import (
	"encoding/binary"
	"os"
	"time"

	"github.com/segel-id/segel/envelope/envelopetest"
)

// A fileClock stands where its file says, for every process alike.
type fileClock struct{ file *os.File }

func openClock(path string) (fileClock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	return fileClock{file}, err
}

func (c fileClock) now() time.Time {
	var text [8]byte
	if _, err := c.file.ReadAt(text[:], 0); err != nil {
		panic(err)
	}
	return time.UnixMicro(int64(binary.BigEndian.Uint64(text[:]))).UTC()
}

// move moves the clock forward, never back, to a whole microsecond that is not
// before to. One process at a time does it.
func (c fileClock) move(to time.Time) error {
	to = to.Add(time.Microsecond - 1).Truncate(time.Microsecond)
	if info, err := c.file.Stat(); err == nil && info.Size() == 8 && !to.After(c.now()) {
		return nil
	}
	_, err := c.file.WriteAt(binary.BigEndian.AppendUint64(nil, uint64(to.UnixMicro())), 0)
	return err
}

// machineClock runs as the machine's does, from when the world of the tests
// begins.
func machineClock(begun time.Time) func() time.Time {
	return func() time.Time { return envelopetest.Now().Add(time.Since(begun)).Truncate(time.Microsecond) }
}
