package interop

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
)

// The programs as an operator starts them: what they need, what they leave, and
// how they end.
func TestInteropCommands(t *testing.T) {
	for _, l := range languages(t) {
		t.Run(l.name, func(t *testing.T) {
			dir := t.TempDir()
			path := func(name string) string { return filepath.Join(dir, name) }
			mine := generate(t, envelope.ECDHES)
			writeKeys(t, dir, "sender", generate(t, envelope.ES256))
			writeKeys(t, dir, "mine", mine)
			d := plan()
			d.Recipients = []recipient{{parties[0], jwk(t, mine)}}
			writeJSON(t, dir, "draft", d)
			writeJSON(t, dir, "expect", expected(parties[0]))
			write(t, dir, "records", []byte(ndjson))
			write(t, dir, "unfinished", []byte(strings.TrimSpace(ndjson)))
			// start runs one program and returns what it said, "" if its end was not 0.
			start := func(program string, args ...string) (said, why string) {
				t.Helper()
				for i, a := range args {
					args[i] = path(a)
				}
				cmd := exec.Command(l.command[0], append(append(l.command[1:], filepath.Join(l.folder, program+l.ending)), args...)...)
				var out, errs bytes.Buffer
				cmd.Stdout, cmd.Stderr = &out, &errs
				err := cmd.Run()
				if exit := (&exec.ExitError{}); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1 || errs.Len() == 0 || out.Len() != 0) {
					t.Errorf("%s ends with %v and says %q, %q", program, err, out.String(), errs.String())
				}
				if err == nil && errs.Len() != 0 {
					t.Errorf("%s succeeds and complains: %s", program, errs.String())
				}
				return out.String(), strings.TrimSpace(errs.String())
			}
			absent := func(names ...string) {
				t.Helper()
				for _, name := range names {
					if _, err := os.Stat(path(name)); err == nil {
						t.Errorf("%s is there", name)
					}
				}
			}

			if _, why := start("seal"); !strings.Contains(why, "usage: ") {
				t.Errorf("without arguments: %q", why)
			}
			if _, why := start("seal", "draft", "unfinished", "sender.private.jwks", "no.segel"); why != "refused: malformed" {
				t.Errorf("records that do not end: %q", why)
			}
			if _, why := start("seal", "draft", "nowhere", "sender.private.jwks", "no.segel"); !strings.HasPrefix(why, "failed: ") {
				t.Errorf("no records: %q", why)
			}
			absent("no.segel", "no.segel.sent")
			if _, why := start("seal", "draft", "records", "sender.private.jwks", "a.segel"); why != "" {
				t.Fatal(why)
			}
			if _, why := start("open", "a.segel", "records", "mine.private.jwks", "sender.public.jwks", "no"); why != "refused: malformed" {
				t.Errorf("expecting nothing: %q", why)
			}
			if err := os.Chmod(path("mine.private.jwks"), 0o640); err != nil {
				t.Fatal(err)
			}
			if _, why := start("open", "a.segel", "expect", "mine.private.jwks", "sender.public.jwks", "no"); why != "refused: misuse" {
				t.Errorf("a private key that others can read: %q", why)
			}
			absent("no", "no.opened")
			if err := os.Chmod(path("mine.private.jwks"), 0o600); err != nil {
				t.Fatal(err)
			}
			if said, why := start("open", "a.segel", "expect", "mine.private.jwks", "sender.public.jwks", "out"); why != "" || !strings.HasPrefix(said, "kpu/sirekap 0") {
				t.Fatalf("%q, %q", said, why)
			}
			for _, name := range []string{"a.segel", "a.segel.sent", "out", "out.opened"} {
				if info, err := os.Stat(path(name)); err != nil || info.Mode().Perm() != 0o600 {
					t.Errorf("%s: %v, %v", name, info, err)
				}
			}
			write(t, dir, "out", []byte("mine\n"))
			if _, why := start("open", "a.segel", "expect", "mine.private.jwks", "sender.public.jwks", "out"); !strings.HasPrefix(why, "failed: ") || string(read(t, path("out"))) != "mine\n" {
				t.Errorf("an output that is there: %q", why)
			}
		})
	}
}

// What the README tells to type works.
func TestInteropReadme(t *testing.T) {
	all := languages(t)
	folder := all[0].folder
	_, text, found := strings.Cut(string(read(t, "README.md")), "```\n")
	text, _, ended := strings.Cut(text, "```")
	if !found || !ended {
		t.Fatal("README.md shows no commands")
	}
	mine := generate(t, envelope.ECDHES)
	if err := os.Mkdir(filepath.Join(folder, "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	writeKeys(t, folder, "keys/kpu-sirekap", generate(t, envelope.ES256), generate(t, envelope.ECDHES))
	writeKeys(t, folder, "keys/bawaslu-pengawasan", generate(t, envelope.ES256), mine)
	d := plan()
	d.Recipients = []recipient{{parties[0], jwk(t, mine)}}
	writeJSON(t, folder, "draft.json", d)
	writeJSON(t, folder, "expect.json", expected(parties[0]))
	write(t, folder, "records.ndjson", []byte(ndjson))
	ran := 0
	for line := range strings.Lines(text) {
		command, _, _ := strings.Cut(line, "#")
		words := strings.Fields(command)
		switch words[0] {
		case "python3":
			words = append(slices.Clone(all[0].command), words[1:]...)
		case "node":
		default:
			continue // keys, which were made above
		}
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Dir = folder
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
		ran++
	}
	if got := read(t, filepath.Join(folder, "records.out")); ran != 4 || string(got) != ndjson {
		t.Errorf("%d commands, %d bytes", ran, len(got))
	}
	if !bytes.Equal(read(t, filepath.Join(folder, "a.kept")), read(t, filepath.Join(folder, "a.receipt.jws"))) {
		t.Error("the sender keeps another receipt than the recipient")
	}
}

// A program of at most 100 lines is one that its reader reads.
func TestProgramsAreShort(t *testing.T) {
	for pattern, many := range map[string]int{"*.py": 6, "*.mjs": 8} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) != many {
			t.Fatal(files, err)
		}
		for _, name := range files {
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(f)
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
			for i, line := range strings.Split(string(text), "\n") {
				if len([]rune(line)) > 120 || i > 100 {
					t.Errorf("%s:%d: more than 100 lines of 120 characters", name, i+1)
				}
			}
		}
	}
}
