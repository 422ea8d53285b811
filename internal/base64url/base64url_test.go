package base64url

import (
	"bytes"
	"testing"
)

func TestOneTextForOneValue(t *testing.T) {
	for name, text := range map[string]string{
		"padding": "QQ==", "line feed": "QUJD\n", "line feed inside": "QU\nJD", "carriage return": "QUJD\r",
		"standard alphabet": "+/+/", "blank": "QUJD ", "unused bits": "QR", "one character": "Q", "five characters": "QUJDQ",
	} {
		if got, ok := Decode([]byte(text)); ok {
			t.Errorf("%s: %q accepted as %x", name, text, got)
		}
		if Valid([]byte(text)) {
			t.Errorf("%s: %q is called valid", name, text)
		}
		if got, ok := AppendDecode(nil, []byte(text)); ok {
			t.Errorf("%s: %q appended as %x", name, text, got)
		}
	}
	for n := range 100 {
		b := bytes.Repeat([]byte{0xfb}, n)
		got, ok := DecodeLen(Encode(b), n)
		if !ok || !bytes.Equal(got, b) || Len(len(Encode(b))) != n {
			t.Errorf("%d bytes do not survive", n)
		}
		if got, ok := AppendDecode([]byte("a"), Append(nil, b)); !ok || string(got) != "a"+string(b) || TextLen(n) != len(Encode(b)) {
			t.Errorf("%d bytes do not survive being appended", n)
		}
		if _, ok := DecodeLen(Encode(b), n+1); ok {
			t.Errorf("%d bytes taken for %d", n, n+1)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("QUJD"))
	f.Add([]byte("QR"))
	f.Fuzz(func(t *testing.T, text []byte) {
		b, ok := Decode(text)
		if ok && Encode(b) != string(text) {
			t.Fatalf("%q is a second text of %x", text, b)
		}
		if ok != Valid(text) {
			t.Fatalf("%q is called valid: %v, and decodes: %v", text, !ok, ok)
		}
		if again, appended := AppendDecode(nil, text); appended != ok || ok && !bytes.Equal(again, b) {
			t.Fatalf("%q decodes: %v, and appended: %v", text, ok, appended)
		}
	})
}
