package schema

import (
	"encoding/binary"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// TestWords holds what looks at eight bytes at once against what looks at one.
func TestWords(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var b [8]byte
		for i := range b {
			b[i] = "0123456789/:,}\x00\x7f\x80\xb5 "[r.IntN(19)]
		}
		w := binary.LittleEndian.Uint64(b[:])
		marks := notDigits(w)
		for i, c := range b {
			if (marks>>(8*i)&0xff == 0x80) == isDigit(c) {
				t.Fatalf("notDigits of %q: got %x", b, marks)
			}
		}
		digits := len(b) - len(strings.TrimLeft(string(b[:]), "0123456789"))
		if got := first(marks); got != digits {
			t.Fatalf("first of %q: got %d, want %d", b, got, digits)
		}
		for n := 1; n <= digits; n++ {
			if want, _ := strconv.ParseInt(string(b[:n]), 10, 64); number8(w, n) != want {
				t.Fatalf("number8 of %q: got %d, want %d", b[:n], number8(w, n), want)
			}
		}
		for i := range 12 {
			var want [8]byte
			copy(want[:], b[min(i, 8):])
			if got := wordAt(b[:], i); got != binary.LittleEndian.Uint64(want[:]) {
				t.Fatalf("wordAt %q at %d: got %x", b, i, got)
			}
			copy(want[:], b[min(i, 5):5])
			clear(want[max(0, 5-i):])
			if got := wordAt(b[:5], i); got != binary.LittleEndian.Uint64(want[:]) {
				t.Fatalf("wordAt %q at %d: got %x", b[:5], i, got)
			}
		}
	}
}

func TestWindow(t *testing.T) {
	const line = `"pengguna_non_dpt_j":12,"x":1`
	for n := range windowBytes + 1 {
		w := newWindow(line[:n])
		if !w.begins([]byte(line)) {
			t.Errorf("does not begin with its first %d bytes", n)
		}
		for i := range windowBytes {
			other := []byte(line)
			other[i] ^= 0x80
			if got, want := w.begins(other), i >= n; got != want {
				t.Errorf("%d bytes, byte %d changed: got %v", n, i, got)
			}
		}
	}
}

// TestPack: no two texts are one word, and longer ones are none.
func TestPack(t *testing.T) {
	seen := map[uint64]string{}
	for _, s := range []string{"", "\x00", "\x00\x00", "a", "a\x00", "ab", "ba", "abc", "abcd", "abcde", "abcdef", "abcdefg", "abcdefg\x00"[:7], "\x01", "0000000", "000000"} {
		w, ok := pack([]byte(s))
		if other, is := seen[w]; is && other != s || !ok {
			t.Errorf("%q: got %x, %v, as %q", s, w, ok, other)
		}
		seen[w] = s
	}
	if _, ok := pack([]byte("abcdefgh")); ok {
		t.Error("eight bytes were packed")
	}
}

// TestSets: enum over short texts, long ones and many.
func TestSets(t *testing.T) {
	texts := []any{"", "a", "ab", "pdpr", "pdprdp", "sevenby", "eightbyt", "and more than that"}
	var many []any
	for i := range 20 {
		many = append(many, strconv.Itoa(i), strings.Repeat("x", i))
	}
	for _, of := range [][]any{texts, many} {
		s := newSet(of)
		for _, v := range of {
			if !s.hasText([]byte(v.(string))) {
				t.Errorf("%q is missing", v)
			}
			if text := v.(string) + "\x00"; s.hasText([]byte(text)) {
				t.Errorf("%q is there", text)
			}
		}
	}
}
