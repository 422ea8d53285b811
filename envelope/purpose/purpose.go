package purpose

import (
	_ "embed"
	"regexp"
	"slices"
	"sync"
	"time"
)

// Code is the exact code of a purpose, such as PARPOL-BADANHUKUM. Case counts.
// A Code that came from outside means nothing until [Vocabulary.Lookup] has
// answered for it, and is not to be printed before.
type Code string

var codeForm = regexp.MustCompile(`^[A-Z][A-Z0-9]{0,31}(-[A-Z0-9]{1,32}){1,3}$`)

// Valid reports whether c is written as a code is, in an envelope and
// everywhere else: two to four words of at most 32 capital letters and digits,
// joined by hyphens, a letter first. A valid code need not be in a vocabulary.
func (c Code) Valid() bool { return codeForm.MatchString(string(c)) }

// Text is a text for people in both languages; neither is empty. All packages
// of Segel use it.
type Text struct {
	ID string `json:"id"` // Indonesian
	EN string `json:"en"` // English
}

// Citation names a regulation that was verified as a basis of a purpose.
type Citation struct {
	// Text is the citation as Indonesian lawyers write it.
	Text string `json:"citation"`
	// Note says how far the verification went, or nil if there is nothing to add.
	Note *Text `json:"note,omitempty"`
}

// Group is a family of purposes. It orders displays and is never granted: its
// code is not the code of a purpose.
type Group struct {
	Code  string `json:"code"`  // what its purposes' codes begin with, without the hyphen
	Label Text   `json:"label"` // its name for people
}

// Purpose is one entry of the vocabulary. Changing it changes a copy.
type Purpose struct {
	Code  Code  // exact, unique in the vocabulary
	Group Group // to which the code's first part belongs
	Label Text  // its name for people
	// LegalBasis holds verified citations only. It is empty if none has been
	// verified yet, which does not mean that there is no legal basis.
	LegalBasis []Citation
	// PDP holds letters of UU 27/2022 ps.20(2), the lawful bases for processing
	// personal data. Which letters fit is Segel's own reading, not a citation.
	PDP []string
	// ValidFrom is the first instant at which the purpose may be used.
	ValidFrom time.Time
	// ValidUntil is the first instant at which it may no longer be used; zero if
	// the vocabulary leaves the end open.
	ValidUntil time.Time
}

// Forbidden is a counter-purpose: listed so that a refusal can name it, never
// allowed at any time.
type Forbidden struct {
	Code  Code `json:"code"`  // exact, no purpose has the same
	Label Text `json:"label"` // its name for people
}

// Vocabulary is a checked set of purposes, made by [Load] or [Default]. It never
// changes and may be used by many goroutines. The zero value and nil know no
// purpose and refuse every code.
type Vocabulary struct {
	version   int
	purposes  []Purpose
	forbidden []Forbidden
}

//go:embed vocabulary.json
var embedded []byte

var standard = sync.OnceValue(func() *Vocabulary {
	v, err := Load(embedded)
	if err != nil {
		panic("purpose: the embedded vocabulary: " + err.Error())
	}
	return v
})

// Default returns the vocabulary that this version of Segel ships.
func Default() *Vocabulary { return standard() }

// Version is the number of the vocabulary, at least 1; 0 for the zero value.
func (v *Vocabulary) Version() int {
	if v == nil {
		return 0
	}
	return v.version
}

// Lookup returns the purpose that has exactly this code at this time. The error
// is an [*Error]: [ReasonUnknown] for a code that is not in the vocabulary, the empty
// one and a group's name included, [ReasonForbidden] for a counter-purpose,
// [ReasonNotYetValid] and [ReasonNoLongerValid] outside the purpose's dates.
func (v *Vocabulary) Lookup(code Code, at time.Time) (Purpose, error) {
	if v == nil {
		return Purpose{}, &Error{Reason: ReasonUnknown}
	}
	for _, f := range v.forbidden {
		if f.Code == code {
			return Purpose{}, &Error{Reason: ReasonForbidden, Code: f.Code}
		}
	}
	for _, p := range v.purposes {
		if p.Code != code {
			continue
		}
		if reason := p.outside(at); reason != "" {
			return Purpose{}, &Error{Reason: reason, Code: p.Code}
		}
		return p.clone(), nil
	}
	return Purpose{}, &Error{Reason: ReasonUnknown}
}

// All returns the purposes that may be used at this time, in the order of the
// file, which keeps groups together.
func (v *Vocabulary) All(at time.Time) []Purpose {
	if v == nil {
		return nil
	}
	var all []Purpose
	for _, p := range v.purposes {
		if p.outside(at) == "" {
			all = append(all, p.clone())
		}
	}
	return all
}

// Forbidden returns the counter-purposes in the order of the file.
func (v *Vocabulary) Forbidden() []Forbidden {
	if v == nil {
		return nil
	}
	return slices.Clone(v.forbidden)
}

// outside says why the purpose does not hold at this time, or "" if it does.
func (p Purpose) outside(at time.Time) Reason {
	if at.Before(p.ValidFrom) {
		return ReasonNotYetValid
	}
	if !p.ValidUntil.IsZero() && !at.Before(p.ValidUntil) {
		return ReasonNoLongerValid
	}
	return ""
}

// clone keeps callers from changing the vocabulary through a slice or a note.
func (p Purpose) clone() Purpose {
	p.PDP = slices.Clone(p.PDP)
	p.LegalBasis = slices.Clone(p.LegalBasis)
	for i, c := range p.LegalBasis {
		if c.Note != nil {
			note := *c.Note
			p.LegalBasis[i].Note = &note
		}
	}
	return p
}
