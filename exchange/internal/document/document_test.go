package document

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/internal/shared"
)

func newKey(t testing.TB, alg envelope.Algorithm) *envelope.PrivateKey {
	t.Helper()
	key, err := envelope.GenerateKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signed returns a file of kind k over payload by keys.
func signed(t testing.TB, k Kind, payload string, keys ...*envelope.PrivateKey) []byte {
	t.Helper()
	d, err := New(k, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if d, err = d.Sign(key); err != nil {
			t.Fatal(err)
		}
	}
	return d.File()
}

// open is what every user of the package does: all of the keys must have signed.
func open(k Kind, file []byte, keys ...*envelope.PrivateKey) (*Document, error) {
	d, err := Parse(k, file)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if err := d.Verify(key.Public()); err != nil {
			return nil, err
		}
	}
	if len(d.Signers()) != len(keys) {
		return nil, refuse(envelope.ReasonUnknownKey, "")
	}
	return d, nil
}

func TestRoundTrip(t *testing.T) {
	a, b, c := newKey(t, envelope.ES256), newKey(t, envelope.EdDSA), newKey(t, envelope.ES256)
	for _, k := range []Kind{Directory, Agreement} {
		const payload = " {\"a\" :\n1}\r\n"
		file := signed(t, k, payload, a, b, c)
		if other := signed(t, k, payload, c, a, b); len(other) != len(file) {
			t.Error("the order of signing changes the length")
		}
		d, err := open(k, file, a, b, c)
		if err != nil {
			t.Fatal(err)
		}
		if string(d.Payload()) != payload {
			t.Errorf("payload %q", d.Payload())
		}
		if !bytes.Equal(d.File(), file) {
			t.Error("the file is not kept byte for byte")
		}
		if kids := d.Signers(); len(kids) != 3 || !slices.IsSorted(kids) {
			t.Errorf("signers %v", kids)
		}
		if !IsSigned(k, file) || IsSigned(k, []byte(payload)) {
			t.Error("IsSigned")
		}
	}
}

func TestDigest(t *testing.T) {
	a, b := newKey(t, envelope.ES256), newKey(t, envelope.ES256)
	one, err := Parse(Agreement, signed(t, Agreement, "{}", a))
	if err != nil {
		t.Fatal(err)
	}
	// printf 'segel-agreement/1\n{}' | openssl dgst -sha256 -binary | basenc --base64url | tr -d =
	const want = "CUDk8s4PntpKS6kb0RlDU2REHA9CHg-H1wk34PGszMs"
	if one.Digest() != want {
		t.Errorf("digest %s, want %s", one.Digest(), want)
	}
	two, err := one.Sign(b)
	if err != nil {
		t.Fatal(err)
	}
	if two.Digest() != want {
		t.Error("a signature changes the digest")
	}
	if d, _ := New(Directory, []byte("{}")); d.Digest() == want {
		t.Error("the type does not change the digest")
	}
	if d, _ := New(Agreement, []byte("{} ")); d.Digest() == want {
		t.Error("the payload does not change the digest")
	}
}

