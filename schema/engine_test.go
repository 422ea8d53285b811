package schema

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
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
			prog, why := compile(&Definition{schema: doc.(map[string]any), names: names})
			if prog == nil {
				t.Fatal("not compiled:", why)
			}
			m := newMachine(prog)
			if sound := m.run([]byte(c.record)); sound != (len(c.want) == 0) && !m.unsure {
				t.Errorf("compiled: got %v", sound)
			}
		})
	}
}

// TestNotCompiled: what the reference does for us, and that it says why.
func TestNotCompiled(t *testing.T) {
	many := `{"properties":{`
	for i := range maxMembers + 1 {
		many += fmt.Sprintf(`"m%d":true,`, i)
	}
	for _, c := range []struct{ schema, why string }{
		{`{"unevaluatedProperties":false}`, "unevaluatedProperties"},
		{`{"properties":{"a":{"unevaluatedItems":false}}}`, "unevaluatedItems"},
		{strings.TrimSuffix(many, ",") + `}}`, "more than 256 members of one object"},
		{`{"patternProperties":{"a":true,"b":true,"c":true,"d":true}}`, "more than 3 patternProperties of one object"},
	} {
		doc, bad := scan([]byte(c.schema))
		if bad != nil {
			t.Fatal(bad.id)
		}
		if prog, why := compile(&Definition{schema: doc.(map[string]any)}); prog != nil || why != c.why {
			t.Errorf("%.60s: got %q, want %q", c.schema, why, c.why)
		}
	}
}

