package nats_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/transport/nats"
)

// nothing is a mute broker without a message.
func nothing(t *testing.T) string {
	return nats.Mute(t, func() string {
		return `{"error":{"code":404,"err_code":10037,"description":"no message found"}}`
	})
}

// TestGivenUpInABody: whoever gives up in the middle of a body, or closes the bus, is
// let go soon, however much time there would be and whether or not the broker says
// anything more.
func TestGivenUpInABody(t *testing.T) {
	for name, ends := range map[string]func(bus *nats.Bus, cancel func()){
		"the context is cancelled": func(_ *nats.Bus, cancel func()) { cancel() },
		"the bus is closed":        func(bus *nats.Bus, _ func()) { bus.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			bus := dial(t, func(c *nats.Config) { c.URLs = []string{nothing(t)} })
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			var passed int64
			file := cutAt{bytes.Repeat([]byte("x"), 4<<20), func(n int64) {
				if passed += n; passed > 6<<20 { // the first pass takes the digest
					ends(bus, cancel)
				}
			}}
			ended := make(chan error, 1)
			go func() {
				_, err := bus.Deliver(ctx, ahu.Party, fileOf(file, 4<<20))
				ended <- err
			}()
			select {
			case err := <-ended:
				if envelope.ReasonOf(err) != envelope.ReasonUnavailable {
					t.Errorf("got %v", err)
				}
			case <-time.After(time.Minute):
				t.Fatal("it goes on")
			}
		})
	}
}
