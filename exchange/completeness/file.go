package completeness

import (
	"bytes"
	"crypto/sha256"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/form"
)

const (
	reportHead  = "segel-completeness/1\n"
	excerptHead = "segel-excerpt/1\n"
)

// Summary is what a reporter signs: counts, and a commitment to every line. The
// members have exactly the names of the json tags, those of [Counts] among them.
type Summary struct {
	Version     int            `json:"v"`           // 1
	Issuer      envelope.Party `json:"iss"`         // who reports: the receiver of what was expected
	Audience    envelope.Party `json:"aud"`         // who expects
	IssuedAt    int64          `json:"iat"`         // NumericDate
	Expectation string         `json:"expectation"` // SHA-256("segel/1 register" LF ‖ signing input of the expectation)
	Counts      Counts         `json:"counts"`
	Unexpected  int64          `json:"unexpected"` // records of units that the register does not know
	Root        string         `json:"root"`       // of the report's tree
}

func (s Summary) sound() bool {
	return s.Version == 1 && form.Party(string(s.Issuer)) && form.Party(string(s.Audience)) && s.IssuedAt > 0 &&
		form.Digest(s.Expectation) && s.Counts.sound() && s.Unexpected >= 0 && form.Digest(s.Root)
}

// digestOf is over what is signed, because more than one signature can verify.
func digestOf(jws []byte) string {
	input := jws[:bytes.LastIndexByte(jws, '.')]
	h := sha256.New()
	h.Write([]byte("segel/1 register\n"))
	h.Write(input)
	return base64url.Encode(h.Sum(nil))
}

// File returns the report as a file, whose form the package documentation gives.
func (r *Report) File() []byte {
	var b bytes.Buffer
	b.WriteString(reportHead)
	b.Write(r.expected.jws)
	b.WriteByte('\n')
	b.Write(r.jws)
	b.WriteByte('\n')
	for _, l := range r.lines {
		b.WriteString(l.String())
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// OpenReport verifies the file of a report against the register as the caller
// holds it: both signatures under the directory, that the expectation is of this
// register, that there is one line for every unit, and that lines, counts and root
// agree. Whether the issuers are the right ones is the caller's question.
//
// The error has the reasons of [OpenExpectation], ReasonMalformed for a file that
// is none, and [envelope.ReasonBadContent] if its parts do not belong together.
func OpenReport(file []byte, register *Register, d *trust.Directory, now time.Time) (*Report, error) {
	e, s, jws, rest, err := openHead(reportHead, file, d, now)
	if err != nil {
		return nil, err
	}
	if register == nil || !e.of(register) {
		return nil, refuse(envelope.ReasonBadContent, "a report on another register")
	}
	r := &Report{expected: e, register: register, summary: s, jws: jws, lines: make([]Line, 0, register.Len())}
	for text := range strings.Lines(string(rest)) {
		l, ok := parseLine(strings.TrimSuffix(text, "\n"))
		if !ok || !strings.HasSuffix(text, "\n") {
			return nil, refuse(envelope.ReasonMalformed, "a line of the report")
		}
		if len(r.lines) == register.Len() || l.Unit != register.units[len(r.lines)] {
			return nil, refuse(envelope.ReasonBadContent, "the lines are not those of the register")
		}
		r.lines = append(r.lines, l)
	}
	if len(r.lines) != register.Len() {
		return nil, refuse(envelope.ReasonBadContent, "the lines are not those of the register")
	}
	r.grow()
	if r.tree.root != s.Root || r.count() != s.Counts {
		return nil, refuse(envelope.ReasonBadContent, "the lines are not those that were signed")
	}
	return r, nil
}

// openHead reads and verifies the first three lines of a file.
func openHead(head string, file []byte, d *trust.Directory, now time.Time) (e *Expected, s Summary, jws, rest []byte, err error) {
	rest, ok := bytes.CutPrefix(file, []byte(head))
	expectation, rest, ok1 := bytes.Cut(rest, []byte("\n"))
	jws, rest, ok2 := bytes.Cut(rest, []byte("\n"))
	if !ok || !ok1 || !ok2 {
		return nil, s, nil, nil, refuse(envelope.ReasonMalformed, "no completeness report")
	}
	if e, err = OpenExpectation(expectation, d, now); err != nil {
		return nil, s, nil, nil, err
	}
	err = open(envelope.TypeCompleteness, jws, &s, d, now, func() (envelope.Party, int64, bool) { return s.Issuer, s.IssuedAt, s.sound() })
	if err != nil {
		return nil, s, nil, nil, err
	}
	if s.Expectation != digestOf(e.jws) || s.Audience != e.claims.Issuer || s.Counts.Expected != e.claims.Units {
		return nil, s, nil, nil, refuse(envelope.ReasonBadContent, "a report on another expectation")
	}
	return e, s, bytes.Clone(jws), rest, nil
}

func textOf(h tlog.Hash) string { return base64url.Encode(h[:]) }
