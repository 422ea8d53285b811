package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// shownAfter is how long something takes before its progress is shown.
const shownAfter = time.Second

// A progress shows how much of an input was read, on a terminal alone.
type progress struct {
	io.Reader
	bar   *progressbar.ProgressBar // nil until it takes long
	make  func() *progressbar.ProgressBar
	begun time.Time
	n     int64
}

// watch shows the reading of r on standard error, if that is a terminal and it
// takes more than a second. What is called is done in the end. size is what is
// expected, -1 if nobody knows.
func (a *app) watch(r io.Reader, size int64, what string) (io.Reader, func()) {
	f, ok := a.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return r, func() {}
	}
	return progressOn(f, r, size, what)
}

func progressOn(w io.Writer, r io.Reader, size int64, what string) (io.Reader, func()) {
	p := &progress{Reader: r, begun: time.Now(), make: func() *progressbar.ProgressBar {
		return progressbar.NewOptions64(size, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
			progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetWidth(20), progressbar.OptionSetRenderBlankState(true), progressbar.OptionSetPredictTime(true))
	}}
	return p, p.done
}

func (p *progress) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	p.n += int64(n)
	if p.bar == nil && time.Since(p.begun) > shownAfter {
		p.bar = p.make()
	}
	if p.bar != nil {
		_ = p.bar.Set64(p.n)
	}
	return n, err
}

func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
