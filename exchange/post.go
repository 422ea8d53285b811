package exchange

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
)

// ErrPosted is what [Dispatcher.Send] returns if the outbox has an envelope with
// the shipment's id already: there is nothing left to do.
var ErrPosted = errors.New("exchange: posted before")

// Send seals a shipment, as [Sender.Seal] does, with the next number in its
// channel, and posts it, as [Dispatcher.Post] does. When it has returned without
// an error, the envelope survives a crash of the machine and will be carried.
//
// An application that must send something once, whatever happens to it, makes the
// id ([envelope.NewID]), keeps it with what is to be sent, and calls Send with it
// until that returns nil or [ErrPosted]. What was posted first stands, whatever
// the later calls bring and whoever they are for. That holds as long as the outbox
// has a parcel of it: after a [Outbox] Purge the same id is sealed and posted anew.
//
// If another error comes with an envelope, it is not known whether that one was
// posted: Post it again, or Send with the same id. Else nothing was posted.
func (d *Dispatcher) Send(ctx context.Context, shipment Shipment) (*envelope.Sealed, *schema.Report, error) {
	if shipment.ID != "" {
		// All parcels of an envelope are put together: one stands for all, whoever
		// its recipient is.
		key := Key{d.sender.cfg.Party, shipment.ID}
		switch known, err := d.box.Parcels(ctx, Sent{Key: key}, 1); {
		case err != nil:
			return nil, nil, outboxFailed
		case len(known) > 0 && known[0].Key == key:
			return nil, nil, ErrPosted
		}
	}
	sealed, report, err := d.send(ctx, shipment)
	if shipment.ID != "" && envelope.ReasonOf(err) == envelope.ReasonConflict {
		err = ErrPosted // another call was first
	}
	return sealed, report, err
}

// Reply answers a request to its sender and posts the answer; of the shipment, ID,
// To and InReplyTo are set here, and Purpose and Agreement are the request's unless
// the shipment names others, as it must when the answer's dataset is not for the
// request's purpose. It is for handlers: the answer's id follows from the request,
// so that one request is not answered by two envelopes, however often its handler
// is called, as long as the outbox has the first one's parcel ([Outbox] Purge). If
// an answer was posted before, nothing happens.
func (d *Dispatcher) Reply(ctx context.Context, request *Delivery, shipment Shipment) error {
	m := request.Proof().Manifest
	id, err := replyID(d.sender.cfg.Party, request)
	if err != nil {
		return err
	}
	shipment.ID = id
	shipment.To, shipment.InReplyTo = []envelope.Party{m.Sender}, request.Reference()
	setDefault(&shipment.Purpose, m.Purpose)
	setDefault(&shipment.Agreement, m.Agreement.ID)
	if _, _, err = d.Send(ctx, shipment); errors.Is(err, ErrPosted) {
		return nil
	}
	return err
}

// replyID returns the id of the one answer of a party to a request: a UUIDv7 (RFC
// 9562 section 5.7) with the time of the request's id, and 74 bits of a digest in
// place of random ones.
func replyID(party envelope.Party, request *Delivery) (string, error) {
	p := request.Proof()
	of, err := uuid.Parse(p.Manifest.ID)
	if err != nil {
		return "", refuse(envelope.ReasonMisuse, "the request has no id")
	}
	digest := sha256.Sum256([]byte("segel/1 reply\n" + string(party) + "\n" + p.Digest + "\n"))
	var id uuid.UUID
	copy(id[:6], of[:6])
	copy(id[6:], digest[:10])
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id.String(), nil
}

// send seals with a number and posts.
func (d *Dispatcher) send(ctx context.Context, shipment Shipment) (*envelope.Sealed, *schema.Report, error) {
	var taken struct {
		channel string
		*envelope.Sequence
	}
	hold, err := d.holdBody(ctx, &shipment)
	if err != nil {
		return nil, nil, err
	}
	defer hold.close()
	sealed, report, err := d.sender.seal(ctx, shipment, func(ctx context.Context, channel string, now time.Time) (*envelope.Sequence, error) {
		sequence, err := d.box.Number(ctx, channel, now)
		if err != nil {
			return nil, outboxFailed
		}
		taken.channel, taken.Sequence = channel, &sequence
		return &sequence, nil
	})
	if err == nil {
		err = hold.keep(sealed)
	}
	if err == nil {
		err = d.post(ctx, sealed, true)
	}
	if err == nil {
		return sealed, report, nil
	}
	if envelope.ReasonOf(err) == envelope.ReasonUnavailable && sealed != nil {
		return sealed, report, err
	}
	hold.drop()
	if taken.Sequence != nil {
		// If this fails too, the number is void when its lease ends.
		_ = d.box.Burn(context.WithoutCancel(ctx), taken.channel, taken.Epoch, taken.Number)
	}
	return nil, report, err
}

