package house

import (
	"fmt"
	"go/ast"
	"go/doc"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documented: every exported name of an importable package has a doc comment.
// Neighbouring fields and interface methods may share one, and a field also
// counts as documented if its type's comment names it.
func documented(t *tree) (bare []string) {
	for _, f := range t.gos {
		if f.test || !f.public() {
			continue
		}
		report := func(n ast.Node, name string) {
			bare = append(bare, fmt.Sprintf("%s: %s has no doc comment", t.at(n.Pos()), name))
		}
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) && empty(d.Doc) {
					report(d, d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					t.documentedSpec(d, spec, report)
				}
			}
		}
	}
	return bare
}

func (t *tree) documentedSpec(d *ast.GenDecl, spec ast.Spec, report func(ast.Node, string)) {
	switch s := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range s.Names {
			if name.IsExported() && empty(s.Doc) && empty(s.Comment) && empty(d.Doc) {
				report(name, name.Name)
			}
		}
	case *ast.TypeSpec:
		if !s.Name.IsExported() {
			return
		}
		if empty(s.Doc) && (empty(d.Doc) || d.Lparen.IsValid()) {
			report(s, s.Name.Name)
		}
		about := s.Doc.Text() + d.Doc.Text()
		switch x := s.Type.(type) {
		case *ast.StructType:
			t.documentedFields(x.Fields, s.Name.Name, about, report)
		case *ast.InterfaceType:
			t.documentedFields(x.Methods, s.Name.Name, about, report)
		}
	}
}

func (t *tree) documentedFields(fields *ast.FieldList, owner, about string, report func(ast.Node, string)) {
	shared, end := false, 0 // whether the lines above, up to end, carry a comment
	for _, field := range fields.List {
		own := !empty(field.Doc) || !empty(field.Comment)
		adjacent := t.fset.Position(field.Pos()).Line == end+1
		shared = own || shared && adjacent
		end = t.fset.Position(field.End()).Line
		for _, name := range field.Names {
			named := regexp.MustCompile(`\b` + name.Name + `\b`).MatchString(about)
			if name.IsExported() && !shared && !named {
				report(name, owner+"."+name.Name)
			}
		}
	}
}

func empty(c *ast.CommentGroup) bool { return strings.TrimSpace(c.Text()) == "" }

// explained: every package has a package doc, and every importable one with an
// exported name shows its use in an Example whose output is checked.
func explained(t *tree) (broken []string) {
	type facts struct{ code, doc, exports, example bool }
	packages := map[string]*facts{}
	for _, f := range t.gos {
		p := packages[f.dir]
		if p == nil {
			p = &facts{}
			packages[f.dir] = p
		}
		if f.test {
			for _, e := range doc.Examples(f.File) {
				p.example = p.example || e.Output != ""
			}
			continue
		}
		p.code = true
		p.doc = p.doc || !empty(f.Doc)
		p.exports = p.exports || f.public() && exports(f)
	}
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		p := packages[dir]
		if p.code && !p.doc {
			broken = append(broken, dir+": no package doc")
		}
		if p.exports && !p.example {
			broken = append(broken, dir+": no Example with Output")
		}
	}
	return broken
}

func exports(f *goFile) bool {
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Name.IsExported() && exportedReceiver(d) {
				return true
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() {
						return true
					}
				case *ast.ValueSpec:
					if slices.ContainsFunc(s.Names, (*ast.Ident).IsExported) {
						return true
					}
				}
			}
		}
	}
	return false
}

func TestExportedNamesAreDocumented(t *testing.T) {
	in := func(body string) map[string]string {
		return map[string]string{"envelope/a.go": "package envelope\n" + body}
	}
	check(t, documented, []fault{
		{"sound", "", in(`
// F does.
func F() {}
func f() {}
type hidden struct{ A int }
func (hidden) M() {}
// T is.
type T struct {
	// A and B are.
	A int
	B int

	C int // is
	d int
}
// M does.
func (T) M() {}
// U has X.
type U struct { X int }
// Kinds.
const ( K = 1; L = 2 )
var V = 1 // is
`)},
		{"internal needs none", "", map[string]string{"internal/a/a.go": "package a\nfunc F() {}"}},
		{"program needs none", "", map[string]string{"exchange/cmd/segel/a.go": "package main\nfunc F() {}"}},
		{"tests need none", "", map[string]string{"envelope/a_test.go": "package envelope\nfunc TestF() {}"}},
		{"function", "F has no doc", in("func F() {}")},
		{"function with a directive only", "F has no doc", in("//go:noinline\nfunc F() {}")},
		{"function below a blank line", "F has no doc", in("// F does.\n\nfunc F() {}")},
		{"method", "M has no doc", in("type t int\n// T is.\ntype T struct{}\nfunc (*T) M() {}")},
		{"type", "T has no doc", in("type T int")},
		{"type in a group", "T has no doc", in("// Types.\ntype (\nT int\n)")},
		{"constant", "K has no doc", in("const K = 1")},
		{"variable in a group", "W has no doc", in("var (\nV = 1 // is\nW = 2\n)")},
		{"field", "T.A has no doc", in("// T is.\ntype T struct {\n\tA int\n}")},
		{"field after a gap", "T.B has no doc", in("// T is.\ntype T struct {\n\tA int // is\n\n\tB int\n}")},
		{"interface method", "I.M has no doc", in("// I is.\ntype I interface {\n\tM()\n}")},
	})
}

func TestPackagesAreExplained(t *testing.T) {
	const sound = "// Package x is.\npackage x\n// F does.\nfunc F() {}\n"
	const example = "package x_test\nfunc Example() {\n\tprintln()\n\t// Output:\n\t// a\n}\n"
	check(t, explained, []fault{
		{"sound", "", map[string]string{"envelope/a.go": sound, "envelope/b.go": "package x", "envelope/a_test.go": example}},
		{"nothing exported", "", map[string]string{"doc.go": "// Package x is.\npackage x\n"}},
		{"internal needs no Example", "", map[string]string{"internal/a/a.go": sound}},
		{"tests only", "", map[string]string{"internal/a/a_test.go": "package a"}},
		{"no package doc", "envelope: no package doc", map[string]string{"envelope/a.go": "package x\n"}},
		{"no package doc on internal", "internal/a: no package doc", map[string]string{"internal/a/a.go": "package a\n"}},
		{"no package doc on a program", "segel: no package doc", map[string]string{"exchange/cmd/segel/a.go": "package main\n"}},
		{"package doc on a test", "envelope: no package doc", map[string]string{"envelope/a.go": "package x\n", "envelope/a_test.go": sound}},
		{"no Example", "no Example", map[string]string{"envelope/a.go": sound, "envelope/a_test.go": "package x"}},
		{"no test at all", "no Example", map[string]string{"envelope/a.go": sound}},
		{"Example without Output", "no Example", map[string]string{"envelope/a.go": sound, "envelope/a_test.go": strings.Replace(example, "// Output:", "// Prints:", 1)}},
		{"Example elsewhere", "envelope: no Example", map[string]string{"envelope/a.go": sound, "schema/a_test.go": example}},
	})
}
