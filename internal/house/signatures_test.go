package house

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"
)

// leaves may show the one module after which they are named.
var leaves = map[string]string{
	"exchange/observe/prometheus": "github.com/prometheus/client_golang",
	"exchange/store/bolt":         "go.etcd.io/bbolt",
	"exchange/store/postgres":     "github.com/jackc/pgx/v5",
	"exchange/transport/nats":     "github.com/nats-io/nats.go",
}

// signatures finds third-party types that a user of an exported name would have
// to import as well: in parameters, results, exported fields, embedded types,
// type parameters, interface methods, variables and constants.
func signatures(t *tree) (broken []string) {
	for _, f := range t.gos {
		if f.test || !f.public() {
			continue
		}
		foreign := foreignNames(f)
		report := func(n ast.Node) {
			if n == nil {
				return
			}
			for _, found := range foreignTypes(n, foreign) {
				broken = append(broken, fmt.Sprintf("%s: %s in an exported signature", t.at(found.Pos()), foreign[found.X.(*ast.Ident).Name]))
			}
		}
		for p, spec := range f.imports() {
			if thirdParty(p) && spec.Name != nil && spec.Name.Name == "." {
				broken = append(broken, fmt.Sprintf("%s: dot import hides where names come from", t.at(spec.Pos())))
			}
		}
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && exportedReceiver(d) {
					report(d.Type)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					reportSpec(spec, report)
				}
			}
		}
	}
	return broken
}

func reportSpec(spec ast.Spec, report func(ast.Node)) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() {
			if s.TypeParams != nil {
				report(s.TypeParams)
			}
			report(s.Type)
		}
	case *ast.ValueSpec:
		if !slices.ContainsFunc(s.Names, (*ast.Ident).IsExported) {
			return
		}
		if s.Type != nil {
			report(s.Type)
			return
		}
		for _, v := range s.Values { // the value gives the type
			report(v)
		}
	}
}

// foreignNames maps the names under which a file may speak of third-party
// packages, too many rather than too few, to their import paths: without types
// a package's name can only be guessed from its path.
func foreignNames(f *goFile) map[string]string {
	names := map[string]string{}
	for p, spec := range f.imports() {
		if !thirdParty(p) || leaves[f.dir] != "" && under(p, leaves[f.dir]) {
			continue
		}
		if spec.Name != nil {
			names[spec.Name.Name] = p
			continue
		}
		for _, part := range []string{path.Base(p), path.Base(path.Dir(p))} {
			part, _, _ = strings.Cut(part, ".")
			names[part] = p
			names[strings.TrimPrefix(part, "go-")] = p
			names[part[strings.LastIndex(part, "-")+1:]] = p
		}
	}
	return names
}

// foreignTypes walks a type, but neither unexported fields nor function bodies.
func foreignTypes(root ast.Node, foreign map[string]string) (found []*ast.SelectorExpr) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			return false
		case *ast.StructType:
			for _, field := range n.Fields.List {
				if len(field.Names) == 0 || slices.ContainsFunc(field.Names, (*ast.Ident).IsExported) {
					found = append(found, foreignTypes(field.Type, foreign)...)
				}
			}
			return false
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && foreign[x.Name] != "" {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}

// exportedReceiver says whether a function is no method or one of an exported type.
func exportedReceiver(d *ast.FuncDecl) bool { return d.Recv == nil || ast.IsExported(receiver(d)) }

// receiver returns the name of a method's type.
func receiver(d *ast.FuncDecl) string {
	expr := d.Recv.List[0].Type
	for {
		switch x := expr.(type) {
		case *ast.StarExpr:
			expr = x.X
		case *ast.ParenExpr:
			expr = x.X
		case *ast.IndexExpr:
			expr = x.X
		case *ast.IndexListExpr:
			expr = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func TestNoThirdPartyTypeInExportedSignature(t *testing.T) {
	in := func(dir, body string) map[string]string {
		return map[string]string{dir + "/a.go": "package x\nimport (\n\"github.com/google/uuid\"\n\"github.com/lestrrat-go/jwx/v2/jwk\"\n\"github.com/nats-io/nats.go\"\nyaml \"gopkg.in/yaml.v3\"\n\"go.etcd.io/bbolt\"\n\"github.com/santhosh-tekuri/jsonschema/v6\"\n)\n" + body}
	}
	const want = "in an exported signature"
	check(t, signatures, []fault{
		{"sound", "", in("envelope", `
			type ID struct{ id uuid.UUID; keys []jwk.Key }
			func New() ID { return ID{id: uuid.New()} }
			func parse() uuid.UUID { return uuid.Nil }
			type hidden struct{ ID uuid.UUID }
			func (hidden) UUID() uuid.UUID { return uuid.Nil }
			var nothing = uuid.Nil
			var Check = func(s string) bool { return uuid.Validate(s) == nil }
			var Count int = len(uuid.Nil)`)},
		{"internal is not the API", "", in("internal/jose", `func Parse() jwk.Key { return nil }`)},
		{"leaf of that name", "", in("exchange/store/bolt", `func New(db *bbolt.DB) {}`)},
		{"program", "", map[string]string{"exchange/cmd/segel/a.go": "package main\nimport \"github.com/spf13/cobra\"\nfunc Root() *cobra.Command { return nil }"}},
		{"leaf of another name", "go.etcd.io/bbolt in", in("exchange/store/memory", `func New(db *bbolt.DB) {}`)},
		{"leaf with a second module", "uuid in", in("exchange/store/bolt", `func New(db *bbolt.DB, id uuid.UUID) {}`)},
		{"parameter", want, in("envelope", `func F(id uuid.UUID) {}`)},
		{"result in a map of pointers", want, in("envelope", `func F() map[string]*uuid.UUID { return nil }`)},
		{"method", want, in("envelope", `type T struct{}; func (*T) F() jwk.Set { return nil }`)},
		{"method of a generic type", want, in("envelope", `type T[A any] struct{}; func (T[A]) F() jwk.Set { return nil }`)},
		{"exported field", want, in("envelope", `type T struct{ Key jwk.Key }`)},
		{"field of a nested struct", want, in("envelope", `type T struct{ In struct{ Key jwk.Key } }`)},
		{"embedded", want, in("envelope", `type T struct{ uuid.UUID }`)},
		{"interface method", want, in("envelope", `type T interface{ Key() jwk.Key }`)},
		{"alias", want, in("envelope", `type T = uuid.UUID`)},
		{"function type", want, in("envelope", `type T func(jwk.Key) error`)},
		{"type parameter", want, in("envelope", `type T[A jwk.Key] struct{ a A }`)},
		{"variable", want, in("envelope", `var V uuid.UUID`)},
		{"variable by its value", want, in("envelope", `var V = uuid.Nil`)},
		{"renamed import", want, in("envelope", `func F(n yaml.Node) {}`)},
		{"name with version", want, in("schema", `func F(s *jsonschema.Schema) {}`)},
		{"name with suffix", want, in("envelope", `func F(c *nats.Conn) {}`)},
		{"dot import", "dot import", map[string]string{"envelope/a.go": "package x\nimport . \"github.com/google/uuid\"\nfunc F(UUID) {}"}},
	})
}
