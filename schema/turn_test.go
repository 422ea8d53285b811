package schema

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestPathsAgreeWithStatements: rules of any shape are broken on the path of turns
// where their when is true and their require false.
func TestPathsAgreeWithStatements(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	leaves := []string{
		`{"=":["/a",1]}`, `{"!=":["/a","/b"]}`, `{"<":["/a","/b"]}`, `{">=":["/b",2]}`, `{"present":["/a"]}`, `{"present":["/s","/list/*/s"]}`, `{"some":["/b","/s"]}`, `{"some":["/list/*/n","/a"]}`,
		`{"in":["/s","x",1,true]}`, `{"in":["/list/*/s","x","y"]}`, `{"prefix":["/s","x"]}`, `{"match":["/s","^x+$"]}`, `{"match":["/list/*/s","^x+$"]}`, `{"within":["/a",-1.5,1]}`, `{"within":["/s",0,2]}`,
		`{"within":["/list/*/n",0,1]}`, `{"same":["/a","/b"]}`, `{"startsWith":["/s","/c"]}`, `{"<":[{"count":["/list/*/s","x"]},{"sum":["/a","/b"]}]}`,
	}
	var cond func(depth int) string
	cond = func(depth int) string {
		switch n := r.IntN(6); {
		case depth == 0 || n > 2:
			return leaves[r.IntN(len(leaves))]
		case n == 0:
			return fmt.Sprintf(`{"not":%s}`, cond(depth-1))
		default:
			parts := make([]string, 1+r.IntN(3))
			for i := range parts {
				parts[i] = cond(depth - 1)
			}
			return fmt.Sprintf(`{%q:[%s]}`, []string{"all", "any"}[n-1], strings.Join(parts, ","))
		}
	}
	values := []string{`null`, `1`, `2`, `1.0`, `0.5`, `-1.25`, `1.000000000000000001`, `1e0`, `"x"`, `"xx"`, `"y"`, `"\u0078"`, `"1.5"`, `"3"`, `true`, `false`, `[]`, `{}`}
	some := func(name string) string {
		if r.IntN(5) == 0 {
			return ""
		}
		return fmt.Sprintf(`,%q:%s`, name, values[r.IntN(len(values))])
	}
	broken := 0
	for range 60 {
		rules, texts := make([]string, 1+r.IntN(140)), make([]string, 0)
		for i := range rules {
			when := ""
			if r.IntN(2) == 0 {
				when = fmt.Sprintf(`"when":%s,`, cond(2))
			}
			rules[i] = fmt.Sprintf(`{"id":"R%d","kind":"rule","severity":"error","pointer":"/k",%s"require":%s}`, i, when, cond(3))
			texts = append(texts, fmt.Sprintf(`"R%d":{"id":"x","en":"x"}`, i))
		}
		d, err := ParseDefinition([]byte(`{"segel":"definition/1","id":"uji/jalan","version":"1.0.0","classification":"public","purposes":["REKAP-KIRIM"],"keys":["/k"],"sensitive":[],"values":{},
		  "schema":{"type":"object","properties":{"k":{"type":["string","null"]},"a":{},"b":{},"c":{},"s":{},"list":{"items":{"properties":{"n":{},"s":{}}}}}},
		  "rules":[`+strings.Join(rules, ",")+`]}`), []byte(`{"title":{"id":"x","en":"x"},"rules":{`+strings.Join(texts, ",")+`}}`))
		if err != nil {
			t.Fatal(err)
		}
		m := newMachine(d.program)
		for range 60 {
			list := ""
			for range r.IntN(4) {
				list += fmt.Sprintf(`,{"z":0%s%s}`, some("s"), some("n"))
			}
			line := fmt.Sprintf(`{"k":"1"%s%s%s%s,"list":[%s]}`, some("a"), some("b"), some("c"), some("s"), strings.TrimPrefix(list, ","))
			record, bad := scan([]byte(line))
			if bad != nil || !m.run([]byte(line)) {
				t.Fatal(line)
			}
			m.compute()
			m.pick()
			for i := range d.rules {
				rule := &d.rules[i]
				require, _ := rule.require.eval(record)
				want := require == no
				if _, plain := rule.require.(compare); !plain && rule.when != nil {
					when, _ := rule.when.eval(record)
					want = want && when == yes
				}
				if got := m.todo[i/64]>>(i%64)&1 == 1; got != want {
					t.Fatalf("%s of %s: got %v, want %v", rules[i], line, got, want)
				}
				if want {
					broken++
				}
			}
		}
	}
	if broken < 1000 {
		t.Errorf("only %d were broken", broken)
	}
}
