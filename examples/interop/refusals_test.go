package interop

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
)

// faults are the envelopes that testdata/faults.py makes, and "" for those that
// must open nevertheless.
var faults = []struct {
	name string
	want envelope.Reason
}{
	{"honest", ""},
	{"blanks and lines between the members", ""},
	{"in the last second of the skew", ""},

	{"signed by another key", envelope.ReasonUnknownKey},
	{"signed by another key under the sender's kid", envelope.ReasonBadSignature},
	{"signature of zeros", envelope.ReasonBadSignature},
	{"signature cut short", envelope.ReasonMalformed},
	{"a fourth segment", envelope.ReasonMalformed},
	{"an empty payload", envelope.ReasonMalformed},
	{"an algorithm that is not the key's", envelope.ReasonBadSignature},
	{"passed on to another key", envelope.ReasonNotForMe},
	{"content swapped", envelope.ReasonBadContent},
	{"content left out", envelope.ReasonBadContent},
	{"seed swapped", envelope.ReasonBadContent},
	{"no seed", envelope.ReasonMalformed},
	{"padding that is not zero", envelope.ReasonBadContent},
	{"padding that is missing", envelope.ReasonBadContent},
	{"a seed that is not the signed one", envelope.ReasonBadContent},
	{"signed as a receipt", envelope.ReasonMalformed},
	{"encrypted as a receipt", envelope.ReasonMalformed},
	{"encrypted without a type", envelope.ReasonMalformed},
	{"compressed", envelope.ReasonMalformed},
	{"another content encryption", envelope.ReasonMalformed},
	{"a header member that is not ours", envelope.ReasonMalformed},
	{"signed with another header member", envelope.ReasonMalformed},
	{"signed under a header with blanks", envelope.ReasonMalformed},
	{"signed under a header with an escape", envelope.ReasonMalformed},
	{"signed under a header with a member twice", envelope.ReasonMalformed},
	{"another recipient party", envelope.ReasonForwarded},
	{"another recipient key", envelope.ReasonForwarded},
	{"another sender named", envelope.ReasonUnknownKey},
	{"another purpose", envelope.ReasonPurposeMismatch},
	{"another agreement", envelope.ReasonNoAgreement},
	{"another definition", envelope.ReasonUnknownDefinition},
	{"expired", envelope.ReasonExpired},
	{"not yet valid", envelope.ReasonNotYetValid},
	{"31 days of life", envelope.ReasonLifetime},
	{"records miscounted", envelope.ReasonStructure},
	{"a record without its line feed", envelope.ReasonStructure},
	{"a version to come", envelope.ReasonNewerVersion},
	{"content in a body", envelope.ReasonMisuse},
	{"a later version that is a text", envelope.ReasonMalformed},
	{"a version of 0", envelope.ReasonMalformed},
	{"not before its issue", envelope.ReasonMalformed},
	{"over before it begins", envelope.ReasonMalformed},
	{"more parties than keys", envelope.ReasonMalformed},
	{"a party twice", envelope.ReasonMalformed},
	{"a key twice", envelope.ReasonMalformed},
	{"a length that is a text", envelope.ReasonMalformed},
	{"a length below zero", envelope.ReasonMalformed},
	{"content with a member that nobody knows", envelope.ReasonMalformed},
	{"a media type that is no sequence", envelope.ReasonStructure},
	{"an empty record", envelope.ReasonStructure},
	{"a member that nobody knows", envelope.ReasonMalformed},
	{"a member twice", envelope.ReasonMalformed},
	{"a member missing", envelope.ReasonMalformed},
	{"a null member", envelope.ReasonMalformed},
	{"a number with a fraction", envelope.ReasonMalformed},
	{"a number that rounds", envelope.ReasonMalformed},
	{"a number beyond 2^53", envelope.ReasonMalformed},
	{"less than nothing", envelope.ReasonMalformed},
	{"a list for a manifest", envelope.ReasonMalformed},
	{"a manifest beyond 64 KiB", envelope.ReasonTooLarge},
	{"something behind the manifest", envelope.ReasonMalformed},

	// Made here from the honest one.
	{"something behind the file", envelope.ReasonMalformed},
	{"cut short", envelope.ReasonMalformed},
	{"empty", envelope.ReasonMalformed},
	{"no token", envelope.ReasonMalformed},
	{"a file of a version to come", envelope.ReasonNewerVersion},
	{"a token of 8 MiB and a byte", envelope.ReasonTooLarge},
	{"a token of six segments", envelope.ReasonMalformed},
	{"an empty encrypted key", envelope.ReasonMalformed},
	{"an encrypted key of 48 bytes", envelope.ReasonMalformed},
	{"an iv of 16 bytes", envelope.ReasonMalformed},
	{"a tag that begins earlier", envelope.ReasonMalformed},
	{"a header with blanks", envelope.ReasonMalformed},
	{"a header with a member twice", envelope.ReasonMalformed},
	{"a header beyond 1 KiB", envelope.ReasonMalformed},
	{"an ephemeral key with a private part", envelope.ReasonMalformed},
	{"an ephemeral key that is a text", envelope.ReasonMalformed},
	{"a kid that is a number", envelope.ReasonMalformed},
	{"unused bits", envelope.ReasonMalformed},
	{"base64 with its padding", envelope.ReasonMalformed},
	{"another algorithm for the key", envelope.ReasonCannotOpen},
	{"a count without tokens", envelope.ReasonMalformed},
	{"65 tokens", envelope.ReasonMalformed},
	{"an empty token", envelope.ReasonMalformed},
}

