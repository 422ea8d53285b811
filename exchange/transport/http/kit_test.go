package http_test

import (
	"context"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/transport/http"
)

func TestTransport(t *testing.T) {
	for name, change := range map[string]func(*http.ClientConfig){
		"once": func(c *http.ClientConfig) { c.Once = true },
		// Fewer attempts than after which a failing handler is left alone.
		"again": func(c *http.ClientConfig) { c.MaxElapsed = 20 * time.Second },
	} {
		t.Run(name, func(t *testing.T) { exchangetest.TestTransport(t, harness(change)) })
	}
}

// harness puts the line between the listener and the handler, so that both ends
// and a real connection are under test.
func harness(change func(*http.ClientConfig)) exchangetest.TransportHarness {
	return exchangetest.TransportHarness{Connect: func(t *testing.T, line *exchangetest.Line, receivers map[envelope.Party]*exchange.Receiver) exchange.Transport {
		urls := map[envelope.Party][]string{}
		quiet := &record{}
		ctx, stop := context.WithCancel(context.Background())
		served := make(chan error, len(receivers))
		for party, r := range receivers {
			h, err := http.NewHandler(http.HandlerConfig{Receiver: r, Log: quiet.logger()})
			if err != nil {
				t.Fatal(err)
			}
			l := listen(t)
			urls[party] = []string{"http://" + l.Addr().String()}
			go func() { served <- http.Serve(ctx, l, across(line, h), http.ServerConfig{Log: quiet.logger()}) }()
		}
		c, _ := dial(t, "", func(cfg *http.ClientConfig) {
			cfg.Endpoints = func(p envelope.Party) []string { return urls[p] }
			if change != nil {
				change(cfg)
			}
		})
		t.Cleanup(func() {
			c.Close()
			stop()
			for range receivers {
				if err := <-served; err != nil {
					t.Error(err)
				}
			}
		})
		return c
	}}
}

func across(line *exchangetest.Line, h nethttp.Handler) nethttp.Handler {
	return nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		message, err := io.ReadAll(r.Body)
		if err != nil {
			panic(nethttp.ErrAbortHandler)
		}
		var rec *httptest.ResponseRecorder
		answer, whole := line.Carry(message, func(in io.Reader) []byte {
			rec = httptest.NewRecorder()
			copied := r.Clone(r.Context())
			copied.Body = io.NopCloser(in)
			h.ServeHTTP(rec, copied)
			return append([]byte{}, rec.Body.Bytes()...) // an answer without a body is one
		})
		if rec == nil {
			panic(nethttp.ErrAbortHandler)
		}
		for name, values := range rec.Header() {
			w.Header()[name] = values
		}
		size := len(answer)
		if !whole {
			size++
		}
		w.Header().Set("Content-Length", strconv.Itoa(size))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(answer)
		if !whole {
			_ = nethttp.NewResponseController(w).Flush()
			panic(nethttp.ErrAbortHandler)
		}
	})
}
