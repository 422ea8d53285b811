package schema

import (
	"crypto/sha256"
	"slices"

	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/form"
)

// maxDocumentBytes limits each of the two documents of a definition.
const maxDocumentBytes = 1 << 20

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

// ParseDefinition reads a definition. norm is the normative document, whose
// grammar the package documentation gives; texts holds the labels and messages
// for it. Both are read strictly: unknown or duplicate members, operators,
// schema keywords and formats are refused, and so are pointers to places that
// the schema does not declare.
//
// The definition's digest is SHA-256("segel/1 definition" LF ‖ norm), over the
// bytes as given. The texts are not part of it, so that a better wording does
// not make a new definition.
//
// Each document has at most 1 MiB. The error is an [*Error] with
// ReasonBadDefinition or ReasonTooLarge.
func ParseDefinition(norm, texts []byte) (*Definition, error) {
	if len(norm) > maxDocumentBytes || len(texts) > maxDocumentBytes {
		return nil, &Error{Reason: ReasonTooLarge}
	}
	c := &compiler{reader: reader{reason: ReasonBadDefinition}}
	doc, bad := scan(norm)
	if bad != nil {
		return nil, &Error{Reason: ReasonBadDefinition, Where: bad.id}
	}
	m := c.object(doc, "", "segel", "id", "version", "classification", "purposes", "keys", "sensitive", "legalDate", "schema", "values", "rules", "groups", "references")
	c.oneOf(m["segel"], "/segel", "definition/1")
	d := &Definition{
		ref:            Ref{ID: c.text(m["id"], "/id"), Version: c.text(m["version"], "/version"), Digest: digest(norm)},
		classification: Classification(c.oneOf(m["classification"], "/classification", string(Public), string(Restricted))),
		names:          map[string]bool{},
	}
	if !form.Dataset(d.ref.ID) {
		c.fail("/id")
	}
	if !form.Version(d.ref.Version) {
		c.fail("/version")
	}
	d.parseSchema(c, m["schema"])
	if c.err == nil {
		d.parseFields(c, m)
		d.parseRules(c, m)
	}
	if c.err == nil {
		d.parseTexts(&c.reader, texts)
	}
	if c.err != nil {
		return nil, c.err
	}
	d.program, d.why = compile(d)
	return d, nil
}

func digest(norm []byte) string {
	h := sha256.New()
	h.Write([]byte("segel/1 definition\n"))
	h.Write(norm)
	return base64url.Encode(h.Sum(nil))
}

func (d *Definition) parseSchema(c *compiler, v any) {
	c.schema = c.dict(v, "/schema")
	c.vetSchema(v, "/schema", d.names, 0)
	if c.err != nil {
		return
	}
	if c.schema["type"] != "object" {
		c.fail("/schema/type") // records are objects
		return
	}
	if !bounded(c.schema) {
		c.fail("/schema")
		return
	}
	d.schema = c.schema
	var ok bool
	if d.engine, ok = newLibrary(v); !ok {
		c.fail("/schema")
	}
}

func (d *Definition) parseFields(c *compiler, m map[string]any) {
	for i, v := range c.list(m["purposes"], "/purposes") {
		code := purpose.Code(c.text(v, index("/purposes", i)))
		if !code.Valid() || d.Carries(code) {
			c.fail(index("/purposes", i))
		}
		d.purposes = append(d.purposes, code)
	}
	for i, v := range c.list(m["keys"], "/keys") {
		key := c.single(v, index("/keys", i))
		// Only scalars are told apart by the key's digest.
		if c.err == nil && !always(d.schema, d.schema, key.steps, scalar) {
			c.fail(index("/keys", i))
		}
		d.keys = append(d.keys, key)
	}
	// A dataset that no purpose may carry, or whose records have no identity,
	// is an oversight rather than a wish.
	if len(d.purposes) == 0 {
		c.fail("/purposes")
	}
	if len(d.keys) == 0 {
		c.fail("/keys")
	}
	if v := m["legalDate"]; v != nil {
		p := c.single(v, "/legalDate")
		// So a date of another form is a structure error, and no record with
		// one is judged by the law of another day.
		if c.err == nil && !(always(d.schema, d.schema, p.steps, isDay) && always(d.schema, d.schema, p.steps, types("string", "null"))) {
			c.fail("/legalDate")
		}
		d.legalDate = &p
	}
}

func (d *Definition) parseRules(c *compiler, m map[string]any) {
	d.values = map[string]expr{}
	if v := m["values"]; v != nil {
		for i, name := range sortedKeys(c.dict(v, "/values")) {
			if !valueName.MatchString(name) {
				c.fail(index("/values", i))
			}
			d.values[name] = c.expr(v.(map[string]any)[name], index("/values", i))
		}
	}
	c.values = d.values
	seen := map[string]bool{}
	for i, v := range c.list(m["rules"], "/rules") {
		r := c.rule(v, i)
		if seen[r.ID] {
			c.fail(index("/rules", i) + "/id")
		}
		seen[r.ID] = true
		d.rules = append(d.rules, r)
		d.dated = d.dated || r.dated()
	}
	if v, is := m["groups"]; is {
		list := c.list(v, "/groups")
		if len(list) == 0 {
			c.fail("/groups")
		}
		for i, v := range list {
			g := c.group(v, i, d)
			if seen[g.ID] {
				c.fail(index("/groups", i) + "/id")
			}
			seen[g.ID] = true
			d.groups = append(d.groups, g)
		}
	}
	if v, is := m["references"]; is {
		list := c.list(v, "/references")
		if len(list) == 0 {
			c.fail("/references")
		}
		for i, v := range list {
			r := c.reference(v, i, d)
			if seen[r.ID] {
				c.fail(index("/references", i) + "/id")
			}
			seen[r.ID] = true
			d.references = append(d.references, r)
		}
	}
	d.vetSensitive(c, m["sensitive"])
	d.vetGroups(c)
	d.markUnique()
	d.vetReferences(c)
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
