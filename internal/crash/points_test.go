//go:build unix

package crash

import (
	"os"
	"sync/atomic"
	"syscall"
)

// A point names where a process dies.
type point struct {
	side string // receiver, sender or both
	name string // of a crossing; or "random": from outside
	only string // the handler that has it; "": every one
	road string // that has it; "": every one
	real bool   // by the real clock
	body bool   // every item is a body
}

func (p point) String() string {
	name := p.side + " " + p.name
	if p.body {
		name += ", bodies"
	}
	if p.real {
		name += ", by the real clock"
	}
	return name
}

// points are all of them.
var points = []point{
	{side: receiver, name: "before claim"},
	{side: receiver, name: "after claim"},
	{side: receiver, name: "before journal released"},
	{side: receiver, name: "after journal released"},
	{side: receiver, name: "before handler"},
	{side: receiver, name: "before effect"},
	{side: receiver, name: "inside the settling transaction", only: byTx},
	{side: receiver, name: "after effect"},
	{side: receiver, name: "before settle"},
	{side: receiver, name: "after settle"},
	{side: receiver, name: "before journal settled"},
	{side: receiver, name: "after journal settled"},
	{side: receiver, name: "before reply"},
	{side: receiver, name: "after kept", road: overNATS}, // by the broker, and not yet acknowledged
	{side: receiver, name: "after reply"},

	{side: sender, name: "before number"},
	{side: sender, name: "after number"},
	{side: sender, name: "before journal sealed"},
	{side: sender, name: "after journal sealed"},
	{side: sender, name: "before put"},
	{side: sender, name: "after put"},
	{side: sender, name: "before unknown"},
	{side: sender, name: "after unknown"},
	{side: sender, name: "before deliver"},
	{side: sender, name: "after queued", road: overNATS},
	{side: sender, name: "after deliver"},
	{side: sender, name: "before journal receipt"},
	{side: sender, name: "after journal receipt"},
	{side: sender, name: "before settle"},
	{side: sender, name: "after settle"},

	{side: sender, name: "after number", body: true},
	{side: sender, name: "before put", body: true},
	{side: sender, name: "after put", body: true},
	{side: sender, name: "after settle", body: true},
	{side: receiver, name: "after begun", body: true, road: overHTTP},
	{side: receiver, name: "after claim", body: true},
	{side: receiver, name: "in the records", body: true},
	{side: receiver, name: "after settle", body: true},
	{side: both, name: random, body: true},

	{side: receiver, name: random},
	{side: sender, name: random},
	{side: both, name: random},
	{side: both, name: random, real: true},

	// By the dispatcher's own loop a parcel leaves as it is put.
	{side: sender, name: "before put", real: true},
	{side: sender, name: "after put", real: true},
}

const (
	receiver = "receiver"
	sender   = "sender"
	both     = "both"
	random   = "random"
)

// A knife kills its process at the nth crossing of one point.
type knife struct {
	at   string
	left atomic.Int64 // crossings until then; 0 and less: it fell, or never will
	tell *os.File     // gets a byte for every crossing; nil: nobody asked
	arms bool
}

func newKnife(set settings, tell *os.File) *knife {
	k := &knife{at: set.Point, arms: set.After > 0}
	k.left.Store(set.After)
	if set.Tell {
		k.tell = tell
	}
	return k
}

// cross is called at every point.
func (k *knife) cross(name string) {
	if k.tell != nil {
		_, _ = k.tell.Write([]byte{crossing})
	}
	if !k.arms || name != k.at {
		return
	}
	if k.left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
	if k.left.Load() <= 0 {
		select {} // the process is as good as dead: nobody gets past this point
	}
}

// around crosses the points before and after a step that succeeds.
func (k *knife) around(step string, do func() error) error {
	k.cross("before " + step)
	err := do()
	if err == nil {
		k.cross("after " + step)
	}
	return err
}
