package schema

import (
	"slices"
	"strconv"
	"strings"
)

// Registry holds definitions for look-up. It is immutable and safe for
// concurrent use; there is no global one.
type Registry struct {
	defs []*Definition // by id, then version
}

// NewRegistry makes a registry of the definitions. Two with the same id and
// version are refused, even if they are equal, and so is nil; the error is an
// [*Error] with ReasonBadDefinition.
func NewRegistry(defs ...*Definition) (*Registry, error) {
	r := &Registry{defs: slices.Clone(defs)}
	if slices.Contains(r.defs, nil) {
		return nil, &Error{Reason: ReasonBadDefinition}
	}
	slices.SortFunc(r.defs, func(a, b *Definition) int {
		if c := strings.Compare(a.ref.ID, b.ref.ID); c != 0 {
			return c
		}
		return compareVersions(a.ref.Version, b.ref.Version)
	})
	for i := 1; i < len(r.defs); i++ {
		a, b := r.defs[i-1].ref, r.defs[i].ref
		if a.ID == b.ID && a.Version == b.Version {
			return nil, &Error{Reason: ReasonBadDefinition}
		}
	}
	return r, nil
}

// Latest gives the highest version of a dataset, for sealing. The error is an
// [*Error] with ReasonUnknownDefinition.
func (r *Registry) Latest(id string) (*Definition, error) {
	for _, d := range slices.Backward(r.defs) {
		if d.ref.ID == id {
			return d, nil
		}
	}
	return nil, &Error{Reason: ReasonUnknownDefinition}
}

// Resolve gives the definition that ref names: id, version and digest must all
// be the same, so that both sides compute the same findings. The error is an
// [*Error] with ReasonUnknownDefinition.
func (r *Registry) Resolve(ref Ref) (*Definition, error) {
	for _, d := range r.defs {
		if d.ref == ref {
			return d, nil
		}
	}
	return nil, &Error{Reason: ReasonUnknownDefinition}
}

// All lists the definitions by id, then version.
func (r *Registry) All() []*Definition { return slices.Clone(r.defs) }

// compareVersions compares a.b.c number by number; 1.10.0 is above 1.9.0.
func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		m, _ := strconv.Atoi(x[i])
		n, _ := strconv.Atoi(y[i])
		if m != n {
			return m - n
		}
	}
	return len(x) - len(y)
}