func TestParseRefuses(t *testing.T) {
	a, b := newKey(t, envelope.ES256), newKey(t, envelope.ES256)
	good := string(signed(t, Agreement, "{}", a, b))
	lines := strings.SplitAfter(good, "\n") // first line, two signatures, ""
	first, one, two := lines[0], lines[1], lines[2]
	foreign := strings.SplitAfter(string(signed(t, Agreement, "{ }", a, b)), "\n")
	directory := strings.SplitAfter(string(signed(t, Directory, "{}", a, b)), "\n")
	again := strings.SplitAfter(string(signed(t, Agreement, "{}", a, b)), "\n") // other signatures by the same keys
	for name, c := range map[string]struct {
		file string
		want envelope.Reason
	}{
		"empty":                       {"", envelope.ReasonMalformed},
		"first line only":             {first, envelope.ReasonMalformed},
		"no first line":               {one + two, envelope.ReasonMalformed},
		"no line feed at the end":     {strings.TrimSuffix(good, "\n"), envelope.ReasonMalformed},
		"two line feeds at the end":   {good + "\n", envelope.ReasonMalformed},
		"blank line first":            {first + "\n" + one, envelope.ReasonMalformed},
		"blank line between":          {first + one + "\n" + two, envelope.ReasonMalformed},
		"only a blank line":           {first + "\n", envelope.ReasonMalformed},
		"CR LF":                       {strings.ReplaceAll(good, "\n", "\r\n"), envelope.ReasonMalformed},
		"CR before one LF":            {first + strings.TrimSuffix(one, "\n") + "\r\n" + two, envelope.ReasonMalformed},
		"CR in the first line":        {strings.TrimSuffix(first, "\n") + "\r\n" + one, envelope.ReasonMalformed},
		"byte order mark":             {"\ufeff" + good, envelope.ReasonMalformed},
		"blank before a line":         {first + " " + one, envelope.ReasonMalformed},
		"blank behind a line":         {first + strings.TrimSuffix(one, "\n") + " \n", envelope.ReasonMalformed},
		"not in order":                {first + two + one, envelope.ReasonMalformed},
		"the same line twice":         {first + one + one, envelope.ReasonMalformed},
		"a key with two signatures":   {first + one + again[1], envelope.ReasonMalformed},
		"another payload in one line": {first + one + foreign[2], envelope.ReasonMalformed},
		"lines of another type":       {first + directory[1] + directory[2], envelope.ReasonMalformed},
		"first line of another type":  {directory[0] + one + two, envelope.ReasonMalformed},
		"a later version":             {"segel-agreement/2\n" + one, envelope.ReasonNewerVersion},
		"version 0":                   {"segel-agreement/0\n" + one, envelope.ReasonMalformed},
		"version 01":                  {"segel-agreement/01\n" + one, envelope.ReasonMalformed},
		"version 1.0":                 {"segel-agreement/1.0\n" + one, envelope.ReasonMalformed},
		"letter case":                 {"Segel-agreement/1\n" + one, envelope.ReasonMalformed},
		"trailing text":               {good + "x\n", envelope.ReasonMalformed},
		"65 signatures":               {first + strings.Repeat(one, limits.DocumentSignatures+1), envelope.ReasonTooLarge},
		"a huge payload":              {first + "e30." + strings.Repeat("A", 400<<10) + ".AA\n", envelope.ReasonTooLarge},
		"a huge file":                 {first + strings.Repeat("A", 8<<20), envelope.ReasonTooLarge},
		"a huge header":               {first + strings.Repeat("A", 400<<10) + ".e30.AA\n", envelope.ReasonMalformed},
	} {
		if _, err := Parse(Agreement, []byte(c.file)); envelope.ReasonOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := Parse(Kind(0), []byte(good)); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("no kind: %v", err)
	}
}

func TestSignRefuses(t *testing.T) {
	a, b, enc := newKey(t, envelope.ES256), newKey(t, envelope.ES256), newKey(t, envelope.ECDHES)
	d, err := Parse(Agreement, signed(t, Agreement, "{}", a))
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]*envelope.PrivateKey{"signed already": a, "encryption key": enc, "no key": nil} {
		if _, err := d.Sign(key); envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.Verify(b.Public()); envelope.ReasonOf(err) != envelope.ReasonUnknownKey {
		t.Errorf("verify under a key that did not sign: %v", err)
	}
	if err := d.Verify(nil); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("verify under no key: %v", err)
	}
	for name, c := range map[string]struct {
		payload []byte
		want    envelope.Reason
	}{
		"empty payload": {nil, envelope.ReasonMisuse},
		"huge payload":  {make([]byte, 256<<10+1), envelope.ReasonTooLarge},
	} {
		if _, err := New(Agreement, c.payload); envelope.ReasonOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d, err := New(Agreement, make([]byte, 256<<10)); err != nil {
		t.Errorf("the largest payload: %v", err)
	} else if _, err := d.Sign(a); err != nil {
		t.Errorf("the largest payload: %v", err)
	}
}

