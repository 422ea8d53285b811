package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/segel-id/segel/internal/shared"
)

// TestMain makes the real program a command of the scripts, with one
// difference: its clock stands still where SEGEL_TEST_NOW says, or goes on from
// there since the script began if a plus sign follows, so that a script can be at another time without
// waiting for it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"segel": func() {
			os.Exit(run(interruptible(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, scriptClock))
		},
	})
}

func scriptClock() time.Time {
	set := os.Getenv("SEGEL_TEST_NOW")
	if set == "" {
		return time.Now()
	}
	from, runs := strings.CutSuffix(set, "+")
	t, err := time.Parse(time.RFC3339, from)
	if err != nil {
		panic("SEGEL_TEST_NOW: " + err.Error())
	}
	if runs {
		since, err := time.Parse(time.RFC3339Nano, os.Getenv("SEGEL_TEST_BEGUN"))
		if err != nil {
			panic("SEGEL_TEST_BEGUN: " + err.Error())
		}
		t = t.Add(time.Since(since))
	}
	return t
}

// TestStories runs testdata/*.txtar, one story of a user each.
func TestStories(t *testing.T) {
	stories, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(stories) == 0 {
		t.Fatal("no stories", err)
	}
	taken := shared.OneIn(t, 3)
	stories = slices.DeleteFunc(stories, func(string) bool { return !taken() })
	testscript.Run(t, testscript.Params{
		Files:               stories,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("SEGEL_TEST_NOW", "2026-11-22T03:00:00Z")
			env.Setenv("long", strings.Repeat("panjang/", 400))
			env.Setenv("SEGEL_TEST_BEGUN", time.Now().Format(time.RFC3339Nano))
			env.Values[serversKey{}] = map[string]*server{}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
			"flip":  flip,
			"cut":   cut,
			"mode":  mode,
			"crlf":  crlf,
			"port":  port,
			"serve": serve,
			"logs":  logs,
			"stops": stops,
			"hup":   hup,
			"certs": certs,
			"takes": takes,
		},
	})
}

// exits CODE program args... runs a program that must end with that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE program args...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		end, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = end.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// flip FILE N changes one bit of a file: of its Nth byte, or of the Nth before
// its end if N is negative.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE N")
	}
	path := ts.MkAbs(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	data, err := os.ReadFile(path)
	ts.Check(err)
	if n < 0 {
		n += len(data)
	}
	data[n] ^= 1
	ts.Check(os.WriteFile(path, data, 0o600))
}

// cut FILE N takes N bytes off the end of a file.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut FILE N")
	}
	path := ts.MkAbs(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	info, err := os.Stat(path)
	ts.Check(err)
	ts.Check(os.Truncate(path, info.Size()-int64(n)))
}

// crlf FILE... gives files the line ends of another system.
func crlf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: crlf FILE...")
	}
	for _, name := range args {
		text := strings.ReplaceAll(ts.ReadFile(name), "\n", "\r\n")
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
	}
}

// mode OCTAL FILE... holds files to their permissions, where there are any.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: mode OCTAL FILE...")
	}
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	for _, name := range args[1:] {
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		if got := info.Mode().Perm(); uint64(got) != want {
			ts.Fatalf("%s has mode %o, want %o", name, got, want)
		}
	}
}
