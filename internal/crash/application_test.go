//go:build unix

package crash

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"strings"
	"sync"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/crash/board"
	"github.com/segel-id/segel/schema"
)

// hands are how many goroutines call Send at once.
const hands = 4

// A list is what the application has to send: the ids of its items, the first of
// which is item 1. It is durable before any of them is sent.
type list []string

// openList reads the list, and makes it if there is none. A process that dies
// meanwhile leaves none.
func openList(set settings) (l list, err error) {
	at := set.path(sender, "list")
	text, err := os.ReadFile(at)
	if err == nil {
		return l, json.Unmarshal(text, &l)
	}
	if !os.IsNotExist(err) {
		return nil, err
	}
	for range set.Items {
		l = append(l, envelope.NewID())
	}
	if text, err = json.Marshal(l); err != nil {
		return nil, err
	}
	file, err := os.Create(at + ".new")
	if err != nil {
		return nil, err
	}
	_, err = file.Write(text)
	return l, errors.Join(err, file.Sync(), file.Close(), os.Rename(at+".new", at))
}

// all sends every item that the diary does not have as posted, in another order in
// every life.
func (p *sending) all(ctx context.Context) error {
	list, err := openList(p.settings)
	if err != nil {
		return err
	}
	notes, err := readDiary(p.path(sender, "diary"))
	if err != nil {
		return err
	}
	posted, lives := map[int]bool{}, uint64(0)
	for _, n := range notes {
		switch n.What {
		case noteLife:
			lives++
		case noteSent:
			posted[n.Item] = true
		}
	}
	var (
		left  = make(chan int)
		errs  = make([]error, hands)
		group sync.WaitGroup
	)
	working, stop := context.WithCancel(ctx)
	defer stop()
	for i := range errs {
		group.Go(func() {
			for item := range left {
				if errs[i] = p.one(working, item, list[item-1]); errs[i] != nil {
					stop()
					return
				}
			}
		})
	}
	for _, i := range rand.New(rand.NewPCG(lives, 0)).Perm(len(list)) {
		if posted[i+1] {
			continue
		}
		select {
		case left <- i + 1:
		case <-working.Done():
		}
	}
	close(left)
	group.Wait()
	return errors.Join(errs...)
}

// one sends an item until it is posted, and has the diary say so.
func (p *sending) one(ctx context.Context, item int, id string) error {
	n := note{What: noteSent, ID: id, Item: item}
	if p.Blind {
		id = ""
	}
	for {
		sealed, _, err := p.dispatcher.Send(ctx, exchange.Shipment{Request: board.Request(ahu.Party), ID: id, Records: schema.NDJSON(strings.NewReader(p.content(item)))})
		switch {
		case err == nil:
			n.ID = sealed.Manifest().ID
		case errors.Is(err, exchange.ErrPosted):
			n.Before = true
		case envelope.ReasonOf(err) == envelope.ReasonExpired && sealed == nil && ctx.Err() == nil:
			continue // the clock was moved on, past the lease of its number
		default:
			return err
		}
		p.must(n)
		p.stir()
		return nil
	}
}
