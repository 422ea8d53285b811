package filedrop_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/transport/filedrop"
	"github.com/segel-id/segel/internal/shared"
)

var name = strings.Repeat("ab", 32)

// What a stranger may have put onto a stick: it is reported or passed over, never
// followed, and hinders nothing.
func TestStranger(t *testing.T) {
	tests := []struct {
		name  string
		put   func(box, secret string) error
		fault filedrop.Fault // "": passed over
	}{
		{"a link to a file", func(box, secret string) error { return os.Symlink(secret, filepath.Join(box, name+".segel")) }, filedrop.FaultShape},
		{"a link to a file beside it", func(box, _ string) error { return os.Symlink("honest", filepath.Join(box, name+".segel")) }, filedrop.FaultShape},
		{"a link to nothing", func(box, _ string) error { return os.Symlink("nothing", filepath.Join(box, name+".question")) }, filedrop.FaultShape},
		{"a link to itself", func(box, _ string) error { return os.Symlink(name+".segel", filepath.Join(box, name+".segel")) }, filedrop.FaultShape},
		{"a folder", func(box, _ string) error { return os.Mkdir(filepath.Join(box, name+".segel"), 0o700) }, filedrop.FaultShape},
		{"a pipe", func(box, _ string) error { return mkfifo(filepath.Join(box, name+".segel")) }, filedrop.FaultShape},
		{"a file without end", func(box, _ string) error { return sparse(filepath.Join(box, name+".segel"), 1<<40) }, filedrop.FaultLarge},
		{"a question without end", func(box, _ string) error { return sparse(filepath.Join(box, name+".question"), 1<<20) }, filedrop.FaultLarge},
		{"a file under another name", func(box, _ string) error { return write(box, name+".segel", canary) }, filedrop.FaultDamaged},
		{"a question under another name", func(box, _ string) error { return write(box, name+".question", canary) }, filedrop.FaultDamaged},
		{"names of others", func(box, _ string) error {
			for _, n := range []string{".segel", "x.segel", name, name + ".exe", strings.ToUpper(name) + ".segel", name + ".segel.segel", name + "x.segel", canary, "autorun.inf", "a\nb.segel"} {
				if err := write(box, n, canary); err != nil {
					return err
				}
			}
			return nil
		}, ""},
		{"answers that are none", func(box, secret string) error {
			return os.Symlink(secret, filepath.Join(box, name+".answer"))
		}, ""},
		{"a manifest that is none", func(box, _ string) error { return write(filepath.Dir(box), "segel-drop.txt", canary) }, ""},
		{"a manifest that is a link", func(box, secret string) error {
			return os.Symlink(secret, filepath.Join(filepath.Dir(box), "segel-drop.txt"))
		}, ""},
		{"a manifest of what is not there", func(box, _ string) error {
			return write(filepath.Dir(box), "segel-drop.txt", fmt.Sprintf("segel-drop/1\n%s 5 to-%s/%s.segel\nend 1\n", name, strings.Replace(string(ahu.Party), "/", ".", 1), name))
		}, filedrop.FaultMissing},
		{"a manifest that names other places", func(box, _ string) error {
			return write(filepath.Dir(box), "segel-drop.txt", fmt.Sprintf("segel-drop/1\n%s 5 ../%s.segel\nend 1\n", name, name))
		}, ""},
	}
	mine := shared.OneIn(t, 3)
	for _, tt := range tests {
		if !mine() {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			r := newRoad(t)
			secret := filepath.Join(t.TempDir(), "secret")
			if err := os.WriteFile(secret, []byte("segel-answer/1\nrefusal\nmalformed\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			r.send(board)
			r.export(filedrop.Carried{Waiting: 1})
			_ = os.Remove(filepath.Join(r.dir, "segel-drop.txt"))
			if err := tt.put(box(r.dir, ahu.Party), secret); err != nil {
				t.Skipf("this system cannot make it: %v", err)
			}
			var faults []filedrop.Fault
			if tt.fault != "" {
				faults = append(faults, tt.fault)
			}
			got := r.receive(1, faults...)
			for _, f := range got.Failed {
				if strings.Contains(f.Path+f.Fault.Error(), canary) || !strings.HasPrefix(f.Path, "to-") {
					t.Errorf("the report says %q", f.Path)
				}
			}
			if _, err := r.stick.List(t.Context()); err != nil {
				t.Errorf("list: %v", err)
			}
			r.collect(filedrop.Carried{Settled: 1})
			if text, err := os.ReadFile(secret); err != nil || string(text) != "segel-answer/1\nrefusal\nmalformed\n" {
				t.Error("what a link leads to was changed")
			}
		})
	}
}

func write(dir, name, text string) error {
	if runtime.GOOS == "windows" && strings.ContainsAny(name, "\n") {
		return nil
	}
	return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
}

// sparse makes a file that says to be large.
func sparse(path string, size int64) error {
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	return os.Truncate(path, size)
}

// A folder of ours that is a link is not entered, by either side.
func TestStrangersFolder(t *testing.T) {
	r := newRoad(t)
	elsewhere := t.TempDir()
	if err := os.Symlink(elsewhere, box(r.dir, ahu.Party)); err != nil {
		t.Skip("the file system has no links")
	}
	r.send(board)
	r.export(filedrop.Carried{Failed: 1})
	if _, err := r.stick.Receive(t.Context(), ahu.Party, r.ahu); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("receive: %v", err)
	}
	if entries, err := os.ReadDir(elsewhere); err != nil || len(entries) != 0 {
		t.Errorf("something was written behind the link: %v, %v", entries, err)
	}
}

