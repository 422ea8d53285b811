//go:build unix

package crash

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/trust"
)

// Figures are what a cell, or many, came to.
type figures struct {
	cells, envelopes int
	senders          int // kills
	receivers        int
	calls, effects   int
	twice            int // keys or items whose effect is not exactly one
	lost             int // sent, and not settled as accepted with an effect
	late             int // calls after their key was settled
	repeats          int // answers to what was settled before, but for the test's own
	unposted         int // sealed, then the process died
	unsaid           int // posted by a process that died before it noted that: ErrPosted
	doubled          int // parcels beyond one for every item
	took             time.Duration
}

func (f *figures) add(g figures) {
	f.cells, f.envelopes = f.cells+g.cells, f.envelopes+g.envelopes
	f.senders, f.receivers = f.senders+g.senders, f.receivers+g.receivers
	f.calls, f.effects = f.calls+g.calls, f.effects+g.effects
	f.twice, f.lost, f.late = f.twice+g.twice, f.lost+g.lost, f.late+g.late
	f.repeats, f.unposted, f.unsaid, f.took = f.repeats+g.repeats, f.unposted+g.unposted, f.unsaid+g.unsaid, f.took+g.took
	f.doubled += g.doubled
}

func (f figures) String() string {
	return fmt.Sprintf("%d cells of %d envelopes in all: killed %d senders and %d receivers; %d calls, %d effects, %d not exactly one, %d lost, %d calls after complete; "+
		"%d repeats answered, %d sealed and never posted, %d found posted, %d posted twice; %.1f s",
		f.cells, f.envelopes, f.senders, f.receivers, f.calls, f.effects, f.twice, f.lost, f.late, f.repeats, f.unposted, f.unsaid, f.doubled, f.took.Seconds())
}

// An end is what the two processes have left.
type end struct {
	*cell
	figures
	now       time.Time
	directory *trust.Directory
	store     *place // the receiver's
	outbox    []exchange.Parcel
	list      list
	tally     tally
	received  []note // the receiver's diary
	sent      []note // the sender's
	entered   map[string][]entry
}

// An entry is what is read of a journal's line.
type entry struct {
	Seq     int64          `json:"seq"`
	Event   exchange.Event `json:"event"`
	ID      string         `json:"id"`
	Digest  string         `json:"digest"`
	Outcome string         `json:"outcome"`
}

// judge opens the files that the processes have left and checks all of it. The
// careless handler's effects, and the blind application's, are left to the caller.
func (c *cell) judge() figures {
	c.Helper()
	e := &end{cell: c, entered: map[string][]entry{}}
	e.cells, e.envelopes, e.senders, e.receivers = 1, c.Items, c.kills[sender], c.kills[receiver]
	now, _, err := c.clock()
	if err != nil {
		c.Fatal(err)
	}
	e.now = now()
	if e.directory, err = c.directory(e.now); err != nil {
		c.Fatal(err)
	}
	e.again()
	e.open()
	defer e.store.close()
	e.settled()
	e.effects()
	e.journals()
	e.calls()
	e.gaps()
	if e.lost > 0 || e.late > 0 {
		c.Errorf("%d lost, %d calls after complete", e.lost, e.late)
	}
	return e.figures
}

// open reads everything.
func (e *end) open() {
	e.Helper()
	var err error
	if e.store, err = e.place(receiver); err != nil {
		e.Fatal(err)
	}
	var errs [5]error
	e.tally, errs[0] = readTally(e.settings, e.store)
	e.received, errs[1] = readDiary(e.path(receiver, "diary"))
	e.sent, errs[2] = readDiary(e.path(sender, "diary"))
	e.list, errs[4] = openList(e.settings)
	for _, role := range []string{sender, receiver} {
		text, err := os.ReadFile(e.path(role, "journal", "journal.ndjson"))
		errs[3] = errors.Join(errs[3], err)
		for line := range bytes.Lines(text) {
			var x entry
			errs[3] = errors.Join(errs[3], json.Unmarshal(line, &x))
			e.entered[role] = append(e.entered[role], x)
		}
	}
	if err := errors.Join(errs[:]...); err != nil {
		e.Fatal(err)
	}
}

