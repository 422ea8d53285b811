//go:build unix

package crash

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/shared"
)

// A scale is how much of it is run.
type scale struct {
	cells, items, kills int
	most                int64 // crossings in a life
}

func (g ground) size() scale {
	switch {
	case shared.Long() && shared.Race:
		return scale{cells: 12, items: 40, kills: 4, most: 10}
	case shared.Long():
		return scale{cells: 1 << 10, items: 200, kills: 12, most: 40}
	case shared.Race:
		return scale{cells: 2, items: 12, kills: 2, most: 4}
	case g != usual:
		return scale{cells: 2, items: 16, kills: 2, most: 6}
	}
	return scale{cells: 6, items: 40, kills: 4, most: 10}
}

// usual is what one machine needs; grounds are all.
var (
	usual   = ground{Store: onBolt, Road: overHTTP}
	grounds = []ground{usual, {Store: onPostgres, Road: overHTTP}, {Store: onBolt, Road: overNATS}, {Store: onPostgres, Road: overNATS}}
)

func (g ground) String() string { return g.Store + " and " + g.Road }

// needs skips the test for want of a server.
func (g ground) needs(t *testing.T) {
	t.Helper()
	if g.Store == onPostgres {
		shared.Postgres(t)
	}
	if g.Road == overNATS {
		shared.NATS(t)
	}
}

// one is a cell of the matrix.
type one struct {
	point
	handler string
}

// chosen are the cells that are run: all of them, or the first few in an order
// that the seed makes, each side's among them. The real clock's are among the few only when it is long,
// because somebody waits for them.
func (g ground) chosen(seed uint64, n int) (cells []one) {
	for _, p := range points {
		for _, h := range []string{byTx, byKey} {
			if (p.only == "" || p.only == h) && (p.road == "" || p.road == g.Road) && (shared.Long() || !p.real && !p.body) {
				cells = append(cells, one{p, h})
			}
		}
	}
	if n < len(cells) {
		rand.New(rand.NewPCG(seed, hash(g.String()))).Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
		for i, side := range []string{receiver, sender} {
			first := slices.IndexFunc(cells, func(x one) bool { return x.side == side })
			cells[i], cells[first] = cells[first], cells[i]
		}
		cells = cells[:n]
	}
	return cells
}

func TestKillMatrix(t *testing.T) {
	seed := shared.Seed(t)
	var table strings.Builder
	for _, g := range grounds {
		t.Run(g.String(), func(t *testing.T) {
			f := g.matrix(t, seed)
			t.Log("all: ", f)
			fmt.Fprintf(&table, "%-20s %v\n", g, f)
		})
	}
	t.Log("\n" + table.String())
}

// matrix runs the cells of a ground.
func (g ground) matrix(t *testing.T, seed uint64) (all figures) {
	g.needs(t)
	size := g.size()
	var mu sync.Mutex
	begun := time.Now()
	t.Run("cells", func(t *testing.T) {
		for _, x := range g.chosen(seed, size.cells) {
			t.Run(x.String()+", "+x.handler, func(t *testing.T) {
				t.Parallel()
				begun := time.Now()
				c := newCell(t, g, x.point, x.handler, size.items, seed)
				kills := size.kills
				if x.real && g.Store == onPostgres {
					kills = min(kills, 4) // each of a sender is waited for as long as an offer
				}
				c.run(kills, size.most)
				f := c.judge()
				f.took = time.Since(begun)
				t.Logf("%v, %s: %v", x.point, x.handler, f)
				// Every envelope crosses every point, and sixteen at most do at once.
				least := max(1, size.items/(int(size.most)+16))
				if x.side != receiver && f.senders < least || x.side != sender && f.receivers < least {
					t.Errorf("fewer than %d deaths", least)
				}
				if x.side == sender && x.name == "after put" && f.unsaid < f.senders {
					t.Errorf("%d deaths of who had just posted, and %d found posted", f.senders, f.unsaid)
				}
				mu.Lock()
				defer mu.Unlock()
				all.add(f)
			})
		}
	})
	all.took = time.Since(begun)
	return all
}

// TestKillBodies: of the steps that bodies add, a few are met in every run.
func TestKillBodies(t *testing.T) {
	seed := shared.Seed(t)
	for _, g := range grounds {
		t.Run(g.String(), func(t *testing.T) {
			g.needs(t)
			few := uint64(3)
			if g != usual {
				few = 8
			}
			for _, p := range points {
				if !p.body || p.road != "" && p.road != g.Road || !shared.Long() && (p.side == both || hash(p.String())%few != seed%few) {
					continue
				}
				t.Run(p.String(), func(t *testing.T) {
					t.Parallel()
					c := newCell(t, g, p, byTx, 12, seed)
					c.run(2, 4)
					f := c.judge()
					t.Log(f)
					if f.senders+f.receivers == 0 {
						t.Error("nobody died")
					}
				})
			}
		})
	}
}

func hash(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return h.Sum64()
}

// TestCarelessHandlerIsCaught: what the matrix counts would show an effect that
// happened twice.
func TestCarelessHandlerIsCaught(t *testing.T) {
	t.Parallel()
	c := newCell(t, usual, point{side: receiver, name: "after effect"}, careless, 12, shared.Seed(t))
	c.run(2, 4)
	f := c.judge()
	if f.receivers == 0 || f.twice == 0 || f.effects <= c.Items {
		t.Errorf("%d kills, %d effects of %d envelopes, %d not exactly one", f.receivers, f.effects, c.Items, f.twice)
	}
	t.Log(f)
}

// TestBlindApplicationIsCaught: what the matrix counts would show data that was
// sealed and posted twice, by an application that gives no id to what it sends.
func TestBlindApplicationIsCaught(t *testing.T) {
	t.Parallel()
	c := newCell(t, usual, point{side: sender, name: "after put"}, byTx, 12, shared.Seed(t))
	c.Blind = true
	c.run(2, 4)
	f := c.judge()
	if f.senders == 0 || f.doubled == 0 || f.unsaid != 0 || f.twice == 0 || f.effects != c.Items+f.doubled {
		t.Errorf("%d kills, %d effects of %d items, %d of them not exactly one, %d posted twice", f.senders, f.effects, c.Items, f.twice, f.doubled)
	}
	t.Log(f)
}
