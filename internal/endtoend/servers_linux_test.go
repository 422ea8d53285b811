package endtoend

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tick is the kernel's unit of a process's time, the same on every machine that
// Go runs on.
const tick = 10 * time.Millisecond

// serverTime returns what the processes on this machine that were started for one
// of these ports, and those that they have started, have had of the cores so far:
// a PostgreSQL server or a broker says its port in its command line. 0: there is
// none, or it is on another machine.
func serverTime(ports ...string) (sum time.Duration) {
	type process struct {
		own, ended time.Duration // ended: of children that are gone
		parent     string
	}
	all, ours := map[string]process{}, map[string]bool{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		at := bytes.LastIndexByte(text, ')') // behind the name, which may hold anything
		if err != nil || at < 0 {
			continue // it is gone
		}
		f := strings.Fields(string(text[at+1:]))
		if len(f) < 15 {
			continue
		}
		ticks := func(n int) time.Duration { t, _ := strconv.Atoi(f[n]); return time.Duration(t) * tick }
		id := filepath.Base(filepath.Dir(file))
		all[id] = process{ticks(11) + ticks(12), ticks(13) + ticks(14), f[1]}
		line, err := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if err == nil && slices.ContainsFunc(strings.Split(string(line), "\x00"), func(arg string) bool { return slices.Contains(ports, arg) }) {
			ours[id] = true
		}
	}
	for id, p := range all {
		switch {
		case ours[id] && !ours[p.parent]: // else its parent tells of it too, once it is gone
			sum += p.own + p.ended
		case ours[id], ours[p.parent]:
			sum += p.own
		}
	}
	return sum
}
