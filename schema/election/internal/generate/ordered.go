package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// A node is a JSON value that remembers the order of its members, which is the
// order of a struct's fields and of a page's rows.
type node struct {
	names   []string
	members map[string]*node
	list    []*node
	scalar  any // string, json.Number, bool or nil
}

func parse(data []byte) (*node, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return readNode(d)
}

func readNode(d *json.Decoder) (*node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	n := &node{}
	switch token {
	case json.Delim('{'):
		n.members = map[string]*node{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			below, err := readNode(d)
			if err != nil {
				return nil, err
			}
			n.names = append(n.names, name.(string))
			n.members[name.(string)] = below
		}
		_, err = d.Token()
	case json.Delim('['):
		n.list = []*node{}
		for d.More() {
			below, err := readNode(d)
			if err != nil {
				return nil, err
			}
			n.list = append(n.list, below)
		}
		_, err = d.Token()
	default:
		n.scalar = token
	}
	return n, err
}

// at gives the member below names, or nil.
func (n *node) at(names ...string) *node {
	for _, name := range names {
		if n == nil {
			return nil
		}
		n = n.members[name]
	}
	return n
}

// text gives the scalar as text; "" for nil.
func (n *node) text() string {
	if n == nil || n.scalar == nil {
		return ""
	}
	return fmt.Sprint(n.scalar)
}

// texts gives a list of scalars as texts, and a scalar as a list of one.
func (n *node) texts() []string {
	var out []string
	switch {
	case n == nil:
	case n.list != nil:
		for _, e := range n.list {
			out = append(out, e.text())
		}
	default:
		out = append(out, n.text())
	}
	return out
}