// settled: every item was said to be posted, once, and is in the outbox by its own
// id, every parcel there is settled by a receipt that verifies, and the receiver has
// the same one.
func (e *end) settled() {
	e.Helper()
	ids := map[string]bool{}
	for _, p := range e.outbox {
		ids[p.ID] = true
		row, _, err := e.store.Lookup(ctx, p.Key)
		if err != nil {
			e.Fatal(err)
		}
		if p.State != exchange.ParcelSettled || p.Outcome != exchange.OutcomeAccepted || row == nil || row.Settlement == nil || row.Settlement.Outcome != exchange.OutcomeAccepted || e.tally.ids[p.ID] == 0 {
			e.lost++
			e.Errorf("%s is %s %s at the sender", p.ID, p.State, p.Outcome)
			continue
		}
		if !bytes.Equal(p.Receipt, row.Settlement.Receipt) {
			e.Errorf("%s: the two sides have different receipts", p.ID)
		}
		if r, err := e.verified(p.Receipt, p.Sent); err != nil || r.Claims().Outcome != exchange.OutcomeAccepted || !r.Claims().Final || r.Claims().Issuer != ahu.Party {
			e.Errorf("%s: the receipt does not verify: %v", p.ID, err)
		}
	}
	items := map[int]bool{}
	for _, n := range e.sent {
		if n.What != noteSent {
			continue
		}
		if n.Before {
			e.unsaid++
		}
		if !ids[n.ID] {
			e.lost++
			e.Errorf("%s was sent and is not in the outbox", n.ID)
		}
		if !e.Blind && n.ID != e.list[n.Item-1] {
			e.Errorf("item %d was sent by another id", n.Item)
		}
		if items[n.Item] {
			e.Errorf("item %d was sent twice", n.Item)
		}
		items[n.Item] = true
	}
	e.doubled = max(0, len(e.outbox)-e.Items)
	if len(items) != e.Items || len(ids) != len(e.outbox) || len(e.outbox) < e.Items || e.doubled > 0 && !e.Blind {
		e.Errorf("%d parcels of %d envelopes, %d of %d items said to be posted", len(e.outbox), len(ids), len(items), e.Items)
	}
}

// verified verifies a stored receipt as the sender did when it came.
func (e *end) verified(jws []byte, sent exchange.Sent) (*exchange.Receipt, error) {
	sealed, err := envelope.EncryptToken(envelope.TypeSealedReceipt, jws, sipol.Encryption.Public())
	if err != nil {
		return nil, err
	}
	return exchange.OpenReceipt(sealed, sipol.Keys(), e.directory, sent, e.now)
}

// effects: one for every envelope and one for every item, and no others.
func (e *end) effects() {
	for _, n := range e.tally.ids {
		e.figures.effects += int(n)
		if n != 1 {
			e.twice++
		}
	}
	for _, n := range e.tally.items {
		if n != 1 {
			e.twice++
		}
	}
	if len(e.tally.ids) != len(e.outbox) || len(e.tally.items) != e.Items {
		e.Errorf("effects of %d envelopes and %d items, want %d and %d", len(e.tally.ids), len(e.tally.items), len(e.outbox), e.Items)
	}
	if e.Handler != careless && !e.Blind && (e.twice > 0 || e.figures.effects != e.Items) {
		e.Errorf("%d effects, %d of them not exactly one", e.figures.effects, e.twice)
	}
}

// journals: they verify, and the sender's has every parcel sealed once and
// receipted. What it has sealed besides was never posted, nor receipted.
func (e *end) journals() {
	for role := range e.entered {
		if _, err := journal.Verify(e.path(role, "journal")); err != nil {
			e.Errorf("the %s's journal: %v", role, err)
		}
	}
	sealed, receipted := map[string]int{}, map[string]int{}
	for _, x := range e.entered[sender] {
		switch {
		case x.Event == exchange.EventSealed:
			sealed[x.ID+" "+x.Digest]++
		case x.Event == exchange.EventReceipt && x.Outcome == string(exchange.OutcomeAccepted):
			receipted[x.ID+" "+x.Digest]++
		default:
			e.Errorf("the sender's journal says %s", x.Event)
		}
	}
	for _, p := range e.outbox {
		if key := p.ID + " " + p.Digest; sealed[key] != 1 || receipted[key] == 0 {
			e.Errorf("%s: the journal has it sealed %d times and receipted %d times", p.ID, sealed[key], receipted[key])
		}
	}
	if len(receipted) != len(e.outbox) {
		e.Errorf("receipts of %d envelopes, and %d parcels", len(receipted), len(e.outbox))
	}
	e.unposted = len(sealed) - len(e.outbox)
}

