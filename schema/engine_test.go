package schema

import (
	"slices"
	"testing"
)

// TestPlacesOfViolations: what is wrong, where, and that a member's name which
// the schema does not declare is never shown.
func TestPlacesOfViolations(t *testing.T) {
	for _, c := range []struct {
		name, schema, record string
		want                 []string
	}{
		{"nothing", `{"type":"object"}`, `{"x":1}`, nil},
		{"root", `{"type":"object"}`, `[]`, []string{"structure/type "}},
		{"two required", `{"required":["a","b/c"]}`, `{}`, []string{"structure/required /a", "structure/required /b~1c"}},
		{"through a reference", `{"properties":{"a":{"$ref":"#/$defs/n"}},"$defs":{"n":{"minimum":0}}}`, `{"a":-1}`, []string{"structure/minimum /a"}},
		{"through allOf and if", `{"allOf":[{"if":{"required":["a"]},"then":{"properties":{"b":{"type":"null"}}}}]}`, `{"a":1,"b":2}`, []string{"structure/type /b"}},
		{"any of", `{"properties":{"a":{"anyOf":[{"type":"null"},{"minimum":3}]}}}`, `{"a":1}`, []string{"structure/any-of /a"}},
		{"one of", `{"properties":{"a":{"oneOf":[{"minimum":0},{"minimum":1}]}}}`, `{"a":1}`, []string{"structure/one-of /a"}},
		{"not", `{"properties":{"a":{"not":{"type":"null"}}}}`, `{"a":null}`, []string{"structure/not /a"}},
		{"false", `{"properties":{"a":false}}`, `{"a":1}`, []string{"structure/schema /a"}},
		{"undeclared member", `{"additionalProperties":false}`, `{"3174014101900001":1}`, []string{"structure/additional-properties /*"}},
		{"name of a member", `{"patternProperties":{"^..$":true},"additionalProperties":false}`, `{"3174014101900001":1}`, []string{"structure/additional-properties /*"}},
		{"below an undeclared member", `{"additionalProperties":{"type":"null"}}`, `{"3174014101900001":1}`, []string{"structure/type /*"}},
		{"by a pattern", `{"patternProperties":{"^[0-9]+$":{"type":"null"}}}`, `{"3174014101900001":1}`, []string{"structure/type /*"}},
		{"index", `{"properties":{"a":{"items":{"properties":{"b":{"maxLength":1}}}}}}`, `{"a":[{},{"b":"xx"}]}`, []string{"structure/max-length /a/1/b"}},
		{"number as a name", `{"properties":{"a":{"additionalProperties":{"type":"null"}}}}`, `{"a":{"1":1}}`, []string{"structure/type /a/*"}},
		{"length counts characters", `{"properties":{"a":{"maxLength":2}}}`, `{"a":"é😀"}`, nil},
		{"unique", `{"properties":{"a":{"uniqueItems":true}}}`, `{"a":[1,1.0]}`, []string{"structure/unique-items /a"}},
		{"exact numbers", `{"properties":{"a":{"maximum":9007199254740990}}}`, `{"a":9007199254740991}`, []string{"structure/maximum /a"}},
		{"depends", `{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, []string{"structure/dependent-required "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, bad := scan([]byte(c.schema))
			if bad != nil {
				t.Fatal(bad.id)
			}
			names := map[string]bool{}
			r := &reader{reason: ReasonBadDefinition}
			r.vetSchema(doc, "", names, 0)
			if r.err != nil {
				t.Fatal(r.err)
			}
			e, ok := newLibrary(doc)
			if !ok {
				t.Fatal("the schema does not compile")
			}
			record, bad := scan([]byte(c.record))
			if bad != nil {
				t.Fatal(bad.id)
			}
			var got []string
			for _, v := range e.check(record) {
				got = append(got, v.id+" "+place(names, record, v.path))
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
