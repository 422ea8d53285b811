package envelope

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/limits"
)

var (
	passphrase = []byte("lima kata yang diacak saja")
	leastCost  = cost{memory: 64 << 10, passes: 3, lanes: 4}
)

func TestEncryptedKeyFiles(t *testing.T) {
	sign, seal := mustKey(t, ES256), mustKey(t, ECDHES)
	file, err := EncryptPrivateKeys(passphrase, sign, seal)
	if err != nil {
		t.Fatal(err)
	}
	if head := "segel-keys/1\nargon2id 131072 4 4 "; !strings.HasPrefix(string(file), head) || bytes.Count(file, []byte{'\n'}) != 3 {
		t.Errorf("the file begins with %.40q", file)
	}
	keys, err := DecryptPrivateKeys(passphrase, file)
	if err != nil || len(keys) != 2 || keys[0].Public().ID() != sign.Public().ID() || keys[1].Public().ID() != seal.Public().ID() {
		t.Fatal(keys, err)
	}
	again, err := encryptKeys(leastCost, passphrase, keys)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(file[len(file)-40:], again[len(again)-40:]) {
		t.Error("two files of the same keys are alike")
	}
	plain, err := MarshalPrivateKeys(sign)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		err  error
		want Reason
	}{
		"without a passphrase":               {second(ParsePrivateKeys(again)), ReasonMisuse},
		"with an empty passphrase":           {second(DecryptPrivateKeys(nil, again)), ReasonMisuse},
		"with another passphrase":            {second(DecryptPrivateKeys(passphrase[1:], again)), ReasonCannotOpen},
		"with a passphrase too long":         {second(DecryptPrivateKeys(make([]byte, 1025), again)), ReasonMisuse},
		"not encrypted":                      {second(DecryptPrivateKeys(passphrase, plain)), ReasonMalformed},
		"encrypted under a short passphrase": {second(EncryptPrivateKeys([]byte("sebelas.by."), sign)), ReasonMisuse},
		"encrypted under a long passphrase":  {second(EncryptPrivateKeys(make([]byte, 1025), sign)), ReasonMisuse},
		"encrypted without a key":            {second(EncryptPrivateKeys(passphrase)), ReasonMisuse},
		"encrypted with a zero key":          {second(EncryptPrivateKeys(passphrase, new(PrivateKey))), ReasonMisuse},
	} {
		if ReasonOf(test.err) != test.want {
			t.Errorf("%s: %v, want %s", name, test.err, test.want)
		}
	}
	if !PrivateKeysEncrypted(file) || PrivateKeysEncrypted(plain) || PrivateKeysEncrypted(nil) {
		t.Error("PrivateKeysEncrypted is wrong")
	}
}

func second[T any](_ T, err error) error { return err }

