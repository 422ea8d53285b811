package nats

import (
	"bufio"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/envelope/envelopetest"
)

// Mute is a broker that knows every stream, answers each question for a message with
// what it is given, and never confirms one that is put.
func Mute(t *testing.T, message func() string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				fmt.Fprint(c, "INFO {\"server_id\":\"x\",\"version\":\"2.11.0\",\"headers\":true,\"jetstream\":true,\"max_payload\":1048576}\r\n")
				in, inbox := bufio.NewReader(c), map[string]string{}
				for {
					line, err := in.ReadString('\n')
					if err != nil {
						return
					}
					w := strings.Fields(line)
					switch {
					case len(w) == 0:
					case w[0] == "PING":
						fmt.Fprint(c, "PONG\r\n")
					case w[0] == "SUB":
						inbox[strings.TrimSuffix(w[1], "*")] = w[len(w)-1]
					case w[0] == "PUB" || w[0] == "HPUB":
						n, _ := strconv.Atoi(w[len(w)-1])
						_, _ = io.CopyN(io.Discard, in, int64(n)+2)
						answer := ""
						switch {
						case strings.HasPrefix(w[1], "$JS.API.STREAM.INFO."):
							answer = `{"type":"io.nats.jetstream.api.v1.stream_info_response","config":{"name":"x"},"state":{}}`
						case strings.HasPrefix(w[1], "$JS.API.STREAM.MSG.GET."):
							answer = message()
						}
						for prefix, sid := range inbox {
							if answer != "" && strings.HasPrefix(w[2], prefix) {
								fmt.Fprintf(c, "MSG %s %s %d\r\n%s\r\n", w[2], sid, len(answer), answer)
							}
						}
					}
				}
			}()
		}
	}()
	return "nats://" + l.Addr().String()
}

// TestALinkIsNotFollowed: the client would, to itself too, for as long as there is time.
func TestALinkIsNotFollowed(t *testing.T) {
	var asked atomic.Int64
	var bucket string
	b, err := Dial(t.Context(), Config{URLs: []string{Mute(t, func() string {
		asked.Add(1)
		link := `{"name":"x","bucket":"b","nuid":"n","options":{"link":{"bucket":"` + bucket + `","name":"d"}}}`
		return `{"message":{"subject":"x","seq":1,"time":"2024-02-15T02:00:00Z","data":"` + base64.StdEncoding.EncodeToString([]byte(link)) + `"}}`
	})}})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	n, ok := b.names(envelopetest.BadanHukum().Party)
	if !ok {
		t.Fatal("no names")
	}
	bucket = n.bodies
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err = b.download(ctx, n, "d"); err == nil || asked.Load() > 2 {
		t.Errorf("%d questions, %v", asked.Load(), err)
	}
}

// told is a message whose worker says that it is at it.
type told struct {
	jetstream.Msg
	n chan struct{}
}

func (m told) InProgress() error {
	select {
	case m.n <- struct{}{}:
	default:
	}
	return nil
}

// TestTinyAckWait: whatever the broker says of the queue, it panics nobody.
func TestTinyAckWait(t *testing.T) {
	w := &worker{cfg: WorkerConfig{AckWait: 2 * time.Nanosecond}}
	m := told{n: make(chan struct{}, 1)}
	stop := w.stays(m)
	<-m.n
	stop()
}
