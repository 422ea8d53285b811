package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/exchange/store/memory"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/strictjson"
	"github.com/segel-id/segel/schema/election"
)

// vectorFolder is read through the kit, as another module's tests could.
var vectorFolder = envelopetest.VectorFolder{FS: os.DirFS("../envelope/testdata/vectors")}

// vectorAnchors and vectorDirectory are the documents that the vectors name.
var vectorAnchors = sync.OnceValues(func() (*trust.Anchors, error) {
	text, err := fs.ReadFile(vectorFolder.FS, "directories/anchors.jwks")
	if err != nil {
		return nil, err
	}
	return trust.ParseAnchors(text)
})

var vectorDefinitions = sync.OnceValue(election.Registry)

var vectorDirectories sync.Map

func vectorDirectory(t testing.TB, name string) *trust.Directory {
	t.Helper()
	if d, ok := vectorDirectories.Load(name); ok {
		return d.(*trust.Directory)
	}
	anchors, err := vectorAnchors()
	if err != nil {
		t.Fatal(err)
	}
	file, err := vectorFolder.Directory(name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := trust.Open(file, anchors, envelopetest.Now())
	if err != nil {
		t.Fatal(err)
	}
	vectorDirectories.Store(name, d)
	return d
}

// An outcome is what became of one vector.
type vectorOutcome struct {
	reason envelope.Reason
	result string // what the vector says of one that is opened
	answer string // what the bringer is told
}

// TestVectors runs every vector of the format through the entry points of this
// module that read its kind: receiver, receipts, questions, directories and
// agreements. The command's are run by the command's tests.
func TestVectors(t *testing.T) {
	all, err := envelopetest.ReadVectors(vectorFolder.FS)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, v := range all {
		var got vectorOutcome
		switch v.Kind {
		case "envelope", "question":
			got = receiveVector(t, v)
		case "receipt":
			got = receiptVector(t, v)
		case "directory":
			got = directoryVector(t, v)
		case "agreement":
			got = agreementVector(t, v)
		default:
			reason, result, err := vectorFolder.Try(context.Background(), v)
			if err != nil {
				t.Fatal(err)
			}
			got = vectorOutcome{reason, result, ""}
		}
		if got.reason != v.Expect || v.Expect == "" && got.result != v.Result || got.answer != v.Answer {
			t.Errorf("%s: %q, told %q; want %q, %q: %s", v.Name, got.reason, got.answer, v.Expect, v.Answer, v.Comment)
		}
		count[v.Kind]++
	}
	t.Log(count)
}

// receiveVector brings an envelope or a question to a receiver.
func receiveVector(t testing.TB, v *envelopetest.Vector) vectorOutcome {
	t.Helper()
	keys, err := vectorFolder.PrivateKeys(v.Keys)
	if err != nil {
		t.Fatal(err)
	}
	var out vectorOutcome
	calls := 0
	store, journal := memory.New(), &exchangetest.Journal{}
	cfg := exchange.ReceiverConfig{
		Party: v.As, Keys: keys, Purpose: v.Purpose, Directory: vectorDirectory(t, v.Directory), Definitions: vectorDefinitions(),
		Store: store, Journal: journal, Clock: func() time.Time { return v.At },
		Handle: func(_ context.Context, d *exchange.Delivery) error {
			calls++
			out.result = envelopetest.ContentHash(d.Envelope().Content())
			switch v.Handler {
			case "rejects":
				return exchange.Reject("unknown_party")
			case "fails":
				return errors.New("the application failed")
			}
			return nil
		},
	}
	if v.Purpose == "" {
		cfg.Purpose = envelopetest.Purpose // a question states none
	}
	if err := exchangetest.Remember(context.Background(), store, v); err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	r, err := exchange.NewReceiver(cfg)
	if err != nil { // what a receiver will not even be made for
		return vectorOutcome{reason: envelope.ReasonOf(err), answer: string(exchange.Outwardly(envelope.ReasonOf(err)))}
	}
	var answer exchange.Answer
	if v.Kind == "question" {
		answer = r.SettleOrCancel(context.Background(), v.Data)
	} else {
		answer = r.Receive(context.Background(), bytes.NewReader(v.Data))
	}
	out.reason, out.answer = answer.Reason, toldBringer(t, v, answer)
	if envelope.ReasonOf(answer.Err()) != answer.Reason {
		t.Errorf("%s: reason and error differ", v.Name)
	}
	if wanted := v.Kind == "envelope" && (v.Expect == "" || v.Handler != ""); (calls == 1) != wanted {
		t.Errorf("%s: the handler was called %d times", v.Name, calls)
	}
	if v.Expect.Kind() == envelope.KindDamage && v.Expect != "" && (len(journal.Entries()) > 0 || answer.Key.ID != "") {
		t.Errorf("%s: damage left a trace", v.Name)
	}
	return out
}

// toldBringer is what the bringer of a vector learns.
func toldBringer(t testing.TB, v *envelopetest.Vector, a exchange.Answer) string {
	t.Helper()
	reply := a.Reply()
	if reply.Receipt == nil {
		return string(reply.Refusal)
	}
	if a.Repeat() || a.Settlement != nil && string(a.Settlement.Receipt) == exchangetest.FirstReceipt {
		return "receipt" // the stored one, whatever it is
	}
	keys, err := vectorFolder.PrivateKeys("kominfo-jaringan.jwks")
	if err != nil {
		t.Fatal(err)
	}
	jws, err := envelope.DecryptToken(envelope.TypeSealedReceipt, reply.Receipt, keys...)
	if err != nil {
		t.Fatalf("%s: the sender cannot open the receipt: %v", v.Name, err)
	}
	_, payload, err := envelope.PeekToken(envelope.TypeReceipt, jws)
	var c exchange.Claims
	if err == nil {
		err = strictjson.Unmarshal(payload, &c)
	}
	if err != nil {
		t.Fatalf("%s: %v", v.Name, err)
	}
	if c.Reason != a.Reason || c.Final != a.Reason.Settles() && a.Reason != "" {
		t.Errorf("%s: the receipt says %q, final: %v", v.Name, c.Reason, c.Final)
	}
	if !c.Final {
		return "receipt, not final"
	}
	return "receipt"
}

func receiptVector(t testing.TB, v *envelopetest.Vector) vectorOutcome {
	t.Helper()
	keys, err := vectorFolder.PrivateKeys(v.Keys)
	if err != nil {
		t.Fatal(err)
	}
	s, err := envelopetest.ParseSent(v.Sent)
	if err != nil {
		t.Fatal(err)
	}
	r, err := exchange.OpenReceipt(v.Data, keys, vectorDirectory(t, v.Directory), exchange.Sent{
		Key: exchange.Key{Sender: s.Sender, ID: s.ID}, Digest: s.Digest, Recipient: s.Recipient, IssuedAt: s.IssuedAt,
	}, v.At)
	if err != nil {
		return vectorOutcome{reason: envelope.ReasonOf(err)}
	}
	return vectorOutcome{result: string(r.Claims().Outcome)}
}

func directoryVector(t testing.TB, v *envelopetest.Vector) vectorOutcome {
	t.Helper()
	anchors, err := vectorAnchors()
	if err != nil {
		t.Fatal(err)
	}
	d, err := trust.Open(v.Data, anchors, v.At)
	if err != nil {
		return vectorOutcome{reason: envelope.ReasonOf(err)}
	}
	for _, line := range v.Seen {
		s, err := envelopetest.ParseSeen(line)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Follows(s.Version, s.Digest); err != nil {
			return vectorOutcome{reason: envelope.ReasonOf(err)}
		}
	}
	return vectorOutcome{result: d.Digest()}
}

func agreementVector(t testing.TB, v *envelopetest.Vector) vectorOutcome {
	t.Helper()
	_, err := agreement.Parse(v.Data)
	parsed := envelope.ReasonOf(err)
	a, err := agreement.Open(v.Data, vectorDirectory(t, v.Directory), v.At)
	if opened := envelope.ReasonOf(err); parsed != opened && (parsed != "" || opened != envelope.ReasonNoAgreement) {
		t.Errorf("%s: Parse says %q, Open says %q", v.Name, parsed, opened)
	}
	if err != nil {
		return vectorOutcome{reason: envelope.ReasonOf(err)}
	}
	return vectorOutcome{result: a.Digest()}
}
