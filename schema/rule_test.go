package schema

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

// ruled makes a definition with one rule, value v and statement require, over
// a schema that declares what these tests use.
func ruled(t *testing.T, value, require string) *Definition {
	t.Helper()
	norm := fmt.Sprintf(`{"segel": "definition/1", "id": "uji/aturan", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-KIRIM"],
	  "keys": ["/k"], "sensitive": [],
	  "schema": {"type": "object", "properties": {"k": {"type": ["string", "number", "boolean", "null"]}, "a": {}, "b": {}, "c": {}, "s": {}, "o": {"properties": {"x": {}}, "additionalProperties": {"properties": {"x": {}}}},
	    "list": {"items": {"properties": {"n": {}, "s": {}}}}}},
	  "values": {"v": %s}, "rules": [{"id": "R", "kind": "rule", "severity": "error", "require": %s}]}`, value, require)
	d, err := ParseDefinition([]byte(norm), []byte(`{"title": {"id": "x", "en": "x"}, "rules": {"R": {"id": "x", "en": "x"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestExpressions(t *testing.T) {
	const null = math.MinInt64
	for _, c := range []struct {
		expr, record string
		want         int64
	}{
		{`"/a"`, `{"a":5}`, 5},
		{`"/a"`, `{"a":5.0}`, 5},
		{`"/a"`, `{"a":5.5}`, null},
		{`"/a"`, `{"a":"5"}`, null},
		{`"/a"`, `{"a":null}`, null},
		{`"/a"`, `{}`, null},
		{`"/o/x"`, `{"o":7}`, null},
		{`"/o/x"`, `{"o":[1]}`, null},
		{`7`, `{}`, 7},
		{`{"sum":["/a","/b",1]}`, `{"a":2,"b":3}`, 6},
		{`{"sum":["/a","/b"]}`, `{"a":2,"b":null}`, null},
		{`{"sum":["/o/*"]}`, `{"o":{"p":1,"q":2}}`, 3},
		{`{"sum":["/o/*"]}`, `{"o":{"p":1,"q":null}}`, null},
		{`{"sum":["/o/*"]}`, `{"o":{}}`, null},
		{`{"sum":["/o/*"]}`, `{"o":null}`, null},
		{`{"sum":["/o/#"]}`, `{"o":{"100025":1,"7":2,"null":null,"x1":9}}`, 3},
		{`{"sum":["/o/#"]}`, `{"o":{"null":null}}`, null},
		{`{"sum":["/o/*/x"]}`, `{"o":{"p":{"x":4},"q":{"x":5}}}`, 9},
		{`{"sum":["/o/*/x"]}`, `{"o":{"p":{"x":4},"q":{}}}`, null},
		{`{"sum":["/list/*/n"]}`, `{"list":[{"n":1},{"n":2}]}`, 3},
		{`{"largest":["/a","/b","/c"]}`, `{"a":-2,"b":null,"c":-3}`, -2},
		{`{"largest":["/a","/b"]}`, `{"a":null}`, null},
		{`{"largest":["/o/*",4]}`, `{"o":{"p":null,"q":9}}`, 9},
		{`{"ceil":["/a",2,100]}`, `{"a":0}`, 0},
		{`{"ceil":["/a",2,100]}`, `{"a":1}`, 1},
		{`{"ceil":["/a",2,100]}`, `{"a":50}`, 1},
		{`{"ceil":["/a",2,100]}`, `{"a":51}`, 2},
		{`{"ceil":["/a",2,100]}`, `{"a":236}`, 5},
		{`{"ceil":["/a",2,100]}`, `{"a":300}`, 6},
		{`{"ceil":["/a",25,1000]}`, `{"a":41}`, 2},
		{`{"ceil":["/a",1,2]}`, `{"a":-3}`, -1},
		{`{"ceil":["/a",2,100]}`, `{"a":null}`, null},
		{`{"round":["/a",30,100]}`, `{"a":4}`, 1},
		{`{"round":["/a",30,100]}`, `{"a":5}`, 2}, // 1.5
		{`{"round":["/a",30,100]}`, `{"a":8}`, 2}, // 2.4
		{`{"round":["/a",1,2]}`, `{"a":-1}`, 0},
		{`{"round":["/a",1,2]}`, `{"a":-3}`, -1},
		{`{"round":["/a",1,1]}`, `{"a":9007199254740991}`, 9007199254740991},
		{`{"round":["/a",1,1]}`, `{}`, null},
		{`{"floor":["/a",30,100]}`, `{"a":9}`, 2},
		{`{"floor":["/a",30,100]}`, `{"a":10}`, 3},
		{`{"floor":["/a",1,2]}`, `{"a":-3}`, -2},
		{`{"days":["/a","/b"]}`, `{"a":"2024-02-14","b":"2024-03-01"}`, 16},
		{`{"days":["/a","/b"]}`, `{"a":"2024-03-01T10:00:00Z","b":"2023-03-01 23:00"}`, -366},
		{`{"days":["/a","/b"]}`, `{"a":"2100-02-28","b":"2100-03-01"}`, 1},
		{`{"days":["/a","/b"]}`, `{"a":"0000-01-01","b":"9999-12-31"}`, 3652424},
		{`{"days":["/a","/b"]}`, `{"a":"2023-02-29","b":"2024-03-01"}`, null},
		{`{"days":["/a","/b"]}`, `{"a":"2024-02-1","b":"2024-03-01"}`, null},
		{`{"days":["/a","/b"]}`, `{"a":20240214,"b":"2024-03-01"}`, null},
		{`{"days":["/a","/b"]}`, `{"a":"2024-02-14","b":null}`, null},
		{`{"hours":["/a","/b"]}`, `{"a":"2024-02-14 07:00:00","b":"2024-02-14 09:00:00"}`, 2},
		{`{"hours":["/a","/b"]}`, `{"a":"2024-02-14T07:00:00","b":"2024-02-14 09:00:01"}`, 3},
		{`{"hours":["/a","/b"]}`, `{"a":"2024-02-14T07:00:00+07:00","b":"2024-02-14T00:00:00.5Z"}`, 1},
		{`{"hours":["/a","/b"]}`, `{"a":"2024-02-14T07:00:00+07:00","b":"2024-02-13T22:30:00Z"}`, -1},
		{`{"hours":["/a","/b"]}`, `{"a":"2024-02-14T07:00:00+07:00","b":"2024-02-14T09:00:00"}`, null},
		{`{"hours":["/a","/b"]}`, `{"a":"2024-02-14","b":"2024-02-15"}`, null},
		{`{"hours":["/a","/b"]}`, `{"a":"2024-02-14T24:00:00","b":"2024-02-15T00:00:00"}`, null},
		{`{"ceil":["/a",10000,1]}`, `{"a":9007199254740991}`, math.MaxInt64},
		{`{"ceil":["/a",10000,1]}`, `{"a":-9007199254740991}`, math.MinInt64 + 1}, // stands for the least number
		{`{"count":["/list/*/s"]}`, `{"list":[{"s":"P"},{"s":null},{},{"s":"L"}]}`, 2},
		{`{"count":["/list/*/s","P","X"]}`, `{"list":[{"s":"P"},{"s":"L"},{"s":"P"}]}`, 2},
		{`{"count":["/list/*/n",1]}`, `{"list":[{"n":1},{"n":1.0},{"n":2}]}`, 2},
		{`{"count":["/list/*/s"]}`, `{}`, 0},
		{`{"count":["/s"]}`, `{"s":"P"}`, 1},
		{`{"count":["/s"]}`, `{"s":null}`, 0},
		{`{"sum":["/a","/b","/c","/k"]}`, `{"a":1,"b":2,"c":3,"k":4}`, 10},
		{`{"sum":["/a","/b","/c","/k"]}`, `{"a":1,"b":2,"c":3,"k":null}`, null},
		{`{"sum":[{"ceil":["/a",10000,1]},{"ceil":["/a",10000,1]}]}`, `{"a":9007199254740991}`, math.MaxInt64},
	} {
		d := ruled(t, c.expr, `{"=":["v",0]}`)
		e := d.values["v"]
		record, bad := scan([]byte(c.record))
		if bad != nil {
			t.Fatal(bad.id)
		}
		got, ok := e.eval(record)
		m := newMachine(d.program)
		if !m.run([]byte(c.record)) {
			t.Fatalf("%s is not sound", c.record)
		}
		m.compute()
		if r := d.program.judge.values["v"]; m.vals[r] != got && ok || (m.kinds[r] == keptWhole) != ok {
			t.Errorf("%s of %s: compiled: got %d %d, want %d %v", c.expr, c.record, m.vals[r], m.kinds[r], got, ok)
		}
		if c.want == math.MinInt64+1 {
			if !ok || got != math.MinInt64 {
				t.Errorf("%s of %s: got %d %v, want the least number", c.expr, c.record, got, ok)
			}
			continue
		}
		if !ok {
			got = null
		}
		if got != c.want {
			t.Errorf("%s of %s: got %d, want %d", c.expr, c.record, got, c.want)
		}
	}
}

func TestSumsDoNotWrap(t *testing.T) {
	for _, c := range []struct{ a, b, want int64 }{
		{math.MaxInt64, 1, math.MaxInt64}, {math.MinInt64, -1, math.MinInt64}, {math.MaxInt64, math.MinInt64, -1}, {1, 2, 3},
	} {
		if got := add(c.a, c.b); got != c.want {
			t.Errorf("%d + %d: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
	// 2^53-1 often enough to pass 2^63.
	list := strings.TrimSuffix(strings.Repeat(`{"n":9007199254740991},`, 2000), ",")
	record, _ := scan([]byte(`{"list":[` + list + `]}`))
	if got, ok := ruled(t, `{"sum":["/list/*/n"]}`, `{"=":["v",0]}`).values["v"].eval(record); !ok || got != math.MaxInt64 {
		t.Errorf("got %d %v, want the greatest number", got, ok)
	}
}

func TestConditions(t *testing.T) {
	for _, c := range []struct {
		cond, record string
		want         truth
	}{
		{`{"=":["/a","/b"]}`, `{"a":1,"b":1.0}`, yes},
		{`{"=":["/a","/b"]}`, `{"a":1,"b":2}`, no},
		{`{"=":["/a","/b"]}`, `{"a":1}`, unknown},
		{`{"=":["/a","/b"]}`, `{"b":1}`, unknown},
		{`{"!=":["/a",0]}`, `{"a":0}`, no},
		{`{"!=":["/a",0]}`, `{"a":1}`, yes},
		{`{"!=":["/a",0]}`, `{"a":null}`, unknown},
		{`{"<":["/a",1]}`, `{"a":1}`, no},
		{`{"<=":["/a",1]}`, `{"a":1}`, yes},
		{`{">":["/a",1]}`, `{"a":1}`, no},
		{`{">=":["/a",1]}`, `{"a":1}`, yes},
		{`{"=":["/a",9007199254740991]}`, `{"a":9007199254740990}`, no}, // equal as float32
		{`{"not":{"=":["/a",1]}}`, `{"a":1}`, no},
		{`{"not":{"=":["/a",1]}}`, `{}`, unknown},
		{`{"all":[{"=":["/a",1]},{"=":["/b",1]}]}`, `{"a":1,"b":1}`, yes},
		{`{"all":[{"=":["/a",1]},{"=":["/b",1]}]}`, `{"a":1}`, unknown},
		{`{"all":[{"=":["/a",1]},{"=":["/b",1]}]}`, `{"b":2}`, no},
		{`{"any":[{"=":["/a",1]},{"=":["/b",1]}]}`, `{"b":1}`, yes},
		{`{"any":[{"=":["/a",1]},{"=":["/b",1]}]}`, `{"b":2}`, unknown},
		{`{"any":[{"=":["/a",1]},{"=":["/b",1]}]}`, `{"a":2,"b":2}`, no},
		{`{"present":["/a","/b"]}`, `{"a":0,"b":""}`, yes},
		{`{"present":["/a","/b"]}`, `{"a":0,"b":null}`, no},
		{`{"present":["/list/*/s"]}`, `{"list":[{"s":"x"},{}]}`, no},
		{`{"present":["/o/x"]}`, `{"o":{"x":1}}`, yes},
		{`{"present":["/o/x"]}`, `{"o":[1]}`, no}, // a list has no members
		{`{"some":["/o/x"]}`, `{"o":[1]}`, no},
		{`{"in":["/o/x",1]}`, `{"o":[1]}`, unknown},
		{`{"in":["/o/*/x",1]}`, `{"o":[[1]]}`, unknown},
		{`{"some":["/a","/b"]}`, `{"b":false}`, yes},
		{`{"some":["/a","/b"]}`, `{"b":null}`, no},
		{`{"some":["/o/#"]}`, `{"o":{"null":1}}`, no},
		{`{"in":["/s","x","y"]}`, `{"s":"y"}`, yes},
		{`{"in":["/s","x","y"]}`, `{"s":"Y"}`, no},
		{`{"in":["/s","x","y"]}`, `{"s":null}`, unknown},
		{`{"in":["/s","x","y"]}`, `{}`, unknown},
		{`{"in":["/s","1"]}`, `{"s":1}`, no},
		{`{"in":["/s",1]}`, `{"s":1.0}`, yes},
		{`{"in":["/s",true]}`, `{"s":true}`, yes},
		{`{"in":["/s",true]}`, `{"s":{"x":[]}}`, no},
		{`{"prefix":["/s","99"]}`, `{"s":"99AA"}`, yes},
		{`{"prefix":["/s","99"]}`, `{"s":"9"}`, no},
		{`{"prefix":["/s","99"]}`, `{"s":99}`, no},
		{`{"same":["/a","/b"]}`, `{"a":"x","b":"\u0078"}`, yes},
		{`{"same":["/a","/b"]}`, `{"a":"x","b":"y"}`, no},
		{`{"same":["/a","/b"]}`, `{"a":1,"b":1.0}`, yes},
		{`{"same":["/a","/b"]}`, `{"a":0.10,"b":1e-1}`, yes},
		{`{"same":["/a","/b"]}`, `{"a":0.1,"b":0.11}`, no},
		{`{"same":["/a","/b"]}`, `{"a":1,"b":"1"}`, no},
		{`{"same":["/a","/b"]}`, `{"a":true,"b":true}`, yes},
		{`{"same":["/a","/b"]}`, `{"a":true,"b":false}`, no},
		{`{"same":["/a","/b"]}`, `{"a":[],"b":[]}`, no},
		{`{"same":["/a","/b"]}`, `{"a":1,"b":null}`, unknown},
		{`{"same":["/a","/b"]}`, `{}`, unknown},
		{`{"startsWith":["/a","/b"]}`, `{"a":"3174","b":"31"}`, yes},
		{`{"startsWith":["/a","/b"]}`, `{"a":"3174","b":"74"}`, no},
		{`{"startsWith":["/a","/b"]}`, `{"a":"31","b":"3174"}`, no},
		{`{"startsWith":["/a","/b"]}`, `{"a":3174,"b":"31"}`, no},
		{`{"startsWith":["/a","/b"]}`, `{"a":"3174","b":null}`, unknown},
		{`{"match":["/list/*/s","^[0-9]+$"]}`, `{"list":[{"s":"1"},{"s":"22"}]}`, yes},
		{`{"match":["/list/*/s","^[0-9]+$"]}`, `{"list":[{"s":null},{"s":"x"}]}`, no},
		{`{"match":["/list/*/s","^[0-9]+$"]}`, `{"list":[{"s":null},{"s":"1"}]}`, unknown},
		{`{"match":["/list/*/s","^[0-9]+$"]}`, `{"list":[]}`, unknown},
		{`{"match":["/s","^1$"]}`, `{"s":"1\n"}`, no},
		{`{"within":["/a",-11,6]}`, `{"a":6}`, yes},
		{`{"within":["/a",-11,6]}`, `{"a":6.000000000000000001}`, no},
		{`{"within":["/a",-11,6]}`, `{"a":-11.0}`, yes},
		{`{"within":["/a",-11,6]}`, `{"a":"-6.17"}`, yes},
		{`{"within":["/a",-11,6]}`, `{"a":"1e999999999"}`, no},
		{`{"within":["/a",-11,6]}`, `{"a":"0x1"}`, no},
		{`{"within":["/a",-11,6]}`, `{"a":"7"}`, no},
		{`{"within":["/a",-11,6]}`, `{"a":true}`, no},
		{`{"within":["/a",-11,6]}`, `{"a":null}`, unknown},
	} {
		d := ruled(t, `0`, c.cond)
		r := d.rules[0]
		record, bad := scan([]byte(c.record))
		if bad != nil {
			t.Fatal(bad.id)
		}
		if got, _ := r.require.eval(record); got != c.want {
			t.Errorf("%s of %s: got %d, want %d", c.cond, c.record, got, c.want)
		}
		m := newMachine(d.program)
		if !m.run([]byte(c.record)) {
			t.Fatalf("%s is not sound", c.record)
		}
		m.compute()
		if got := m.truth(d.program.judge.rules[0].require); got != c.want {
			t.Errorf("%s of %s: compiled: got %d, want %d", c.cond, c.record, got, c.want)
		}
	}
}

func TestSummaryIsExactlyTheDocumentedObject(t *testing.T) {
	report := checkBox(t,
		`{"kode":"A01","dpt":100,"sah":3,"total":104,"chart":{"1":1,"2":1,"null":null},"status":"z"}`, // SUM, NEW, status
		`{"kode":"A02","dpt":-1}`,
		`{"kode":"A03"}`)
	got, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"records":3,"errors":1,"findings":2,"by_rule":{"NEW":1,"SUM":1},"records_with_findings":1,"notices":{"status":1}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	got, err = json.Marshal(checkBox(t))
	if err != nil {
		t.Fatal(err)
	}
	const empty = `{"records":1,"errors":1,"findings":0,"by_rule":{},"records_with_findings":0,"notices":{}}`
	if string(got) != empty { // one empty line
		t.Errorf("got  %s\nwant %s", got, empty)
	}
	got, err = json.Marshal(&Report{})
	if err != nil || !strings.Contains(string(got), `"by_rule":{}`) {
		t.Errorf("zero report: got %s, %v", got, err)
	}
}
