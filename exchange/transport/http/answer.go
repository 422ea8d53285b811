package http

import (
	nethttp "net/http"
	"strconv"
	"time"

	"github.com/segel-id/segel/exchange"
)

// An answerer writes the one answer to a request. Every byte of it is fixed but
// for a receipt.
type answerer struct {
	w          nethttp.ResponseWriter
	rc         *nethttp.ResponseController
	timeout    time.Duration
	retryAfter time.Duration
	done       bool
}

// reply writes what a receiver answered.
func (a *answerer) reply(r exchange.Reply) {
	if r.Receipt != nil {
		a.write(nethttp.StatusOK, MediaJOSE, r.Receipt)
		return
	}
	word := r.Refusal
	if statuses(word) == nil {
		word = exchange.OutwardTryLater
	}
	a.refuse(word, statuses(word)[0])
}

// refuse writes problem details.
func (a *answerer) refuse(word exchange.Outward, status int) {
	if word == exchange.OutwardTryLater {
		seconds := int64((a.retryAfter + time.Second - 1) / time.Second)
		a.w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	a.write(status, MediaProblem, problem(word, status))
}

// nothing writes a status without a body.
func (a *answerer) nothing(status int) { a.write(status, "", nil) }

func (a *answerer) write(status int, media string, text []byte) {
	if a.done { // somebody panicked after the answer
		return
	}
	a.done = true
	h := a.w.Header()
	if media != "" {
		h.Set("Content-Type", media)
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	_ = a.rc.SetWriteDeadline(time.Now().Add(a.timeout)) // the server lifts it after the request
	a.w.WriteHeader(status)
	// Whether the bringer hears it is the bringer's business: it will ask again.
	_, _ = a.w.Write(text)
}

// problem returns the problem details of a word (RFC 9457 section 3.1): the
// title in English, the detail in Indonesian.
func problem(word exchange.Outward, status int) []byte {
	var title, detail string
	switch word {
	case exchange.OutwardMalformed:
		title, detail = "Not one of our files", "Bukan berkas kami."
	case exchange.OutwardTooLarge:
		title, detail = "Beyond a limit", "Melampaui batas."
	case exchange.OutwardCannotOpen:
		title, detail = "Cannot be opened", "Tidak dapat dibuka."
	default:
		title, detail = "Bring the same bytes again later", "Kirim ulang byte yang sama nanti."
	}
	return []byte(`{"type":"` + ProblemBase + string(word) + `","title":"` + title +
		`","status":` + strconv.Itoa(status) + `,"detail":"` + detail + `"}` + "\n")
}
