package schema

import (
	"bytes"
	"encoding/json"
)

// Everything here walks through JSON that is known to be sound.

// rawMember is a member of an object, its name without escapes.
type rawMember struct{ name, value []byte }

// rawMembers appends the members of the object that begins at i, and gives its end.
func rawMembers(out []rawMember, b []byte, i int) (all []rawMember, end int) {
	for i = rawSpace(b, i+1); b[i] != '}'; {
		quote, _, escapes, _, _ := textEnd(b, i+1)
		name := b[i+1 : quote]
		if escapes {
			name = rawText(b[i : quote+1])
		}
		from := rawSpace(b, rawSpace(b, quote+1)+1)
		to := rawEnd(b, from)
		out = append(out, rawMember{name, b[from:to]})
		i = rawNext(b, to)
	}
	return out, i + 1
}

// rawValue gives the value of a member; nil if there is none.
func rawValue(of []rawMember, name string) []byte {
	for i := range of {
		if string(of[i].name) == name {
			return of[i].value
		}
	}
	return nil
}

// rawNext goes from the end of an element or member to the next one, or to the end
// of what it is in.
func rawNext(b []byte, i int) int {
	if i = rawSpace(b, i); b[i] == ',' {
		i = rawSpace(b, i+1)
	}
	return i
}

// rawText gives a text without its quotes and escapes.
func rawText(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b[1 : len(b)-1]
	}
	var s string
	if json.Unmarshal(b, &s) != nil {
		return nil // it is sound, so this cannot be
	}
	return []byte(s)
}

func rawSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// rawEnd gives the end of the value that begins at i.
func rawEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch c := b[i]; c {
		case '"':
			i, _, _, _, _ = textEnd(b, i+1)
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // behind a number
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}