// Post puts an envelope of this sender into the outbox, one parcel for each
// recipient. When it has returned nil, they survive a crash of the machine and
// will be carried. To post the same envelope again changes nothing. The error has
// [envelope.ReasonMisuse] for another sender's envelope, or one whose body Send has
// not put into Bodies, [envelope.ReasonConflict] if its identity was posted with other content, or
// [envelope.ReasonUnavailable]: post it again.
func (d *Dispatcher) Post(ctx context.Context, sealed *envelope.Sealed) error {
	if sealed == nil {
		return refuse(envelope.ReasonMisuse, "an envelope is needed")
	}
	return d.post(ctx, sealed, false)
}

// post puts an envelope into the outbox. One that is fresh was sealed a moment ago
// and shown to nobody, so the outbox cannot have it.
func (d *Dispatcher) post(ctx context.Context, sealed *envelope.Sealed, fresh bool) (err error) {
	m := sealed.Manifest()
	if m.Sender != d.sender.cfg.Party {
		return refuse(envelope.ReasonMisuse, "another sender's envelope")
	}
	began, size := time.Now(), int64(0)
	defer func() { d.posted(ctx, began, sealed, size, err) }()
	now := d.sender.now()
	e := d.sender.policy.entry(EventSealed, m, sealed.Digest(), now)
	expires := time.Unix(m.Expires, 0).UTC()
	place := placeOf(m)
	body, err := d.bodySize(sealed)
	if err != nil {
		return err
	}
	parcels := make([]Parcel, 0, len(m.Recipients))
	for _, to := range m.Recipients {
		file, err := sealed.Delivery(to)
		if err != nil {
			return err
		}
		size += int64(len(file)) + body
		parcel := Parcel{
			Sent: SentTo(sealed, to), Expires: expires, Dataset: e.Dataset, Purpose: e.Purpose, Agreement: e.Agreement, PostedAt: now, Epoch: place.Epoch, Number: place.Number,
			State: ParcelQueued, Next: now, Deadline: expires.Add(d.cfg.Grace), File: file, Body: body,
		}
		if body > 0 {
			parcel.Upload = uploadName(sealed.CommitKey(), sealed.Digest(), to)
		}
		parcels = append(parcels, parcel)
	}
	var leaving []departure
	if fresh {
		leaving = d.reserve(parcels, now)
		defer func() { d.depart(leaving, err == nil) }()
	}
	switch err := d.box.Put(ctx, parcels...); {
	case errors.Is(err, ErrConflict):
		return refuse(envelope.ReasonConflict, "posted with other content")
	case errors.Is(err, ErrFenced):
		return refuse(envelope.ReasonExpired, "its number in the channel is void, or it was posted and purged before")
	case err != nil:
		return outboxFailed
	}
	d.put(parcels)
	return nil
}

// put has the next rounds send what was just put into the outbox and does not leave
// at once. It need not be listed, unless there is more that was put before.
func (d *Dispatcher) put(parcels []Parcel) {
	waiting := false
	d.mu.Lock()
	for _, parcel := range parcels {
		if parcel.State != ParcelQueued {
			continue
		}
		waiting = true
		p := d.peer(parcel.Recipient)
		if d.look || p.more || len(p.ready) >= fetch {
			p.more = true
			continue
		}
		parcel.File = nil
		p.ready = append(p.ready, parcel)
	}
	d.mu.Unlock()
	if waiting {
		d.nudge()
	}
}

// SetDirectory is [Sender.SetDirectory], and has the outbox remember the
// directory, so that no older one is used after a restart.
func (d *Dispatcher) SetDirectory(ctx context.Context, next *trust.Directory) error {
	return d.sender.setDirectory(ctx, next, func() error { return remember(ctx, d.box, d.sender.cfg.Party, next) })
}

// remember holds a directory and a party against what the outbox has seen, and
// has it remember both.
func remember(ctx context.Context, box Outbox, party envelope.Party, d *trust.Directory) error {
	compare := func() error {
		marks, err := box.Marks(ctx)
		switch {
		case err != nil:
			return outboxFailed
		case marks.Party != "" && marks.Party != party:
			return refuse(envelope.ReasonMisuse, "config: Outbox: another party's")
		}
		return follows(d, marks)
	}
	if err := compare(); err != nil {
		return err
	}
	if box.Raise(ctx, Marks{Directory: d.Version(), DirectoryDigest: d.Digest(), Party: party}) != nil {
		return outboxFailed
	}
	return compare() // another process may have been first
}