// TestKeyFiles: a key set holds each key once, and only what is a private key.
func TestKeyFiles(t *testing.T) {
	key := mustKey(t, ES256)
	text, err := MarshalPrivateKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	if keys, err := ParsePrivateKeys(text); err != nil || len(keys) != 1 || keys[0].Public().ID() != key.Public().ID() {
		t.Fatal(keys, err)
	}
	var file keyFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	one := string(file.Keys[0])
	public, err := json.Marshal(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	many := strings.Repeat(one+",", limits.Keys)
	for name, test := range map[string]struct {
		file string
		want Reason
	}{
		"empty":                {"", ReasonMalformed},
		"no keys":              {`{"keys":[]}`, ReasonMalformed},
		"keys absent":          {`{}`, ReasonMalformed},
		"keys null":            {`{"keys":null}`, ReasonMalformed},
		"a key null":           {`{"keys":[null]}`, ReasonMalformed},
		"a key alone":          {one, ReasonMalformed},
		"a public key":         {`{"keys":[` + string(public) + `]}`, ReasonMalformed},
		"a key twice":          {`{"keys":[` + one + `,` + one + `]}`, ReasonMalformed},
		"one bad among good":   {`{"keys":[` + one + `,{}]}`, ReasonMalformed},
		"another member":       {`{"keys":[` + one + `],"x":1}`, ReasonMalformed},
		"keys twice":           {`{"keys":[],"keys":[` + one + `]}`, ReasonMalformed},
		"keys in another case": {`{"Keys":[` + one + `]}`, ReasonMalformed},
		"followed by garbage":  {string(text) + "x", ReasonMalformed},
		"257 keys":             {`{"keys":[` + many + one + `]}`, ReasonMalformed},
		"too large":            {string(text) + strings.Repeat(" ", limits.KeyFile), ReasonTooLarge},
	} {
		if _, err := ParsePrivateKeys([]byte(test.file)); ReasonOf(err) != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	for name, keys := range map[string][]*PrivateKey{"none": nil, "nil": {nil}, "zero": {new(PrivateKey)}, "257": make([]*PrivateKey, limits.Keys+1)} {
		if _, err := MarshalPrivateKeys(keys...); ReasonOf(err) != ReasonMisuse {
			t.Errorf("marshal %s: %v", name, err)
		}
	}
}

// TestEncryptedKeyFilesAreStrict: one text for one file, and bounds before work.
func TestEncryptedKeyFilesAreStrict(t *testing.T) {
	const salt, sealed = "AAECAwQFBgcICQoLDA0ODw", "AAAA"
	text := func(numbers string) string {
		return "segel-keys/1\nargon2id " + numbers + " " + salt + "\n" + sealed + "\n"
	}
	honest := text("65536 3 4")
	if _, err := parseLocked([]byte(honest)); err != nil {
		t.Fatal("without a fault: ", err)
	}
	for name, test := range map[string]struct {
		file string
		want Reason
	}{
		"empty":                        {"", ReasonMalformed},
		"another kind of file":         {"segel-directory/1\n", ReasonMalformed},
		"a later version":              {"segel-keys/2\n", ReasonNewerVersion},
		"first line alone":             {"segel-keys/1\n", ReasonMalformed},
		"CR before LF":                 {strings.ReplaceAll(honest, "\n", "\r\n"), ReasonMalformed},
		"no LF at the end":             {honest[:len(honest)-1], ReasonMalformed},
		"two LF at the end":            {honest + "\n", ReasonMalformed},
		"something behind it":          {honest + "x", ReasonMalformed},
		"another function":             {strings.Replace(honest, "argon2id", "argon2i", 1), ReasonMalformed},
		"two blanks":                   {strings.Replace(honest, " 3 ", "  3 ", 1), ReasonMalformed},
		"a word more":                  {strings.Replace(honest, " 3 ", " 3 3 ", 1), ReasonMalformed},
		"a leading zero":               {text("65536 03 4"), ReasonMalformed},
		"a sign":                       {text("65536 +3 4"), ReasonMalformed},
		"an underscore":                {text("65_536 3 4"), ReasonMalformed},
		"a negative number":            {text("-65536 3 4"), ReasonMalformed},
		"no number":                    {text("x 3 4"), ReasonMalformed},
		"a number beyond 64 bits":      {text("99999999999999999999 3 4"), ReasonMalformed},
		"100 GiB":                      {text("104857600 3 4"), ReasonMalformed},
		"just more than 1 GiB":         {text("1048577 3 4"), ReasonMalformed},
		"hours":                        {text("65536 1000000 4"), ReasonMalformed},
		"just more than 4 GiB to fill": {text("65537 64 4"), ReasonMalformed},
		"more than 4 GiB to fill":      {text("1048576 5 4"), ReasonMalformed},
		"too little memory":            {text("65535 3 4"), ReasonMalformed},
		"too few passes":               {text("65536 2 4"), ReasonMalformed},
		"no lanes":                     {text("65536 3 0"), ReasonMalformed},
		"17 lanes":                     {text("65536 3 17"), ReasonMalformed},
		"260 lanes, 4 modulo 256":      {text("65536 3 260"), ReasonMalformed},
		"a short salt":                 {strings.Replace(honest, salt, "AAAA", 1), ReasonMalformed},
		"a salt with unused bits":      {strings.Replace(honest, "ODw", "ODx", 1), ReasonMalformed},
		"no sealed keys in base64url":  {strings.Replace(honest, sealed, "A?==", 1), ReasonMalformed},
		"larger than a key file":       {"segel-keys/1\n" + strings.Repeat("A", limits.KeyFile), ReasonTooLarge},
	} {
		if _, err := DecryptPrivateKeys(passphrase, []byte(test.file)); ReasonOf(err) != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

// TestEncryptedKeyFilesMangled changes, drops and doubles every byte of a file.
// The key is derived once where the change leaves cost and salt alone, so that
// the test needs no hours.
func TestEncryptedKeyFilesMangled(t *testing.T) {
	file, err := encryptKeys(leastCost, passphrase, []*PrivateKey{mustKey(t, EdDSA)})
	if err != nil {
		t.Fatal(err)
	}
	honest, err := parseLocked(file)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := honest.cipher(passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := honest.open(aead); err != nil {
		t.Fatal(err)
	}
	tried, parsed := 0, 0
	try := func(mutant []byte) {
		tried++
		f, err := parseLocked(mutant)
		if err != nil {
			return
		}
		parsed++
		// Another cost or salt gives another key; under the same one, too, what
		// was authenticated has changed.
		if _, err := f.open(aead); ReasonOf(err) != ReasonCannotOpen {
			t.Fatalf("mutant %d: %v", tried, err)
		}
	}
	for i := range file {
		for _, flip := range []byte{1, 2, 4, 8, 16, 32, 64, 128} {
			mutant := bytes.Clone(file)
			mutant[i] ^= flip
			try(mutant)
		}
		try(append(bytes.Clone(file[:i]), file[i+1:]...))
		try(append(append(bytes.Clone(file[:i+1]), file[i]), file[i+1:]...))
		try(file[:i])
	}
	if parsed == 0 {
		t.Error("no mutant was well-formed, so decryption was never tried")
	}
	t.Logf("encrypted key file of %d bytes: %d mutants, %d of them well-formed, none accepted", len(file), tried, parsed)
}

func FuzzEncryptedKeyFile(f *testing.F) {
	f.Add([]byte("segel-keys/1\nargon2id 65536 3 4 AAECAwQFBgcICQoLDA0ODw\nAAAA\n"))
	f.Add([]byte("segel-keys/1\nargon2id 1048576 4 16 AAECAwQFBgcICQoLDA0ODw\n\n"))
	f.Add([]byte("segel-keys/2\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := parseLocked(file)
		if err != nil {
			return
		}
		if !bytes.Equal(got.marshal(), file) {
			t.Error("a file has two texts")
		}
		if c := got.cost; c.memory > 1<<20 || uint64(c.memory)*uint64(c.passes) > 4<<20 || c.lanes > 16 {
			t.Errorf("a file asks for %+v", c)
		}
	})
}

// FuzzKeyFile: what is accepted as keys says the same when it is written again.
func FuzzKeyFile(f *testing.F) {
	key, err := GenerateKey(ES256)
	if err != nil {
		f.Fatal(err)
	}
	text, err := MarshalPrivateKeys(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"keys":[]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		keys, err := ParsePrivateKeys(file)
		if err != nil {
			return
		}
		text, err := MarshalPrivateKeys(keys...)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePrivateKeys(text)
		if err != nil || len(again) != len(keys) || again[0].Public().ID() != keys[0].Public().ID() {
			t.Fatal("does not survive", err)
		}
	})
}
