package schema

import (
	"slices"

	"github.com/segel-id/segel/envelope/purpose"
)

// Ref names one definition exactly.
type Ref struct {
	ID      string `json:"id"`      // "system/name"
	Version string `json:"version"` // "1.0.0", compared number by number
	Digest  string `json:"digest"`  // base64url without padding of the digest that [ParseDefinition] describes: 43 characters
}

// Classification says who may see a dataset in general. What a given agency
// may receive is decided by agreements, not here.
type Classification string

const (
	// Public data is published anyway; it may be compressed before it is
	// encrypted, because its size gives nothing away.
	Public Classification = "public"
	// Restricted data is for the parties of an agreement only.
	Restricted Classification = "restricted"
)

// Kind tells the three sorts of findings apart.
type Kind string

const (
	// KindStructure: the record does not have the shape of its dataset. The
	// whole delivery is refused.
	KindStructure Kind = "structure"
	// KindRule: the numbers contradict each other. The record travels on
	// unchanged, with the finding beside it.
	KindRule Kind = "rule"
	// KindNotice: unusual, worth a look, refuses nothing.
	KindNotice Kind = "notice"
)

// Severity orders findings for people; it decides nothing.
type Severity string

const (
	SeverityError   Severity = "error"   // cannot be true as published
	SeverityWarning Severity = "warning" // can be true, seldom is
	SeverityInfo    Severity = "info"    // for information
)

// Rule is what a definition says about one of its rules, for people and for
// generated pages.
type Rule struct {
	ID       string       `json:"id"`                 // unique in the definition
	Kind     Kind         `json:"kind"`               // KindRule or KindNotice
	Severity Severity     `json:"severity"`           // for people
	From     string       `json:"from,omitempty"`     // first day, YYYY-MM-DD, on which the rule applies; empty: open
	Until    string       `json:"until,omitempty"`    // first day on which it no longer applies; empty: open
	Citation string       `json:"citation,omitempty"` // regulation; empty where none was verified
	Scope    Scope        `json:"scope"`              // what it is about
	Against  string       `json:"against,omitempty"`  // id of the other dataset that it needs; empty: none
	Text     purpose.Text `json:"text"`               // with {name} where a finding has a number
}

// Scope says what a rule looks at.
type Scope string

const (
	// ScopeRecord: one record.
	ScopeRecord Scope = "record"
	// ScopeGroup: the records of one file that belong together.
	ScopeGroup Scope = "group"
	// ScopeDataset: one record and another dataset, which whoever checks has to
	// bring.
	ScopeDataset Scope = "dataset"
)

// Definition is one version of one dataset: its schema, rules, dates,
// severities, classification, key fields, sensitive fields and the purposes
// that may carry it. A Definition exists only if [ParseDefinition] accepted
// it. It is immutable and safe for concurrent use.
type Definition struct {
	ref             Ref
	title           purpose.Text
	classification  Classification
	purposes        []purpose.Code
	keys            []pointer
	legalDate       *pointer
	schema          map[string]any
	names           map[string]bool // all member names the schema declares
	values          map[string]expr
	rules           []rule
	groups          []groupRule
	references      []*reference
	asked           questions // of a record, by rules over several
	askedOfElements questions // of a record with an element
	dated           bool      // a rule over one record holds between days only
	sensitive       []sensitiveField
	engine          engine   // the reference
	program         *program // nil: the reference does all the work
	why             string   // why there is no program
}

// Ref names the definition.
func (d *Definition) Ref() Ref { return d.ref }

// Title is the dataset's name for people.
func (d *Definition) Title() purpose.Text { return d.title }

// Classification says who may see the dataset in general.
func (d *Definition) Classification() Classification { return d.classification }

// Purposes lists the purposes that may carry the dataset, by exact code.
func (d *Definition) Purposes() []purpose.Code { return slices.Clone(d.purposes) }

// Carries reports whether the purpose may carry the dataset. There is no
// wildcard and no group: what is not listed is refused.
func (d *Definition) Carries(code purpose.Code) bool { return slices.Contains(d.purposes, code) }

// KeyFields lists, as JSON pointers, the fields that together identify a
// record within a file.
func (d *Definition) KeyFields() []string {
	out := make([]string, len(d.keys))
	for i, k := range d.keys {
		out[i] = k.text
	}
	return out
}

// Rules lists the definition's rules in their order: those over one record,
// then those over groups of records, then those about other datasets.
func (d *Definition) Rules() []Rule {
	out := []Rule{}
	for _, r := range d.all() {
		out = append(out, r.Rule)
	}
	return out
}

// all are the rules of every sort.
func (d *Definition) all() (out []*rule) {
	for i := range d.rules {
		out = append(out, &d.rules[i])
	}
	for i := range d.groups {
		out = append(out, &d.groups[i].rule)
	}
	for i := range d.references {
		out = append(out, &d.references[i].rule)
	}
	return out
}

// Engine says what checks records: "compiled", or "reference" and, in
// brackets, the keyword or the limit for which the schema was not compiled.
// The reference, a JSON Schema library, takes some twenty times as long and
// gives the same report.
func (d *Definition) Engine() string {
	if d.program != nil {
		return "compiled"
	}
	return "reference (" + d.why + ")"
}

// Reference gives the same definition, checked by the reference alone: for
// tests and for whoever doubts.
func (d *Definition) Reference() *Definition {
	r := *d
	r.program, r.why = nil, "asked for"
	return &r
}
