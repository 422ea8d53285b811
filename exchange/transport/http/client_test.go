package http_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/exchange/trust"
)

// peer answers every request by one function, and counts.
func peer(t *testing.T, answer func(w nethttp.ResponseWriter, r *nethttp.Request)) (url string, count *atomic.Int64) {
	t.Helper()
	count = &atomic.Int64{}
	s := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		count.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, count
}

func problem(word string, status int) string {
	return fmt.Sprintf(`{"type":"%s%s","title":"x","status":%d}`, http.ProblemBase, word, status)
}

// says answers with a status, a media type and a text.
func says(status int, media, text string, header ...string) func(nethttp.ResponseWriter, *nethttp.Request) {
	return func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Type", media)
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func deliver(c *http.Client) (exchange.Reply, error) {
	return c.Deliver(context.Background(), ahu.Party, strings.NewReader("segel/1\n"))
}

// Only what may be sent again is.
func TestRetries(t *testing.T) {
	hangup := func(nethttp.ResponseWriter, *nethttp.Request) { panic(nethttp.ErrAbortHandler) }
	const nobody = "the answer is not one of ours"
	tests := []struct {
		name   string
		answer func(nethttp.ResponseWriter, *nethttp.Request)
		again  bool
		want   exchange.Outward // "": an error that ends with err
		err    string
	}{
		{"malformed", says(400, http.MediaProblem, problem("malformed", 400)), false, exchange.OutwardMalformed, ""},
		{"cannot open", says(422, http.MediaProblem, problem("cannot_open", 422)), false, exchange.OutwardCannotOpen, ""},
		{"too large", says(413, http.MediaProblem, problem("too_large", 413)), false, exchange.OutwardTooLarge, ""},
		{"try later", says(503, http.MediaProblem, problem("try_later", 503)), true, exchange.OutwardTryLater, ""},
		{"too many", says(429, http.MediaProblem, problem("try_later", 429)), true, exchange.OutwardTryLater, ""},
		{"a proxy's error page", says(502, "text/html", "<html>"), true, "", nobody},
		{"a proxy's 400", says(400, "text/html", "<html>"), true, "", nobody},
		{"a firewall's 403", says(403, "text/html", "<html>"), true, "", nobody},
		{"a word with another's status", says(400, http.MediaProblem, problem("too_large", 413)), true, "", nobody},
		{"another's problem", says(400, http.MediaProblem, `{"type":"about:blank"}`), true, "", nobody},
		{"no content", says(204, "", ""), true, "", nobody},
		{"a receipt that is none", says(200, http.MediaJOSE, "a.b.c"), true, "", nobody},
		{"a receipt of another type", says(200, "text/plain", "a.b.c.d.e"), true, "", nobody},
		{"a receipt that is packed", says(200, http.MediaJOSE, "a.b.c.d.e", "Content-Encoding", "gzip"), true, "", nobody},
		{"another path", says(404, "text/plain", "x"), true, "", "nothing of ours answers at the endpoint"},
		{"a hang-up", hangup, true, "", "no answer came"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			url, count := peer(t, tt.answer)
			c, pauses := dial(t, url, nil)
			defer c.Close()
			reply, err := deliver(c)
			if reply.Refusal != tt.want || reply.Receipt != nil || tt.want == "" && (envelope.ReasonOf(err) != envelope.ReasonUnavailable || !strings.HasSuffix(err.Error(), tt.err)) {
				t.Errorf("%q, %v", reply.Refusal, err)
			}
			p := pauses()
			if tt.again == (len(p) == 0) || count.Load() != int64(len(p)+1) {
				t.Errorf("%d requests with pauses %v", count.Load(), p)
			}
			var total time.Duration
			for i, d := range p {
				base := min(500*time.Millisecond<<i, 30*time.Second)
				if d < base/2 || d > base*3/2 {
					t.Errorf("pause %d is %s, want %s give or take half", i+1, d, base)
				}
				total += d
			}
			if total > http.DefaultMaxElapsed {
				t.Errorf("pauses of %s", total)
			}
			once, pauses := dial(t, url, func(c *http.ClientConfig) { c.Once = true })
			defer once.Close()
			count.Store(0)
			if _, _ = deliver(once); count.Load() != 1 || len(pauses()) != 0 {
				t.Errorf("once is %d times, after %v", count.Load(), pauses())
			}
		})
	}
}