// Too many names are refused before any file is opened.
func TestTooMany(t *testing.T) {
	r := newRoad(t)
	r.send(board)
	r.export(filedrop.Carried{Waiting: 1})
	for i := range 3 {
		if err := write(box(r.dir, ahu.Party), fmt.Sprint("x", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	f, err := filedrop.Open(r.dir, filedrop.Limits{MaxEntries: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := f.Receive(t.Context(), ahu.Party, r.ahu); envelope.ReasonOf(err) != envelope.ReasonTooLarge || len(got.Taken) != 0 {
		t.Errorf("%d taken, %v", len(got.Taken), err)
	}
	if _, err := f.List(t.Context()); envelope.ReasonOf(err) != envelope.ReasonTooLarge {
		t.Errorf("list: %v", err)
	}
}

// Answers are names too, of which there are as many as of all others, and no more.
func TestTooManyAnswers(t *testing.T) {
	r := newRoad(t)
	r.send(board)
	r.export(filedrop.Carried{Waiting: 1})
	f, err := filedrop.Open(r.dir, filedrop.Limits{MaxEntries: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := range 4 {
		_, err := f.Receive(t.Context(), ahu.Party, r.ahu) // which writes one for the envelope
		if want := map[bool]envelope.Reason{true: envelope.ReasonTooLarge}[i == 3]; envelope.ReasonOf(err) != want {
			t.Errorf("with %d answers: %v", i+1, err)
		}
		if err := write(box(r.dir, ahu.Party), strings.Repeat(fmt.Sprint(i), 64)+".answer", ""); err != nil {
			t.Fatal(err)
		}
	}
}

// An answer counts only if it is one of ours, and settles only if it is a receipt
// that verifies.
func TestStrangersAnswer(t *testing.T) {
	r := newRoad(t)
	r.send(board)
	r.export(filedrop.Carried{Waiting: 1})
	path := strings.TrimSuffix(r.one(".segel"), ".segel") + ".answer"
	tests := []struct {
		name, text string
		want       filedrop.Carried
	}{
		{"nothing", "", filedrop.Carried{Waiting: 1}},
		{"another type", "segel-answer/2\nrefusal\nmalformed\n", filedrop.Carried{Waiting: 1}},
		{"a word of no answer", "segel-answer/1\nrefusal\naccepted\n", filedrop.Carried{Waiting: 1}},
		{"no end", "segel-answer/1\nrefusal\nmalformed", filedrop.Carried{Waiting: 1}},
		{"more", "segel-answer/1\nrefusal\nmalformed\n\n", filedrop.Carried{Waiting: 1}},
		{"too much", "segel-answer/1\nreceipt\n" + strings.Repeat("x", 1<<20) + "\n", filedrop.Carried{Waiting: 1}},
		{"a refusal", "segel-answer/1\nrefusal\nmalformed\n", filedrop.Carried{Refused: 1}},
		{"a receipt that is none", "segel-answer/1\nreceipt\n" + canary + "\n", filedrop.Carried{Failed: 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			r.collect(tt.want)
			if len(r.files(".segel")) != 1 {
				t.Error("the envelope was taken away")
			}
		})
	}
	r.receive(1)
	r.collect(filedrop.Carried{Settled: 1})
}

// A receiver that is stopped in the middle has answered what it has settled, and
// nothing else.
func TestStopped(t *testing.T) {
	r := newRoad(t)
	r.send(board)
	r.send(boards(2))
	r.export(filedrop.Carried{Waiting: 2})
	ctx, cancel := context.WithCancel(t.Context())
	got, err := r.stick.Receive(ctx, ahu.Party, &stopping{r.ahu, cancel})
	if envelope.ReasonOf(err) != envelope.ReasonUnavailable || len(got.Taken) != 1 || len(r.files(".answer")) != 1 {
		t.Errorf("%d taken, %v, answers %v", len(got.Taken), err, r.files(".answer"))
	}
	r.collect(filedrop.Carried{Settled: 1, Waiting: 1})
	r.receive(1)
	r.collect(filedrop.Carried{Settled: 1})
	if r.handled != 2 {
		t.Errorf("handled %d times", r.handled)
	}
}

// stopping is a receiver whose program is told to stop after the first file.
type stopping struct {
	*exchange.Receiver
	stop context.CancelFunc
}

func (s *stopping) Receive(ctx context.Context, in io.Reader) exchange.Answer {
	defer s.stop()
	return s.Receiver.Receive(ctx, in)
}
