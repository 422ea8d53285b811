package house

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// top are the names that the root folder may hold, besides dotfiles.
var top = []string{"exchange", "envelope", "schema", "examples", "internal", "go.mod", "go.sum", "doc.go", "README.md", "LICENSE"}

// longest is the number of lines beyond which a file is two files.
const longest = 600

var (
	written = []string{".go", ".py", ".js", ".mjs", ".sh", ".md"}

	// Written so that this file does not find itself.
	machine    = regexp.MustCompile(`/(wor[k]|roo[t]|hom[e]|User[s])/|[A-Z]:\\User[s]`)
	unfinished = regexp.MustCompile(`\b(TOD[O]|FIXM[E]|XX[X])\b`)
)

// layout: the root folder's names are agreed, files are short, finished, and
// name no folder of the machine on which they were written.
func layout(t *tree) (broken []string) {
	for _, name := range t.top {
		if !slices.Contains(top, name) && !strings.HasPrefix(name, ".") {
			broken = append(broken, name+": not one of the agreed names at the top level")
		}
	}
	for _, p := range slices.Sorted(maps.Keys(t.text)) {
		text := t.text[p]
		if n := strings.Count(text, "\n"); n > longest && slices.Contains(written, path.Ext(p)) {
			broken = append(broken, fmt.Sprintf("%s: %d lines, more than %d", p, n, longest))
		}
		for i, line := range strings.Split(text, "\n") {
			if machine.MatchString(line) {
				broken = append(broken, fmt.Sprintf("%s:%d: path of a machine", p, i+1))
			}
			if path.Ext(p) == ".go" && unfinished.MatchString(line) {
				broken = append(broken, fmt.Sprintf("%s:%d: unfinished", p, i+1))
			}
		}
	}
	return broken
}

func TestLayout(t *testing.T) {
	lines := func(n int) string { return "package x\n" + strings.Repeat("\n", n-1) }
	in := func(path, text string) map[string]string { return map[string]string{path: text} }
	check(t, layout, []fault{
		{"sound", "", map[string]string{
			"doc.go": lines(600), "go.mod": "", "README.md": "", "LICENSE": "", ".ci/run": "", ".gitignore": "*.segel\n/out/\nnode_modules/\n",
			"a.segel": "", "out/a": "", "node_modules/a/b.js": "/hom" + "e/a", "internal/bench/go.mod": "module x", "internal/bench/a.go": lines(700),
			"schema/testdata/rows.ndjson": strings.Repeat("{}\n", 700), "envelope/seal.bin": "\x00/roo" + "t/x", "envelope/a.go": "package x // homework/x /working/",
		}},
		{"stray file at the top", "NOTES.md: not one", in("NOTES.md", "")},
		{"stray folder at the top", "pkg: not one", in("pkg/a.go", "package pkg")},
		{"ignored only below the top", "out: not one", map[string]string{".gitignore": "/tmp/\n", "out/a.go": "package x"}},
		{"long file", "601 lines", in("envelope/a.go", lines(601))},
		{"long script", "601 lines", in("internal/a/open.mjs", strings.Repeat("\n", 601))},
		{"home folder", "a.go:2: path of a machine", in("envelope/a.go", "package x\n// see /hom"+"e/a/notes")},
		{"work folder in a script", "run:1: path of a machine", in(".ci/run", "cd /wor"+"k/main")},
		{"Windows home", "path of a machine", in("doc.go", "package x // C:\\User"+"s\\a")},
		{"unfinished", "a.go:2: unfinished", in("envelope/a.go", "package x\n// TOD"+"O: more")},
	})
}
