package interop

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/internal/shared"
)

// A job is one run of a program: its name without ending, then its arguments.
type job []string

// A peer runs jobs at a time and answers for each "" or the reason of its
// refusal. All peers have the same programs with the same arguments and files.
type peer struct {
	name string
	run  func(t *testing.T, at time.Time, jobs []job) []string
}

// A language is one in which the programs here are written.
type language struct {
	name, ending, folder string
	command              []string
}

// languages copies the programs to a folder, for node beside jose, and says how
// to start them.
func languages(t *testing.T) []language {
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
	folder := t.TempDir()
	for _, pattern := range []string{"*.py", "*.mjs", "testdata/*.py", "testdata/*.mjs"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			write(t, folder, filepath.Base(file), read(t, file))
		}
	}
	if err := os.Symlink(modules, filepath.Join(folder, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return []language{
		{"jwcrypto", ".py", folder, []string{python, "-B"}},
		{"node jose", ".mjs", folder, []string{"node"}},
	}
}

// peers returns Go and the languages.
func peers(t *testing.T) []peer {
	t.Helper()
	all := []peer{{"Go", goRun}}
	for _, l := range languages(t) {
		all = append(all, peer{l.name, l.run})
	}
	return all
}

// run starts one process for all jobs.
func (l language) run(t *testing.T, at time.Time, jobs []job) []string {
	t.Helper()
	task, err := json.Marshal(map[string]any{"folder": l.folder, "now": at.Unix(), "jobs": jobs})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(l.command[0], append(l.command[1:], filepath.Join(l.folder, "batch"+l.ending))...)
	var errs bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(task), &errs
	out, err := cmd.Output()
	var ends []string
	if err != nil || json.Unmarshal(out, &ends) != nil || len(ends) != len(jobs) {
		t.Fatalf("%s: %v\n%s%s", l.name, err, out, errs.Bytes())
	}
	return ends
}

// goRun runs seal and open as the other languages do, with the SDK.
func goRun(t *testing.T, at time.Time, jobs []job) []string {
	t.Helper()
	ends := make([]string, len(jobs))
	for i, j := range jobs {
		var err error
		switch j[0] {
		case "seal":
			err = goSeal(at, j[1], j[2], j[3], j[4])
		case "open":
			err = goOpen(at, j[1], j[2], j[3], j[4], j[5])
		default:
			t.Fatalf("Go has no %s", j[0])
		}
		if ends[i] = string(envelope.ReasonOf(err)); err != nil && ends[i] == "" {
			ends[i] = err.Error()
		}
	}
	return ends
}

// A draft is a DRAFT.json.
type draft struct {
	Sender     envelope.Party     `json:"sender"`
	Recipients []recipient        `json:"recipients"`
	Dataset    envelope.Dataset   `json:"dataset"`
	Purpose    purpose.Code       `json:"purpose"`
	Agreement  envelope.Agreement `json:"agreement"`
	ValidFor   int64              `json:"validFor"`
}

type recipient struct {
	Party envelope.Party  `json:"party"`
	Key   json.RawMessage `json:"key"`
}

// An expectation is an EXPECT.json.
type expectation struct {
	Party     envelope.Party     `json:"party"`
	Sender    envelope.Party     `json:"sender"`
	Purpose   purpose.Code       `json:"purpose,omitempty"`
	Dataset   envelope.Dataset   `json:"dataset"`
	Agreement envelope.Agreement `json:"agreement"`
}

func goSeal(at time.Time, draftFile, records, sender, out string) error {
	var d draft
	var ndjson []byte
	keys, err := privateKeys(sender)
	if err == nil {
		err = readJSON(draftFile, &d)
	}
	if err == nil {
		ndjson, err = os.ReadFile(records)
	}
	if err != nil {
		return err
	}
	payload, err := envelope.Records(ndjson)
	if err != nil {
		return err
	}
	plan := envelope.Draft{
		Sender: d.Sender, Dataset: d.Dataset, Purpose: d.Purpose, Agreement: d.Agreement,
		IssuedAt: at, ValidFor: time.Duration(d.ValidFor) * time.Second,
	}
	for _, r := range d.Recipients {
		key, err := envelope.ParsePublicKey(r.Key)
		if err != nil {
			return err
		}
		plan.Recipients = append(plan.Recipients, envelope.Recipient{Party: r.Party, Key: key})
	}
	sealed, err := envelope.Seal(keys[0], plan, payload)
	if err != nil {
		return err
	}
	return os.WriteFile(out, sealed.File(), 0o600)
}

func goOpen(at time.Time, file, expect, mine, sender, out string) error {
	var e expectation
	keys, err := privateKeys(mine)
	if err == nil {
		err = readJSON(expect, &e)
	}
	if err != nil {
		return err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	opened, err := envelope.Open(context.Background(), bytes.NewReader(data),
		envelope.Opener{Party: e.Party, Keys: keys, Purpose: e.Purpose}, e.authority(at, sender))
	if err != nil {
		return err
	}
	note, err := json.Marshal(map[string]any{
		"jti": opened.Proof().Manifest.ID, "iss": opened.Proof().Manifest.Sender, "manifest": opened.Proof().Digest,
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(out+".opened", note, 0o600); err != nil {
		return err
	}
	return os.WriteFile(out, opened.Content(), 0o600)
}

// authority allows what is expected and nothing else.
func (e expectation) authority(at time.Time, sender string) envelope.Authority {
	return &envelopetest.InsecureAuthority{
		Time: at,
		OnSigningKey: func(party envelope.Party, keyID string, _, _ time.Time) (*envelope.PublicKey, error) {
			var set struct{ Keys []json.RawMessage }
			if err := readJSON(sender, &set); err != nil {
				return nil, err
			}
			for _, text := range set.Keys {
				key, err := envelope.ParsePublicKey(text)
				if err == nil && party == e.Sender && key.ID() == keyID {
					return key, nil
				}
			}
			return nil, &envelope.Error{Reason: envelope.ReasonUnknownKey}
		},
		OnPermit: func(m *envelope.Manifest, _ envelope.Party, _ time.Time) error {
			switch {
			case m.Agreement != e.Agreement:
				return &envelope.Error{Reason: envelope.ReasonNoAgreement}
			case m.Dataset != e.Dataset:
				return &envelope.Error{Reason: envelope.ReasonUnknownDefinition}
			}
			return nil
		},
	}
}

func privateKeys(path string) ([]*envelope.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return envelope.ParsePrivateKeys(text)
}

func readJSON(path string, to any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}

// x25519 returns a key that GenerateKey does not make: on X25519.
func x25519(t *testing.T) *envelope.PrivateKey {
	t.Helper()
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	x := b64(key.PublicKey().Bytes())
	kid := sha256.Sum256(fmt.Appendf(nil, `{"crv":"X25519","kty":"OKP","x":%q}`, x))
	keys, err := envelope.ParsePrivateKeys(fmt.Appendf(nil,
		`{"keys":[{"kty":"OKP","crv":"X25519","x":%q,"d":%q,"alg":"ECDH-ES+A256KW","use":"enc","kid":%q}]}`, x, b64(key.Bytes()), b64(kid[:])))
	if err != nil {
		t.Fatal(err)
	}
	return keys[0]
}

func generate(t *testing.T, alg envelope.Algorithm) *envelope.PrivateKey {
	t.Helper()
	key, err := envelope.GenerateKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func jwk(t *testing.T, key *envelope.PrivateKey) []byte {
	t.Helper()
	text, err := key.Public().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// writeKeys writes NAME.private.jwks and NAME.public.jwks.
func writeKeys(t *testing.T, folder, name string, keys ...*envelope.PrivateKey) {
	t.Helper()
	secret, err := envelope.MarshalPrivateKeys(keys...)
	if err != nil {
		t.Fatal(err)
	}
	var public []*envelope.PublicKey
	for _, k := range keys {
		public = append(public, k.Public())
	}
	write(t, folder, name+".private.jwks", secret)
	writeJSON(t, folder, name+".public.jwks", map[string]any{"keys": public})
}

func writeJSON(t *testing.T, folder, name string, value any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	write(t, folder, name, text)
}

func write(t *testing.T, folder, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// row prints a row of a table, which .ci/run shows.
func row(t *testing.T, widths []int, cells ...string) {
	var line strings.Builder
	for i, c := range cells {
		fmt.Fprintf(&line, "| %-*s ", widths[min(i, len(widths)-1)], c)
	}
	fmt.Fprintln(t.Output(), line.String()+"|")
}
