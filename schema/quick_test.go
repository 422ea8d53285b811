package schema

import (
	"testing"

	"github.com/segel-id/segel/internal/limits"
)

// TestShortCutsForNumbers: where there is one, and how far it goes.
func TestShortCutsForNumbers(t *testing.T) {
	const all = limits.MaxInteger
	for schema, want := range map[string]*quick{
		`true`:                    {low: -all, high: all, fractions: true},
		`{"type":"number"}`:       {low: -all, high: all, fractions: true},
		`{"not":{"type":"null"}}`: {low: -all, high: all, fractions: true},
		`{"type":["integer","null"],"minimum":0,"maximum":300}`:                                               {low: 0, high: 300},
		`{"allOf":[{"type":"integer","minimum":0},{"maximum":9}],"minimum":3}`:                                {low: 3, high: 9},
		`{"anyOf":[{"type":["number","null"],"minimum":-90,"maximum":90},{"type":"string","pattern":"^x$"}]}`: {low: -90, high: 90, fractions: true},
		`{"anyOf":[{"type":"string"},{"not":{"type":"null"},"minimum":1}]}`:                                   {low: 1, high: all, fractions: true},
		`{"oneOf":[{"type":"integer"},{"type":"string"}]}`:                                                    {low: -all, high: all},
		`{"if":{"type":"string"},"then":false,"else":{"maximum":5}}`:                                          {low: -all, high: 5, fractions: true},
		`{"oneOf":[{"type":"number"},{"type":"integer"}]}`:                                                    nil,
		`{"type":"string"}`:                                nil,
		`{"anyOf":[{"type":"string"},{"type":"null"}]}`:    nil,
		`{"if":{"type":"integer"},"then":{"type":"null"}}`: nil,
		`{"multipleOf":2}`:                                 nil,
		`{"minimum":0.5}`:                                  nil,
		`{"exclusiveMinimum":0}`:                           nil,
		`{"const":1}`:                                      nil,
	} {
		doc, bad := scan([]byte(`{"properties":{"v":` + schema + `}}`))
		if bad != nil {
			t.Fatal(bad.id, schema)
		}
		prog, why := compile(&Definition{schema: doc.(map[string]any)})
		if prog == nil {
			t.Fatal(schema, why)
		}
		got := prog.root.object.members[0].shape.quick
		if want != nil {
			want.slot = -1
		}
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s: got %+v, want %+v", schema, got, want)
		}
	}
}
