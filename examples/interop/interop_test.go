// Package interop holds programs in other languages that seal and open what
// Segel seals and opens, and the tests that hold them and the SDK to each other.
package interop

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
)

const ndjson = "{\"kode_tps\":\"99AA010001001\"}\n{\"nama\":\"a & b \\u00e9 é\"}\n"

// The draft of every envelope here, but for its recipients.
func plan() draft {
	return draft{
		Sender: "kpu/sirekap", Purpose: "AWAS-TAHAPAN", ValidFor: 3600,
		Dataset:   envelope.Dataset{ID: "sirekap/hasil-tps", Version: "1.0.0", Digest: envelopetest.Digest("definition")},
		Agreement: envelope.Agreement{ID: "PKS-1", Digest: envelopetest.Digest("agreement")},
	}
}

func expected(party envelope.Party) expectation {
	p := plan()
	return expectation{Party: party, Sender: p.Sender, Purpose: p.Purpose, Dataset: p.Dataset, Agreement: p.Agreement}
}

var parties = []envelope.Party{"bawaslu/pengawasan", "kominfo/jaringan"}

// A kind is a kind of key with which the matrix encrypts.
type kind struct {
	name  string
	first *envelope.PrivateKey
	other *envelope.PrivateKey
}

// Everybody opens what everybody seals.
func TestInteropMatrix(t *testing.T) {
	all := peers(t)
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	write(t, dir, "records", []byte(ndjson))
	signatures := []envelope.Algorithm{envelope.ES256, envelope.EdDSA, envelope.PS256}
	for _, alg := range signatures {
		writeKeys(t, dir, string(alg), generate(t, alg))
	}
	kinds := []kind{
		{"P-256", generate(t, envelope.ECDHES), generate(t, envelope.ECDHES)},
		{"X25519", x25519(t), x25519(t)},
		{"RSA-OAEP", generate(t, envelope.RSAOAEP), generate(t, envelope.RSAOAEP)},
	}
	for _, k := range kinds {
		writeKeys(t, dir, k.name+"1", k.first)
		writeKeys(t, dir, k.name+"2", k.other)
		d := plan()
		for i, key := range []*envelope.PrivateKey{k.first, k.other} {
			d.Recipients = append(d.Recipients, recipient{parties[i], jwk(t, key)})
			writeJSON(t, dir, fmt.Sprint(k.name, i+1, ".draft"), d)
		}
	}
	for i, p := range parties {
		writeJSON(t, dir, fmt.Sprint("expect", i+1), expected(p))
	}

	sealed := func(maker peer, alg envelope.Algorithm, k kind, n int) string {
		return path(strings.ReplaceAll(fmt.Sprintf("%s %s %s %d.segel", maker.name, alg, k.name, n), " ", "_"))
	}
	for _, maker := range all {
		var jobs []job
		for _, alg := range signatures {
			for _, k := range kinds {
				for n := 1; n <= 2; n++ {
					jobs = append(jobs, job{"seal", path(fmt.Sprint(k.name, n, ".draft")), path("records"), path(string(alg) + ".private.jwks"), sealed(maker, alg, k, n)})
				}
			}
		}
		for i, end := range maker.run(t, envelopetest.Now(), jobs) {
			if end != "" {
				t.Fatalf("%s does not seal %s: %s", maker.name, filepath.Base(jobs[i][4]), end)
			}
		}
	}

	widths := []int{9, 9, 9, 13}
	head := []string{"sealed by", "opened by", "signature"}
	for _, k := range kinds {
		head = append(head, k.name+" to 1", k.name+" to 2")
	}
	row(t, widths, head...)
	cells, notes := 0, map[string][]byte{}
	for _, opener := range all {
		var jobs []job
		for _, maker := range all {
			for _, alg := range signatures {
				for _, k := range kinds {
					for _, c := range [][2]int{{1, 1}, {2, 1}, {2, 2}} { // of n recipients, the i-th
						file := sealed(maker, alg, k, c[0])
						jobs = append(jobs, job{
							"open", file, path(fmt.Sprint("expect", c[1])), path(fmt.Sprint(k.name, c[1], ".private.jwks")),
							path(string(alg) + ".public.jwks"), fmt.Sprint(file, ".", strings.ReplaceAll(opener.name, " ", "_"), c[1]),
						})
					}
				}
			}
		}
		ends := opener.run(t, envelopetest.Now(), jobs)
		for i, j := range jobs {
			if ends[i] == "" {
				ends[i] = judge(t, j, notes)
			}
		}
		for _, maker := range all {
			for _, alg := range signatures {
				line := []string{maker.name, opener.name, string(alg)}
				for range kinds {
					to2 := ends[1]
					if to2 == "ok" {
						to2 = ends[2]
					}
					line = append(line, ends[0], to2)
					ends = ends[3:]
				}
				row(t, widths, line...)
				for _, cell := range line[3:] {
					cells++
					if cell != "ok" {
						t.Errorf("%v", line)
					}
				}
			}
		}
	}
	row(t, []int{0}, fmt.Sprintf("%d combinations of maker, opener, algorithms and recipients", cells))
	if cells != 3*3*3*3*2 {
		t.Errorf("%d combinations", cells)
	}
}

