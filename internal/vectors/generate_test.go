package vectors

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

const folder = "../../envelope/testdata/vectors"

var regenerate = flag.Bool("regenerate", false, "write envelope/testdata/vectors anew")

// assemble makes everything that is in the folder but keys and README.md.
func assemble(t *testing.T) *maker {
	t.Helper()
	definitions := election.Registry().All()
	at := slices.IndexFunc(definitions, func(d *schema.Definition) bool { return d.Ref().ID == dataset && d.Ref().Version == version })
	if at < 0 {
		t.Fatal("the definition of the vectors' dataset is gone")
	}
	m := newMaker(t, definitions[at].Ref().Digest)
	m.honest()
	m.frames()
	m.tokens()
	m.secrets()
	m.signatures()
	m.claims()
	m.insiders()
	m.bodies()
	m.streams()
	m.storedFaults()
	m.closings()
	m.receipts()
	m.questions()
	m.directories()
	m.agreementFaults()
	m.publicKeys()
	m.privateKeys()
	m.files["REASONS.md"] = m.reasons()
	return m
}

// made is what assemble has made, for tests that only read it.
var made *maker

func assembled(t *testing.T) *maker {
	t.Helper()
	if made == nil {
		made = assemble(t)
	}
	return made
}

// kept are the files that nobody makes: the keys are the input of everything.
func kept(path string) bool {
	return strings.HasPrefix(path, "keys/") || path == "README.md" || path == ".gitattributes"
}

// TestVectorsAreWhatMakesThem makes the folder and compares it, or writes it.
func TestVectorsAreWhatMakesThem(t *testing.T) {
	m := assembled(t)
	there := map[string]bool{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		there[filepath.ToSlash(name)] = true
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(m.files)) {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if *regenerate {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, m.files[name], 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if file, err := os.ReadFile(path); err != nil || !bytes.Equal(file, m.files[name]) {
			t.Errorf("%s is not what is made now: if the format has changed, run this test with -regenerate", name)
		}
		delete(there, name)
	}
	for name := range there {
		if kept(name) {
			continue
		}
		if *regenerate {
			if err := os.Remove(filepath.Join(folder, filepath.FromSlash(name))); err != nil {
				t.Fatal(err)
			}
			continue
		}
		t.Errorf("%s: nothing makes it", name)
	}
	t.Logf("%d vectors", m.vectors)
}

// TestMakingIsDeterministic makes everything twice.
func TestMakingIsDeterministic(t *testing.T) {
	first, second := assembled(t), assemble(t)
	if !maps.EqualFunc(first.files, second.files, bytes.Equal) {
		t.Error("two runs made two folders")
	}
}

// TestVectorWorldIsSound: the documents that all vectors rest on are those that
// the product reads.
func TestVectorWorldIsSound(t *testing.T) {
	m := assembled(t)
	anchors, err := trust.ParseAnchors(m.files["directories/anchors.jwks"])
	if err != nil {
		t.Fatal(err)
	}
	first, err := trust.Open(m.files["directories/first"], anchors, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"current", "retired", "ended", "compromised"} {
		d, err := trust.Open(m.files["directories/"+name], anchors, now)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := d.Succeeds(first); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// unexpressed are the reasons that no file can cause, and where they are tested.
var unexpressed = map[envelope.Reason]string{
	envelope.ReasonUnavailable: "a store, a journal or a device fails: nothing in a file can cause it; exchange has tests in which each of them does",
}

// reasons lists what each reason means, and how many vectors expect it.
func (m *maker) reasons() []byte {
	count := map[envelope.Reason]int{}
	kinds := map[envelope.Reason]map[string]bool{}
	for name, file := range m.files {
		v, err := envelopetest.ParseVector(file)
		if err != nil {
			continue
		}
		count[v.Expect]++
		if kinds[v.Expect] == nil {
			kinds[v.Expect] = map[string]bool{}
		}
		kinds[v.Expect][strings.SplitN(name, "/", 2)[0]] = true
	}
	var out strings.Builder
	out.WriteString("# Reasons\n\nMade by the generator; do not edit. Damage leaves no trace at the receiver, not now may be\nbrought again, never follows from what the sender signed. The number is that of the vectors.\n\n| reason | kind | meaning | arti | vectors | of |\n|---|---|---|---|---|---|\n")
	fmt.Fprintf(&out, "| opened | | Everything holds. | Semuanya cocok. | %d | %s |\n", count[""], strings.Join(slices.Sorted(maps.Keys(kinds[""])), ", "))
	for _, r := range envelope.Reasons() {
		where := strings.Join(slices.Sorted(maps.Keys(kinds[r])), ", ")
		if count[r] == 0 {
			where = cmp.Or(unexpressed[r], where)
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s | %d | %s |\n", r, r.Kind(), r.Text().EN, r.Text().ID, count[r], where)
	}
	return []byte(out.String())
}

// TestEveryReasonHasAVector, but for those that no file can cause.
func TestEveryReasonHasAVector(t *testing.T) {
	m := assembled(t)
	count := map[envelope.Reason]int{}
	for _, file := range m.files {
		if v, err := envelopetest.ParseVector(file); err == nil {
			count[v.Expect]++
		}
	}
	for _, r := range append(envelope.Reasons(), "") {
		if _, none := unexpressed[r]; none != (count[r] == 0) {
			t.Errorf("%q: %d vectors", r, count[r])
		}
		t.Logf("%-20s %d", r, count[r])
	}
}
