package purpose

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// MaxSize is the largest vocabulary that [Load] reads, in bytes.
const MaxSize = 1 << 20

// The file, member by member in the order in which Load wants them.
type (
	file struct {
		Version   int         `json:"version"`
		Notes     notes       `json:"notes"`
		Groups    []Group     `json:"groups"`
		Purposes  []entry     `json:"purposes"`
		Forbidden []Forbidden `json:"forbidden"`
	}
	notes struct {
		Dates      Text `json:"dates"`
		PDP        Text `json:"pdp"`
		LegalBasis Text `json:"legal_basis"`
	}
	entry struct {
		Code       Code       `json:"code"`
		Group      string     `json:"group"`
		Label      Text       `json:"label"`
		LegalBasis []Citation `json:"legal_basis"`
		PDP        []string   `json:"pdp"`
		ValidFrom  string     `json:"valid_from"`
		ValidUntil string     `json:"valid_until"`
	}
)

var (
	groupCode  = regexp.MustCompile(`^[A-Z]{2,16}$`)
	pdpLetters = regexp.MustCompile(`^[a-f]$`) // ps.20(2) has the letters a to f

	// wib is Western Indonesia Time, the capital's: a legal day begins there.
	wib = time.FixedZone("WIB", 7*60*60)
)

// Load checks a vocabulary file and returns it. The error is an [*Error] with
// reason [ReasonMalformed] that says where the file is wrong and quotes nothing of it.
// Load keeps no reference to data.
func Load(data []byte) (*Vocabulary, error) {
	f, err := parse(data)
	if err != nil {
		return nil, err
	}
	if f.Version < 1 {
		return nil, malformed("version is not a number from 1")
	}
	for _, label := range []Text{f.Notes.Dates, f.Notes.PDP, f.Notes.LegalBasis} {
		if !label.whole() {
			return nil, malformed("notes: a label without both languages")
		}
	}

	groups := map[string]Group{}
	for i, g := range f.Groups {
		if _, double := groups[g.Code]; double || !groupCode.MatchString(g.Code) || !g.Label.whole() {
			return nil, malformed("groups[%d]: repeated code, bad code or incomplete label", i)
		}
		groups[g.Code] = g
	}

	v := &Vocabulary{version: f.Version, forbidden: f.Forbidden}
	seen := map[Code]bool{}
	for i, e := range f.Purposes {
		if seen[e.Code] {
			return nil, malformed("purposes[%d]: repeated code", i)
		}
		seen[e.Code] = true
		p, fault := e.purpose(groups)
		if fault != "" {
			return nil, malformed("purposes[%d]: %s", i, fault)
		}
		v.purposes = append(v.purposes, p)
	}
	for i, c := range f.Forbidden {
		if seen[c.Code] {
			return nil, malformed("forbidden[%d]: repeated code", i)
		}
		seen[c.Code] = true
		if !c.Code.Valid() || !c.Label.whole() {
			return nil, malformed("forbidden[%d]: bad code or incomplete label", i)
		}
	}
	if len(v.purposes) == 0 {
		return nil, malformed("no purposes")
	}
	return v, nil
}

// parse decodes data and accepts it only if it is, but for blanks between
// tokens, what its own values encode to. So a repeated, unknown, missing or
// differently written member, a null, trailing bytes and invalid UTF-8 are all
// one fault, without a second parser to keep in step.
func parse(data []byte) (file, error) {
	var f file
	if len(data) > MaxSize {
		return f, malformed("larger than the limit")
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return f, malformed("not JSON of this form") // json's own text repeats input
	}
	var given, encoded bytes.Buffer
	if err := json.Compact(&given, data); err != nil {
		return f, malformed("not JSON of this form")
	}
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(f); err != nil {
		return f, malformed("not JSON of this form")
	}
	if f.Groups == nil || f.Purposes == nil || f.Forbidden == nil {
		return f, malformed("a list is null") // a nil list would encode to null again
	}
	if !bytes.Equal(given.Bytes(), bytes.TrimSuffix(encoded.Bytes(), []byte("\n"))) {
		return f, malformed("members are repeated, unknown, missing, out of order or not in plain form")
	}
	return f, nil
}

// purpose checks an entry and says what is wrong with it, or "".
func (e entry) purpose(groups map[string]Group) (p Purpose, fault string) {
	group, known := groups[e.Group]
	switch {
	case !known:
		return p, "group is not in the list of groups"
	case !e.Code.Valid() || !strings.HasPrefix(string(e.Code), e.Group+"-"):
		return p, "code is not its group's code, a hyphen and a name, as codes are written"
	case !e.Label.whole():
		return p, "label does not have both languages"
	case e.LegalBasis == nil:
		return p, "legal_basis is null"
	case len(e.PDP) == 0:
		return p, "pdp is empty"
	}
	for i, letter := range e.PDP {
		if !pdpLetters.MatchString(letter) || i > 0 && letter <= e.PDP[i-1] {
			return p, "pdp is not a rising list of the letters a to f"
		}
	}
	for _, c := range e.LegalBasis {
		if !plain(c.Text) || c.Note != nil && !c.Note.whole() {
			return p, "legal_basis has an empty citation or an incomplete note"
		}
	}
	from, err := day(e.ValidFrom)
	if err != nil {
		return p, "valid_from is not a day"
	}
	var until time.Time
	if e.ValidUntil != "open" {
		if until, err = day(e.ValidUntil); err != nil {
			return p, `valid_until is neither a day nor "open"`
		}
		if !until.After(from) {
			return p, "valid_until is not after valid_from"
		}
	}
	return Purpose{Code: e.Code, Group: group, Label: e.Label, LegalBasis: e.LegalBasis,
		PDP: e.PDP, ValidFrom: from, ValidUntil: until}, ""
}

func day(s string) (time.Time, error) { return time.ParseInLocation(time.DateOnly, s, wib) }

func (t Text) whole() bool { return plain(t.ID) && plain(t.EN) }

// plain refuses what could be empty or break a line in a log or a display.
func plain(s string) bool {
	return strings.TrimSpace(s) != "" && !strings.ContainsFunc(s, unicode.IsControl)
}

func malformed(where string, args ...any) *Error {
	return &Error{Reason: ReasonMalformed, where: fmt.Sprintf(where, args...)}
}