// calls: none began after the key was settled, nor before the journal said
// "released"; no final receipt was shown before the journal said "settled".
func (e *end) calls() {
	life := 0
	settling, settled, calls, fences := map[string]int{}, map[string]int{}, map[string]int{}, map[string]uint64{}
	for _, n := range e.received {
		switch n.What {
		case noteLife:
			life++
		case noteCall:
			e.figures.calls++
			calls[n.ID]++
			if n.Late || settled[n.ID] > 0 || settling[n.ID] == life {
				e.late++
			}
			if n.Fence <= fences[n.ID] {
				e.Errorf("%s: fence %d after %d", n.ID, n.Fence, fences[n.ID])
			}
			fences[n.ID] = n.Fence
			if e.stands(exchange.EventReleased, n) < calls[n.ID] {
				e.Errorf("%s: called before it was released on record", n.ID)
			}
		case noteSettling:
			settling[n.ID] = life
		case noteSettled:
			if settled[n.ID]++; settled[n.ID] > 1 {
				e.Errorf("%s was settled twice", n.ID)
			}
		case noteAnswer, noteRepeat:
			if n.What == noteRepeat {
				e.repeats++
			}
			if e.stands(exchange.EventSettled, n) == 0 {
				e.Errorf("%s: answered before it was settled on record", n.ID)
			}
		}
	}
	e.repeats -= len(e.outbox) // asked for by again
	for id := range e.tally.ids {
		if calls[id] == 0 {
			e.Errorf("%s has an effect and no call", id)
		}
	}
}

// stands returns how often the journal had an event when a note was taken.
func (e *end) stands(event exchange.Event, n note) (times int) {
	for _, x := range e.entered[receiver] {
		if x.Seq > n.Entries {
			break
		}
		if x.Event == event && x.ID == n.ID {
			times++
		}
	}
	return times
}

// gaps: what the receiver misses of the channel was never posted.
func (e *end) gaps() {
	if len(e.outbox) == 0 {
		return
	}
	posted := map[int64]bool{}
	for _, p := range e.outbox {
		if p.Epoch != e.outbox[0].Epoch || posted[p.Number] {
			e.Errorf("%s has a number of its own: %d", p.ID, p.Number)
		}
		posted[p.Number] = true
	}
	p := e.outbox[0]
	missing, err := e.store.Missing(ctx, sipol.Party, exchange.Place{Channel: p.Channel, Epoch: p.Epoch})
	if err != nil {
		e.Fatal(err)
	}
	for _, r := range missing {
		for n := r.From; n <= r.To; n++ {
			if posted[n] {
				e.Errorf("number %d was posted and is missing", n)
			}
		}
	}
}

// again sends the same bytes to a new life of the receiver: it answers with the
// same receipts and calls nobody, as calls then sees.
func (e *end) again() {
	e.Helper()
	box, err := e.place(sender)
	if err != nil {
		e.Fatal(err)
	}
	e.outbox, err = box.outbox.Parcels(ctx, exchange.Sent{}, 10*e.Items)
	// What a sender has not fetched would be handed out without asking anybody.
	if err := errors.Join(err, box.close(), e.forget()); err != nil {
		e.Fatal(err)
	}
	before, err := readDiary(e.path(receiver, "diary"))
	if err != nil {
		e.Fatal(err)
	}
	p := e.start(receiver, 0)
	client, end, err := e.transport(false)
	if err != nil {
		e.Fatal(err)
	}
	differs := 0
	for _, parcel := range e.outbox {
		file, err := os.ReadFile(e.path(sender, "files", parcel.ID))
		if err != nil {
			e.Fatal(err)
		}
		reply, err := client.Deliver(ctx, ahu.Party, bytes.NewReader(file))
		if err != nil {
			e.Fatal(err)
		}
		r, err := exchange.OpenReceipt(reply.Receipt, sipol.Keys(), e.directory, parcel.Sent, e.now)
		if err != nil || !bytes.Equal(r.JWS(), parcel.Receipt) {
			differs++
		}
	}
	end()
	p.stdin.Close()
	if killed, err := p.end(); killed || err != nil {
		e.Fatalf("killed %v, %v", killed, err)
	}
	after, err := readDiary(e.path(receiver, "diary"))
	if err != nil {
		e.Fatal(err)
	}
	if differs > 0 {
		e.Errorf("%d receipts differ when they are fetched again", differs)
	}
	fresh := after[len(before):]
	if n := len(slices.DeleteFunc(fresh, func(n note) bool { return n.What == noteRepeat || n.What == noteLife })); n > 0 {
		e.Errorf("sent again, the envelopes led to %d calls, settlements or first answers", n)
	}
}
