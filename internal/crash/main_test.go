//go:build unix

package crash

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/crash/board"
)

var (
	sipol = envelopetest.Sipol()      // sends
	ahu   = envelopetest.BadanHukum() // receives
)

// role is the environment variable that makes the test binary one of the
// processes under test.
const role = "SEGEL_CRASH"

// settings are what such a process is told.
type settings struct {
	Role    string
	Dir     string // of the whole cell
	Handler string // of the receiver
	Items   int    // on the sender's list
	Blind   bool   // the sender's application gives no ids
	Bodies  bool   // every item is too large for a token
	URL     string // of the receiver
	ground
	Point string    // where to die
	After int64     // at which crossing of it; 0: never
	Tell  bool      // report every crossing
	Begun time.Time // when the machine's clock was started; zero: the clock is a file
}

// A ground is what an exchange stands on, and where that is.
type ground struct {
	Store, Road      string // the same store on both sides
	Database, Schema string // of a store that is on a server; what the names of its schemas begin with
	Broker, Prefix   string // of a road that has one; what begins everything there
}

// What a process tells on its pipe.
const (
	ready    = 'r'
	crossing = '.'
)

// The files that a process inherits.
const (
	pipeFD     = 3
	listenerFD = 4
)

func TestMain(m *testing.M) {
	text := os.Getenv(role)
	if text == "" {
		os.Exit(m.Run())
	}
	var set settings
	if err := json.Unmarshal([]byte(text), &set); err != nil {
		panic(err)
	}
	if err := live(set); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// live is the life of a process under test. It ends when standard input does:
// at the latest with the test that started it.
func live(set settings) error {
	ended := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	tell := os.NewFile(pipeFD, "pipe")
	switch set.Role {
	case receiver:
		return receive(set, tell, ended)
	case sender:
		return send(set, tell, ended)
	case claimer:
		return claim(set, tell, ended)
	}
	return errors.New("no such role")
}

func (s settings) path(elem ...string) string {
	return filepath.Join(append([]string{s.Dir}, elem...)...)
}

// clock returns the time, and what moves it if it stands.
func (s settings) clock() (now func() time.Time, stands *fileClock, err error) {
	if !s.Begun.IsZero() {
		return machineClock(s.Begun), nil, nil
	}
	c, err := openClock(s.path("clock"))
	if err != nil {
		return nil, nil, err
	}
	return c.now, &c, nil
}

const directoryFile = "directory"

// found writes what both parties begin with.
func found(set settings) error {
	def, err := board.Definition()
	if err != nil {
		return err
	}
	w := exchangetest.NewWorld(def)
	directory, err := trust.Sign(w.Draft(exchangetest.Grants(w.Definitions)), envelopetest.Anchor().Signing)
	if err != nil {
		return err
	}
	c, err := openClock(set.path("clock"))
	if err != nil {
		return err
	}
	defer c.file.Close()
	return errors.Join(c.move(w.Clock.Now()), os.WriteFile(set.path(directoryFile), directory, 0o600),
		os.Mkdir(set.path(receiver), 0o700), os.Mkdir(set.path(sender), 0o700), os.Mkdir(set.path(sender, "files"), 0o700))
}

func (s settings) directory(now time.Time) (*trust.Directory, error) {
	text, err := os.ReadFile(s.path(directoryFile))
	if err != nil {
		return nil, err
	}
	return trust.Open(text, exchangetest.Anchors(), now)
}

// content is an item as it is sent: with bodies, one that takes several chunks.
func (s settings) content(item int) string {
	if !s.Bodies {
		return board.Record(item)
	}
	return strings.Replace(board.Record(item), `"kode_wilayah"`, strings.Repeat(" ", 600<<10)+`"kode_wilayah"`, 1)
}

// itemOf reads which item a record is.
func itemOf(record []byte) (item int, err error) {
	var r struct {
		Decree string `json:"nomor_sk"`
	}
	if err := json.Unmarshal(record, &r); err != nil {
		return 0, err
	}
	_, err = fmt.Sscanf(r.Decree, "M.HH-%d.", &item)
	return item, err
}
