package http_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/http"
)

const canary = "3174012501990001"

// Nothing that a bringer writes comes back or into the log, wherever it stands.
func TestCanary(t *testing.T) {
	s := open(t, settings{handler: func(c *http.HandlerConfig) { c.Grace = 50 * time.Millisecond }})
	file := string(s.seal(strings.Replace(board, "Warga Contoh", canary, 1)).File())
	request := func(method, target, headers, body string) string {
		return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: segel.test\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n%s", method, target, len(body), headers, body)
	}
	media := "Content-Type: " + http.MediaEnvelope + "\r\n"
	tests := map[string]string{
		"in the path":            request("POST", "/"+canary, media, file),
		"in the query":           request("POST", "/envelopes?"+canary, media, file),
		"in the method":          request(canary, "/envelopes", media, file),
		"in a header":            request("POST", "/envelopes", media+"X-"+canary+": "+canary+"\r\n", file),
		"in the media type":      request("POST", "/envelopes", "Content-Type: "+canary+"\r\n", file),
		"in the coding":          request("POST", "/envelopes", media+"Content-Encoding: "+canary+"\r\n", file),
		"in usual headers":       request("POST", "/envelopes", media+"User-Agent: "+canary+"\r\nCookie: "+canary+"\r\nOrigin: "+canary+"\r\nReferer: "+canary+"\r\nX-Request-Id: "+canary+"\r\nTraceparent: "+canary+"\r\n", file),
		"in the body":            request("POST", "/envelopes", media, canary),
		"in a token":             request("POST", "/envelopes", media, "segel/1\n\x00\x01\x00\x00\x00\x10"+canary),
		"in a question":          request("POST", "/questions", "Content-Type: "+http.MediaJOSE+"\r\n", canary+"."+canary+"."+canary),
		"in the expectation":     request("POST", "/envelopes", media+"Expect: "+canary+"\r\n", file),
		"in the transfer coding": "POST /envelopes HTTP/1.1\r\nHost: segel.test\r\nTransfer-Encoding: " + canary + "\r\n\r\n",
		"in the host":            "POST /envelopes HTTP/1.1\r\nHost: " + canary + "\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
		"in two hosts":           "POST /envelopes HTTP/1.1\r\nHost: " + canary + "\r\nHost: x\r\n\r\n",
		"in the version":         "POST /envelopes HTTP/" + canary + "\r\n\r\n",
		"in a chunk":             "POST /envelopes HTTP/1.1\r\nHost: segel.test\r\nConnection: close\r\n" + media + "Transfer-Encoding: chunked\r\n\r\n1;" + canary + "\r\nx\r\n0\r\nX: " + canary + "\r\n\r\n",
		"in a bad chunk":         "POST /envelopes HTTP/1.1\r\nHost: segel.test\r\nConnection: close\r\n" + media + "Transfer-Encoding: chunked\r\n\r\n" + canary + "\r\n",
		"in the length":          "POST /envelopes HTTP/1.1\r\nHost: segel.test\r\nContent-Length: " + canary + "x\r\n\r\n",
		"in a bad header":        "POST /envelopes HTTP/1.1\r\nHost: segel.test\r\n" + canary + " : x\r\n\r\n",
		"in no HTTP at all":      canary + "\r\n\r\n",
		"in a health check":      request("GET", "/healthz", "X-Real-Ip: "+canary+"\r\n", ""),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			c := s.speak(text)
			if half, ok := c.(*net.TCPConn); ok {
				_ = half.CloseWrite()
			}
			got := heard(t, c)
			if got == "" || strings.Contains(got, canary) {
				t.Errorf("heard %q", got)
			}
		})
	}
	var handle exchange.Handler = func(context.Context, *exchange.Delivery) error { return errors.New(canary) }
	s.handle.Store(&handle)
	s.raw("POST", "/envelopes", bytes.NewReader(s.sealed().File()), nil).refused(t, 503, exchange.OutwardTryLater)
	handle = func(context.Context, *exchange.Delivery) error { return exchange.Reject(canary) }
	s.raw("POST", "/envelopes", bytes.NewReader(s.sealed().File()), nil)
	if log := s.log.String(); strings.Contains(log, canary) || !strings.Contains(log, "reason=malformed") || !strings.Contains(log, "reason=rejected") {
		t.Error(log)
	}
}

// What a stranger can cause in any number is not worth a line to an operator;
// trouble of our own is, and not for each stranger.
func TestLevels(t *testing.T) {
	s := open(t, settings{})
	for range 20 {
		s.raw("POST", "/envelopes", strings.NewReader("x"), nil)
	}
	if strings.Contains(s.log.String(), "level=INFO") || strings.Contains(s.log.String(), "level=WARN") {
		t.Error(s.log.String())
	}
	sealed := s.sealed()
	s.accepted(sealed)
	m := sealed.Manifest()
	if log := s.log.String(); strings.Count(log, "level=INFO") != 1 || !strings.Contains(log, m.ID) || !strings.Contains(log, "outcome=accepted") {
		t.Error(log)
	}
	s.Clock.Move(-time.Hour) // the clock stepped back: nothing is accepted
	for range 20 {
		s.raw("POST", "/envelopes", bytes.NewReader(sealed.File()), nil).refused(t, 503, exchange.OutwardTryLater)
	}
	if n := strings.Count(s.log.String(), "level=WARN"); n < 1 || n > 5 {
		t.Errorf("%d warnings for twenty strangers", n)
	}
}

// Errors of a client say what happened in words of ours.
func TestClientCanary(t *testing.T) {
	l := listen(t)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(time.Second))
			_, _ = io.ReadFull(c, make([]byte, 64))
			_, _ = io.WriteString(c, canary+"\r\n\r\n")
			c.Close()
		}
	}()
	c, _ := dial(t, "http://"+l.Addr().String()+"/"+canary, nil)
	_, err := c.Deliver(context.Background(), ahu.Party, strings.NewReader(canary))
	if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), canary) {
		t.Errorf("got %v", err)
	}
}
