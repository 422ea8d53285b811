package exchange_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io/fs"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
)

const (
	dataset = "sipol/kepengurusan"
	code    = "PARPOL-BADANHUKUM"
)

var (
	sipol      = envelopetest.Sipol()
	ahu        = envelopetest.BadanHukum()
	pengawasan = envelopetest.Pengawasan()
	stranger   = envelopetest.Stranger()
)

// A scene is a world in which Sipol sends boards to AHU.
type scene struct {
	*testing.T
	*exchangetest.World
	r       *exchange.Receiver
	calls   atomic.Int64
	handler exchange.Handler // what the receiving application does; nil accepts
	log     notes            // every level of the receiver's log
	seen    seen             // what the receiver's observer was told
}

func newScene(t *testing.T) *scene {
	s := &scene{T: t, World: exchangetest.NewWorld()}
	s.restart(nil)
	return s
}

// restart drops the receiver, as a crash would, and makes a new one on the same
// store and journal.
func (s *scene) restart(change func(*exchange.ReceiverConfig)) {
	s.Helper()
	cfg := s.config()
	if change != nil {
		change(&cfg)
	}
	r, err := exchange.NewReceiver(cfg)
	if err != nil {
		s.Fatal(err)
	}
	s.r = r
	s.Wire.Connect(ahu.Party, r)
}

