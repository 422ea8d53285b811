// Package interop holds programs in other languages that open what Segel seals.
package interop

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/shared"
)

// peers returns the command lines of the programs, by name.
func peers(t *testing.T) map[string][]string {
	t.Helper()
	python := os.Getenv("SEGEL_PYTHON")
	if python == "" {
		python = "/usr/bin/python3"
	}
	if exec.Command(python, "-c", "import jwcrypto").Run() != nil {
		shared.Missing(t, "needs Debian's python3-jwcrypto")
	}
	modules := os.Getenv("SEGEL_NODE_MODULES")
	if _, err := os.Stat(filepath.Join(modules, "jose")); modules == "" || err != nil {
		shared.Missing(t, "needs node and SEGEL_NODE_MODULES with jose in it")
	}
	return map[string][]string{"jwcrypto": {python, "open.py"}, "node jose": {"node", "open.mjs"}}
}

func TestStrangersOpenOurEnvelopes(t *testing.T) {
	programs := peers(t)
	content := "{\"kode_tps\":\"99AA010001001\"}\n{\"nama\":\"a & b \\u00e9\"}\n"
	for _, tc := range []struct{ sign, encrypt envelope.Algorithm }{
		{envelope.ES256, envelope.ECDHES},
		{envelope.EdDSA, envelope.ECDHES},
		{envelope.PS256, envelope.RSAOAEP},
	} {
		sender, recipient, second := generate(t, tc.sign), generate(t, tc.encrypt), generate(t, tc.encrypt)
		file := seal(t, content, sender, recipient, second)
		cut := bytes.Clone(file)
		cut[len(cut)/2]++

		dir := t.TempDir()
		secrets, err := envelope.MarshalPrivateKeys(recipient)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, "mine.jwks", secrets)
		write(t, dir, "sender.jwks", public(t, sender))
		write(t, dir, "stranger.jwks", public(t, generate(t, tc.sign)))
		write(t, dir, "honest.segel", file)
		write(t, dir, "changed.segel", cut)
		write(t, dir, "longer.segel", append(bytes.Clone(file), 0))

		for name, program := range programs {
			run := func(file, sender string) (string, string, error) {
				cmd := exec.Command(program[0], program[1], filepath.Join(dir, file), filepath.Join(dir, "mine.jwks"), filepath.Join(dir, sender))
				var out, errs strings.Builder
				cmd.Stdout, cmd.Stderr = &out, &errs
				err := cmd.Run()
				return out.String(), errs.String(), err
			}
			out, errs, err := run("honest.segel", "sender.jwks")
			if err != nil || out != content || !strings.Contains(errs, "kpu/sirekap") {
				t.Errorf("%s, %s + %s: %v\n%s", name, tc.sign, tc.encrypt, err, errs)
			} else {
				t.Logf("Segel → %s, %s + %s: ok", name, tc.sign, tc.encrypt)
			}
			for _, bad := range [][2]string{{"changed.segel", "sender.jwks"}, {"longer.segel", "sender.jwks"}, {"honest.segel", "stranger.jwks"}} {
				if out, _, err := run(bad[0], bad[1]); err == nil || out != "" {
					t.Errorf("%s opens %s with %s", name, bad[0], bad[1])
				}
			}
		}
	}
}

func seal(t *testing.T, content string, sender *envelope.PrivateKey, recipients ...*envelope.PrivateKey) []byte {
	t.Helper()
	const digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
	payload, err := envelope.Records([]byte(content))
	if err != nil {
		t.Fatal(err)
	}
	draft := envelope.Draft{
		Sender: "kpu/sirekap", Purpose: "AWAS-TAHAPAN",
		Dataset:   envelope.Dataset{ID: "sirekap/hasil-tps", Version: "1.0.0", Digest: digest},
		Agreement: envelope.Agreement{ID: "PKS-1", Digest: digest},
		IssuedAt:  time.Now(), // the peers look at their own clocks
	}
	for i, r := range recipients {
		party := envelope.Party([]string{"bawaslu/pengawasan", "kominfo/jaringan"}[i])
		draft.Recipients = append(draft.Recipients, envelope.Recipient{Party: party, Key: r.Public()})
	}
	sealed, err := envelope.Seal(sender, draft, payload)
	if err != nil {
		t.Fatal(err)
	}
	return sealed.File()
}

func generate(t *testing.T, alg envelope.Algorithm) *envelope.PrivateKey {
	t.Helper()
	key, err := envelope.GenerateKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(t *testing.T, key *envelope.PrivateKey) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": []*envelope.PublicKey{key.Public()}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}
