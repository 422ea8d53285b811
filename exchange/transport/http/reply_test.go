package http_test

import (
	"bytes"
	"io"
	nethttp "net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/internal/limits"
)

var now = time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)

func answer(status int, media string, body io.Reader, header ...string) *nethttp.Response {
	h := nethttp.Header{}
	if media != "" {
		h.Set("Content-Type", media)
	}
	for i := 0; i < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	return &nethttp.Response{StatusCode: status, Header: h, Body: io.NopCloser(body)}
}

// jwe is a text of that length in the form of a compact JWE.
func jwe(n int) string { return strings.Repeat("a", n-8) + ".b.c.d.e" }

func TestReadReceipt(t *testing.T) {
	tests := []struct {
		name string
		text string
		ok   bool
	}{
		{"a receipt", "a.b.c.d.e", true},
		{"without an encrypted key", "a..c.d.e", true},
		{"at the limit", jwe(limits.Statement), true},
		{"one byte beyond", jwe(limits.Statement + 1), false},
		{"nothing", "", false},
		{"no header", ".b.c.d.e", false},
		{"a JWS", "a.b.c", false},
		{"six parts", "a.b.c.d.e.f", false},
		{"a line feed", "a.b.c.d.e\n", false},
		{"padding", "a.b.c.d.e=", false},
		{"base64", "a.b.c.d.+/", false},
		{"a NUL", "a.b.c.d.\x00", false},
	}
	for _, tt := range tests {
		got := http.Read(answer(200, http.MediaJOSE, strings.NewReader(tt.text)), now)
		if ok := got.Err == nil; ok != tt.ok || ok && string(got.Reply.Receipt) != tt.text || !ok && !got.Again || ok && got.Again {
			t.Errorf("%s: %v", tt.name, got.Err)
		}
	}
	if got := http.Read(answer(200, http.MediaJOSE, io.MultiReader(strings.NewReader("a.b.c.d.e"), iotest.ErrReader(io.ErrUnexpectedEOF))), now); got.Err == nil {
		t.Error("a receipt that was cut")
	}
	if got := http.Read(answer(201, http.MediaJOSE, strings.NewReader("a.b.c.d.e")), now); got.Err == nil {
		t.Error("another status")
	}
}

func TestReadProblem(t *testing.T) {
	const least = `{"type":"` + http.ProblemBase + `malformed"}`
	tests := []struct {
		name   string
		status int
		text   string
		want   exchange.Outward
	}{
		{"as we write it", 422, problem("cannot_open", 422), exchange.OutwardCannotOpen},
		{"with the type alone", 400, least, exchange.OutwardMalformed},
		{"with more members", 503, `{ "instance":"x", "type":"` + http.ProblemBase + `try_later", "retry":{"a":[1]} }`, exchange.OutwardTryLater},
		{"at the limit", 400, least + strings.Repeat(" ", 4096-len(least)), exchange.OutwardMalformed},
		{"one byte beyond", 400, least + strings.Repeat(" ", 4097-len(least)), ""},
		{"in capitals", 400, `{"Type":"` + http.ProblemBase + `malformed"}`, ""},
		{"another word", 400, problem("expired", 400), ""},
		{"no word", 400, problem("", 400), ""},
		{"a word with more", 400, problem("malformed ", 400), ""},
		{"another status", 422, problem("malformed", 422), ""},
		{"a list", 400, `["` + http.ProblemBase + `malformed"]`, ""},
		{"a number", 400, `{"type":1}`, ""},
		{"null", 400, `null`, ""},
		{"nothing", 400, ``, ""},
		{"something behind it", 400, problem("malformed", 400) + "x", ""},
	}
	for _, tt := range tests {
		got := http.Read(answer(tt.status, http.MediaProblem, strings.NewReader(tt.text)), now)
		if got.Reply.Refusal != tt.want || (got.Err == nil) != (tt.want != "") || got.Reply.Receipt != nil {
			t.Errorf("%s: %q, %v", tt.name, got.Reply.Refusal, got.Err)
		}
	}
}

func TestReadRetryAfter(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "1": time.Second, "120": 2 * time.Minute, "-1": 0, "1.5": 0, "+1": 0, " 1": 0, "99999999999999999999": 0, "soon": 0,
		"2147483647":                    2147483647 * time.Second,
		"Thu, 15 Feb 2024 02:00:30 GMT": 30 * time.Second,
		"Thu, 15 Feb 2024 01:00:00 GMT": 0,
	} {
		got := http.Read(answer(503, http.MediaProblem, strings.NewReader(problem("try_later", 503)), "Retry-After", text), now)
		if got.After != want || got.Reply.Refusal != exchange.OutwardTryLater {
			t.Errorf("%q: %s, want %s", text, got.After, want)
		}
	}
	if got := http.Read(answer(503, "", strings.NewReader(""), "Retry-After", "1", "Retry-After", "2"), now); got.After != 0 {
		t.Errorf("two of them: %s", got.After)
	}
}

// Whatever a peer answers, it is one of ours, whole, or an error in our words.
func FuzzRead(f *testing.F) {
	f.Add(200, http.MediaJOSE, "", "", []byte("a.b.c.d.e"))
	f.Add(200, http.MediaJOSE, "", "", []byte("....")) // counts four dots and holds nothing
	f.Add(503, http.MediaProblem, "", "3", []byte(problem("try_later", 503)))
	f.Add(400, http.MediaProblem, "gzip", "", []byte(problem("malformed", 400)))
	f.Add(307, "", "", "Thu, 15 Feb 2024 02:00:30 GMT", []byte("x"))
	f.Add(404, "text/html", "", "", []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, media, coding, after string, body []byte) {
		res := answer(status, media, bytes.NewReader(body), "Retry-After", after)
		if coding != "" {
			res.Header.Set("Content-Encoding", coding)
		}
		got := http.Read(res, now)
		if got.Err != nil {
			words := []string{
				"unavailable: the endpoint redirects, which is not followed", "unavailable: nothing of ours answers at the endpoint", "unavailable: the answer is not one of ours",
			}
			if got.Reply.Receipt != nil || got.Reply.Refusal != "" || envelope.ReasonOf(got.Err) != envelope.ReasonUnavailable || !slices.Contains(words, got.Err.Error()) {
				t.Fatalf("%v and %v", got.Reply, got.Err)
			}
			return
		}
		known := []exchange.Outward{exchange.OutwardMalformed, exchange.OutwardTooLarge, exchange.OutwardCannotOpen, exchange.OutwardTryLater}
		switch {
		case got.Reply.Receipt != nil:
			if status != 200 || got.Reply.Refusal != "" || got.Again || len(body) > limits.Statement || !bytes.Equal(got.Reply.Receipt, body) {
				t.Fatalf("%d %v", status, got)
			}
		case !slices.Contains(known, got.Reply.Refusal), got.Again != (got.Reply.Refusal == exchange.OutwardTryLater), status < 400, coding != "", got.After < 0:
			t.Fatalf("%d %v", status, got)
		}
	})
}
