package synthetic

import (
	"bytes"
	"strconv"
	"strings"
)

// A change alters the finished text of record n. It is made for text that row
// wrote: compact, and every name once in its object. What it does not find it
// leaves alone; then the defect is not found in a check, and the test of the
// dataset fails.
type change func(b []byte, n int) []byte

// set puts raw JSON in the place of a value. The path has the names of members
// and the indexes of elements, parted by slashes: administrasi/suara_sah.
func set(path, raw string) change {
	return func(b []byte, _ int) []byte {
		_, from, to, ok := locate(b, path)
		if !ok {
			return b
		}
		return splice(b, from, to, raw)
	}
}

// plus adds to a whole number.
func plus(path string, more int) change {
	return func(b []byte, _ int) []byte {
		_, from, to, ok := locate(b, path)
		if !ok {
			return b
		}
		v, err := strconv.Atoi(string(b[from:to]))
		if err != nil {
			return b
		}
		return splice(b, from, to, strconv.Itoa(v+more))
	}
}

// drop takes a member or element away, with its comma.
func drop(path string) change {
	return func(b []byte, _ int) []byte {
		name, _, to, ok := locate(b, path)
		if !ok {
			return b
		}
		if to < len(b) && b[to] == ',' {
			return splice(b, name, to+1, "")
		}
		if b[name-1] == ',' {
			name--
		}
		return splice(b, name, to, "")
	}
}

// twice writes a member a second time behind itself.
func twice(path string) change {
	return func(b []byte, _ int) []byte {
		name, _, to, ok := locate(b, path)
		if !ok {
			return b
		}
		return splice(b, to, to, ","+string(b[name:to]))
	}
}

// extra adds members, raw, at the end of the object at the path; "" is the
// record.
func extra(path, members string) change {
	return func(b []byte, _ int) []byte {
		to := len(b)
		if path != "" {
			var ok bool
			if _, _, to, ok = locate(b, path); !ok {
				return b
			}
		}
		return splice(b, to-1, to-1, ","+members)
	}
}

// within puts raw bytes behind the first byte of a text.
func within(path, raw string) change {
	return func(b []byte, _ int) []byte {
		_, from, _, ok := locate(b, path)
		if !ok || b[from] != '"' {
			return b
		}
		return splice(b, from+1, from+1, raw)
	}
}

// cut ends the record some bytes early.
func cut(b []byte, _ int) []byte { return b[:len(b)-7] }

// trailing puts something behind it.
func trailing(b []byte, _ int) []byte { return append(b, " {}"...) }

// listed makes a list of it.
func listed(b []byte, _ int) []byte { return append(splice(b, 0, 0, "["), ']') }

// common are the defects that a record of any dataset can have. text is the
// path of a member that the schema requires and that is a text, part of the
// key or not.
func common(text string, more ...defect) []defect {
	return append([]defect{
		repeated(),
		misshapen("cut-off", "json", cut),
		misshapen("trailing-data", "trailing-data", trailing),
		misshapen("not-an-object", "type", listed),
		misshapen("duplicate-member", "duplicate-member", twice(text)),
		misshapen("missing-"+text, "required", drop(text)),
		misshapen(text+"-as-list", "type", set(text, "[]")),
		misshapen("not-utf8", "utf8", within(text, "\xff")),
		misshapen("lone-surrogate", "surrogate", within(text, `\ud800`)),
		misshapen("number-beyond-2-to-the-53", "number-range", extra("", `"x":9007199254740993`)),
		// A member that no definition knows holds what has no place there.
		broken("leak/nik", extra("", `"x":"https://contoh.invalid/foto/3199990101700001.jpg"`)),
		broken("leak/nkk", extra("", `"x":"No. KK 3199990101700001"`)),
		broken("leak/phone", extra("", `"x":"Hubungi 0812-9999-9999"`)),
		misshapen("nested-too-deeply", "depth", extra("", `"x":`+strings.Repeat("[", 40)+strings.Repeat("]", 40))),
	}, more...)
}

func splice(b []byte, from, to int, with string) []byte {
	tail := bytes.Clone(b[to:])
	return append(append(b[:from], with...), tail...)
}

// locate finds a value: from and to are its ends, name is where its member
// begins, or the element itself.
func locate(b []byte, path string) (name, from, to int, ok bool) {
	from, to = 0, len(b)
	for step := range strings.SplitSeq(path, "/") {
		if name, from, to, ok = child(b, from, step); !ok {
			return 0, 0, 0, false
		}
	}
	return name, from, to, true
}

// child finds a member or element of the object or list that begins at i.
func child(b []byte, i int, step string) (name, from, to int, ok bool) {
	isObject := b[i] == '{'
	if !isObject && b[i] != '[' {
		return 0, 0, 0, false
	}
	i++
	for index := 0; i < len(b) && b[i] != '}' && b[i] != ']'; index++ {
		name = i
		this := strconv.Itoa(index)
		if isObject {
			end := skip(b, i)
			this = string(b[i+1 : end-1])
			i = end + 1
		}
		end := skip(b, i)
		if this == step {
			return name, i, end, true
		}
		if i = end; i < len(b) && b[i] == ',' {
			i++
		}
	}
	return 0, 0, 0, false
}

// skip gives the end of the value that begins at i.
func skip(b []byte, i int) int {
	depth := 0
	for text := false; i < len(b); i++ {
		switch c := b[i]; {
		case text:
			text = c != '"'
			if !text && depth == 0 {
				return i + 1
			}
		case c == '"':
			text = true
		case c == '{', c == '[':
			depth++
		case c == '}', c == ']':
			if depth--; depth <= 0 {
				if depth < 0 {
					return i // behind a number
				}
				return i + 1
			}
		case c == ',' && depth == 0:
			return i
		}
	}
	return i
}
