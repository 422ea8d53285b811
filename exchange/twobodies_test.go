package exchange_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/body"
	"github.com/segel-id/segel/internal/jose"
)

// A twoFaced sender keeps the one-time key of a manifest and signs as many bodies
// under it as it likes, which no Writer does.
type twoFaced struct {
	*scene
	head    []byte // of the file
	sent    exchange.Sent
	keys    *body.Keys
	oneTime ed25519.PrivateKey
}

func newTwoFaced(s *scene) *twoFaced {
	s.Helper()
	must := func(err error) {
		if err != nil {
			s.Fatal(err)
		}
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	seed := make([]byte, 32)
	_, err = rand.Read(seed)
	must(err)
	d, commit := s.draft(), sha256.Sum256(append([]byte("segel/1 seed"), seed...))
	iat := d.IssuedAt.Unix()
	m := envelope.Manifest{
		Version: 1, ID: envelope.NewID(), Sender: sipol.Party, IssuedAt: iat, NotBefore: iat, Expires: iat + 3600,
		Recipients: []envelope.Party{ahu.Party}, Keys: []string{ahu.Encryption.Public().ID()},
		Dataset: d.Dataset, Purpose: d.Purpose, Agreement: d.Agreement, Commit: base64url.Encode(commit[:]),
		Content: envelope.Content{Form: "body", Media: envelope.MediaRecords, Chunk: envelope.MinChunk, Codec: envelope.CodecNone, Key: base64url.Encode(public)},
	}
	text, err := json.Marshal(m)
	must(err)
	jws, err := jose.Sign("segel-manifest+jwt", text, josePrivate(s, sipol.Signing))
	must(err)
	digest := sha256.Sum256(append([]byte("segel/1 manifest\n"), jws[:bytes.LastIndexByte(jws, '.')]...))
	commitKey, err := hkdf.Key(sha256.New, seed, nil, "segel/1 commit", 32)
	must(err)
	keys, err := body.NewKeys(seed, commitKey, digest)
	must(err)
	token, err := jose.Encrypt("segel-envelope+jwe", append(append(jws, '~'), seed...), josePrivate(s, ahu.Encryption).Public())
	must(err)
	head := append([]byte("segel/1\n"), 0, 1)
	head = append(binary.BigEndian.AppendUint32(head, uint32(len(token))), token...)
	return &twoFaced{s, head, exchange.Sent{
		Key: exchange.Key{Sender: sipol.Party, ID: m.ID}, Digest: base64url.Encode(digest[:]), Recipient: ahu.Party, IssuedAt: d.IssuedAt,
	}, keys, private}
}

// file signs a body, and returns the file and what would have been sent.
func (f *twoFaced) file(records []byte) ([]byte, exchange.Sent) {
	f.Helper()
	out := bytes.NewBuffer(bytes.Clone(f.head))
	w := body.NewSealer(out, f.keys, f.oneTime, body.Shape{Chunk: envelope.MinChunk, Records: true})
	_, err := w.Write(records)
	if err == nil {
		err = w.Finish()
	}
	if err != nil {
		f.Fatal(err)
	}
	t, root := w.Tally(), w.Tally().Root()
	c := envelope.Closing{Version: 1, Manifest: f.sent.Digest, Root: base64url.Encode(root[:]), Chunks: int64(t.Chunks), Bytes: t.Bytes, Records: t.Records}
	text, err := json.Marshal(c)
	if err == nil {
		var statement []byte
		if statement, err = jose.Sign("segel-closing+jwt", text, josePrivate(f, sipol.Signing)); err == nil {
			err = w.Close(statement)
		}
	}
	if err != nil {
		f.Fatal(err)
	}
	sent := f.sent
	sent.Root = c.Root
	return out.Bytes(), sent
}

// Two bodies under one manifest: each opens, but only the first one counts, the
// second is an alarm, and the receipt says which of them it is for.
func TestTwoBodiesUnderOneManifest(t *testing.T) {
	for _, settled := range []bool{true, false} {
		everyWay(t, func(s *scene, take func([]byte) exchange.Answer) {
			f := newTwoFaced(s)
			one, sentOne := f.file(boards(200))
			two, sentTwo := f.file(boards(201))
			if !settled {
				s.handler = func(context.Context, *exchange.Delivery) error { return errBroken }
			}
			first := take(one)
			if settled {
				s.accepted(first)
			} else if first.Reason != envelope.ReasonHandlerFailed {
				s.Fatalf("%q (%v)", first.Reason, first.Err())
			}
			calls := s.calls.Load()
			a := take(two)
			if a.Reason != envelope.ReasonConflict || a.Reply().Receipt == nil {
				s.Errorf("the second body: %q (%v)", a.Reason, a.Err())
			}
			s.called(calls)
			last := s.Journal(ahu).Entries()
			if e := last[len(last)-1]; e.Event != exchange.EventConflict {
				s.Errorf("the journal ends with %+v", e)
			}
			open := func(a exchange.Answer, sent exchange.Sent) (exchange.Claims, error) {
				r, err := exchange.OpenReceipt(a.Reply().Receipt, sipol.Keys(), s.Directory, sent, s.Clock.Now())
				if err != nil {
					return exchange.Claims{}, err
				}
				return r.Claims(), nil
			}
			if c, err := open(a, sentTwo); err != nil || c.Final || c.Reason != envelope.ReasonConflict {
				s.Errorf("its receipt: %+v, %v", c, err)
			}
			s.handler = nil
			again := take(one)
			if c, err := open(again, sentOne); err != nil || c.Outcome != exchange.OutcomeAccepted || c.Root != sentOne.Root {
				s.Errorf("the first body: %+v, %v", c, err)
			}
			if _, err := open(again, sentTwo); envelope.ReasonOf(err) != envelope.ReasonBadContent {
				s.Errorf("its receipt for the second: %v", err)
			}
		})
	}
}
