package house

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

const module = "github.com/segel-id/segel"

// A tree is the module as rules see it: every text file, Go files parsed.
type tree struct {
	fset *token.FileSet
	top  []string          // names in the root folder
	text map[string]string // by path; binary files and folders of tools left out
	gos  []*goFile         // by path
}

type goFile struct {
	path, dir string // dir is "." for the root folder
	test      bool
	*ast.File
}

func (f *goFile) main() bool { return f.Name.Name == "main" }

// public says whether other modules can import the file's package.
func (f *goFile) public() bool {
	return !f.main() && !slices.Contains(strings.Split(f.dir, "/"), "internal")
}

// imports returns the import paths with the specs that name them.
func (f *goFile) imports() map[string]*ast.ImportSpec {
	specs := map[string]*ast.ImportSpec{}
	for _, spec := range f.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			specs[p] = spec
		}
	}
	return specs
}

// thirdParty says whether an import path is neither ours nor the standard library's.
func thirdParty(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return strings.Contains(first, ".") && !under(importPath, module)
}

// under says whether p is dir or lies below it.
func under(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// ours returns the folder of a package of this module.
func ours(importPath string) (dir string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// at names a place for a report.
func (t *tree) at(pos token.Pos) string {
	p := t.fset.Position(pos)
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// load reads a module. What .gitignore names is left out, and so are nested
// modules, which have rules of their own.
func load(fsys fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet(), text: map[string]string{}}
	var ignored []string
	if list, err := fs.ReadFile(fsys, ".gitignore"); err == nil {
		for lines := bufio.NewScanner(bytes.NewReader(list)); lines.Scan(); {
			ignored = append(ignored, strings.TrimSuffix(lines.Text(), "/"))
		}
	}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == "." {
			return err
		}
		for _, pattern := range ignored {
			name := d.Name()
			if rooted, ok := strings.CutPrefix(pattern, "/"); ok {
				name, pattern = p, rooted
			}
			if match, _ := path.Match(pattern, name); match {
				return skip(d)
			}
		}
		if d.IsDir() {
			_, err := fs.Stat(fsys, path.Join(p, "go.mod"))
			if d.Name() == ".git" || err == nil {
				return fs.SkipDir
			}
		}
		if !strings.Contains(p, "/") {
			t.top = append(t.top, p)
		}
		if d.IsDir() || d.Name() == ".git" || !d.Type().IsRegular() {
			return nil
		}
		return t.add(fsys, p)
	})
	return t, err
}

func skip(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func (t *tree) add(fsys fs.FS, p string) error {
	data, err := fs.ReadFile(fsys, p)
	if err != nil {
		return err
	}
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil
	}
	t.text[p] = string(data)
	if path.Ext(p) != ".go" || slices.Contains(strings.Split(p, "/"), "testdata") {
		return nil
	}
	parsed, err := parser.ParseFile(t.fset, p, data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.gos = append(t.gos, &goFile{path: p, dir: path.Dir(p), test: strings.HasSuffix(p, "_test.go"), File: parsed})
	return nil
}

// A rule returns the places that break it.
type rule func(*tree) []string

// A fault is a tree in memory and a piece of the one complaint it must cause;
// no complaint at all if want is empty.
type fault struct {
	name  string
	want  string
	files map[string]string
}

// check holds the module to a rule and the rule to its faults.
func check(t *testing.T, r rule, faults []fault) {
	t.Run("module", func(t *testing.T) {
		this, err := load(os.DirFS(filepath.Join("..", "..")))
		if err != nil {
			t.Fatal(err)
		}
		if len(this.gos) < 10 {
			t.Fatalf("only %d Go files seen: the rules look at the wrong place", len(this.gos))
		}
		for _, place := range r(this) {
			t.Error(place)
		}
	})
	broken := 0
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			fsys := fstest.MapFS{}
			for name, text := range f.files {
				fsys[name] = &fstest.MapFile{Data: []byte(text)}
			}
			small, err := load(fsys)
			if err != nil {
				t.Fatal(err)
			}
			got := r(small)
			switch {
			case f.want == "" && len(got) > 0:
				t.Errorf("a sound tree is refused: %q", got)
			case f.want != "" && (len(got) != 1 || !strings.Contains(got[0], f.want)):
				t.Errorf("got %q\nwant one complaint with %q", got, f.want)
			}
		})
		if f.want != "" {
			broken++
		}
	}
	if broken == 0 {
		t.Error("no fault shows that this rule can fail")
	}
}
