//go:build unix

package crash

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A cell is one point with one handler: two processes in a folder, one or both
// of which die again and again.
type cell struct {
	*testing.T
	settings
	point    point
	seed     uint64
	listener *os.File
	forget   func() error   // has the broker forget the answers it keeps
	kills    map[string]int // by role
	lives    map[string]int
}

// patience ends a life that does not end by itself.
const patience = 10 * time.Minute

// newCell makes the folder. It stays if the test fails.
func newCell(t *testing.T, g ground, p point, handler string, items int, seed uint64) *cell {
	t.Helper()
	dir, err := os.MkdirTemp("", "segel-crash-")
	if err != nil {
		t.Fatal(err)
	}
	c := &cell{
		T: t, point: p, seed: seed, kills: map[string]int{}, lives: map[string]int{}, forget: func() error { return nil },
		settings: settings{Dir: dir, Handler: handler, Items: items, Bodies: p.body, Point: p.name, ground: g},
	}
	if p.real {
		c.Begun = time.Now()
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%v, point %q, handler %q, SEGEL_SEED=%d; what is left lies in %s", g, p, handler, seed, dir)
		} else if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := found(c.settings); err != nil {
		t.Fatal(err)
	}
	if g.Store == onPostgres {
		c.onServer()
	}
	if g.Road == overNATS {
		c.onBroker()
	}
	// Every receiver inherits the same listening socket, so that they have one
	// address, and who comes between two lives waits for the next.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.URL = "http://" + l.Addr().String()
	c.listener, err = l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.listener.Close() })
	l.Close()
	return c
}

// A process is one life of a role.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer // its end is the process's
	told  *os.File
	errs  string // file of its standard error
}

// start begins a life, which dies at the nth crossing, or never if n is 0.
func (c *cell) start(role string, n int64) *process {
	c.Helper()
	p, err := c.begin(role, n)
	if err != nil {
		c.Fatal(err)
	}
	return p
}

func (c *cell) begin(as string, n int64) (*process, error) {
	set := c.settings
	set.Role, set.After = as, n
	if c.random() {
		set.After, set.Tell = 0, n > 0
	}
	text, err := json.Marshal(set)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	told, tell, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer tell.Close()
	c.lives[as]++
	p := &process{cmd: exec.Command(self), told: told, errs: c.path(fmt.Sprintf("%s-%d.err", as, c.lives[as]))}
	errs, err := os.Create(p.errs)
	if err != nil {
		return nil, err
	}
	defer errs.Close()
	p.cmd.Env = append(os.Environ(), role+"="+string(text))
	p.cmd.Stdout, p.cmd.Stderr = errs, errs
	p.cmd.ExtraFiles = []*os.File{tell}
	if as == receiver {
		// Handing it on makes the socket block; the receiver undoes that for its own
		// life, so nobody else may be handed it meanwhile.
		p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, c.listener)
	}
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	return p, p.cmd.Start()
}

func (c *cell) random() bool { return strings.HasPrefix(c.point.name, random) }

// await reads what the process tells: its being ready, and then so many
// crossings; or to its end, if n is negative.
func (p *process) await(n int64) bool {
	text := make([]byte, 256)
	for readied := false; ; {
		got, err := p.told.Read(text)
		for _, b := range text[:got] {
			switch {
			case b == ready:
				readied = true
			default:
				n--
			}
			if readied && n == 0 {
				return true
			}
		}
		if err != nil {
			return false
		}
	}
}

// end waits for the process and reports whether it was killed.
func (p *process) end() (killed bool, err error) {
	_, _ = io.Copy(io.Discard, p.told)
	p.told.Close()
	err = p.cmd.Wait()
	if state, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && state.Signaled() && state.Signal() == syscall.SIGKILL {
		return true, nil
	}
	if err != nil {
		text, _ := os.ReadFile(p.errs)
		err = fmt.Errorf("%w: %s", err, text[max(0, len(text)-2000):])
	}
	return false, err
}

// A plan says at which crossing each life dies.
type plan struct {
	rnd  *rand.Rand
	most int64 // crossings in a life
	left int   // kills
}

func (c *cell) plan(as string, kills int, most int64) *plan {
	p := &plan{rnd: rand.New(rand.NewPCG(c.seed, hash(c.point.String()+c.Handler+as))), most: most}
	if c.point.side == as || c.point.side == both {
		p.left = kills
	}
	return p
}

func (p *plan) next() int64 {
	if p.left == 0 {
		return 0
	}
	p.left--
	return 1 + p.rnd.Int64N(p.most)
}

// run has both processes live and die until the sender has nothing left to do.
func (c *cell) run(kills int, most int64) {
	c.Helper()
	if c.random() {
		most *= 8 // of any points
	}
	sends, receives := c.plan(sender, kills, most), c.plan(receiver, kills, most)
	var mu sync.Mutex
	var serving *process // the receiver of now
	done := false        // the sender is
	begin := func(as string, n int64) (*process, error) {
		mu.Lock()
		defer mu.Unlock()
		if as == receiver && done {
			return nil, nil
		}
		p, err := c.begin(as, n)
		if as == receiver {
			serving = p
		}
		return p, err
	}
	live := func(as string, plan *plan) error {
		for {
			n := plan.next()
			p, err := begin(as, n)
			if p == nil || err != nil {
				return err
			}
			watch := time.AfterFunc(patience, func() { _ = p.cmd.Process.Signal(syscall.SIGABRT) })
			if c.random() && n > 0 && p.await(n) {
				_ = p.cmd.Process.Kill()
			}
			killed, err := p.end()
			watch.Stop()
			switch {
			case err != nil:
				return fmt.Errorf("%s: %w", as, err)
			case !killed:
				return nil
			}
			mu.Lock()
			c.kills[as]++
			mu.Unlock()
		}
	}
	received := make(chan error, 1)
	go func() { received <- live(receiver, receives) }()
	if err := live(sender, sends); err != nil {
		c.Error(err)
	}
	mu.Lock()
	done = true
	if serving != nil {
		serving.stdin.Close()
	}
	mu.Unlock()
	if err := <-received; err != nil {
		c.Error(err)
	}
	if c.Failed() {
		c.FailNow()
	}
}