func (s *scene) config() exchange.ReceiverConfig {
	cfg := s.ReceiverConfig(ahu, code, func(ctx context.Context, d *exchange.Delivery) error {
		s.calls.Add(1)
		if s.handler != nil {
			return s.handler(ctx, d)
		}
		return nil
	})
	cfg.Logger, cfg.Observer = s.log.logger(), &s.seen
	return cfg
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(electiontest.FS(), name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// draft returns a sound draft under the world's agreement, for tests that make
// what no Sender would.
func (s *scene) draft() envelope.Draft {
	s.Helper()
	file, ok := s.Directory.Agreement(exchangetest.Agreement)
	if !ok {
		s.Fatal("no agreement")
	}
	u, err := agreement.Parse(file)
	if err != nil {
		s.Fatal(err)
	}
	def, err := s.Definitions.Latest(dataset)
	if err != nil {
		s.Fatal(err)
	}
	return envelope.Draft{
		Sender: sipol.Party, Recipients: []envelope.Recipient{ahu.Recipient()}, Dataset: envelope.Dataset(def.Ref()),
		Purpose: code, Agreement: envelope.Agreement{ID: exchangetest.Agreement, Digest: u.Digest()}, IssuedAt: s.Clock.Now(),
	}
}

// craft seals valid boards under a changed draft.
func (s *scene) craft(key *envelope.PrivateKey, change func(*envelope.Draft)) *envelope.Sealed {
	s.Helper()
	return s.craftWith(key, fixture(s, dataset+"/valid/central-board.ndjson"), change)
}

func (s *scene) craftWith(key *envelope.PrivateKey, ndjson []byte, change func(*envelope.Draft)) *envelope.Sealed {
	s.Helper()
	payload, err := envelope.Records(ndjson)
	if err != nil {
		s.Fatal(err)
	}
	d := s.draft()
	if change != nil {
		change(&d)
	}
	sealed, err := envelope.Seal(key, d, payload)
	if err != nil {
		s.Fatal(err)
	}
	return sealed
}

// sealed is a sound envelope.
func (s *scene) sealed() *envelope.Sealed { s.Helper(); return s.craft(sipol.Signing, nil) }

func (s *scene) receive(file []byte) exchange.Answer {
	return s.r.Receive(context.Background(), bytes.NewReader(file))
}

func (s *scene) send(sealed *envelope.Sealed) exchange.Answer { return s.receive(sealed.File()) }

// refused wants an attempt to be refused for this reason without the handler
// having been called, and with a settlement or without.
func (s *scene) refused(a exchange.Answer, reason envelope.Reason, settled bool) {
	s.Helper()
	if a.Reason != reason || envelope.ReasonOf(a.Err()) != reason {
		s.Errorf("got %q (%v), want %q", a.Reason, a.Err(), reason)
	}
	if (a.Settlement != nil) != settled {
		s.Errorf("settled: %v, want %v", a.Settlement != nil, settled)
	}
	if n := s.calls.Load(); n != 0 {
		s.Errorf("the handler was called %d times", n)
	}
}

func (s *scene) accepted(a exchange.Answer) {
	s.Helper()
	if a.Err() != nil || a.Reason != "" || a.Settlement == nil || a.Settlement.Outcome != exchange.OutcomeAccepted {
		s.Fatalf("got %q (%v), want it accepted", a.Reason, a.Err())
	}
}

func (s *scene) called(want int64) {
	s.Helper()
	if n := s.calls.Load(); n != want {
		s.Errorf("the handler was called %d times, want %d", n, want)
	}
}

func (s *scene) row(sealed *envelope.Sealed) *exchange.Row {
	s.Helper()
	m := sealed.Manifest()
	row, _, err := s.Store(ahu).Lookup(context.Background(), exchange.Key{Sender: m.Sender, ID: m.ID})
	if err != nil {
		s.Fatal(err)
	}
	return row
}

// untouched wants nothing durable to have come of an envelope.
func (s *scene) untouched(sealed *envelope.Sealed) {
	s.Helper()
	if s.row(sealed) != nil {
		s.Error("there is a row")
	}
	if n := len(s.Journal(ahu).Entries()); n != 0 {
		s.Errorf("there are %d journal entries", n)
	}
}

// receipt opens the receipt in an answer as the sender would.
func (s *scene) receipt(a exchange.Answer, sealed *envelope.Sealed) *exchange.Receipt {
	s.Helper()
	r, err := exchange.OpenReceipt(a.Reply().Receipt, sipol.Keys(), s.Directory, exchange.SentTo(sealed, ahu.Party), s.Clock.Now())
	if err != nil {
		s.Fatalf("receipt: %v", err)
	}
	return r
}

// directory makes the next version of the world's directory.
func (s *scene) directory(change func(*trust.Draft)) *trust.Directory {
	s.Helper()
	d := s.Directory.Draft()
	d.IssuedAt = s.Clock.Now().Truncate(time.Second)
	change(&d)
	file, err := trust.Sign(d, envelopetest.Anchor().Signing)
	if err != nil {
		s.Fatal(err)
	}
	next, err := trust.Open(file, exchangetest.Anchors(), s.Clock.Now())
	if err != nil {
		s.Fatal(err)
	}
	return next
}

// compromise marks Sipol's signing key and drops the agreement, which Sipol
// signed with it.
func compromise(since time.Duration) func(*trust.Draft) {
	return func(d *trust.Draft) {
		keyOf(d, sipol.Party, envelope.UseSign).CompromisedFrom = d.IssuedAt.Add(since)
		d.Agreements = nil
	}
}

// keyOf returns the entry of a key in a draft.
func keyOf(d *trust.Draft, party envelope.Party, use envelope.Use) *trust.Key {
	for i := range d.Parties {
		for j := range d.Parties[i].Keys {
			if k := &d.Parties[i].Keys[j]; d.Parties[i].ID == party && k.Public.Use() == use {
				return k
			}
		}
	}
	return nil
}

// rewrap opens a one-token file as a recipient and encrypts what is in it, after
// a change, for another key: what any recipient can do.
func rewrap(t testing.TB, file []byte, as, to envelopetest.Agency, change func([]byte) []byte) []byte {
	t.Helper()
	const prefix = len("segel/1\n") + 2 + 4
	plaintext, err := jose.Decrypt("segel-envelope+jwe", file[prefix:], 8<<20, func(string) *jose.PrivateKey { return josePrivate(t, as.Encryption) })
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		plaintext = change(plaintext)
	}
	token, err := jose.Encrypt("segel-envelope+jwe", plaintext, josePrivate(t, to.Encryption).Public())
	if err != nil {
		t.Fatal(err)
	}
	out := append([]byte("segel/1\n"), 0, 1)
	out = binary.BigEndian.AppendUint32(out, uint32(len(token)))
	return append(out, token...)
}

// resign changes a text in a manifest and signs it anew as Sipol: what a sender
// with another program can do.
func resign(t testing.TB, sealed *envelope.Sealed, old, new string) []byte {
	t.Helper()
	return rewrap(t, sealed.File(), ahu, ahu, func(secret []byte) []byte {
		end := bytes.IndexByte(secret, '~')
		_, payload, err := jose.Peek("segel-manifest+jwt", secret[:end], 1<<20)
		if err != nil || bytes.Count(payload, []byte(old)) != 1 {
			t.Fatal("the manifest does not have that text once")
		}
		jws, err := jose.Sign("segel-manifest+jwt", bytes.Replace(payload, []byte(old), []byte(new), 1), josePrivate(t, sipol.Signing))
		if err != nil {
			t.Fatal(err)
		}
		return append(jws, secret[end:]...)
	})
}

func josePrivate(t testing.TB, k *envelope.PrivateKey) *jose.PrivateKey {
	t.Helper()
	text, err := envelope.MarshalPrivateKeys(k)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []json.RawMessage }
	key, err := (*jose.PrivateKey)(nil), json.Unmarshal(text, &set)
	if err == nil {
		key, err = jose.ParsePrivate(set.Keys[0])
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A broken store fails where it is told to.
type broken struct {
	exchange.Store
	claim, settle, release, lookup, tombstone bool
}

var errBroken = errors.New("disk 3174012501990001\non fire")

func (b *broken) Lookup(ctx context.Context, k exchange.Key) (*exchange.Row, exchange.Marks, error) {
	if b.lookup {
		return nil, exchange.Marks{}, errBroken
	}
	return b.Store.Lookup(ctx, k)
}

func (b *broken) Claim(ctx context.Context, a exchange.Admission, now time.Time, lease time.Duration) (exchange.Claim, error) {
	if b.claim {
		return exchange.Claim{}, errBroken
	}
	return b.Store.Claim(ctx, a, now, lease)
}

func (b *broken) Settle(ctx context.Context, c exchange.Claim, s exchange.Settlement) error {
	if b.settle {
		return errBroken
	}
	return b.Store.Settle(ctx, c, s)
}

func (b *broken) Release(ctx context.Context, c exchange.Claim) error {
	if b.release {
		return errBroken
	}
	return b.Store.Release(ctx, c)
}

func (b *broken) Tombstone(ctx context.Context, a exchange.Admission, s exchange.Settlement, now time.Time) (exchange.Settlement, error) {
	if b.tombstone {
		return exchange.Settlement{}, errBroken
	}
	return b.Store.Tombstone(ctx, a, s, now)
}

func source(ndjson []byte) schema.Source { return schema.NDJSON(bytes.NewReader(ndjson)) }
