package schema

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// declares reports whether the schema says something about the place that the
// steps lead to. Rules, keys and mappings may only name such places, because
// a slip of the pen would otherwise read as "absent" for ever.
//
// The search visits each subschema of the expanded schema at most once, and
// bounded has counted those.
func declares(root map[string]any, steps []string) bool {
	return declared(root, root, steps)
}

func declared(root map[string]any, v any, steps []string) bool {
	if v == true && len(steps) == 0 {
		return true // a name that may hold anything is declared nevertheless
	}
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	if len(steps) == 0 {
		return true
	}
	below := func(v any, steps []string) bool { return declared(root, v, steps) }
	step, rest := steps[0], steps[1:]
	if def, ok := referred(root, m); ok && below(def, steps) {
		return true
	}
	for _, k := range []string{"allOf", "anyOf", "oneOf"} {
		list, _ := m[k].([]any)
		if slices.ContainsFunc(list, func(s any) bool { return below(s, steps) }) {
			return true
		}
	}
	if below(m["then"], steps) || below(m["else"], steps) {
		return true
	}
	dependent, _ := m["dependentSchemas"].(map[string]any)
	for _, name := range sortedKeys(dependent) {
		if below(dependent[name], steps) {
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

func referred(root, m map[string]any) (any, bool) {
	ref, ok := m["$ref"].(string)
	defs, _ := root["$defs"].(map[string]any)
	return defs[strings.TrimPrefix(ref, "#/$defs/")], ok
}

// always reports whether whatever a sound record has at the place is held
// against a schema of which says is true. What applies to some records only
// (then, a dependent schema, one branch of anyOf) does not count.
func always(root map[string]any, v any, steps []string, says func(m map[string]any) bool) bool {
	m, ok := v.(map[string]any)
	if !ok {
		return false
	}
	if len(steps) == 0 && says(m) {
		return true
	}
	holds := func(v any) bool { return always(root, v, steps, says) }
	if def, ok := referred(root, m); ok && holds(def) {
		return true
	}
	if all, _ := m["allOf"].([]any); slices.ContainsFunc(all, holds) {
		return true
	}
	for _, k := range []string{"anyOf", "oneOf"} {
		branches, _ := m[k].([]any)
		if len(branches) > 0 && !slices.ContainsFunc(branches, func(v any) bool { return !holds(v) }) {
			return true
		}
	}
	if len(steps) == 0 {
		return false
	}
	if steps[0] == "*" && always(root, m["items"], steps[1:], says) {
		return true
	}
	properties, _ := m["properties"].(map[string]any)
	if always(root, properties[steps[0]], steps[1:], says) {
		return true
	}
	patterns, _ := m["patternProperties"].(map[string]any)
	for pattern, below := range patterns {
		if re, err := regexp.Compile(pattern); err == nil && re.MatchString(steps[0]) && always(root, below, steps[1:], says) {
			return true
		}
	}
	return false
}

// types reports whether the schema allows no type but these.
func types(allowed ...string) func(m map[string]any) bool {
	return func(m map[string]any) bool {
		list, ok := m["type"].([]any)
		if !ok {
			list = []any{m["type"]}
		}
		return !slices.ContainsFunc(list, func(v any) bool {
			s, _ := v.(string)
			return !slices.Contains(allowed, s)
		})
	}
}

// scalar reports whether the schema allows neither object nor list.
func scalar(m map[string]any) bool {
	if types("string", "number", "integer", "boolean", "null")(m) {
		return true
	}
	list, ok := m["enum"].([]any)
	if v, is := m["const"]; is {
		list, ok = []any{v}, true
	}
	return ok && !slices.ContainsFunc(list, func(v any) bool {
		switch v.(type) {
		case nil, string, json.Number, bool:
			return false
		}
		return true
	})
}

func isDay(m map[string]any) bool { return m["format"] == "date" }
