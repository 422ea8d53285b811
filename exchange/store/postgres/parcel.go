package postgres

import (
	"maps"
	"slices"
	"time"

	"github.com/segel-id/segel/exchange"
)

// scanParcel reads the columns of parcels_of, and what follows them.
func scanParcel(r scanner, more ...any) (*exchange.Parcel, error) {
	var p exchange.Parcel
	var outcome *string
	var at *time.Time
	err := r.Scan(append([]any{
		&p.Sender, &p.ID, &p.Recipient, &p.Digest, &p.IssuedAt, &p.Expires, &p.Dataset, &p.Purpose, &p.Agreement, &p.PostedAt, &p.Channel, &p.Epoch, &p.Number,
		&p.Line.First, &p.Line.Revision, &p.State, &p.Cancel, &p.Attempts, &p.Next, &p.Deadline, &p.Reason, &outcome, &at, &p.Receipt, &p.Revision,
		&p.Root, &p.Body, &p.Upload,
	}, more...)...)
	if err != nil {
		return nil, err
	}
	for _, t := range []*time.Time{&p.IssuedAt, &p.Expires, &p.PostedAt, &p.Next, &p.Deadline} {
		*t = t.UTC()
	}
	p.SettledAt = timeOf(at)
	if outcome != nil {
		p.Outcome = exchange.Outcome(*outcome)
	}
	settled := p.State == exchange.ParcelSettled
	switch {
	case !settled && !p.Open() && p.State != exchange.ParcelGivenUp,
		settled != (outcome != nil), settled != (at != nil), settled != (p.Receipt != nil), settled && (*outcome == "" || len(p.Receipt) == 0),
		p.Digest == "", p.Attempts < 0, p.Revision < 1, p.Body < 0:
		return nil, unusable("a parcel is damaged")
	}
	return &p, nil
}

// scanParcelFile reads the columns of parcels_get.
func scanParcelFile(r scanner) (*exchange.Parcel, error) {
	var file []byte
	p, err := scanParcel(r, &file)
	if err != nil {
		return nil, err
	}
	if p.File = file; file == nil && p.State != exchange.ParcelSettled {
		return nil, unusable("a parcel has lost its file")
	}
	return p, nil
}

func (t *tx) readFirst(r scanner) error {
	p, err := scanParcel(r)
	if err != nil {
		return err
	}
	if t.first[p.Key] == nil {
		t.first[p.Key] = p
	}
	t.parcels[addressOf(p.Sent)] = &parcel{Parcel: p, there: true}
	return nil
}

func (t *tx) readParcel(r scanner) error {
	p, err := scanParcel(r)
	if err != nil {
		return err
	}
	t.parcels[addressOf(p.Sent)] = &parcel{Parcel: p, there: true}
	return nil
}

// parcelArgs are parcels as the columns of parcels_add or parcels_put.
type parcelArgs struct {
	sender, id, recipient, digest, dataset, purpose, agreement []string
	channel, epoch, first, state, reason, root, upload         []string
	issued, expires, posted, next, deadline                    []time.Time
	number, lineRevision, attempts, revision, body             []int64
	cancel                                                     []bool
	outcome                                                    []*string
	settled                                                    []*time.Time
	receipt, file                                              [][]byte
}

func (a *parcelArgs) add(p *exchange.Parcel) {
	for _, c := range []struct {
		to   *[]string
		text string
	}{
		{&a.sender, string(p.Sender)}, {&a.id, p.ID}, {&a.recipient, string(p.Recipient)}, {&a.digest, p.Digest}, {&a.dataset, p.Dataset},
		{&a.purpose, string(p.Purpose)}, {&a.agreement, p.Agreement}, {&a.channel, p.Channel}, {&a.epoch, p.Epoch}, {&a.first, p.Line.First},
		{&a.state, string(p.State)}, {&a.reason, string(p.Reason)}, {&a.root, p.Root}, {&a.upload, p.Upload},
	} {
		*c.to = append(*c.to, c.text)
	}
	a.issued, a.expires, a.posted = append(a.issued, p.IssuedAt), append(a.expires, p.Expires), append(a.posted, p.PostedAt)
	a.next, a.deadline = append(a.next, p.Next), append(a.deadline, p.Deadline)
	a.number, a.lineRevision = append(a.number, p.Number), append(a.lineRevision, p.Line.Revision)
	a.attempts, a.revision, a.body = append(a.attempts, int64(p.Attempts)), append(a.revision, int64(p.Revision)), append(a.body, p.Body)
	a.cancel = append(a.cancel, p.Cancel)
	var outcome *string
	var settled *time.Time
	var receipt []byte
	file := p.File
	if p.State == exchange.ParcelSettled {
		outcome, settled, receipt, file = (*string)(&p.Outcome), &p.SettledAt, p.Receipt, nil
	} else if file == nil {
		file = []byte{}
	}
	a.outcome, a.settled = append(a.outcome, outcome), append(a.settled, settled)
	a.receipt, a.file = append(a.receipt, receipt), append(a.file, file)
}

// flushParcels queues what was put and what was changed.
func (t *tx) flushParcels(q func(string, int, ...any)) {
	var fresh, known parcelArgs
	for _, at := range slices.SortedFunc(maps.Keys(t.parcels), compareAddresses) {
		switch p := t.parcels[at]; {
		case !p.changed:
		case p.there:
			known.add(p.Parcel)
		default:
			fresh.add(p.Parcel)
		}
	}
	if a := &fresh; len(a.id) > 0 {
		offeredTo, offeredUntil := make([]string, len(a.id)), make([]time.Time, len(a.id))
		for i := range a.id {
			offeredTo[i], offeredUntil[i] = t.s.lane(0), a.next[i].Add(offer)
		}
		q("parcels_add", len(a.id), a.sender, a.id, a.recipient, a.digest, a.issued, a.expires, a.dataset, a.purpose, a.agreement,
			a.posted, a.channel, a.epoch, a.number, a.first, a.lineRevision, a.state, a.cancel, a.attempts,
			a.next, a.deadline, a.reason, a.outcome, a.settled, a.receipt, a.revision,
			a.root, a.body, a.upload, a.file, offeredTo, offeredUntil)
	}
	if a := &known; len(a.id) > 0 {
		q("parcels_put", len(a.id), a.sender, a.id, a.recipient, a.state, a.cancel, a.attempts, a.next, a.deadline, a.reason,
			a.outcome, a.settled, a.receipt, a.revision)
	}
}

func (t *tx) parcelOf(s exchange.Sent) *parcel {
	at := addressOf(s)
	if t.parcels[at] == nil {
		t.parcels[at] = &parcel{}
	}
	return t.parcels[at]
}