func TestSignatures(t *testing.T) {
	d, err := New(Agreement, []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	for range limits.DocumentSignatures {
		if d, err = d.Sign(newKey(t, envelope.EdDSA)); err != nil {
			t.Fatal(err)
		}
	}
	if again, err := Parse(Agreement, d.File()); err != nil || len(again.Signers()) != limits.DocumentSignatures {
		t.Errorf("as many as may be: %v", err)
	}
	if _, err := d.Sign(newKey(t, envelope.EdDSA)); envelope.ReasonOf(err) != envelope.ReasonTooLarge {
		t.Errorf("one more: %v", err)
	}
}

// Every one-byte change, deletion, insertion and truncation of a document with
// two signatures is refused, by its form or by a signature.
func TestMangled(t *testing.T) {
	a, b := newKey(t, envelope.ES256), newKey(t, envelope.EdDSA)
	file := signed(t, Agreement, `{"id":1}`, a, b)
	if _, err := open(Agreement, file, a, b); err != nil {
		t.Fatal(err)
	}
	tried, mine := 0, shared.OneIn(t, 17)
	refused := func(what string, at int, mutant []byte) {
		t.Helper()
		if !mine() {
			return
		}
		tried++
		if _, err := open(Agreement, mutant, a, b); err == nil {
			t.Errorf("%s at %d of %d accepted", what, at, len(file))
		}
	}
	for i := range file {
		mutant := bytes.Clone(file)
		for change := 1; change < 256; change++ {
			mutant[i] = file[i] ^ byte(change)
			refused("change", i, mutant)
		}
		refused("deletion", i, slices.Delete(bytes.Clone(file), i, i+1))
		refused("truncation", i, file[:i])
		refused("doubling", i, slices.Insert(bytes.Clone(file), i, file[i]))
	}
	for i := range len(file) + 1 {
		for _, c := range []byte("\x00\n\r ~.=A-_") {
			refused("insertion", i, slices.Insert(bytes.Clone(file), i, c))
		}
	}
	t.Logf("%d mutants refused", tried)
}

func TestTime(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2024-02-14T00:00:00Z":             time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC),
		"2024-02-14T07:00:00+07:00":        time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC),
		"2024-02-14T00:00:00.5Z":           time.Date(2024, 2, 14, 0, 0, 0, 5e8, time.UTC),
		"2024-02-29T23:59:59.000000001Z":   time.Date(2024, 2, 29, 23, 59, 59, 1, time.UTC),
		"1970-01-01T00:00:00Z":             time.Unix(0, 0).UTC(),
		"2024-02-13T12:30:00.250-11:30":    time.Date(2024, 2, 14, 0, 0, 0, 25e7, time.UTC),
		"9999-12-31T23:59:59.999999999Z":   time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
		"2024-02-14T00:00:00.000+00:00":    time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC),
		"2024-02-14T00:00:00.000000-00:00": time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC),
	} {
		if got, ok := Time(text); !ok || got != want {
			t.Errorf("%s: %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{
		"", "2024-02-14", "2024-02-14T00:00Z", "2024-02-14T00:00:00", "2024-02-14 00:00:00Z", "2024-02-14t00:00:00z",
		"2024-02-14T00:00:00,5Z", "2024-02-14T00:00:00.Z", "2024-02-14T00:00:00.0000000001Z", "2024-02-30T00:00:00Z",
		"2024-13-01T00:00:00Z", "2024-02-14T24:00:00Z", "2024-02-14T00:00:60Z", "2024-02-14T00:00:00+24:00",
		"2024-02-14T00:00:00+07:60", "2024-02-14T00:00:00+0700", "1969-12-31T23:59:59Z", "0000-01-01T00:00:00Z",
		" 2024-02-14T00:00:00Z", "2024-02-14T00:00:00Z ", "2024-02-14T00:00:00Z\n", "02024-02-14T00:00:00Z",
	} {
		if got, ok := Time(text); ok {
			t.Errorf("%q accepted as %v", text, got)
		}
	}
}

func TestPlain(t *testing.T) {
	for _, text := range []string{"a", "Perjanjian kerja sama – 2024 (KPU & Bawaslu)", strings.Repeat("é", 20)} {
		if !Plain(text, 50) {
			t.Errorf("%q refused", text)
		}
	}
	for _, text := range []string{
		"", " a", "a ", "a\nb", "a\tb", "a\x00b", "a\x7fb", "a\u0085b", "a\u2028b", "a\u2029b",
		"a\u202eb", "a\u2066b", "a\u200bb", "\ufeffa", "a\xffb", strings.Repeat("a", 51), strings.Repeat("é", 51),
	} {
		if Plain(text, 50) {
			t.Errorf("%q accepted", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	a, b := newKey(f, envelope.ES256), newKey(f, envelope.EdDSA)
	f.Add(signed(f, Agreement, "{}", a))
	f.Add(signed(f, Agreement, "{}", a, b))
	f.Add(signed(f, Directory, `{"v":1}`, b))
	f.Add([]byte("segel-agreement/2\n"))
	f.Add([]byte("segel-anchors/1\n..\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, k := range []Kind{Directory, Agreement} {
			d, err := Parse(k, file)
			if err != nil {
				if envelope.ReasonOf(err) == envelope.ReasonUnavailable {
					t.Fatalf("an error without a reason: %v", err)
				}
				continue
			}
			if !bytes.Equal(d.File(), file) {
				t.Fatal("an accepted file is not kept byte for byte")
			}
			if !IsSigned(k, file) || len(d.Signers()) == 0 || len(d.Payload()) == 0 {
				t.Fatal("an accepted file is empty")
			}
		}
	})
}
