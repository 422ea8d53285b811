package http

import (
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// The media types on the wire.
const (
	MediaEnvelope = "application/vnd.segel.envelope" // an envelope file
	MediaJOSE     = "application/jose"               // a question or a receipt (RFC 7515 section 9.2.1)
	MediaProblem  = "application/problem+json"       // RFC 9457 section 3
	MediaPartial  = "application/partial-upload"     // the rest of an envelope file (draft-ietf-httpbis-resumable-upload)
)

// ProblemBase begins the type of every problem; one of the words of
// [exchange.Outward] ends it.
const ProblemBase = "https://github.com/segel-id/segel#"

// The resources below a base URL.
const (
	envelopesPath = "/envelopes"
	questionsPath = "/questions"
	healthPath    = "/healthz"
)

// Bounds that both ends share.
const (
	// DefaultMinRate is how many bytes in a second a body must come with, on
	// average and after the grace.
	DefaultMinRate = 16 << 10
	// DefaultGrace is how long a body may take beyond what MinRate allows.
	DefaultGrace = 10 * time.Second

	maxHeader  = 16 << 10
	maxProblem = 4 << 10
)

// allowance is how long a body of so many bytes may take.
func allowance(grace time.Duration, bytes int64, rate int) time.Duration {
	return grace + time.Duration(float64(bytes)/float64(rate)*float64(time.Second))
}

// statuses are the statuses with which each word may come; the first one is the
// usual.
func statuses(word exchange.Outward) []int {
	switch word {
	case exchange.OutwardMalformed:
		return []int{400}
	case exchange.OutwardTooLarge:
		return []int{413}
	case exchange.OutwardCannotOpen:
		return []int{422}
	case exchange.OutwardTryLater:
		return []int{503, 429}
	}
	return nil
}

func refuse(r envelope.Reason, detail string) *envelope.Error {
	return &envelope.Error{Reason: r, Detail: detail}
}
