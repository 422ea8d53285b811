package nats

import (
	"context"
	"errors"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/limits"
)

const (
	consumerName = "segel"
	// keepQueued is how long an envelope can be of use: its longest life, and as long
	// as a dispatcher waits for what was admitted in time.
	keepQueued = limits.Lifetime + 7*24*time.Hour
	// keepAnswers is how long an answer waits for its sender, who can ask again.
	keepAnswers = 7 * 24 * time.Hour
)

var natsTimeout = natsgo.ErrTimeout

// provide makes what is missing at the broker, and returns the queue.
func (b *Bus) provide(ctx context.Context, n names, cfg *WorkerConfig) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*apiTimeout)
	defer cancel()
	queue, err := b.find(ctx, jetstream.StreamConfig{
		Name: n.stream, Subjects: []string{n.to + ">"}, Retention: jetstream.WorkQueuePolicy,
		Discard: jetstream.DiscardNew, DiscardNewPerSubject: true, MaxMsgsPerSubject: 1,
		MaxAge: keepQueued, MaxBytes: cfg.MaxBytes, MaxMsgs: -1, MaxConsumers: -1, Storage: jetstream.FileStorage, Replicas: cfg.Replicas,
	})
	if err != nil {
		return nil, err
	}
	if _, err := b.find(ctx, jetstream.StreamConfig{
		Name: n.answers, Subjects: []string{n.answer + ">"}, Retention: jetstream.LimitsPolicy,
		Discard: jetstream.DiscardOld, MaxMsgsPerSubject: 1,
		MaxAge: keepAnswers, MaxBytes: cfg.MaxBytes, MaxMsgs: -1, MaxConsumers: -1, Storage: jetstream.FileStorage, Replicas: cfg.Replicas,
		AllowDirect: true,
	}); err != nil {
		return nil, err
	}
	_, err = b.js.ObjectStore(ctx, n.bodies)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		_, err = b.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket: n.bodies, TTL: keepQueued, MaxBytes: cfg.MaxBytes, Storage: jetstream.FileStorage, Replicas: cfg.Replicas,
		})
	}
	if err != nil {
		return nil, broker
	}
	return b.consumer(ctx, queue, cfg)
}

var broker = refuse(envelope.ReasonUnavailable, "the broker cannot provide what the party needs")

// find returns a stream, and makes it if it is missing. One that an operator has made
// otherwise is left alone, if it does what is needed.
func (b *Bus) find(ctx context.Context, want jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := b.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		if s, err = b.js.CreateStream(ctx, want); errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			s, err = b.js.Stream(ctx, want.Name) // another worker was first
		}
	}
	if err != nil {
		return nil, broker
	}
	has := s.CachedInfo().Config
	if len(has.Subjects) != 1 || has.Subjects[0] != want.Subjects[0] || has.Retention != want.Retention || has.MaxMsgsPerSubject != 1 ||
		has.Discard != want.Discard || has.DiscardNewPerSubject != want.DiscardNewPerSubject || has.NoAck || has.Sealed || has.DenyDelete {
		return nil, refuse(envelope.ReasonConflict, "a stream of the party's at the broker is not what it should be")
	}
	return s, nil
}

// consumer returns the durable consumer from which all workers take.
func (b *Bus) consumer(ctx context.Context, queue jetstream.Stream, cfg *WorkerConfig) (jetstream.Consumer, error) {
	c, err := queue.Consumer(ctx, consumerName)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		// Attempts are counted by the workers: a message that the broker gives up on by
		// itself would lie in the queue for ever.
		c, err = queue.CreateOrUpdateConsumer(ctx, jetstream.ConsumerConfig{
			Durable: consumerName, AckPolicy: jetstream.AckExplicitPolicy, AckWait: cfg.AckWait, MaxDeliver: -1, MaxAckPending: -1,
			DeliverPolicy: jetstream.DeliverAllPolicy, ReplayPolicy: jetstream.ReplayInstantPolicy,
		})
	}
	if err != nil {
		return nil, broker
	}
	if !serves(c.CachedInfo().Config) {
		return nil, refuse(envelope.ReasonConflict, "the consumer of the party's queue at the broker is not what it should be")
	}
	return c, nil
}

// serves reports whether a consumer gives every message, whole, until it is
// acknowledged. One that counts attempts by itself would leave a message in the queue
// for good, and no other one with its subject gets in; where few may be under way, those
// that wait to be tried again keep out all others.
func serves(has jetstream.ConsumerConfig) bool {
	return has.AckPolicy == jetstream.AckExplicitPolicy && has.DeliverPolicy == jetstream.DeliverAllPolicy &&
		has.MaxDeliver <= 0 && has.MaxAckPending <= 0 &&
		has.FilterSubject == "" && len(has.FilterSubjects) == 0 && !has.HeadersOnly &&
		(has.MaxRequestExpires == 0 || has.MaxRequestExpires >= idle)
}
