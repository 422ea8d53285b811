package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/segel-id/segel/schema"
)

// A dataset is one definition as the struct and the pages need it.
type dataset struct {
	id     string // "sirekap/hasil-tps"
	def    *schema.Definition
	norm   *node
	fields []*field
}

// A field is one member of a record, or of an object below it.
type field struct {
	name     string
	pointer  string // as in the definition, with * for elements and # for numbered members
	kind     string // string, integer, number, boolean, object, array, scalar (number or text), numbered, votes
	required bool
	nullable bool
	about    string // the description, in English
	limits   *node
	of       *field   // element of an array, member of a numbered object
	fields   []*field // members of an object
}

func (d *dataset) system() string { system, _, _ := strings.Cut(d.id, "/"); return system }
func (d *dataset) name() string   { _, name, _ := strings.Cut(d.id, "/"); return name }

// load reads the latest version of every definition below dir.
func load(dir string) ([]*dataset, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "*.texts.json"))
	if err != nil {
		return nil, err
	}
	var all []*dataset
	for _, file := range files {
		base := strings.TrimSuffix(file, ".texts.json")
		if strings.Contains(filepath.Base(base), "@") {
			continue // an earlier version
		}
		texts, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		norm, err := os.ReadFile(base + ".json")
		if err != nil {
			return nil, err
		}
		d := &dataset{}
		if d.def, err = schema.ParseDefinition(norm, texts); err != nil {
			return nil, fmt.Errorf("%s: %w", base, err)
		}
		if d.norm, err = parse(norm); err != nil {
			return nil, err
		}
		d.id = d.def.Ref().ID
		if d.fields, err = d.members(d.norm.at("schema"), ""); err != nil {
			return nil, fmt.Errorf("%s: %w", d.id, err)
		}
		all = append(all, d)
	}
	return all, nil
}

func (d *dataset) members(schema *node, at string) ([]*field, error) {
	var out []*field
	required := schema.at("required").texts()
	properties := schema.at("properties")
	if properties == nil {
		return nil, nil
	}
	for _, name := range properties.names {
		f, err := d.field(name, at+"/"+name, properties.at(name))
		if err != nil {
			return nil, err
		}
		f.required = slices.Contains(required, name)
		out = append(out, f)
	}
	return out, nil
}

// field reads what a schema says of one member. What it does not understand is
// an error: a member must not be missing from a struct unnoticed.
func (d *dataset) field(name, at string, s *node) (*field, error) {
	if ref := s.at("$ref"); ref != nil {
		s = d.norm.at("schema", "$defs", strings.TrimPrefix(ref.text(), "#/$defs/"))
	}
	f := &field{name: name, pointer: at, about: s.at("description").text(), limits: s}
	types := s.at("type").texts()
	for _, branch := range branches(s) {
		types = append(types, branch.at("type").texts()...)
	}
	if enum := s.at("enum"); len(types) == 0 && enum != nil {
		types = append(types, "string")
		for _, v := range enum.list {
			if v.scalar == nil {
				types = append(types, "null")
			}
		}
	}
	f.nullable = slices.Contains(types, "null")
	types = slices.DeleteFunc(types, func(t string) bool { return t == "null" })
	slices.Sort(types)
	types = slices.Compact(types)
	var err error
	switch kind := strings.Join(types, " "); {
	case kind == "object" && s.at("patternProperties") != nil:
		f.kind = "numbered"
		f.of, err = d.field("", at+"/#", s.at("patternProperties", "^[0-9]+$"))
	case kind == "object":
		f.kind = kind
		f.fields, err = d.members(s, at)
	case kind == "array":
		f.kind = kind
		f.of, err = d.field("", at+"/*", s.at("items"))
	case kind == "" && s.at("properties", "jml_suara_total") != nil, kind == "integer object":
		f.kind = "votes"
		f.fields, err = d.members(s, at)
	case kind == "number string" || kind == "integer string":
		f.kind = "scalar"
	case slices.Contains([]string{"string", "integer", "number", "boolean"}, kind):
		f.kind = kind
	default:
		err = fmt.Errorf("%s: no Go type for %q", at, kind)
	}
	return f, err
}

func branches(s *node) []*node {
	if any := s.at("anyOf"); any != nil {
		return any.list
	}
	return nil
}
