package memorandum

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
)

// ID is the id of the agreement of every story.
const ID = "PKS-CONTOH"

// A Story is the agencies of a memorandum and their programs. It is for one
// goroutine.
type Story struct {
	// World has the clock, which stands, the directory and the wire.
	World *exchangetest.World

	out         io.Writer
	lang        string
	agencies    map[envelope.Party]envelopetest.Agency
	dispatchers map[envelope.Party]*exchange.Dispatcher
	told        map[exchange.Sent]bool // whose receipt was told
}

func newStory(out io.Writer, lang string) *Story {
	return &Story{
		World: exchangetest.NewWorld(), out: out, lang: lang, agencies: map[envelope.Party]envelopetest.Agency{},
		dispatchers: map[envelope.Party]*exchange.Dispatcher{}, told: map[exchange.Sent]bool{},
	}
}

// Sign gives each party of the grants keys, has all of them sign one agreement of
// these grants and nothing else, and the registrar sign a directory with the keys
// and the agreement.
func (s *Story) Sign(grants ...agreement.Grant) error {
	from := s.World.Clock.Now().Add(-24 * time.Hour).Truncate(time.Second)
	until := from.AddDate(1, 0, 0)
	draft := trust.Draft{Version: 1, IssuedAt: from, Expires: until}
	var parties []envelope.Party
	for _, g := range grants {
		for _, p := range []envelope.Party{g.From, g.To} {
			if !slices.Contains(parties, p) {
				parties = append(parties, p)
			}
		}
	}
	for _, p := range parties {
		signing, err1 := envelope.GenerateKey(envelope.ES256)
		encryption, err2 := envelope.GenerateKey(envelope.ECDHES)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		s.agencies[p] = envelopetest.Agency{Party: p, Signing: signing, Encryption: encryption}

		// The party proves that it has these keys, and the registrar admits them.
		proof, err := trust.NewPublicSet(p, s.agencies[p].Keys(), from)
		if err != nil {
			return err
		}
		set, err := trust.ParsePublicSet(proof)
		if err != nil {
			return err
		}
		draft.Parties = append(draft.Parties, trust.Party{ID: p, Keys: set.Keys(from, until, until)})
	}
	file, err := json.Marshal(map[string]any{
		"id": ID, "title": "Perjanjian contoh", "parties": parties, "grants": grants,
		"validFrom": from.Format(time.RFC3339), "validUntil": until.Format(time.RFC3339),
	})
	for _, p := range parties {
		if err == nil {
			file, err = agreement.Sign(file, p, s.agencies[p].Signing)
		}
	}
	if err != nil {
		return err
	}
	draft.Agreements = [][]byte{file}
	signed, err := trust.Sign(draft, envelopetest.Anchor().Signing)
	if err != nil {
		return err
	}
	s.World.Directory, err = trust.Open(signed, exchangetest.Anchors(), s.World.Clock.Now())
	return err
}

// Key is the key with which a party signs.
func (s *Story) Key(of envelope.Party) *envelope.PrivateKey { return s.agencies[of].Signing }

// Receive has a party's program receive what is for a purpose, in place of what
// it had before: it has one receiver for each purpose, here one at a time. The
// receiver is for whoever carries without the wire.
func (s *Story) Receive(as envelope.Party, code purpose.Code, handle exchange.Handler) *exchange.Receiver {
	return s.World.Receiver(s.agencies[as], code, handle)
}

// Outbox returns what a party has to send, and has sent.
func (s *Story) Outbox(of envelope.Party) exchange.Outbox { return s.World.Outbox(s.agencies[of]) }

// Dispatcher returns the one with which a party sends.
func (s *Story) Dispatcher(of envelope.Party) *exchange.Dispatcher {
	if s.dispatchers[of] == nil {
		s.dispatchers[of] = s.World.Dispatcher(s.agencies[of])
	}
	return s.dispatchers[of]
}

// Shipment is what is to be sealed: lines of NDJSON, under the story's agreement.
func Shipment(dataset string, code purpose.Code, records string, to ...envelope.Party) exchange.Shipment {
	return exchange.Shipment{
		Request: exchange.Request{Dataset: dataset, Purpose: code, Agreement: ID, To: to},
		Records: schema.NDJSON(strings.NewReader(records)),
	}
}

// Carry has a party's dispatcher carry what its outbox holds, and tells the
// receipts that come back. A program calls [exchange.Dispatcher.Run] once instead,
// and forgets it. It is an error if something is not answered.
func (s *Story) Carry(ctx context.Context, from envelope.Party) error {
	if _, err := s.Dispatcher(from).Step(ctx); err != nil {
		return err
	}
	open, err := s.Receipts(ctx, from)
	if err == nil && len(open) > 0 {
		err = fmt.Errorf("%s has not answered: %s", open[0].Recipient, open[0].Reason)
	}
	return err
}

// Receipts tells the receipts that have come to a party since it was asked last, and
// returns what has none.
func (s *Story) Receipts(ctx context.Context, to envelope.Party) (open []exchange.Parcel, err error) {
	parcels, err := s.Outbox(to).Parcels(ctx, exchange.Sent{}, 100)
	if err != nil {
		return nil, err
	}
	for _, p := range parcels {
		claims, settled := p.Claims()
		switch {
		case !settled:
			open = append(open, p)
			continue
		case s.told[p.Sent]:
			continue
		case claims.Outcome == exchange.OutcomeAccepted:
			s.Say("  ✓ %s menerima, dengan tanda terima yang ditandatangani.", "  ✓ %s accepts, by a signed receipt.", claims.Issuer)
		default:
			s.Say("  ✗ %s menolak untuk seterusnya (%s %s).", "  ✗ %s refuses for good (%s %s).", claims.Issuer, claims.Reason, claims.Code)
		}
		s.told[p.Sent] = true
	}
	return open, nil
}
