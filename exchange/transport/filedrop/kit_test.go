package filedrop_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/transport/filedrop"
)

// A drop waits for nobody, so for the kit somebody walks: what is put into one folder
// is carried across the line into another one, is received there, and its answer is
// carried back.
func TestTransport(t *testing.T) {
	exchangetest.TestTransport(t, exchangetest.TransportHarness{
		Connect: func(t *testing.T, line *exchangetest.Line, receivers map[envelope.Party]*exchange.Receiver) exchange.Transport {
			c := &courier{line: line, receivers: receivers, ours: t.TempDir(), theirs: t.TempDir()}
			c.sender, c.recipient = open(t, c.ours), open(t, c.theirs)
			return c
		},
	})
}

func open(t *testing.T, dir string) *filedrop.Folder {
	t.Helper()
	f, err := filedrop.Open(dir, filedrop.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

type courier struct {
	line              *exchangetest.Line
	receivers         map[envelope.Party]*exchange.Receiver
	ours, theirs      string // folders
	sender, recipient *filedrop.Folder

	receives sync.Mutex // one program at a time works on a folder
}

func (c *courier) Deliver(ctx context.Context, to envelope.Party, file io.Reader) (exchange.Reply, error) {
	var whole bytes.Buffer
	put := func() (exchange.Reply, error) { return c.sender.Deliver(ctx, to, bytes.NewReader(whole.Bytes())) }
	if large, ok := file.(exchange.File); ok {
		if _, err := io.Copy(&whole, io.NewSectionReader(large, 0, large.Size())); err != nil {
			return exchange.Reply{}, err
		}
		put = func() (exchange.Reply, error) { return c.sender.Deliver(ctx, to, large) }
	} else if _, err := c.sender.Deliver(ctx, to, io.TeeReader(file, &whole)); err != nil && err != filedrop.ErrWaits {
		return exchange.Reply{}, err
	}
	digest := sha256.Sum256(whole.Bytes())
	return c.trip(ctx, to, hex.EncodeToString(digest[:])+".segel", put)
}

func (c *courier) Ask(ctx context.Context, to envelope.Party, question []byte) (exchange.Reply, error) {
	return c.trip(ctx, to, "", func() (exchange.Reply, error) { return c.sender.Ask(ctx, to, question) })
}

// trip puts a file, carries it there and the answer back, and looks at that. name is
// the file's, "" for the one that was just put.
func (c *courier) trip(ctx context.Context, to envelope.Party, name string, put func() (exchange.Reply, error)) (exchange.Reply, error) {
	known := c.names(to)
	if reply, err := put(); err != nil && err != filedrop.ErrWaits || c.receivers[to] == nil {
		return reply, err
	}
	if name == "" {
		for new := range c.names(to) {
			if strings.HasSuffix(new, ".question") && (name == "" || !known[new]) {
				name = new
			}
		}
	}
	brought := make(chan bool, 1)
	go func() { brought <- c.walk(to, name) }()
	select {
	case <-ctx.Done():
		return exchange.Reply{}, context.Cause(ctx)
	case ok := <-brought:
		if !ok {
			return exchange.Reply{}, filedrop.ErrWaits
		}
		return put()
	}
}

func (c *courier) names(to envelope.Party) map[string]bool {
	names := map[string]bool{}
	entries, _ := os.ReadDir(box(c.ours, to))
	for _, e := range entries {
		names[e.Name()] = true
	}
	return names
}

func box(dir string, to envelope.Party) string {
	return filepath.Join(dir, "to-"+strings.ReplaceAll(string(to), "/", "."))
}

const answered = "segel-answer/1\n"

// walk takes one file across the line and brings its answer back, if there is one.
func (c *courier) walk(to envelope.Party, name string) (brought bool) {
	message, err := os.ReadFile(filepath.Join(box(c.ours, to), name))
	if err != nil {
		return false
	}
	answerName := strings.TrimSuffix(strings.TrimSuffix(name, ".segel"), ".question") + ".answer"
	far, near := filepath.Join(box(c.theirs, to), answerName), filepath.Join(box(c.ours, to), answerName)
	var said string // the answer, as it lies there
	answer, whole := c.line.Carry(message, func(in io.Reader) []byte {
		got, broke := io.ReadAll(in)
		// A copy that broke off has the name, as programs that copy leave it; but for
		// one that only lacks its end.
		name := name
		if broke != nil && len(got) == len(message) {
			name += ".part"
		}
		if copied(filepath.Join(box(c.theirs, to), name), got) != nil {
			return nil
		}
		c.receives.Lock()
		_, _ = c.recipient.Receive(context.Background(), to, c.receivers[to])
		c.receives.Unlock()
		text, err := os.ReadFile(far)
		if err != nil {
			return nil
		}
		said = string(text)
		return inside(said)
	})
	if !bytes.Equal(answer, inside(said)) {
		said = answered + "receipt\n" + string(answer) + "\n"
	}
	return whole && copied(near, []byte(said)) == nil
}

// inside is the receipt or word of an answer.
func inside(text string) []byte {
	_, text, _ = strings.Cut(strings.TrimPrefix(text, answered), "\n")
	return []byte(strings.TrimSuffix(text, "\n"))
}

// copied gives a file its content at once, as a rename does.
func copied(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	half, err := os.CreateTemp(filepath.Dir(path), "copy")
	if err != nil {
		return err
	}
	if _, err := half.Write(text); err != nil {
		return err
	}
	if err := half.Close(); err != nil {
		return err
	}
	return os.Rename(half.Name(), path)
}
