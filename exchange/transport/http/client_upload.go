package http

import (
	"context"
	"io"
	nethttp "net/http"
	"strconv"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// upload brings a file with a body to a party: its tokens first, which the peer
// answers with how much it has, and then what is missing. The file is never in
// memory.
func (c *Client) upload(ctx context.Context, to envelope.Party, file exchange.File) (exchange.Reply, error) {
	head := make([]byte, file.Head())
	if n, err := file.ReadAt(head, 0); n != len(head) {
		_ = err
		return exchange.Reply{}, refuse(envelope.ReasonUnavailable, "the file cannot be read")
	}
	if !uploadForm.MatchString(file.Upload()) || len(head) > maxTokens {
		return exchange.Reply{}, refuse(envelope.ReasonMisuse, "not an upload")
	}
	urls, err := c.urls(to, envelopesPath+"/"+file.Upload())
	if err != nil {
		return exchange.Reply{}, err
	}
	known := int64(0)
	return c.carry(ctx, urls, func(ctx context.Context, url string) outcome {
		kept, o := c.begin(ctx, url, head, file.Size())
		if kept == 0 {
			return o
		}
		o = c.patch(ctx, url, file, kept)
		o.progress = kept > known // by what an earlier attempt has brought
		known = max(known, kept)
		return o
	})
}

// begin brings the tokens, and returns how much of the file the peer has. It
// returns 0 and the outcome if there is nothing more to bring now.
func (c *Client) begin(ctx context.Context, url string, head []byte, size int64) (int64, outcome) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	req, err := c.request(ctx, nethttp.MethodPost, url, MediaEnvelope, head)
	if err != nil {
		return 0, outcome{err: refuse(envelope.ReasonMisuse, "endpoint")}
	}
	req.Header.Set(headerComplete, no)
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return 0, unanswered(err)
	}
	defer res.Body.Close()
	if res.StatusCode == nethttp.StatusCreated {
		kept, ok := uploadOffset(res.Header)
		if !ok || !only(res.Header, headerComplete, no) || kept < int64(len(head)) || kept > size {
			return 0, outcome{err: unknown, again: true}
		}
		return kept, outcome{}
	}
	return 0, read(res.StatusCode, res.Header, res.Body, c.now())
}

// patch brings the file from an offset on.
func (c *Client) patch(ctx context.Context, url string, file exchange.File, from int64) outcome {
	ctx, cancel := context.WithTimeout(ctx, allowance(c.cfg.Timeout, file.Size(), c.cfg.MinRate))
	defer cancel()
	req, err := c.request(ctx, nethttp.MethodPatch, url, MediaPartial, nil)
	if err != nil {
		return outcome{err: refuse(envelope.ReasonMisuse, "endpoint")}
	}
	req.Header.Set(headerOffset, strconv.FormatInt(from, 10))
	req.Header.Set(headerComplete, yes)
	rest := file.Size() - from
	if rest > 0 {
		moving := &moving{r: io.NewSectionReader(file, from, rest), left: rest, patience: c.cfg.Timeout}
		moving.stalled = time.AfterFunc(c.cfg.Timeout, cancel)
		defer moving.stalled.Stop()
		req.Body, req.ContentLength = io.NopCloser(moving), rest
		req.Header.Set("Expect", "100-continue") // a refusal by the header then costs no upload
	}
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return unanswered(err)
	}
	defer res.Body.Close()
	return read(res.StatusCode, res.Header, res.Body, c.now())
}

// moving is a body that ends its request if nothing of it is taken for too long.
// What comes after its end, the peer's work, has all the time of the request.
type moving struct {
	r        io.Reader
	left     int64
	patience time.Duration
	stalled  *time.Timer
}

func (m *moving) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if m.left -= int64(n); m.left > 0 && err == nil {
		m.stalled.Reset(m.patience)
	} else {
		m.stalled.Stop()
	}
	return n, err
}
