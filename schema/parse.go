package schema

import (
	"crypto/sha256"

	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/form"
)

// maxDocumentBytes limits each of the two documents of a definition.
const maxDocumentBytes = 1 << 20

// ParseDefinition reads a definition. norm is the normative document, whose
// grammar the package documentation gives; texts holds the labels and messages
// for it. Both are read strictly: unknown or duplicate members, operators,
// schema keywords and formats are refused, and so are pointers to places that
// the schema does not declare.
//
// The definition's digest is SHA-256("segel/1 definition" LF ‖ norm), over the
// bytes as given. The texts are not part of it, so that a better wording does
// not make a new definition.
//
// Each document has at most 1 MiB. The error is an [*Error] with
// ReasonBadDefinition or ReasonTooLarge.
func ParseDefinition(norm, texts []byte) (*Definition, error) {
	if len(norm) > maxDocumentBytes || len(texts) > maxDocumentBytes {
		return nil, &Error{Reason: ReasonTooLarge}
	}
	c := &compiler{reader: reader{reason: ReasonBadDefinition}}
	doc, bad := scan(norm)
	if bad != nil {
		return nil, &Error{Reason: ReasonBadDefinition, Where: bad.id}
	}
	m := c.object(doc, "", "segel", "id", "version", "classification", "purposes", "keys", "sensitive", "legalDate", "schema", "values", "rules", "groups", "references")
	c.oneOf(m["segel"], "/segel", "definition/1")
	d := &Definition{
		ref:            Ref{ID: c.text(m["id"], "/id"), Version: c.text(m["version"], "/version"), Digest: digest(norm)},
		classification: Classification(c.oneOf(m["classification"], "/classification", string(Public), string(Restricted))),
		names:          map[string]bool{},
	}
	if !form.Dataset(d.ref.ID) {
		c.fail("/id")
	}
	if !form.Version(d.ref.Version) {
		c.fail("/version")
	}
	d.parseSchema(c, m["schema"])
	if c.err == nil {
		d.parseFields(c, m)
		d.parseRules(c, m)
	}
	if c.err == nil {
		d.parseTexts(&c.reader, texts)
	}
	if c.err != nil {
		return nil, c.err
	}
	d.program, d.why = compile(d)
	return d, nil
}

func digest(norm []byte) string {
	h := sha256.New()
	h.Write([]byte("segel/1 definition\n"))
	h.Write(norm)
	return base64url.Encode(h.Sum(nil))
}

func (d *Definition) parseSchema(c *compiler, v any) {
	c.schema = c.dict(v, "/schema")
	c.vetSchema(v, "/schema", d.names, 0)
	if c.err != nil {
		return
	}
	if c.schema["type"] != "object" {
		c.fail("/schema/type") // records are objects
		return
	}
	if !bounded(c.schema) {
		c.fail("/schema")
		return
	}
	d.schema = c.schema
	var ok bool
	if d.engine, ok = newLibrary(v); !ok {
		c.fail("/schema")
	}
}

func (d *Definition) parseFields(c *compiler, m map[string]any) {
	for i, v := range c.list(m["purposes"], "/purposes") {
		code := purpose.Code(c.text(v, index("/purposes", i)))
		if !code.Valid() || d.Carries(code) {
			c.fail(index("/purposes", i))
		}
		d.purposes = append(d.purposes, code)
	}
	for i, v := range c.list(m["keys"], "/keys") {
		key := c.single(v, index("/keys", i))
		// Only scalars are told apart by the key's digest.
		if c.err == nil && !always(d.schema, d.schema, key.steps, scalar) {
			c.fail(index("/keys", i))
		}
		d.keys = append(d.keys, key)
	}
	// A dataset that no purpose may carry, or whose records have no identity,
	// is an oversight rather than a wish.
	if len(d.purposes) == 0 {
		c.fail("/purposes")
	}
	if len(d.keys) == 0 {
		c.fail("/keys")
	}
	if v := m["legalDate"]; v != nil {
		p := c.single(v, "/legalDate")
		// So a date of another form is a structure error, and no record with
		// one is judged by the law of another day.
		if c.err == nil && !(always(d.schema, d.schema, p.steps, isDay) && always(d.schema, d.schema, p.steps, types("string", "null"))) {
			c.fail("/legalDate")
		}
		d.legalDate = &p
	}
}

func (d *Definition) parseRules(c *compiler, m map[string]any) {
	d.values = map[string]expr{}
	if v := m["values"]; v != nil {
		for i, name := range sortedKeys(c.dict(v, "/values")) {
			if !valueName.MatchString(name) {
				c.fail(index("/values", i))
			}
			d.values[name] = c.expr(v.(map[string]any)[name], index("/values", i))
		}
	}
	c.values = d.values
	seen := map[string]bool{}
	once := func(id, where string) {
		if seen[id] {
			c.fail(where + "/id")
		}
		seen[id] = true
	}
	for i, v := range c.list(m["rules"], "/rules") {
		r := c.rule(v, i)
		once(r.ID, index("/rules", i))
		d.rules = append(d.rules, r)
		d.dated = d.dated || r.dated()
	}
	for i, v := range c.listIfAny(m, "groups") {
		g := c.group(v, i, d)
		once(g.ID, index("/groups", i))
		d.groups = append(d.groups, g)
	}
	for i, v := range c.listIfAny(m, "references") {
		r := c.reference(v, i, d)
		once(r.ID, index("/references", i))
		d.references = append(d.references, r)
	}
	d.vetSensitive(c, m["sensitive"])
	d.vetGroups(c)
	d.markUnique()
	d.vetReferences(c)
}

// listIfAny is a list that may be left out, but not be empty.
func (c *compiler) listIfAny(m map[string]any, name string) []any {
	v, is := m[name]
	if !is {
		return nil
	}
	list := c.list(v, "/"+name)
	if len(list) == 0 {
		c.fail("/" + name)
	}
	return list
}
