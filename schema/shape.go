package schema

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// keywords are those of JSON Schema 2020-12 that a definition may use. Others
// are refused: JSON Schema ignores what it does not know, so a slip of the pen
// ("minimun") would silently check nothing.
var keywords = []string{
	"$schema", "$defs", "$ref", "$comment", "title", "description", "examples", "default", "deprecated",
	"type", "enum", "const", "format", "pattern", "minLength", "maxLength",
	"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
	"properties", "patternProperties", "additionalProperties", "propertyNames", "required",
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
		case "items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else", "unevaluatedProperties", "unevaluatedItems":
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

// declares reports whether the schema says something about the place that the
// steps lead to. Rules, keys and mappings may only name such places, because
// a slip of the pen would otherwise read as "absent" for ever.
func declares(root map[string]any, steps []string) bool {
	// References may lead round in circles, so the search has a budget.
	s := search{root: root, left: 10_000}
	return s.declared(root, steps)
}

type search struct {
	root map[string]any
	left int
}

func (s *search) declared(v any, steps []string) bool {
	m, ok := v.(map[string]any)
	if s.left--; !ok || s.left < 0 {
		return false
	}
	if len(steps) == 0 {
		return true
	}
	below := s.declared
	step, rest := steps[0], steps[1:]
	if ref, ok := m["$ref"].(string); ok {
		defs, _ := s.root["$defs"].(map[string]any)
		if below(defs[strings.TrimPrefix(ref, "#/$defs/")], steps) {
			return true
		}
	}
	for _, k := range []string{"allOf", "anyOf", "oneOf"} {
		list, _ := m[k].([]any)
		if slices.ContainsFunc(list, func(s any) bool { return below(s, steps) }) {
			return true
		}
	}
	if step == "*" && below(m["items"], rest) {
		return true
	}
	if (step == "*" || step == "#") && below(m["additionalProperties"], rest) {
		return true
	}
	properties, _ := m["properties"].(map[string]any)
	patterns, _ := m["patternProperties"].(map[string]any)
	for _, name := range sortedKeys(properties) {
		if (name == step || step == "*" || step == "#" && allDigits(name)) && below(properties[name], rest) {
			return true
		}
	}
	for _, pattern := range sortedKeys(patterns) {
		re, err := regexp.Compile(pattern)
		if err == nil && (step == "*" || step == "#" && re.MatchString("100025") || re.MatchString(step)) && below(patterns[pattern], rest) {
			return true
		}
	}
	return false
}

// place writes the way to a value of the record as a JSON pointer in the
// schema's own names. A member's name that the schema does not declare is the
// sender's text, so it is written as *.
func place(names map[string]bool, record any, path []string) string {
	var b strings.Builder
	for _, step := range path {
		b.WriteByte('/')
		switch t := record.(type) {
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(t) {
				return b.String() + "*"
			}
			b.WriteString(step) // an index, counted by us
			record = t[i]
			continue
		case map[string]any:
			record = t[step]
		}
		if names[step] {
			b.WriteString(escape.Replace(step))
		} else {
			b.WriteByte('*')
		}
	}
	return b.String()
}
