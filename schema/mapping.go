package schema

import (
	"bytes"
	"encoding/json"
	"slices"
	"sort"

	"github.com/segel-id/segel/internal/form"
)

const maxColumns = 1000

// Mapping says how the columns of a CSV file become the members of a record.
// A Mapping exists only if [ParseMapping] accepted it. It is immutable and
// safe for concurrent use.
type Mapping struct {
	dataset string
	columns []column
	ignore  []string
	program []op // how to write one record
	targets []target
}

type column struct {
	name string
	to   pointer
	kind string // string, integer, number or boolean
}

// target is a place that the mapping fills, and where the mapping says so.
type target struct {
	pointer
	where string
}

// op writes fixed bytes and then, unless column is -1, the cell of a column.
type op struct {
	literal string
	column  int
}

// ParseMapping reads a column mapping:
//
//	{"dataset":   "sirekap/hasil-tps",
//	 "columns":   {"paslon_1": {"to": "/chart/100025", "type": "integer"}, …},
//	 "constants": {"/pemilu": "ppwp", …},
//	 "ignore":    ["slug_prov", …]}
//
// columns is required, the other members but dataset are optional. A type is
// string, integer, number or boolean; a constant is a string, number or
// boolean. Pointers lead through objects only, no two to the same place. It is
// read strictly: unknown or duplicate members are refused, and so is a column
// that is both mapped and ignored.
//
// Whether the places exist is seen when [CSV] puts the mapping beside its
// definition. The error is an [*Error] with ReasonBadMapping or
// ReasonTooLarge.
func ParseMapping(data []byte) (*Mapping, error) {
	if len(data) > maxDocumentBytes {
		return nil, &Error{Reason: ReasonTooLarge}
	}
	doc, bad := scan(data)
	if bad != nil {
		return nil, &Error{Reason: ReasonBadMapping, Where: bad.id}
	}
	r := &reader{reason: ReasonBadMapping}
	root := &node{}
	top := r.object(doc, "", "dataset", "columns", "constants", "ignore")
	m := &Mapping{dataset: r.text(top["dataset"], "/dataset")}
	if !form.Dataset(m.dataset) {
		r.fail("/dataset")
	}
	columns := r.dict(top["columns"], "/columns")
	if len(columns) == 0 || len(columns) > maxColumns {
		r.fail("/columns")
	}
	for i, name := range sortedKeys(columns) {
		where := index("/columns", i)
		c := r.object(columns[name], where, "to", "type")
		m.columns = append(m.columns, column{
			name: r.columnName(name, where),
			to:   r.target(c["to"], where+"/to"),
			kind: r.oneOf(c["type"], where+"/type", "string", "integer", "number", "boolean"),
		})
		if !root.put(m.columns[i].to.steps, leaf{column: i}) {
			r.fail(where + "/to")
		}
		m.targets = append(m.targets, target{m.columns[i].to, where + "/to"})
	}
	if v := top["constants"]; v != nil {
		constants := r.dict(v, "/constants")
		for i, name := range sortedKeys(constants) {
			where := index("/constants", i)
			p := r.target(name, where)
			if !root.put(p.steps, leaf{column: -1, literal: r.literal(constants[name], where)}) {
				r.fail(where)
			}
			m.targets = append(m.targets, target{p, where})
		}
	}
	if v := top["ignore"]; v != nil {
		for i, e := range r.list(v, "/ignore") {
			name := r.columnName(r.text(e, index("/ignore", i)), index("/ignore", i))
			if columns[name] != nil || slices.Contains(m.ignore, name) || i >= maxColumns {
				r.fail(index("/ignore", i))
			}
			m.ignore = append(m.ignore, name)
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	m.program = root.program(nil)
	return m, nil
}

// fits refuses a mapping for another dataset, or to places that the schema
// does not declare: a slip of the pen there would hide a column for ever.
func (m *Mapping) fits(d *Definition) error {
	if m.dataset != d.ref.ID {
		return &Error{Reason: ReasonBadMapping, Where: "/dataset"}
	}
	for _, p := range m.targets {
		if !declares(d.schema, p.steps) {
			return &Error{Reason: ReasonBadMapping, Where: p.where}
		}
	}
	return nil
}

func (r *reader) columnName(s, where string) string {
	if s == "" || len(s) > 256 {
		r.fail(where)
	}
	return s
}

func (r *reader) target(v any, where string) pointer {
	p := r.pointer(v, where)
	if p.wild() {
		r.fail(where)
	}
	return p
}

// literal gives a constant as JSON bytes.
func (r *reader) literal(v any, where string) string {
	switch t := v.(type) {
	case string:
		return string(appendString(nil, []byte(t)))
	case json.Number:
		return string(t)
	case bool:
		if t {
			return "true"
		}
		return "false"
	}
	r.fail(where)
	return ""
}

// node is an object of the record, or a leaf of it.
type node struct {
	leaf  *leaf
	below map[string]*node
}

type leaf struct {
	column  int // -1 for a constant
	literal string
}

// put refuses a place that is taken, or that lies below or above a leaf.
func (n *node) put(steps []string, l leaf) bool {
	if n.leaf != nil {
		return false
	}
	if len(steps) == 0 {
		if n.below != nil {
			return false
		}
		n.leaf = &l
		return true
	}
	if n.below == nil {
		n.below = map[string]*node{}
	}
	if n.below[steps[0]] == nil {
		n.below[steps[0]] = &node{}
	}
	return n.below[steps[0]].put(steps[1:], l)
}

// program lists how to write the object: members in the byte order of their
// names, whatever the order of columns, so that the same data gives the same
// bytes.
func (n *node) program(ops []op) []op {
	emit := func(s string) {
		if len(ops) > 0 && ops[len(ops)-1].column < 0 {
			ops[len(ops)-1].literal += s
			return
		}
		ops = append(ops, op{s, -1})
	}
	if n.leaf != nil {
		emit(n.leaf.literal)
		if n.leaf.column >= 0 {
			ops[len(ops)-1].column = n.leaf.column
		}
		return ops
	}
	names := make([]string, 0, len(n.below))
	for name := range n.below {
		names = append(names, name)
	}
	sort.Strings(names)
	sep := "{"
	for _, name := range names {
		emit(sep + string(appendString(nil, []byte(name))) + ":")
		ops = n.below[name].program(ops)
		sep = ","
	}
	emit("}")
	return ops
}

// appendString appends s as a JSON string. Only what JSON forbids in a string
// is escaped; all other bytes stay as they are. s is valid UTF-8.
func appendString(out, s []byte) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	plain := 0
	for plain < len(s) && s[plain] >= 0x20 && s[plain] != '"' && s[plain] != '\\' {
		plain++
	}
	out = append(out, s[:plain]...)
	for _, c := range s[plain:] {
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, '\\', 'n')
		case c == '\r':
			out = append(out, '\\', 'r')
		case c == '\t':
			out = append(out, '\\', 't')
		case c < 0x20:
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}

// appendCell appends a cell as JSON. An empty cell is an explicit null: CSV
// cannot tell it from an empty string. The cell is UTF-8. False: it is not of
// that kind.
func appendCell(out, cell []byte, kind string) ([]byte, bool) {
	if len(cell) == 0 {
		return append(out, "null"...), true
	}
	if kind == "string" {
		return appendString(out, cell), true
	}
	out = append(out, cell...)
	if kind == "boolean" {
		return out, string(cell) == "true" || string(cell) == "false"
	}
	_, ok := readFigure(cell)
	return out, ok && (kind != "integer" || !bytes.ContainsAny(cell, ".eE"))
}
