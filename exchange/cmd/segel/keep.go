package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
)

// How often serve looks after things.
const (
	watchEvery = 10 * time.Second
	purgeEvery = time.Hour
)

// A stamp tells whether a file may have changed.
type stamp struct {
	at   time.Time
	size int64
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{} // while a file is being replaced it may be gone
	}
	return stamp{info.ModTime(), info.Size()}
}

// keep takes newer directories and purges, until ctx ends. SIGHUP has it look at
// the directory at once.
func (s *serving) keep(ctx context.Context) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	watch, purge := time.NewTicker(watchEvery), time.NewTicker(purgeEvery)
	defer watch.Stop()
	defer purge.Stop()
	// What changed between load and here is looked at in the first round.
	var seen stamp
	for {
		select {
		case <-ctx.Done():
			return
		case <-purge.C:
			if n, err := s.receiver.Purge(ctx); err != nil {
				s.log.Error("not purged", "reason", envelope.ReasonOf(err))
			} else if n > 0 {
				s.log.Info("purged", "envelopes", n)
			}
			continue
		case <-hup:
			seen = stamp{}
		case <-watch.C:
		}
		if now := stampOf(s.me.directory); now != (stamp{}) && now != seen && s.reload(ctx) {
			seen = now
		}
	}
}

// reload puts the directory file in force if it is newer than what is. It reports
// whether the file need not be looked at again until it changes. A bad one is told
// and the former stays.
func (s *serving) reload(ctx context.Context) bool {
	next, err := s.next()
	if err == nil && next.Digest() == s.me.trusted.Digest() {
		return true
	}
	if err == nil {
		err = s.receiver.SetDirectory(ctx, next)
	}
	if err != nil {
		end := ending(err)
		s.log.Error("directory not taken", "reason", end.reason, "error", end.en, "in_force", s.me.trusted.Version())
		return end.code == exitRefused
	}
	s.me.trusted = next
	s.log.Info("directory in force", "version", next.Version(), "digest", next.Digest(), "expires", next.Expires())
	if err := s.me.listed(); err != nil {
		s.log.Error("directory does not list these keys", "party", s.me.party)
	}
	return true
}

// next opens the directory file as it is now.
func (s *serving) next() (*trust.Directory, error) {
	anchors, err := readAnchors(s.me.anchor)
	if err != nil {
		return nil, err
	}
	file, err := readDocument(s.me.directory)
	if err != nil {
		return nil, err
	}
	return openDirectory(file, anchors, s.a.now())
}