// judge says "ok" if an opener wrote the content, for its owner alone, and the
// same facts as the openers before it.
func judge(t *testing.T, j job, notes map[string][]byte) string {
	t.Helper()
	file, out := j[1], j[5]
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		return "not there, or readable by others"
	}
	if !bytes.Equal(read(t, out), []byte(ndjson)) {
		return "other content"
	}
	var note struct{ Jti, Iss, Manifest string }
	if err := readJSON(out+".opened", &note); err != nil || note.Iss != "kpu/sirekap" {
		return "no note"
	}
	facts := []byte(note.Jti + note.Manifest)
	if notes[file] != nil && !bytes.Equal(notes[file], facts) {
		return "another digest"
	}
	notes[file] = facts
	return "ok"
}

// workedKeys are the keys of the example in the package documentation of envelope.
const workedKeys = `{"keys":[
{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","alg":"EdDSA","use":"sig","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
{"kty":"EC","crv":"P-256","x":"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ","y":"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck","d":"VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw","alg":"ECDH-ES+A256KW","use":"enc","kid":"Vy57XrArUrW0NbpI12tEzDHABxMwrTh6HHXRenSpnCo"}]}`

// The example in the package documentation of envelope, in every language.
func TestInteropWorkedExample(t *testing.T) {
	dir := t.TempDir()
	keys, err := envelope.ParsePrivateKeys([]byte(workedKeys))
	if err != nil {
		t.Fatal(err)
	}
	writeKeys(t, dir, "sender", keys[0])
	writeKeys(t, dir, "mine", keys[1])
	e := expected("bawaslu/pengawasan")
	e.Dataset.Digest, e.Agreement = envelopetest.Digest(""), envelope.Agreement{ID: "PKS-KPU-BAWASLU-1", Digest: envelopetest.Digest("")}
	writeJSON(t, dir, "expect", e)
	at := time.Date(2024, 2, 14, 14, 0, 0, 0, time.UTC)
	for i, p := range peers(t) {
		out := filepath.Join(dir, fmt.Sprint("out", i))
		end := p.run(t, at, []job{{
			"open", filepath.Join("..", "..", "envelope", "testdata", "example.segel"), filepath.Join(dir, "expect"),
			filepath.Join(dir, "mine.private.jwks"), filepath.Join(dir, "sender.public.jwks"), out,
		}})[0]
		var note struct{ Manifest string }
		if end != "" || readJSON(out+".opened", &note) != nil || note.Manifest != "sXVhb_XkKinXT_N0rViexptJk8fip8-fBbVVc_4rFh0" ||
			string(read(t, out)) != "{\"kode_tps\":\"3101011001001\"}\n" {
			t.Errorf("%s: %q %v", p.name, end, note)
		}
	}

	// The manifest's text in the documentation is that of the file, spaces and all.
	_, text, found := strings.Cut(string(read(t, filepath.Join("..", "..", "envelope", "doc.go"))), "\n//\t{\"v\":1,")
	text, _, ended := strings.Cut(text, "\n//\n")
	if !found || !ended {
		t.Fatal("the documentation shows no manifest")
	}
	text = "{\"v\":1," + strings.ReplaceAll(text, "\n//\t", "")
	text += strings.Repeat(" ", -len(text)&511)
	b64 := base64.RawURLEncoding.EncodeToString
	header := `{"alg":"EdDSA","kid":"` + keys[0].Public().ID() + `","typ":"segel-manifest+jwt"}`
	digest := sha256.Sum256([]byte("segel/1 manifest\n" + b64([]byte(header)) + "." + b64([]byte(text))))
	if b64(digest[:]) != "sXVhb_XkKinXT_N0rViexptJk8fip8-fBbVVc_4rFh0" {
		t.Error("the documentation shows another manifest")
	}
}
