package nats

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// again is after how long a sender that waits looks again: the answer that it waited
// for may have been taken by another call for the same file.
const again = 2 * time.Second

// Deliver puts an envelope file into the queue of a party, unless it lies there, and
// waits for the answer. One that came while nobody waited is taken instead, once. The
// error has [envelope.ReasonUnavailable]: it is unknown whether the file arrives.
func (b *Bus) Deliver(ctx context.Context, to envelope.Party, file io.Reader) (exchange.Reply, error) {
	n, ok := b.names(to)
	if !ok {
		return exchange.Reply{}, noParty
	}
	if ctx.Err() != nil {
		return exchange.Reply{}, ended
	}
	m, err := b.read(file)
	if err != nil {
		return exchange.Reply{}, err
	}
	return b.carry(ctx, n, m)
}

// Ask is Deliver for a signed question.
func (b *Bus) Ask(ctx context.Context, to envelope.Party, question []byte) (exchange.Reply, error) {
	n, ok := b.names(to)
	if !ok {
		return exchange.Reply{}, noParty
	}
	if ctx.Err() != nil {
		return exchange.Reply{}, ended
	}
	if len(question) > b.maxMessage() {
		return exchange.Reply{Refusal: exchange.OutwardTooLarge}, nil
	}
	sum := sha256.Sum256(question)
	return b.carry(ctx, n, &message{kind: kindQuestion, digest: hex.EncodeToString(sum[:]), data: question})
}

// A message is what is to be put into a queue.
type message struct {
	kind   string
	digest string
	data   []byte
	body   func() io.Reader // the whole file, if it is too large for data
	whole  int64            // bytes of it
}

func (m *message) size() int64 { return int64(len(m.data)) + m.whole }

func (b *Bus) maxMessage() int { return min(b.cfg.MaxMessage, int(b.conn.MaxPayload())-4096) }

// read looks at a file. A large one with a body is read again when it is put; others
// are held.
func (b *Bus) read(file io.Reader) (*message, error) {
	if large, ok := file.(exchange.File); ok && large.Size() > int64(b.maxMessage()) {
		whole := func() io.Reader { return io.NewSectionReader(large, 0, large.Size()) }
		h := sha256.New()
		if _, err := io.Copy(h, whole()); err != nil {
			return nil, badFile
		}
		return &message{kind: kindBody, digest: hex.EncodeToString(h.Sum(nil)), body: whole, whole: large.Size()}, nil
	}
	data, err := io.ReadAll(io.LimitReader(file, maxInline+1))
	switch {
	case err != nil:
		return nil, badFile
	case len(data) > maxInline:
		return nil, refuse(envelope.ReasonTooLarge, "a file without a body")
	}
	sum := sha256.Sum256(data)
	m := &message{kind: kindEnvelope, digest: hex.EncodeToString(sum[:]), data: data}
	if len(data) > b.maxMessage() {
		m.kind, m.data, m.body, m.whole = kindBody, nil, func() io.Reader { return bytes.NewReader(data) }, int64(len(data))
	}
	return m, nil
}

// carry puts a message and waits for its answer.
func (b *Bus) carry(ctx context.Context, n names, m *message) (exchange.Reply, error) {
	heard := make(chan *natsgo.Msg, 16)
	sub, err := b.conn.ChanSubscribe(n.now+m.digest, heard) // before the first look
	if err != nil {
		return exchange.Reply{}, noQueue
	}
	defer func() { _ = sub.Unsubscribe() }()
	if reply, ok := b.kept(ctx, n, m); ok {
		return reply, nil
	}
	if err := b.put(ctx, n, m); err != nil {
		return exchange.Reply{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, b.cfg.Wait+time.Duration(m.size()/slowest)*time.Second)
	defer cancel()
	look := time.NewTicker(again)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return exchange.Reply{}, silent
		case msg := <-heard:
			if reply, ok := readAnswer(msg.Header, msg.Data); ok {
				b.forget(n, sequence(msg.Header))
				return reply, nil
			}
		case <-look.C:
			if len(heard) > 0 {
				continue // what was said comes first: it may be that the queue was left
			}
			if reply, ok := b.kept(ctx, n, m); ok {
				return reply, nil
			}
			// The message that this call found in the queue may have been answered before
			// it listened.
			_ = b.put(ctx, n, m)
		}
	}
}

// slowest is the rate by which the answer to a large file is given time, in bytes a
// second.
const slowest = 1 << 20

// kept takes an answer that came while nobody waited.
func (b *Bus) kept(ctx context.Context, n names, m *message) (exchange.Reply, bool) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	answers, err := b.stream(ctx, n.answers)
	if err != nil {
		return exchange.Reply{}, false
	}
	msg, err := answers.GetLastMsgForSubject(ctx, n.answer+m.digest)
	if err != nil {
		return exchange.Reply{}, false
	}
	b.forget(n, msg.Sequence)
	return readAnswer(msg.Header, msg.Data)
}

// forget removes an answer that was taken. If that is lost, it is taken once more.
func (b *Bus) forget(n names, sequence uint64) {
	if sequence == 0 {
		return
	}
	ask := "{\"seq\":" + strconv.FormatUint(sequence, 10) + ",\"no_erase\":true}"
	_ = b.conn.PublishRequest("$JS.API.STREAM.MSG.DELETE."+n.answers, b.conn.NewRespInbox(), []byte(ask))
}

// stream returns a stream, about which the broker is asked once.
func (b *Bus) stream(ctx context.Context, name string) (jetstream.Stream, error) {
	if s, ok := b.streams.Load(name); ok {
		return s.(jetstream.Stream), nil
	}
	s, err := b.js.Stream(ctx, name)
	if err == nil {
		b.streams.Store(name, s)
	}
	return s, err
}

// put puts a message into the queue, unless it lies there.
func (b *Bus) put(ctx context.Context, n names, m *message) error {
	if m.body != nil {
		if err := b.upload(ctx, n, m); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	_, err := b.js.Publish(ctx, n.to+m.kind+"."+m.digest, m.data, jetstream.WithExpectStream(n.stream))
	if err == nil || lies(err) {
		return nil
	}
	return noQueue
}

// lies reports whether a message was refused because it lies in the queue.
func lies(err error) bool {
	api, ok := errors.AsType[*jetstream.APIError](err)
	return ok && api.ErrorCode == storeFailed && strings.Contains(api.Description, "per subject")
}

// storeFailed is the broker's code for what a stream does not take.
const storeFailed = 10077