func TestRetrySucceeds(t *testing.T) {
	var n atomic.Int64
	url, count := peer(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		switch n.Add(1) {
		case 1:
			panic(nethttp.ErrAbortHandler)
		case 2:
			says(503, http.MediaProblem, problem("try_later", 503), "Retry-After", "3")(w, r)
		case 3:
			says(503, "text/html", "a proxy", "Retry-After", "4")(w, r)
		default:
			says(200, http.MediaJOSE, "a.b.c.d.e")(w, r)
		}
	})
	c, pauses := dial(t, url, nil)
	defer c.Close()
	reply, err := deliver(c)
	if err != nil || string(reply.Receipt) != "a.b.c.d.e" || reply.Refusal != "" || count.Load() != 4 {
		t.Errorf("%v, %v after %d", reply, err, count.Load())
	}
	if p := pauses(); len(p) != 3 || p[0] > time.Second || p[1] < 3*time.Second || p[1] == 3*time.Second || p[2] < 4*time.Second {
		t.Errorf("pauses %v", p)
	}
}

func TestRetryAfterTooLong(t *testing.T) {
	for after, requests := range map[string]int64{"3600": 1, "Fri, 31 Dec 9999 23:59:59 GMT": 1, "59": 1, "20": 3} {
		url, count := peer(t, says(503, http.MediaProblem, problem("try_later", 503), "Retry-After", after))
		c, _ := dial(t, url, nil)
		reply, err := deliver(c)
		// 59 s may fit once with the least jitter.
		if n := count.Load(); err != nil || reply.Refusal != exchange.OutwardTryLater || n != requests && (after != "59" || n != 2) {
			t.Errorf("after %s: %q, %v, %d requests", after, reply.Refusal, err, n)
		}
		c.Close()
	}
}

// What the peer asks for reaches a caller who tries again by himself.
func TestRetryAfterIsHandedOn(t *testing.T) {
	for name, answer := range map[string]func(nethttp.ResponseWriter, *nethttp.Request){
		"the peer":            says(429, http.MediaProblem, problem("try_later", 429), "Retry-After", "7"),
		"a proxy on the way":  says(503, "text/html", "x", "Retry-After", "7"),
		"not with a refusal":  says(422, http.MediaProblem, problem("cannot_open", 422), "Retry-After", "7"),
		"and not a receipt's": says(200, http.MediaJOSE, "a.b.c.d.e", "Retry-After", "7"),
	} {
		url, _ := peer(t, answer)
		c, _ := dial(t, url, func(c *http.ClientConfig) { c.Once = true })
		want := 7 * time.Second
		if strings.Contains(name, "not") {
			want = 0
		}
		if reply, _ := deliver(c); reply.RetryAfter != want {
			t.Errorf("%s: %s, want %s", name, reply.RetryAfter, want)
		}
		c.Close()
	}
}

// A caller who gives up during a pause does not wait for its end.
func TestPauseEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	url, count := peer(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		says(503, http.MediaProblem, problem("try_later", 503), "Retry-After", "30")(w, r)
		time.AfterFunc(20*time.Millisecond, cancel)
	})
	c, err := http.NewClient(http.ClientConfig{Endpoints: func(envelope.Party) []string { return []string{url} }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	begun := time.Now()
	if _, err := c.Deliver(ctx, ahu.Party, strings.NewReader("x")); envelope.ReasonOf(err) == envelope.ReasonMisuse || time.Since(begun) > 10*time.Second || count.Load() != 1 {
		t.Errorf("%v after %s and %d requests", err, time.Since(begun), count.Load())
	}
}

func TestRedirectsAreRefused(t *testing.T) {
	elsewhere, there := peer(t, says(200, http.MediaJOSE, "a.b.c.d.e"))
	for _, status := range []int{301, 302, 303, 307, 308} {
		url, count := peer(t, says(status, "text/plain", "x", "Location", elsewhere+"/envelopes"))
		c, _ := dial(t, url, nil)
		if reply, err := deliver(c); err == nil || !strings.HasSuffix(err.Error(), "not followed") || count.Load() != 1 {
			t.Errorf("%d: %v, %v, %d requests", status, reply, err, count.Load())
		}
		c.Close()
	}
	if n := there.Load(); n != 0 {
		t.Errorf("%d requests went where the peer said", n)
	}
}

// An answer without end costs a bounded read.
func TestHugeAnswers(t *testing.T) {
	for name, header := range map[string]nethttp.Header{
		"a receipt": {"Content-Type": {http.MediaJOSE}},
		"a length":  {"Content-Type": {http.MediaJOSE}, "Content-Length": {"1000000000000"}},
	} {
		t.Run(name, func(t *testing.T) {
			written := make(chan int, 1)
			url, _ := peer(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
				for k, v := range header {
					w.Header()[k] = v
				}
				total := 0
				for block := []byte(strings.Repeat("a", 64<<10)); total < 1<<30; {
					n, err := w.Write(block)
					if total += n; err != nil {
						break
					}
				}
				written <- total
			})
			c, _ := dial(t, url, func(c *http.ClientConfig) { c.Once = true })
			defer c.Close()
			if reply, err := deliver(c); err == nil {
				t.Errorf("%v", reply)
			}
			if n := <-written; n > 64<<20 { // what the buffers of the system hold
				t.Errorf("%d bytes went out", n)
			}
		})
	}
}

