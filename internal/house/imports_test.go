package house

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// The fence: a package in the folder never reaches a package in the others,
// neither itself nor through an internal package. Design, section 4.
var fence = []struct {
	who    string
	except []string // folders below who that have a rule of their own
	never  []string
	but    []string // allowed although below a folder in never
	why    string
}{
	{"envelope/purpose", nil, []string{"."}, nil, "purpose imports nothing of the module"},
	{"envelope", []string{"envelope/purpose"}, []string{"schema", "exchange", "examples"}, nil, "envelope imports neither schema nor exchange"},
	{"schema", nil, []string{"envelope", "exchange", "examples"}, []string{"envelope/purpose"}, "schema imports of envelope the purposes only, and never exchange"},
	{"exchange/trust", nil, []string{"exchange/store", "exchange/transport", "examples"}, nil, "signed documents know no store and no transport"},
	{"exchange/agreement", nil, []string{"exchange/store", "exchange/transport", "examples"}, nil, "signed documents know no store and no transport"},
	{"exchange/journal", nil, []string{"exchange/store", "exchange/transport", "examples"}, nil, "the journal knows no store and no transport"},
	{"exchange", []string{"exchange/cmd"}, []string{"exchange/cmd", "examples"}, nil, "nothing imports a program"},
	{"internal", nil, []string{"exchange/cmd", "examples"}, nil, "nothing imports a program"},
}

// adapters are the folders whose children never import each other.
var adapters = []string{"exchange/store", "exchange/transport", "exchange/observe"}

// imported are the module's own imports outside of tests: folder to folders.
func imported(t *tree) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, f := range t.gos {
		if f.test {
			continue
		}
		if all[f.dir] == nil {
			all[f.dir] = map[string]bool{}
		}
		for p := range f.imports() {
			if dir, ok := ours(p); ok {
				all[f.dir][dir] = true
			}
		}
	}
	return all
}

// reach follows imports from dir and returns every folder with its importer.
func reach(imports map[string]map[string]bool, dir string) map[string]string {
	via := map[string]string{}
	for queue := []string{dir}; len(queue) > 0; queue = queue[1:] {
		for _, next := range slices.Sorted(maps.Keys(imports[queue[0]])) {
			if _, seen := via[next]; !seen && next != dir {
				via[next] = queue[0]
				queue = append(queue, next)
			}
		}
	}
	return via
}

func fences(t *tree) (broken []string) {
	imports := imported(t)
	for _, dir := range slices.Sorted(maps.Keys(imports)) {
		reached := reach(imports, dir)
		for _, rule := range fence {
			if !under(dir, rule.who) || below(dir, rule.except) {
				continue
			}
			for _, far := range slices.Sorted(maps.Keys(reached)) {
				forbidden := below(far, rule.never) || slices.Contains(rule.never, ".")
				if forbidden && !below(far, rule.but) {
					broken = append(broken, fmt.Sprintf("%s reaches %s (imported by %s): %s", dir, far, reached[far], rule.why))
				}
			}
		}
		broken = append(broken, siblings(dir, reached)...)
		if under(dir, "examples") {
			for far := range imports[dir] {
				if slices.Contains(strings.Split(far, "/"), "internal") {
					broken = append(broken, fmt.Sprintf("%s imports %s: an example uses what its reader can import", dir, far))
				}
			}
		}
	}
	return broken
}

// siblings: stores, transports and observers import exchange, never each other.
func siblings(dir string, reached map[string]string) (broken []string) {
	from := adapter(dir)
	for _, far := range slices.Sorted(maps.Keys(reached)) {
		if to := adapter(far); from != "" && to != "" && from != to {
			broken = append(broken, fmt.Sprintf("%s reaches %s (imported by %s): stores, transports and observers never import each other", dir, far, reached[far]))
		}
	}
	return broken
}

// adapter returns the store, transport or observer to which the folder belongs, or "".
func adapter(dir string) string {
	for _, parent := range adapters {
		if child, ok := strings.CutPrefix(dir, parent+"/"); ok {
			child, _, _ = strings.Cut(child, "/")
			return parent + "/" + child
		}
	}
	return ""
}

func below(dir string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return under(dir, f) })
}

func TestImportFence(t *testing.T) {
	imp := func(paths ...string) string {
		var b strings.Builder
		b.WriteString("package x\n")
		for _, p := range paths {
			fmt.Fprintf(&b, "import _ %q\n", module+"/"+p)
		}
		return b.String()
	}
	check(t, fences, []fault{
		{"sound", "", map[string]string{
			"envelope/a.go": imp("envelope/purpose", "internal/jose"), "envelope/envelopetest/a.go": imp("envelope"),
			"schema/a.go": imp("envelope/purpose", "internal/limits"), "internal/jose/a.go": imp("internal/limits"),
			"exchange/a.go": imp("envelope", "schema", "exchange/agreement"), "exchange/agreement/a.go": imp("envelope"),
			"exchange/store/bolt/a.go": imp("exchange", "exchange/store/bolt/page"), "exchange/store/bolt/page/a.go": imp(),
			"exchange/cmd/segel/a.go": imp("exchange", "exchange/store/bolt", "exchange/cmd/segel/words"), "exchange/cmd/segel/words/a.go": imp(),
			"envelope/a_test.go": imp("exchange"),
		}},
		{"purpose imports internal", "purpose imports nothing", map[string]string{"envelope/purpose/a.go": imp("internal/limits")}},
		{"envelope imports schema", "envelope reaches schema", map[string]string{"envelope/a.go": imp("schema")}},
		{"kit of envelope imports exchange", "envelope/envelopetest reaches exchange", map[string]string{"envelope/envelopetest/a.go": imp("exchange")}},
		{"schema imports envelope", "schema reaches envelope", map[string]string{"schema/a.go": imp("envelope")}},
		{"schema imports a kit of envelope", "schema/election reaches envelope/envelopetest", map[string]string{"schema/election/a.go": imp("envelope/envelopetest")}},
		{"schema reaches envelope through internal", "(imported by internal/bridge)", map[string]string{"schema/a.go": imp("internal/bridge"), "internal/bridge/a.go": imp("envelope")}},
		{"agreement imports a store", "know no store", map[string]string{"exchange/agreement/a.go": imp("exchange/store/memory")}},
		{"journal imports a transport", "journal knows no store", map[string]string{"exchange/journal/a.go": imp("exchange/transport/http")}},
		{"store imports store", "never import each other", map[string]string{"exchange/store/bolt/a.go": imp("exchange/store/memory")}},
		{"transport imports store", "never import each other", map[string]string{"exchange/transport/http/a.go": imp("exchange/store/memory")}},
		{"observer imports store", "never import each other", map[string]string{"exchange/observe/prometheus/a.go": imp("exchange/store/memory")}},
		{"library imports a program", "nothing imports a program", map[string]string{"exchange/a.go": imp("exchange/cmd/segel")}},
		{"example imports internal", "what its reader can import", map[string]string{"examples/quickstart/a.go": imp("internal/clock")}},
	})
}
