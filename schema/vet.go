package schema

import "strings"

// keywords are those of JSON Schema 2020-12 that a definition may use. Others
// are refused: JSON Schema ignores what it does not know, so a slip of the pen
// ("minimun") would silently check nothing. propertyNames is not among them:
// patternProperties with additionalProperties false says the same, and the
// library gives its violations a wrong place.
var keywords = []string{
	"$schema", "$defs", "$ref", "$comment", "title", "description", "examples", "default", "deprecated",
	"type", "enum", "const", "format", "pattern", "minLength", "maxLength",
	"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
	"properties", "patternProperties", "additionalProperties", "required",
	"minProperties", "maxProperties", "dependentRequired", "dependentSchemas",
	"items", "prefixItems", "contains", "minContains", "maxContains", "minItems", "maxItems", "uniqueItems",
	"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "unevaluatedProperties", "unevaluatedItems",
}

// formats are those that are asserted; an unknown format would assert nothing.
var formats = []string{"date", "time", "date-time", "email", "uri", "uri-reference", "uuid", "regex", "ipv4", "ipv6", "hostname"}

const draft = "https://json-schema.org/draft/2020-12/schema"

// vetSchema refuses what keywords and formats do not allow, and collects the
// names of all members that the schema declares.
func (r *reader) vetSchema(v any, where string, names map[string]bool, depth int) {
	if _, ok := v.(bool); ok {
		return
	}
	if depth > maxDepth {
		r.fail(where)
		return
	}
	m := r.object(v, where, keywords...)
	for _, k := range sortedKeys(m) {
		sub := m[k]
		at := where + "/" + k
		switch k {
		case "$schema":
			r.oneOf(sub, at, draft)
		case "$ref":
			if s := r.text(sub, at); !strings.HasPrefix(s, "#/$defs/") || strings.Count(s, "/") != 2 || strings.ContainsAny(s, "%~") {
				r.fail(at)
			}
		case "format":
			r.oneOf(sub, at, formats...)
		case "properties", "patternProperties", "$defs", "dependentSchemas":
			for i, name := range sortedKeys(r.dict(sub, at)) {
				if k == "properties" {
					names[r.text(name, index(at, i))] = true
				}
				r.vetSchema(sub.(map[string]any)[name], index(at, i), names, depth+1)
			}
		case "items", "contains", "additionalProperties", "not", "if", "then", "else", "unevaluatedProperties", "unevaluatedItems":
			r.vetSchema(sub, at, names, depth+1)
		case "allOf", "anyOf", "oneOf", "prefixItems":
			for i, s := range r.list(sub, at) {
				r.vetSchema(s, index(at, i), names, depth+1)
			}
		case "required":
			for i, n := range r.list(sub, at) {
				names[r.text(n, index(at, i))] = true
			}
		}
	}
}

// maxExpanded limits how many subschemas one record may have to be held
// against, every reference counted as what it refers to: a few lines of
// references to references can stand for millions.
const maxExpanded = 10_000

// expansion counts the subschemas of a vetted schema, each definition once.
type expansion struct {
	defs map[string]any
	size map[string]int // counting: not done yet, so the reference leads back to itself
}

const counting = -1

// bounded reports whether the schema has no circular reference and expands to
// at most maxExpanded subschemas.
func bounded(schema map[string]any) bool {
	defs, _ := schema["$defs"].(map[string]any)
	e := expansion{defs, map[string]int{}}
	return e.count(schema) <= maxExpanded
}

// count stops adding up beyond maxExpanded.
func (e *expansion) count(v any) int {
	n := 1
	m, _ := v.(map[string]any)
	for k, sub := range m {
		switch t := sub.(type) {
		case string:
			if k == "$ref" {
				n += e.referred(strings.TrimPrefix(t, "#/$defs/"))
			}
		case map[string]any:
			switch k {
			case "properties", "patternProperties", "$defs", "dependentSchemas":
				for _, below := range t {
					n = min(n+e.count(below), maxExpanded+1)
				}
			case "items", "contains", "additionalProperties", "not", "if", "then", "else", "unevaluatedProperties", "unevaluatedItems":
				n += e.count(t)
			}
		case []any:
			switch k {
			case "allOf", "anyOf", "oneOf", "prefixItems":
				for _, below := range t {
					n = min(n+e.count(below), maxExpanded+1)
				}
			}
		}
		n = min(n, maxExpanded+1)
	}
	return n
}

func (e *expansion) referred(name string) int {
	n, seen := e.size[name]
	if n == counting {
		return maxExpanded + 1
	}
	if !seen {
		e.size[name] = counting
		n = e.count(e.defs[name])
		e.size[name] = n
	}
	return n
}
