package house

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// processWide are calls of the JOSE library that change or reach beyond one
// call: they switch limits for every user of the process, or fetch what a header
// names. Nothing in the module speaks of them, tests included.
var processWide = []string{"Settings", "DecoderSettings", "RegisterCustomField", "Fetch", "NewCache", "NewCachedSet", "NewFetcher"}

// conduct: importing a package does nothing, a library never ends the process,
// no process-wide switch is touched, and a test that skips says why.
func conduct(t *tree) (broken []string) {
	for _, f := range t.gos {
		report := func(n ast.Node, what string) { broken = append(broken, t.at(n.Pos())+": "+what) }
		jwx := map[string]bool{}
		for p, spec := range f.imports() {
			if under(p, "github.com/lestrrat-go/jwx/v2") {
				name := path.Base(p)
				if spec.Name != nil {
					name = spec.Name.Name
				}
				jwx[name] = true
			}
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv == nil && n.Name.Name == "init" && !f.test {
					report(n, "init function: importing a package does nothing")
				}
			case *ast.CallExpr:
				call, ok := n.Fun.(*ast.SelectorExpr)
				if ok && len(n.Args) == 0 && (call.Sel.Name == "Skip" || call.Sel.Name == "SkipNow") && f.test {
					report(n, "skip without a reason")
				}
			case *ast.SelectorExpr:
				x, _ := n.X.(*ast.Ident)
				switch {
				case x == nil:
				case x.Name == "os" && n.Sel.Name == "Exit", x.Name == "log" && strings.HasPrefix(n.Sel.Name, "Fatal"):
					if !f.main() && !f.test {
						report(n, "a library never ends the process")
					}
				case jwx[x.Name] && slices.Contains(processWide, n.Sel.Name), n.Sel.Name == "WithVerifyAuto":
					report(n, fmt.Sprintf("%s.%s reaches beyond one call", x.Name, n.Sel.Name))
				}
			}
			return true
		})
	}
	return broken
}

func TestConduct(t *testing.T) {
	const jwx = "import \"github.com/lestrrat-go/jwx/v2/%s\"\n"
	in := func(path, body string) map[string]string { return map[string]string{path: body} }
	use := func(pkg, body string) map[string]string {
		return in("internal/jose/a.go", "package jose\n"+fmt.Sprintf(jwx, pkg)+"func f() { "+body+" }")
	}
	check(t, conduct, []fault{
		{"sound", "", map[string]string{
			"exchange/cmd/segel/a.go": "package main\nimport \"os\"\nfunc main() { os.Exit(1) }",
			"envelope/a.go":           "package x\ntype T struct{}\nfunc (T) init() {}\nfunc f(v T) { v.Settings(); v.Skip() }",
			"envelope/a_test.go":      "package x\nfunc init() {}\nfunc g(t T) { t.Skip(\"needs a server\"); t.Skipf(\"x\") }",
			"internal/jose/a.go":      "package jose\n" + fmt.Sprintf(jwx, "jwe") + "func f() { jwe.Parse(nil) }",
		}},
		{"init", "init function", in("envelope/a.go", "package x\nfunc init() {}")},
		{"init of a program", "init function", in("exchange/cmd/segel/a.go", "package main\nfunc init() {}")},
		{"os.Exit in a library", "never ends", in("exchange/a.go", "package x\nimport \"os\"\nfunc f() { os.Exit(1) }")},
		{"os.Exit as a value", "never ends", in("exchange/a.go", "package x\nimport \"os\"\nvar exit = os.Exit")},
		{"log.Fatal in a library", "never ends", in("exchange/a.go", "package x\nimport \"log\"\nfunc f() { log.Fatalf(\"\") }")},
		{"jwe.Settings", "jwe.Settings reaches", use("jwe", "jwe.Settings()")},
		{"jws.Settings", "jws.Settings reaches", use("jws", "jws.Settings()")},
		{"jwk.Fetch", "jwk.Fetch reaches", use("jwk", "jwk.Fetch(nil, ``)")},
		{"jws.WithVerifyAuto", "WithVerifyAuto reaches", use("jws", "jws.Verify(nil, jws.WithVerifyAuto(nil))")},
		{"renamed import", "e.Settings reaches", in("internal/jose/a_test.go", "package jose\nimport e \"github.com/lestrrat-go/jwx/v2/jwe\"\nfunc f() { e.Settings() }")},
		{"bare skip", "skip without", in("envelope/a_test.go", "package x\nfunc f(t T) { t.Skip() }")},
		{"bare SkipNow", "skip without", in("envelope/a_test.go", "package x\nfunc f(b B) { b.SkipNow() }")},
	})
}
