package completeness

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/base64url"
)

// Excerpt returns the proof of what the report says of one unit, to be shown to
// somebody who shall not see the others. The error has [envelope.ReasonMisuse] if
// the register does not know the unit.
func (r *Report) Excerpt(unit string) ([]byte, error) {
	i, ok := r.register.index(unit)
	if !ok {
		return nil, refuse(envelope.ReasonMisuse, "the register does not know this unit")
	}
	var b bytes.Buffer
	b.WriteString(excerptHead)
	b.Write(r.expected.jws)
	b.WriteByte('\n')
	b.Write(r.jws)
	b.WriteByte('\n')
	b.WriteString(strconv.Itoa(i) + " " + r.lines[i].String() + "\n")
	for _, path := range []tlog.RecordProof{r.register.tree.path(i), r.tree.path(i)} {
		texts := make([]string, len(path))
		for n, h := range path {
			texts[n] = textOf(h)
		}
		b.WriteString(strings.Join(texts, " ") + "\n")
	}
	return b.Bytes(), nil
}

// OpenExcerpt verifies an excerpt under the directory: the unit stands in the
// register that was signed, and the line in the report that was signed, at the
// same place. The error has the reasons of [OpenReport].
func OpenExcerpt(file []byte, d *trust.Directory, now time.Time) (Line, Summary, *Expected, error) {
	e, s, _, rest, err := openHead(excerptHead, file, d, now)
	if err != nil {
		return Line{}, Summary{}, nil, err
	}
	parts := strings.Split(string(rest), "\n")
	if len(parts) != 4 || parts[3] != "" {
		return Line{}, Summary{}, nil, refuse(envelope.ReasonMalformed, "excerpt")
	}
	number, text, _ := strings.Cut(parts[0], " ")
	i, bad := strconv.ParseInt(number, 10, 64)
	l, ok := parseLine(text)
	inRegister, ok1 := parsePath(parts[1])
	inReport, ok2 := parsePath(parts[2])
	if bad != nil || strconv.FormatInt(i, 10) != number || i < 0 || i >= e.claims.Units || !ok || !ok1 || !ok2 {
		return Line{}, Summary{}, nil, refuse(envelope.ReasonMalformed, "excerpt")
	}
	if !proves(inRegister, e.claims.Units, e.claims.Root, i, l.Unit) || !proves(inReport, e.claims.Units, s.Root, i, text) {
		return Line{}, Summary{}, nil, refuse(envelope.ReasonBadContent, "the path does not lead to what was signed")
	}
	return l, s, e, nil
}

func parsePath(s string) (tlog.RecordProof, bool) {
	if s == "" {
		return tlog.RecordProof{}, true // a tree of one leaf
	}
	var path tlog.RecordProof
	for text := range strings.SplitSeq(s, " ") {
		b, ok := base64url.DecodeLen(text, tlog.HashSize)
		if !ok || len(path) == 64 {
			return nil, false
		}
		path = append(path, tlog.Hash(b))
	}
	return path, true
}

func proves(path tlog.RecordProof, leaves int64, root string, i int64, leaf string) bool {
	b, ok := base64url.DecodeLen(root, tlog.HashSize)
	return ok && tlog.CheckRecord(path, leaves, tlog.Hash(b), i, leafHash(leaf)) == nil
}
