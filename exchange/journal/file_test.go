package journal

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

var errDisk = errors.New("disk full")

// failing is a file that fails where it is told to.
type failing struct {
	lines
	short, sync bool
}

func (f *failing) Write(p []byte) (int, error) {
	if f.short {
		n, _ := f.lines.Write(p[:len(p)/2])
		return n, io.ErrShortWrite
	}
	return f.lines.Write(p)
}

func (f *failing) Sync() error {
	if f.sync {
		return errDisk
	}
	return f.lines.Sync()
}

type failingHeads struct{ heads }

func (failingHeads) WriteAt([]byte, int64) (int, error) { return 0, errDisk }

func opened(t *testing.T, dir string) *File {
	t.Helper()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func enter(f *File) error {
	return f.Append(context.Background(), exchange.Entry{Time: time.Unix(1_700_000_000, 0), Event: exchange.EventClock, Party: "kpu/sipol"})
}

func TestAFailedWriteIsNotBuiltUpon(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fail  func(*File)
		told  bool  // that the line was written
		lines int64 // after opening again
	}{
		{"a short write", func(f *File) { f.file = &failing{lines: f.file, short: true} }, false, 1},
		{"not synchronised", func(f *File) { f.file = &failing{lines: f.file, sync: true} }, false, 2},
		{"the head", func(f *File) { f.heads = failingHeads{f.heads} }, true, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			f := opened(t, dir)
			if err := enter(f); err != nil {
				t.Fatal(err)
			}
			file, heads := f.file, f.heads
			tt.fail(f)
			if err := enter(f); (err == nil) != tt.told || err != nil && envelope.ReasonOf(err) != envelope.ReasonUnavailable {
				t.Errorf("got %v", err)
			}
			f.file, f.heads = file, heads // the disk has room again
			if err := enter(f); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
				t.Errorf("then %v", err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			again := opened(t, dir)
			if n := again.Head().Seq; n != tt.lines {
				t.Errorf("opened again with %d lines, want %d", n, tt.lines)
			}
			if err := enter(again); err != nil {
				t.Errorf("opened again: %v", err)
			}
			if head, err := Verify(dir); err != nil || head.Seq != tt.lines+1 {
				t.Errorf("%v, %v", head, err)
			}
		})
	}
}

// As when somebody has taken the lock file away.
func TestASecondWriterOverwritesNothing(t *testing.T) {
	dir := t.TempDir()
	first := opened(t, dir)
	second := &File{}
	if err := second.open(dir); err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	for range 2 {
		if err := enter(first); err != nil {
			t.Fatal(err)
		}
		if err := enter(second); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
			t.Errorf("the second: %v", err)
		}
	}
	if head, err := Verify(dir); err != nil || head.Seq != 2 {
		t.Errorf("%v, %v", head, err)
	}
	// Even if it has not noticed.
	second.broken, second.size = false, first.size
	if err := enter(second); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(dir); envelope.ReasonOf(err) != envelope.ReasonBadContent || int64(len(text)) <= first.size {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if err := enter(first); envelope.ReasonOf(err) != envelope.ReasonUnavailable {
		t.Errorf("the first then: %v", err)
	}
}

func TestLinesWithoutAHeadAreRefused(t *testing.T) {
	first := start().marshal()
	for _, tt := range []struct {
		name  string
		head  []byte // nil: none
		lines string // what is left of two lines
		want  envelope.Reason
	}{
		{"no head, no line", nil, "none", ""},
		{"an empty head, no line", []byte{}, "none", ""},
		{"a torn first head, no line", first[:30], "none", ""},
		{"no head", nil, "all", envelope.ReasonBadContent},
		{"no head, and a torn line", nil, "torn", envelope.ReasonBadContent},
		{"an empty head", []byte{}, "all", envelope.ReasonBadContent},
		{"a torn first head", first[:30], "all", envelope.ReasonBadContent},
		{"a torn later head", []byte("00000000000000000002 abc"), "none", envelope.ReasonBadContent},
		{"the first head", first, "all", ""}, // lags behind
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			f := opened(t, dir)
			for range 2 {
				if err := enter(f); err != nil {
					t.Fatal(err)
				}
			}
			f.Close()
			path, headPath := filepath.Join(dir, fileName), filepath.Join(dir, headName)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			keep := map[string]int{"none": 0, "torn": len(text) / 4, "all": len(text)}[tt.lines]
			if err := os.WriteFile(path, text[:keep], 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(headPath); err != nil {
				t.Fatal(err)
			}
			if tt.head != nil {
				if err := os.WriteFile(headPath, tt.head, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := Verify(dir); envelope.ReasonOf(err) != tt.want {
				t.Errorf("verify: %v, want %q", err, tt.want)
			}
			g, err := Open(dir)
			if envelope.ReasonOf(err) != tt.want {
				t.Errorf("open: %v, want %q", err, tt.want)
			}
			if err == nil {
				g.Close()
			}
		})
	}
}
