package house

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

const reviewed = "internal/house/dependencies.txt"

// kits are importable test kits: whoever uses one must not inherit a dependency.
var kits = []string{"envelope/envelopetest", "exchange/exchangetest", "schema/election/electiontest"}

// allowances reads the reviewed list: module to the places where it may be imported.
func allowances(t *tree) (map[string][]string, []string) {
	var broken []string
	where := map[string][]string{}
	last := ""
	for i, line := range strings.Split(strings.TrimSpace(t.text[reviewed]), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, " | ")
		if len(parts) != 3 || slices.Contains(parts, "") || parts[0] <= last {
			broken = append(broken, fmt.Sprintf("%s:%d: want module | where | why, sorted by module", reviewed, i+1))
			continue
		}
		last = parts[0]
		where[parts[0]] = strings.Split(parts[1], ", ")
	}
	return where, broken
}

// direct returns the modules that go.mod requires without "// indirect".
func direct(t *tree) map[string]bool {
	modules := map[string]bool{}
	inside := false
	for line := range strings.SplitSeq(t.text["go.mod"], "\n") {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || strings.HasSuffix(line, "// indirect"):
		case line == "require (":
			inside = true
		case line == ")":
			inside = false
		case fields[0] == "require" && len(fields) >= 3:
			modules[fields[1]] = true
		case inside:
			modules[fields[0]] = true
		}
	}
	return modules
}

// dependencies: go.mod and the reviewed list agree, and each module is imported
// where the list allows it and nowhere else.
func dependencies(t *tree) []string {
	where, broken := allowances(t)
	required := direct(t)
	for _, m := range slices.Sorted(maps.Keys(required)) {
		if where[m] == nil {
			broken = append(broken, fmt.Sprintf("go.mod requires %s, which %s does not have", m, reviewed))
		}
	}
	for _, m := range slices.Sorted(maps.Keys(where)) {
		if !required[m] {
			broken = append(broken, fmt.Sprintf("%s has %s, which go.mod does not require directly", reviewed, m))
		}
	}
	for _, f := range t.gos {
		for p, spec := range f.imports() {
			if why := refusal(f, p, where); thirdParty(p) && why != "" {
				broken = append(broken, fmt.Sprintf("%s: %s: %s", t.at(spec.Pos()), p, why))
			}
		}
	}
	return broken
}

// refusal says why the file may not import the third-party package, or "".
func refusal(f *goFile, importPath string, where map[string][]string) string {
	for m, places := range where {
		if !under(importPath, m) {
			continue
		}
		library := !f.test && !under(f.dir, "envelope/purpose") && !below(f.dir, kits)
		for _, place := range places {
			switch {
			case place == "tests" && f.test,
				place == "library" && (library || f.test),
				f.dir == place && (f.test || !below(f.dir, kits)):
				return ""
			}
		}
		return "allowed in " + strings.Join(places, ", ") + " only"
	}
	return "not in " + reviewed
}

func TestDependencies(t *testing.T) {
	const jwx, testify, uuid = "github.com/lestrrat-go/jwx/v2", "github.com/stretchr/testify", "github.com/google/uuid"
	list := "# reviewed\n" + uuid + " | library | ids\n" + jwx + " | internal/jose | JOSE\n" + testify + " | tests | assertions\n"
	mod := "module x\n\nrequire (\n\t" + uuid + " v1.6.0\n\t" + jwx + " v2.1.7\n\t" + testify + " v1.12.1\n\tgolang.org/x/sys v0.1.0 // indirect\n)\n"
	with := func(path, text string) map[string]string {
		files := map[string]string{reviewed: list, "go.mod": mod}
		files[path] = text
		return files
	}
	imp := func(p string) string { return fmt.Sprintf("package x\nimport _ %q\n", p) }
	check(t, dependencies, []fault{
		{"sound", "", map[string]string{reviewed: list, "go.mod": mod, "internal/jose/a.go": imp(jwx + "/jwe"), "internal/jose/a_test.go": imp(jwx + "/jwe"),
			"envelope/a_test.go": imp(testify + "/require"), "envelope/a.go": imp(uuid), "schema/a.go": imp(module + "/envelope/purpose"), "schema/b.go": imp("net/http")}},
		{"required and not reviewed", "does not have", with("go.mod", mod+"require example.org/new v1.0.0\n")},
		{"reviewed and not required", "does not require", with(reviewed, list+"go.etcd.io/bbolt | exchange/store/bolt | store\n")},
		{"reviewed and only indirect", "does not require", with("go.mod", strings.Replace(mod, "v1.6.0", "v1.6.0 // indirect", 1))},
		{"reviewed without a reason", ":5: want module", with(reviewed, list+"go.etcd.io/bbolt | exchange/store/bolt | \n")},
		{"jwx outside internal/jose", "internal/jose only", with("envelope/a.go", imp(jwx+"/jws"))},
		{"jwx in a test outside internal/jose", "internal/jose only", with("envelope/a_test.go", imp(jwx+"/jws"))},
		{"import in raw quotes", "internal/jose only", with("envelope/a.go", "package x\nimport j `"+jwx+"/jws`\n")},
		{"testify outside tests", "tests only", with("envelope/a.go", imp(testify+"/assert"))},
		{"testify in a kit", "tests only", with("exchange/exchangetest/a.go", imp(testify+"/assert"))},
		{"library module in a kit", "library only", with("envelope/envelopetest/a.go", imp(uuid))},
		{"library module in purpose", "library only", with("envelope/purpose/a.go", imp(uuid))},
		{"unknown module", "not in", with("envelope/a.go", imp("golang.org/x/sync/errgroup"))},
		{"name that only begins the same", "not in", with("envelope/a.go", imp(uuid+"x"))},
	})
}