// Everybody refuses the same, for the same reason.
func TestInteropRefusals(t *testing.T) {
	all := peers(t)
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	first, second := generate(t, envelope.ECDHES), generate(t, envelope.ECDHES)
	writeKeys(t, dir, "sender", generate(t, envelope.ES256))
	writeKeys(t, dir, "stranger", generate(t, envelope.ES256))
	writeKeys(t, dir, "first", first)
	writeKeys(t, dir, "second", second)
	d := plan()
	d.Recipients = []recipient{{parties[0], jwk(t, first)}}
	writeJSON(t, dir, "draft", d)
	writeJSON(t, dir, "expect", expected(parties[0]))
	python := languages(t)[0]
	cmd := exec.Command(python.command[0], append(python.command[1:], filepath.Join(python.folder, "faults.py"), python.folder,
		fmt.Sprint(envelopetest.Now().Unix()), dir)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	honest := read(t, path("honest.segel"))
	write(t, dir, "something behind the file.segel", append(bytes.Clone(honest), 0))
	write(t, dir, "cut short.segel", honest[:len(honest)-1])
	write(t, dir, "empty.segel", nil)
	write(t, dir, "no token.segel", []byte("segel/1\n\x00\x00"))
	write(t, dir, "a file of a version to come.segel", append([]byte("segel/2\n"), honest[8:]...))
	write(t, dir, "a token of 8 MiB and a byte.segel", append([]byte("segel/1\n\x00\x01\x00\x80\x00\x01"), honest[14:]...))

	write(t, dir, "a count without tokens.segel", []byte("segel/1\n\x00\x01\x00\x00"))
	write(t, dir, "65 tokens.segel", append([]byte("segel/1\n\x00\x41"), bytes.Repeat(honest[10:], 65)...))
	write(t, dir, "an empty token.segel", []byte("segel/1\n\x00\x01\x00\x00\x00\x00"))

	last := len(honest) - 1 // of 16 bytes in base64url, the last character has four bits to spare
	write(t, dir, "unused bits.segel", append(bytes.Clone(honest[:last]), honest[last]+1))
	padded := append(bytes.Clone(honest), "=="...)
	binary.BigEndian.PutUint32(padded[10:], uint32(len(padded)-14))
	write(t, dir, "base64 with its padding.segel", padded)
	for name, change := range tokenFaults {
		write(t, dir, name+".segel", retoken(t, honest, change))
	}

	var jobs []job
	for _, f := range faults {
		jobs = append(jobs, job{"open", path(f.name + ".segel"), path("expect"), path("first.private.jwks"), path("sender.public.jwks"), path(f.name)})
	}
	// One byte changed, in every part of the file, and what that is taken for.
	const step = 41
	for i := 0; i < len(honest); i += step {
		changed := bytes.Clone(honest)
		changed[i] ^= 1
		name := fmt.Sprint("byte", i)
		write(t, dir, name+".segel", changed)
		jobs = append(jobs, job{"open", path(name + ".segel"), path("expect"), path("first.private.jwks"), path("sender.public.jwks"), path(name)})
	}
	// A sound envelope in other hands.
	type other struct {
		name string
		want envelope.Reason
		at   int // which argument is another
		with string
	}
	others := []other{
		{"another recipient's keys", envelope.ReasonNotForMe, 3, "second.private.jwks"},
		{"another sender's keys", envelope.ReasonUnknownKey, 4, "stranger.public.jwks"},
		{"another recipient's name", envelope.ReasonForwarded, 2, "expect2"},
		{"another sender's name", envelope.ReasonUnknownKey, 2, "expect3"},
		{"no purpose expected", envelope.ReasonMisuse, 2, "expect4"},
		{"passed on, opened with that key", envelope.ReasonForwarded, 1, "passed on to another key.segel"},
	}
	writeJSON(t, dir, "expect2", expected(parties[1]))
	third := expected(parties[0])
	third.Sender = "kpu/sipol"
	writeJSON(t, dir, "expect3", third)
	third.Purpose, third.Sender = "", plan().Sender
	writeJSON(t, dir, "expect4", third)
	for i, o := range others {
		j := append(job{}, jobs[0]...)
		j[o.at], j[5] = path(o.with), path(fmt.Sprint("other", i))
		if o.at == 1 {
			j[2], j[3] = path("expect2"), path("second.private.jwks")
		}
		jobs = append(jobs, j)
	}

	ends := make([][]string, len(all))
	for n, p := range all {
		mine := make([]job, len(jobs))
		for i, j := range jobs {
			mine[i] = append(job{}, j...)
			mine[i][5] += p.name
		}
		ends[n] = p.run(t, envelopetest.Now(), mine)
		for i, end := range ends[n] {
			if _, err := os.Stat(mine[i][5]); (err == nil) != (end == "") {
				t.Errorf("%s: %s ends with %q, and its output is there: %v", p.name, filepath.Base(mine[i][1]), end, err == nil)
			}
		}
	}
	widths := []int{44, 18}
	line := func(name string, want envelope.Reason, i int) {
		cells := []string{name}
		for n := range all {
			cell := strings.ReplaceAll(ends[n][i], "\n", " ")
			if cell != string(want) {
				t.Errorf("%s: %s says %q, want %q", name, all[n].name, cell, want)
			}
			if cell == "" {
				cell = "ok"
			}
			cells = append(cells, cell)
		}
		row(t, widths, cells...)
	}
	row(t, widths, "an envelope of jwcrypto", all[0].name, all[1].name, all[2].name)
	for i, f := range faults {
		line(f.name, f.want, i)
	}
	rest := len(jobs) - len(others)
	for i, o := range others {
		line(o.name, o.want, rest+i)
	}
	for i := len(faults); i < rest; i++ {
		for n := range all {
			// Whether a point lies on its curve is for the library to say, and it does
			// when it opens.
			onOpening := ends[0][i] == string(envelope.ReasonMalformed) && ends[n][i] == string(envelope.ReasonCannotOpen)
			if ends[n][i] == "" || ends[n][i] != ends[0][i] && !onOpening {
				t.Errorf("%s: %s says %q, Go %q", filepath.Base(jobs[i][1]), all[n].name, ends[n][i], ends[0][i])
			}
		}
	}
	row(t, widths, fmt.Sprintf("one byte changed, in %d places", rest-len(faults)), "refused", "refused", "refused")
}

// tokenFaults change the segments of the honest token as somebody on the way
// could: header, encrypted key, iv, ciphertext, tag.
var tokenFaults = map[string]func(s [][]byte) [][]byte{
	"a token of six segments":      func(s [][]byte) [][]byte { return append(s, []byte("x")) },
	"an empty encrypted key":       func(s [][]byte) [][]byte { s[1] = nil; return s },
	"an encrypted key of 48 bytes": func(s [][]byte) [][]byte { s[1] = append(s[1], s[1][:8]...); return s },
	"an iv of 16 bytes":            func(s [][]byte) [][]byte { s[2] = append(s[2], 0, 0, 0, 0); return s },
	"a tag that begins earlier": func(s [][]byte) [][]byte {
		end := len(s[3]) - 8
		s[3], s[4] = s[3][:end:end], slices.Concat(s[3][end:], s[4])
		return s
	},
	"a header with blanks":                 header(",", ", "),
	"a header with a member twice":         header("{", `{"enc":"A256GCM",`),
	"a header beyond 1 KiB":                header(`"x":"`, `"x":"`+strings.Repeat("A", 1024)),
	"an ephemeral key with a private part": header(`"kty":`, `"d":"AA","kty":`),
	"an ephemeral key that is a text": func(s [][]byte) [][]byte {
		s[0] = regexp.MustCompile(`"epk":{[^}]*}`).ReplaceAll(s[0], []byte(`"epk":"kty"`))
		return s
	},
	"a kid that is a number": func(s [][]byte) [][]byte {
		s[0] = regexp.MustCompile(`"kid":"[^"]*"`).ReplaceAll(s[0], []byte(`"kid":1`))
		return s
	},
	"another algorithm for the key": func(s [][]byte) [][]byte {
		s[0] = regexp.MustCompile(`"epk":{[^}]*},`).ReplaceAll(s[0], nil)
		s[0] = bytes.Replace(s[0], []byte("ECDH-ES+A256KW"), []byte("RSA-OAEP-256"), 1)
		s[1] = bytes.Repeat([]byte{1}, 256)
		return s
	},
}

func header(old, new string) func(s [][]byte) [][]byte {
	return func(s [][]byte) [][]byte { s[0] = bytes.Replace(s[0], []byte(old), []byte(new), 1); return s }
}

// retoken returns a file of one token with its segments changed.
func retoken(t *testing.T, file []byte, change func(s [][]byte) [][]byte) []byte {
	t.Helper()
	var raw [][]byte
	for segment := range bytes.SplitSeq(file[14:], []byte{'.'}) {
		b, err := base64.RawURLEncoding.DecodeString(string(segment))
		if err != nil {
			t.Fatal(err)
		}
		raw = append(raw, b)
	}
	var segments []string
	for _, b := range change(raw) {
		segments = append(segments, base64.RawURLEncoding.EncodeToString(b))
	}
	token := strings.Join(segments, ".")
	if token == string(file[14:]) {
		t.Fatal("a fault that changes nothing")
	}
	return append(binary.BigEndian.AppendUint32([]byte("segel/1\n\x00\x01"), uint32(len(token))), token...)
}
