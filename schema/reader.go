package schema

import (
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"github.com/segel-id/segel/envelope/purpose"
)

// reader walks a document of ours (definition, texts, mapping) that scan has
// already read strictly, and knows the place of each part, so that an error
// can point there in the words of the document's grammar alone.
type reader struct {
	reason Reason
	err    *Error
}

// fail records the first error. The place consists of member names of the
// grammar and indexes; a name chosen by the document's author never enters.
func (r *reader) fail(where string) {
	if r.err == nil {
		r.err = &Error{Reason: r.reason, Where: where}
	}
}

// object gives v as an object that has no members but those allowed.
func (r *reader) object(v any, where string, allowed ...string) map[string]any {
	m, ok := v.(map[string]any)
	if !ok {
		r.fail(where)
		return nil
	}
	for name := range m {
		if !slices.Contains(allowed, name) {
			r.fail(where)
		}
	}
	return m
}

// dict gives v as an object with names of the author's choice.
func (r *reader) dict(v any, where string) map[string]any {
	m, ok := v.(map[string]any)
	if !ok {
		r.fail(where)
	}
	return m
}

func (r *reader) list(v any, where string) []any {
	a, ok := v.([]any)
	if !ok {
		r.fail(where)
	}
	return a
}

// text gives v as a string that is not empty and fits on one line, because
// much of it ends up in findings and logs.
func (r *reader) text(v any, where string) string {
	s, ok := v.(string)
	if !ok || s == "" || len(s) > 2000 || strings.ContainsFunc(s, unicode.IsControl) {
		r.fail(where)
	}
	return s
}

// optional gives v as a string, "" for null or absent.
func (r *reader) optional(v any, where string) string {
	if v == nil {
		return ""
	}
	return r.text(v, where)
}

func (r *reader) oneOf(v any, where string, allowed ...string) string {
	s := r.text(v, where)
	if !slices.Contains(allowed, s) {
		r.fail(where)
	}
	return s
}

func (r *reader) integer(v any, where string) int64 {
	n, ok := v.(json.Number)
	if ok {
		var i int64
		if i, ok = integer(n); ok {
			return i
		}
	}
	r.fail(where)
	return 0
}

func (r *reader) pointer(v any, where string) pointer {
	p, ok := parsePointer(r.text(v, where))
	if !ok {
		r.fail(where)
	}
	return p
}

// both gives v as {"id": …, "en": …}, each present.
func (r *reader) both(v any, where string) purpose.Text {
	m := r.object(v, where, "id", "en")
	return purpose.Text{ID: r.text(m["id"], where+"/id"), EN: r.text(m["en"], where+"/en")}
}

func index(where string, i int) string { return where + "/" + strconv.Itoa(i) }

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
