package http

import (
	"bytes"
	"encoding/json"
	"io"
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/limits"
)

// read reads a response by the protocol in the package doc. Whatever else it is
// leaves unknown whether the message arrived.
func read(status int, header nethttp.Header, body io.Reader, now time.Time) outcome {
	o := outcome{again: true, after: retryAfter(header, now)}
	switch {
	case status >= 300 && status < 400:
		o.err = refuse(envelope.ReasonUnavailable, "the endpoint redirects, which is not followed")
		o.again = false
	case status == nethttp.StatusNotFound, status == nethttp.StatusMethodNotAllowed:
		o.err = refuse(envelope.ReasonUnavailable, "nothing of ours answers at the endpoint")
	case header.Values("Content-Encoding") != nil:
		o.err = unknown
	case status == nethttp.StatusOK && only(header, "Content-Type", MediaJOSE):
		text, ok := all(body, limits.Statement)
		if !ok || !compactJWE(text) {
			o.err = unknown
			return o
		}
		return outcome{reply: exchange.Reply{Receipt: text}}
	case only(header, "Content-Type", MediaProblem):
		text, ok := all(body, maxProblem)
		word := problemWord(text)
		if !ok || !slices.Contains(statuses(word), status) {
			o.err = unknown
			return o
		}
		o.reply.Refusal = word
		if o.again = word == exchange.OutwardTryLater; o.again {
			o.reply.RetryAfter = o.after
		}
	default:
		o.err = unknown
	}
	return o
}

var unknown = refuse(envelope.ReasonUnavailable, "the answer is not one of ours")

// all reads at most limit bytes; more, or a break, is not ok.
func all(r io.Reader, limit int64) ([]byte, bool) {
	var text bytes.Buffer
	text.Grow(usual)
	_, err := text.ReadFrom(io.LimitReader(r, limit+1))
	return text.Bytes(), err == nil && int64(text.Len()) <= limit
}

// usual is room for what is read as a rule: a receipt is a little shorter.
const usual = 3 << 10

// problemWord returns the word of problem details, "" if there is none. Members
// besides the type may be added by those who come later (RFC 9457 section 3.2).
func problemWord(text []byte) exchange.Outward {
	var p map[string]json.RawMessage // exact names, unlike the members of a struct
	var kind string
	if json.Unmarshal(text, &p) != nil || json.Unmarshal(p["type"], &kind) != nil {
		return ""
	}
	word, ok := strings.CutPrefix(kind, ProblemBase)
	if !ok || statuses(exchange.Outward(word)) == nil {
		return ""
	}
	return exchange.Outward(word)
}

// compactJWE reports whether a text has the form of one: five parts of base64url
// (RFC 7516 section 7.1). Whose it is and what it says is for the sender to find.
func compactJWE(text []byte) bool {
	if bytes.Count(text, []byte{'.'}) != 4 || text[0] == '.' {
		return false
	}
	for _, c := range text {
		if !compact[c] {
			return false
		}
	}
	return true
}

// compact is true for what a compact serialisation is written in.
var compact = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") {
		set[c] = true
	}
	return set
}()

// retryAfter returns how long the peer asks to wait: seconds or a date (RFC 9110
// section 10.2.3); 0 for none or another text.
func retryAfter(header nethttp.Header, now time.Time) time.Duration {
	v := header.Values("Retry-After")
	if len(v) != 1 {
		return 0
	}
	if n, err := strconv.ParseUint(v[0], 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := nethttp.ParseTime(v[0]); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
