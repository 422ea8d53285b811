package exchangetest

import (
	"context"
	"fmt"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
)

// FirstReceipt stands, in a store that [Remember] has filled, for the receipt of
// an earlier settlement.
const FirstReceipt = "the first receipt"

// Remember puts into a store what it has seen before a test vector is brought to
// its receiver: the lines "seen" of the vector, as of half an hour before.
func Remember(ctx context.Context, store exchange.Store, v *envelopetest.Vector) error {
	for _, line := range v.Seen {
		s, err := envelopetest.ParseSeen(line)
		if err != nil {
			return err
		}
		if err := remember(ctx, store, s, v.At.Add(-30*time.Minute)); err != nil {
			return fmt.Errorf("%s: %w", s.State, err)
		}
	}
	return nil
}

func remember(ctx context.Context, store exchange.Store, s envelopetest.Seen, at time.Time) error {
	switch s.State {
	case "clock":
		return store.Raise(ctx, exchange.Marks{Clock: s.Time})
	case "directory":
		return store.Raise(ctx, exchange.Marks{Directory: s.Version, DirectoryDigest: s.Digest})
	case "cancelled":
		_, err := store.Tombstone(ctx, admission(s, at), exchange.Settlement{
			Outcome: exchange.OutcomeCancelled, Reason: envelope.ReasonCancelled, At: at, Receipt: []byte(FirstReceipt),
		}, at)
		return err
	}
	claim, err := store.Claim(ctx, admission(s, at), at, exchange.MaxLease)
	switch {
	case err != nil:
		return err
	case s.State == "admitted":
		return store.Release(ctx, claim)
	case s.State == "settled":
		return store.Settle(ctx, claim, exchange.Settlement{Outcome: exchange.OutcomeAccepted, At: at, Receipt: []byte(FirstReceipt)})
	}
	return nil
}

// admission is the row of what was seen, in the channel of the vectors.
func admission(s envelopetest.Seen, at time.Time) exchange.Admission {
	line := exchange.Line{First: s.ID}
	if s.First != "" {
		line = exchange.Line{First: s.First, Revision: s.Revision}
	}
	return exchange.Admission{
		Key: exchange.Key{Sender: s.Sender, ID: s.ID}, Digest: s.Digest, AdmittedAt: at, Directory: 1,
		KeepUntil: at.AddDate(1, 0, 0), LineUntil: at.AddDate(1, 0, 0), Line: line, Quota: 10,
		Place: exchange.Place{Channel: exchange.ChannelOf(s.Sender, "kominfo/jaringan-tps", []envelope.Party{"kpu/sirekap"})},
	}
}