func TestLimitOfAnAnswersHeader(t *testing.T) {
	for size, reason := range map[int]envelope.Reason{8 << 10: "", 17 << 10: envelope.ReasonUnavailable} {
		url, _ := peer(t, says(200, http.MediaJOSE, "a.b.c.d.e", "X-Long", strings.Repeat("a", size)))
		c, _ := dial(t, url, func(c *http.ClientConfig) { c.Once = true })
		if _, err := deliver(c); envelope.ReasonOf(err) != reason {
			t.Errorf("%d bytes: %v", size, err)
		}
		c.Close()
	}
}

func TestAnswerThatNeverComes(t *testing.T) {
	gate := make(chan struct{})
	url, _ := peer(t, func(nethttp.ResponseWriter, *nethttp.Request) { <-gate })
	defer close(gate)
	c, _ := dial(t, url, func(c *http.ClientConfig) { c.Once, c.Timeout = true, 30*time.Millisecond })
	defer c.Close()
	begun := time.Now()
	if _, err := deliver(c); envelope.ReasonOf(err) != envelope.ReasonUnavailable || time.Since(begun) > 10*time.Second {
		t.Errorf("%v after %s", err, time.Since(begun))
	}
}

func TestEndpoints(t *testing.T) {
	up, first := peer(t, says(200, http.MediaJOSE, "a.b.c.d.e"))
	next, second := peer(t, says(200, http.MediaJOSE, "f.g.h.i.j"))
	down := listen(t)
	gone := "http://" + down.Addr().String()
	down.Close()
	tests := []struct {
		name      string
		endpoints []string
		receipt   string
		want      envelope.Reason
	}{
		{"the first one answers", []string{up, next}, "a.b.c.d.e", ""},
		{"the first one is down", []string{gone, next, up}, "f.g.h.i.j", ""},
		{"a path and a slash", []string{up + "/v1/"}, "a.b.c.d.e", ""},
		{"none", nil, "", envelope.ReasonUnavailable},
		{"down", []string{gone}, "", envelope.ReasonUnavailable},
		{"no URL", []string{"segel"}, "", envelope.ReasonMisuse},
		{"an empty text", []string{""}, "", envelope.ReasonMisuse},
		{"http to a name", []string{"http://localhost:1"}, "", envelope.ReasonMisuse},
		{"http to an address", []string{"http://192.0.2.1"}, "", envelope.ReasonMisuse},
		{"http to what looks like loopback", []string{"http://127.0.0.1.example:1"}, "", envelope.ReasonMisuse},
		{"a good one beside a bad one", []string{up, "http://192.0.2.1"}, "", envelope.ReasonMisuse},
		{"another scheme", []string{"ftp://127.0.0.1"}, "", envelope.ReasonMisuse},
		{"a file", []string{"file:///etc/hosts"}, "", envelope.ReasonMisuse},
		{"a user", []string{strings.Replace(up, "//", "//kpu:rahasia@", 1)}, "", envelope.ReasonMisuse},
		{"a query", []string{up + "?x=1"}, "", envelope.ReasonMisuse},
		{"an empty query", []string{up + "?"}, "", envelope.ReasonMisuse},
		{"a fragment", []string{up + "#x"}, "", envelope.ReasonMisuse},
		{"no host", []string{"https:///v1"}, "", envelope.ReasonMisuse},
		{"a port without a host", []string{"https://:443"}, "", envelope.ReasonMisuse},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			first.Store(0)
			second.Store(0)
			c, _ := dial(t, "", func(c *http.ClientConfig) {
				c.Once = true
				c.Endpoints = func(envelope.Party) []string { return tt.endpoints }
			})
			defer c.Close()
			reply, err := deliver(c)
			if string(reply.Receipt) != tt.receipt || envelope.ReasonOf(err) != tt.want {
				t.Errorf("%q, %v", reply.Receipt, err)
			}
			if n := first.Load() + second.Load(); tt.receipt == "" && n != 0 || tt.receipt != "" && n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestPlainHTTPOnPurpose(t *testing.T) {
	url, _ := peer(t, says(200, http.MediaJOSE, "a.b.c.d.e"))
	name := strings.Replace(url, "127.0.0.1", "localhost", 1)
	c, _ := dial(t, name, func(c *http.ClientConfig) { c.PlainHTTPUnsafe = true })
	defer c.Close()
	if _, err := deliver(c); err != nil {
		t.Error(err)
	}
}

func TestFromDirectory(t *testing.T) {
	w := exchangetest.NewWorld()
	draft := w.Draft(exchangetest.Grants(w.Definitions))
	want := []string{"https://segel.example.go.id/v1", "https://segel.example.id"}
	for i := range draft.Parties {
		if draft.Parties[i].ID == ahu.Party {
			draft.Parties[i].Endpoints = want
		}
	}
	draft.Agreements = nil
	file, err := trust.Sign(draft, anchor.Signing)
	if err != nil {
		t.Fatal(err)
	}
	d, err := trust.Open(file, exchangetest.Anchors(), w.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	current := d
	endpoints := http.FromDirectory(func() *trust.Directory { return current })
	if got := endpoints(ahu.Party); len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %v", got)
	}
	if got := endpoints(sipol.Party); len(got) != 0 {
		t.Errorf("a party without endpoints: %v", got)
	}
	if got := endpoints("nobody/here"); len(got) != 0 {
		t.Errorf("a party that is not listed: %v", got)
	}
	if current = nil; len(endpoints(ahu.Party)) != 0 {
		t.Error("no directory has endpoints")
	}
}

func TestClientConfig(t *testing.T) {
	somewhere := func(envelope.Party) []string { return nil }
	for name, cfg := range map[string]http.ClientConfig{
		"no endpoints":          {},
		"TLS without verifying": {Endpoints: somewhere, TLS: &tls.Config{InsecureSkipVerify: true}},
		"negative MaxFile":      {Endpoints: somewhere, MaxFile: -1},
		"negative Timeout":      {Endpoints: somewhere, Timeout: -1},
		"negative MinRate":      {Endpoints: somewhere, MinRate: -1},
		"negative MaxElapsed":   {Endpoints: somewhere, MaxElapsed: -1},
	} {
		if c, err := http.NewClient(cfg); c != nil || envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, err := http.NewClient(http.ClientConfig{Endpoints: somewhere})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Deliver(context.Background(), ahu.Party, nil); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("no file: %v", err)
	}
}

// No proxy but the one that is asked for, and no cookie is kept.
func TestProxyAndCookies(t *testing.T) {
	target := make(chan string, 4)
	proxy, _ := peer(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		target <- r.URL.Host + r.Header.Get("Cookie")
		says(200, http.MediaJOSE, "a.b.c.d.e", "Set-Cookie", "a=b; Path=/")(w, r)
	})
	t.Setenv("HTTP_PROXY", proxy)
	t.Setenv("http_proxy", proxy)
	plain := func(c *http.ClientConfig) { c.Once, c.PlainHTTPUnsafe = true, true }
	c, _ := dial(t, "http://segel.invalid", plain)
	if _, err := deliver(c); err == nil || len(target) != 0 {
		t.Errorf("the environment's proxy was asked: %v", err)
	}
	asked, _ := dial(t, "http://segel.invalid", func(c *http.ClientConfig) {
		plain(c)
		c.Proxy = func(*nethttp.Request) (*url.URL, error) { return url.Parse(proxy) }
	})
	defer asked.Close()
	for range 2 {
		if _, err := deliver(asked); err != nil {
			t.Fatal(err)
		}
		if got := <-target; got != "segel.invalid" {
			t.Errorf("the proxy was asked for %q", got)
		}
	}
}
