package schema

import (
	"errors"
	"strings"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// An engine checks the structure of a record that scan has read. It is the
// one seam to the JSON Schema library: nothing else of it is used, and
// whatever replaces it must report the same violations.
type engine interface {
	check(record any) []violation
}

// violation is a broken keyword of the schema: the id of a structure finding
// and the way to the value, in the record's own names.
type violation struct {
	id   string
	path []string
}

// library is the engine behind jsonschema/v6.
type library struct{ schema *jsonschema.Schema }

// refusingLoader answers every attempt to load a document, be it a file or a
// URL, with an error: a definition is complete in itself.
type refusingLoader struct{}

var errNoLoading = errors.New("documents are not loaded")

func (refusingLoader) Load(string) (any, error) { return nil, errNoLoading }

// newLibrary compiles a schema; false says that it is not a schema. The
// library is not ours, so a panic in it must not take the process down.
func newLibrary(doc any) (e engine, ok bool) {
	defer func() {
		if recover() != nil {
			e, ok = nil, false
		}
	}()
	// A hierarchical name, against which every relative reference resolves to
	// something else, which the loader then refuses. It is never looked up.
	const url = "https://segel.invalid/definition.json"
	c := jsonschema.NewCompiler()
	c.UseLoader(refusingLoader{})
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource(url, doc); err != nil {
		return nil, false
	}
	s, err := c.Compile(url)
	if err != nil {
		return nil, false
	}
	return library{s}, true
}

func (l library) check(record any) (out []violation) {
	defer func() {
		if recover() != nil {
			out = []violation{{id: "structure/schema"}}
		}
	}()
	err := l.schema.Validate(record)
	if err == nil {
		return nil
	}
	var failed *jsonschema.ValidationError
	if !errors.As(err, &failed) {
		return []violation{{id: "structure/schema"}}
	}
	// Only kinds and places are taken over. The library's texts are never
	// used: they contain the values.
	return leaves(failed, nil)
}

func leaves(e *jsonschema.ValidationError, out []violation) []violation {
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range e.Causes {
			out = leaves(cause, out)
		}
		return out
	case *kind.Not:
		return append(out, violation{"structure/not", e.InstanceLocation})
	case *kind.Required:
		for _, name := range k.Missing {
			out = append(out, violation{"structure/required", below(e.InstanceLocation, name)})
		}
		return out
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			out = append(out, violation{"structure/additional-properties", below(e.InstanceLocation, name)})
		}
		return out
	}
	return append(out, violation{"structure/" + keyword(e.ErrorKind.KeywordPath()), e.InstanceLocation})
}

func below(path []string, name string) []string {
	return append(append([]string(nil), path...), name)
}

// keyword is the schema keyword in kebab case: minLength is min-length.
func keyword(path []string) string {
	if len(path) == 0 || path[0] == "" {
		return "schema" // false
	}
	var b strings.Builder
	for _, r := range path[0] {
		if unicode.IsUpper(r) {
			b.WriteByte('-')
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}
