package nats

import (
	"bytes"
	"strconv"
	"time"

	natsgo "github.com/nats-io/nats.go"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/limits"
)

const (
	answerHeader = "Segel-Answer"
	afterHeader  = "Segel-Retry-After"
	placeHeader  = "Segel-Sequence" // of the answer, where it is kept

	answerReceipt = "receipt"
	answerRefusal = "refusal"
)

// writeAnswer returns the message that says a reply.
func writeAnswer(subject string, reply exchange.Reply) *natsgo.Msg {
	m := natsgo.NewMsg(subject)
	if reply.Receipt != nil {
		m.Header.Set(answerHeader, answerReceipt)
		m.Data = reply.Receipt
		return m
	}
	m.Header.Set(answerHeader, answerRefusal)
	if reply.RetryAfter > 0 {
		m.Header.Set(afterHeader, strconv.Itoa(int(reply.RetryAfter/time.Second)))
	}
	m.Data = []byte(reply.Refusal)
	return m
}

// readAnswer reads what writeAnswer has written; false for anything else. What a
// receipt says, and whether it is one, is for the sender to find.
func readAnswer(header natsgo.Header, data []byte) (reply exchange.Reply, ok bool) {
	if len(header[answerHeader]) != 1 || len(data) == 0 || len(data) > limits.Statement {
		return reply, false
	}
	switch header[answerHeader][0] {
	case answerReceipt:
		return exchange.Reply{Receipt: bytes.Clone(data)}, true
	case answerRefusal:
		reply.Refusal = exchange.Outward(data)
		switch reply.Refusal {
		case exchange.OutwardMalformed, exchange.OutwardCannotOpen, exchange.OutwardTooLarge:
			return reply, true
		case exchange.OutwardTryLater:
			if after := header[afterHeader]; len(after) == 1 {
				if n, err := strconv.ParseUint(after[0], 10, 31); err == nil {
					reply.RetryAfter = time.Duration(n) * time.Second
				}
			}
			return reply, true
		}
	}
	return exchange.Reply{}, false
}

// sequence is where an answer is kept; 0: it is not.
func sequence(header natsgo.Header) uint64 {
	n, err := strconv.ParseUint(header.Get(placeHeader), 10, 64)
	if err != nil {
		return 0
	}
	return n
}