// TestStrangersSchemasAreBounded: a schema that doubles at every level and
// patterns that explode are given up, or compiled, in bounded time and room.
func TestStrangersSchemasAreBounded(t *testing.T) {
	deep := `{"type":"string"}`
	for range 12 {
		deep = `{"patternProperties":{"^a":` + deep + `,"b":true,"c$":true},"additionalProperties":` + deep + `}`
	}
	wide := `{"allOf":[`
	for i := range 300 {
		wide += fmt.Sprintf(`{"anyOf":[{"pattern":"[ab]*a[ab]{%d}"},{"pattern":"(x{1,%d}){1,30}"}]},`, 3+i%20, 1+i%30)
	}
	for name, schema := range map[string]string{"deep": deep, "wide": strings.TrimSuffix(wide, ",") + `]}`} {
		doc, bad := scan([]byte(schema))
		if bad != nil {
			t.Fatal(bad.id)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		prog, why := compile(&Definition{schema: doc.(map[string]any)})
		runtime.ReadMemStats(&after)
		if room := after.TotalAlloc - before.TotalAlloc; room > 200<<20 {
			t.Errorf("%s: %d MiB", name, room>>20)
		}
		t.Logf("%s: %v, %q, %v", name, prog != nil, why, time.Since(start))
	}
}

// TestKeywordsOfOneValue: every keyword that is compiled, held against the
// library over all values that could tell them apart.
func TestKeywordsOfOneValue(t *testing.T) {
	values := []string{
		`null`, `true`, `false`, `0`, `1`, `-1`, `1.0`, `2`, `2.5`, `3`, `1e1`, `0.1`, `10`, `100000000000000`, `9007199254740991`, `106.8234567890123456789`, `""`, `"a"`, `"ab"`, `"abc"`, `"é"`, `"😀a"`, `"2024-02-29"`, `"\u0061"`,
		`[]`, `[1]`, `[1,2]`, `[1,1]`, `["a","b"]`, `["a","a"]`, `["a","\u0061"]`, `["a",1]`, `[1,"a",true]`, `[[1],[1]]`, `[1,2,3,4]`, `[null,null]`,
		`{}`, `{"a":1}`, `{"a":"x"}`, `{"b":1}`, `{"a":1,"b":2}`, `{"a":null,"c":3}`, `{"a":1,"b":2,"c":3}`, `{"a":{"b":1}}`, `-2.5`, `1.5`, `[0.5,2]`, `[0.5,"a"]`, `{"a":1.5}`, `{"1":1,"x":"y"}`, `{"\u0061":1}`, `{"ab":1,"ba":"2"}`,
	}
	parts := []string{
		`true`, `false`, `{}`, `{"type":"integer"}`, `{"type":"number"}`, `{"type":["string","null"]}`, `{"type":"object"}`, `{"type":"array"}`, `{"type":"boolean"}`,
		`{"enum":[1,"a",null,true]}`, `{"enum":[]}`, `{"enum":[{"a":1},[1]]}`, `{"const":1.0}`, `{"const":"ab"}`, `{"const":[1,2]}`, `{"const":false}`, `{"const":null}`,
		`{"minimum":1}`, `{"maximum":2.5}`, `{"exclusiveMinimum":1,"exclusiveMaximum":3}`, `{"multipleOf":2}`, `{"multipleOf":0.5}`, `{"minimum":-0.5,"maximum":0.5}`,
		`{"minLength":2}`, `{"maxLength":1}`, `{"pattern":"^a"}`, `{"format":"date"}`, `{"format":"email"}`,
		`{"required":["a"]}`, `{"minProperties":2}`, `{"maxProperties":1}`, `{"dependentRequired":{"a":["b"]}}`, `{"dependentSchemas":{"a":{"required":["c"]}}}`, `{"dependentSchemas":{"a":{"type":"array"}}}`,
		`{"properties":{"a":{"type":"integer"}}}`, `{"properties":{"a":true},"additionalProperties":false}`, `{"patternProperties":{"^a":{"type":"integer"}},"additionalProperties":{"type":"string"}}`,
		`{"patternProperties":{"a":{"minimum":2},"b":{"type":"integer"}}}`, `{"additionalProperties":{"type":"integer"}}`,
		`{"items":{"type":"integer"}}`, `{"prefixItems":[{"type":"integer"},{"type":"string"}],"items":false}`, `{"contains":{"type":"string"}}`, `{"contains":{"const":1},"minContains":2}`, `{"contains":{"const":1},"minContains":0,"maxContains":1}`,
		`{"minItems":2}`, `{"maxItems":1}`, `{"uniqueItems":true}`, `{"minContains":3}`, `{"then":false}`,
	}
	wraps := []string{
		`%s`, `{"allOf":[%s,{"type":["integer","string","object","array"]}]}`, `{"anyOf":[%s,{"type":"null"}]}`, `{"anyOf":[{"not":%[1]s},%[1]s]}`, `{"oneOf":[%s,{"type":"integer"},{"minLength":2}]}`, `{"not":%s}`,
		`{"if":%s,"then":{"type":["integer","object"]},"else":{"type":["string","array"]}}`, `{"if":%s,"else":false}`, `{"$ref":"#/$defs/x","type":["integer","array","object"],"$defs":{"x":%s}}`,
		`{"items":%s}`, `{"properties":{"a":%s}}`, `{"contains":%s}`, `{"contains":{"not":%s},"maxContains":1}`, `{"properties":{"a":{"anyOf":[%s,{"properties":{"b":{"not":{"const":1}}}}]}}}`,
		`{"items":{"oneOf":[%s,{"type":"string"}]}}`, `{"contains":{"anyOf":[{"type":"number","minimum":0,"maximum":2},{"not":%s}]}}`,
		`{"anyOf":[{"type":"number","minimum":0,"maximum":2},{"type":"string"},%s]}`, `{"oneOf":[{"type":"number"},%s]}`, `{"not":{"anyOf":[{"type":"string"},%s]}}`,
		`{"anyOf":[{"type":"string"},{"if":%s,"then":{"maximum":2},"else":{"minimum":-1}}]}`, `{"properties":{"a":{"oneOf":[{"type":"integer","maximum":2},{"type":"number"}]}},"not":%s}`,
	}
	sure := 0
	for _, wrap := range wraps {
		for _, part := range parts {
			schema := fmt.Sprintf(wrap, part)
			whole := `{"properties":{"v":` + schema + `},"$defs":{"x":` + part + `}}`
			doc, bad := scan([]byte(whole))
			if bad != nil {
				t.Fatal(bad.id, whole)
			}
			e, ok := newLibrary(doc)
			if !ok {
				t.Fatal("the schema does not compile: ", whole)
			}
			prog, why := compile(&Definition{schema: doc.(map[string]any)})
			if prog == nil {
				t.Fatal(whole, why)
			}
			m := newMachine(prog)
			for _, v := range values {
				in := []byte(`{"v":` + v + `}`)
				record, bad := scan(in)
				if bad != nil {
					t.Fatal(bad.id, v)
				}
				want := len(e.check(record)) == 0
				got := m.run(in)
				if m.unsure {
					continue
				}
				if sure++; got != want {
					t.Fatalf("%s of %s: got %v, want %v", schema, v, got, want)
				}
			}
		}
	}
	if all := len(wraps) * len(parts) * len(values); sure < all*8/10 {
		t.Errorf("the machine was sure of %d in %d only", sure, all)
	}
}
