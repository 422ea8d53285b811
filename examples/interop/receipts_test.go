package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/electiontest"
)

// A world is one in which Sipol sends boards to AHU under an agreement, and the
// files with which a program in another language takes the place of either.
type world struct {
	*exchangetest.World
	dir     string
	records []byte
	request exchange.Request
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{World: exchangetest.NewWorld(), dir: t.TempDir()}
	w.request = w.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", envelopetest.BadanHukum())
	var err error
	if w.records, err = fs.ReadFile(electiontest.FS(), "sipol/kepengurusan/valid/central-board.ndjson"); err != nil {
		t.Fatal(err)
	}
	def, err := w.Definitions.Latest(w.request.Dataset)
	if err != nil {
		t.Fatal(err)
	}
	file, ok := w.Directory.Agreement(w.request.Agreement)
	if !ok {
		t.Fatal("no agreement")
	}
	terms, err := agreement.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	sipol, ahu := envelopetest.Sipol(), envelopetest.BadanHukum()
	d := draft{
		Sender: sipol.Party, Recipients: []recipient{{ahu.Party, jwk(t, ahu.Encryption)}}, Dataset: envelope.Dataset(def.Ref()),
		Purpose: w.request.Purpose, Agreement: envelope.Agreement{ID: w.request.Agreement, Digest: terms.Digest()}, ValidFor: 3600,
	}
	writeJSON(t, w.dir, "draft", d)
	writeJSON(t, w.dir, "expect", expectation{ahu.Party, sipol.Party, d.Purpose, d.Dataset, d.Agreement})
	write(t, w.dir, "records", w.records)
	writeKeys(t, w.dir, "sipol", sipol.Keys()...)
	writeKeys(t, w.dir, "ahu", ahu.Keys()...)
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

// run runs programs that must succeed.
func (w *world) run(t *testing.T, l language, jobs ...job) {
	t.Helper()
	for i, end := range l.run(t, w.Clock.Now(), jobs) {
		if end != "" {
			t.Fatalf("%s: %s: %s", l.name, jobs[i][0], end)
		}
	}
}

func (w *world) seal(name string) job {
	return job{"seal", w.path("draft"), w.path("records"), w.path("sipol.private.jwks"), w.path(name)}
}

func (w *world) open(file, name string) job {
	return job{"open", w.path(file), w.path("expect"), w.path("ahu.private.jwks"), w.path("sipol.public.jwks"), w.path(name)}
}

func (w *world) answer(opened, outcome, name string) job {
	return job{"answer", w.path(opened + ".opened"), outcome, w.path("ahu.private.jwks"), "ahu/badan-hukum", w.path("sipol.public.jwks"), w.path(name)}
}

func (w *world) receipt(name, sent, out string) job {
	return job{"receipt", w.path(name), w.path(sent + ".sent"), w.path("sipol.private.jwks"), w.path("ahu.public.jwks"), "ahu/badan-hukum", w.path(out)}
}

// What a stranger seals, a Receiver accepts: agreement, schema and handler too.
// Its receipt convinces the stranger, and no other receipt does.
func TestInteropStrangerSends(t *testing.T) {
	for _, l := range languages(t) {
		t.Run(l.name, func(t *testing.T) {
			w := newWorld(t)
			var handled []byte
			var refuse error
			r := w.Receiver(envelopetest.BadanHukum(), w.request.Purpose, func(_ context.Context, d *exchange.Delivery) error {
				handled = d.Envelope().Content()
				return refuse
			})
			w.run(t, l, w.seal("first.segel"), w.seal("second.segel"))
			a := r.Receive(context.Background(), bytes.NewReader(read(t, w.path("first.segel"))))
			if a.Err() != nil || !bytes.Equal(handled, w.records) {
				t.Fatalf("the receiver says %v", a.Err())
			}
			refuse = exchange.Reject("unknown_party")
			b := r.Receive(context.Background(), bytes.NewReader(read(t, w.path("second.segel"))))
			if b.Reason != envelope.ReasonRejected {
				t.Fatalf("the receiver says %v", b.Err())
			}
			write(t, w.dir, "accepted", a.Reply().Receipt)
			write(t, w.dir, "rejected", b.Reply().Receipt)
			changed := bytes.Clone(a.Reply().Receipt)
			if i := len(changed) / 2; changed[i] != 'A' { // within the ciphertext
				changed[i] = 'A'
			} else {
				changed[i] = 'B'
			}
			write(t, w.dir, "changed", changed)
			w.run(t, l, w.receipt("accepted", "first.segel", "accepted.jws"), w.receipt("rejected", "second.segel", "rejected.jws"))
			for name, want := range map[string]exchange.Outcome{"accepted.jws": exchange.OutcomeAccepted, "rejected.jws": exchange.OutcomeRefused} {
				if c := claims(t, read(t, w.path(name))); c.Outcome != want || !c.Final || want == exchange.OutcomeRefused && c.Code != "unknown_party" {
					t.Errorf("%s: %+v", name, c)
				}
			}

			stranger := w.receipt("accepted", "first.segel", "x1")
			writeKeys(t, w.dir, "stranger", envelopetest.Stranger().Keys()...)
			stranger[4] = w.path("stranger.public.jwks")
			elsewhere := w.receipt("accepted", "first.segel", "x2")
			elsewhere[5] = "bawaslu/pengawasan"
			unopened := w.receipt("accepted", "first.segel", "x3")
			unopened[3] = w.path("ahu.private.jwks")
			ends := l.run(t, w.Clock.Now(), []job{
				w.receipt("accepted", "second.segel", "x4"), w.receipt("rejected", "first.segel", "x5"), w.receipt("changed", "first.segel", "x6"),
				w.receipt("first.segel", "first.segel", "x7"), stranger, elsewhere, unopened,
			})
			if got, want := fmt.Sprint(ends), "[bad_content bad_content cannot_open malformed unknown_key misuse not_for_me]"; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// What Sipol seals with the SDK a stranger opens and answers, and the SDK
// accepts the receipt.
func TestInteropStrangerReceives(t *testing.T) {
	for _, l := range languages(t) {
		t.Run(l.name, func(t *testing.T) {
			w := newWorld(t)
			sealed, _, err := w.Sender(envelopetest.Sipol()).Seal(context.Background(),
				exchange.Shipment{Request: w.request, Records: schema.NDJSON(bytes.NewReader(w.records))})
			if err != nil {
				t.Fatal(err)
			}
			delivery, err := sealed.Delivery("ahu/badan-hukum")
			if err != nil {
				t.Fatal(err)
			}
			write(t, w.dir, "file.segel", delivery)
			w.run(t, l, w.open("file.segel", "records.out"), w.answer("records.out", "accepted", "accepted"), w.answer("records.out", "refused:rejected", "rejected"))
			if !bytes.Equal(read(t, w.path("records.out")), w.records) {
				t.Error("other records")
			}
			for name, want := range map[string]exchange.Claims{
				"accepted": {Outcome: exchange.OutcomeAccepted}, "rejected": {Outcome: exchange.OutcomeRefused, Reason: envelope.ReasonRejected},
			} {
				token := read(t, w.path(name))
				r, err := exchange.OpenReceipt(token, envelopetest.Sipol().Keys(), w.Directory, exchange.SentTo(sealed, "ahu/badan-hukum"), w.Clock.Now())
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if c := r.Claims(); c.Outcome != want.Outcome || c.Reason != want.Reason || !c.Final || !bytes.Equal(r.JWS(), read(t, w.path(name+".jws"))) {
					t.Errorf("%s: %+v", name, c)
				}
			}
			// Nobody may sign these outcomes; and which key is meant must be plain.
			writeKeys(t, w.dir, "two", append(envelopetest.BadanHukum().Keys(), envelopetest.Stranger().Keys()...)...)
			mine, theirs := w.answer("records.out", "accepted", "x5"), w.answer("records.out", "accepted", "x6")
			mine[3], theirs[5] = w.path("two.private.jwks"), w.path("two.public.jwks")
			ends := l.run(t, w.Clock.Now(), []job{
				w.answer("records.out", "refused", "x1"), w.answer("records.out", "refused:expired", "x2"), w.answer("records.out", "Accepted", "x3"),
				w.answer("records.out", "accepted:rejected", "x4"), mine, theirs,
			})
			if fmt.Sprint(ends) != "[misuse misuse misuse misuse misuse misuse]" {
				t.Errorf("got %v", ends)
			}
		})
	}
}

// Two strangers need nobody between them.
func TestInteropStrangersAmongThemselves(t *testing.T) {
	all := languages(t)
	for i, from := range all {
		to := all[1-i]
		w := newWorld(t)
		w.run(t, from, w.seal("file.segel"))
		w.run(t, to, w.open("file.segel", "records.out"), w.answer("records.out", "accepted", "receipt"))
		w.run(t, from, w.receipt("receipt", "file.segel", "receipt.kept"))
		if c := claims(t, read(t, w.path("receipt.kept"))); c.Outcome != exchange.OutcomeAccepted {
			t.Errorf("%s to %s: %+v", from.name, to.name, c)
		}
	}
}

// Whatever a recipient signs, a stranger judges it as the SDK does.
func TestInteropReceipts(t *testing.T) {
	w := newWorld(t)
	all := languages(t)
	w.run(t, all[0], w.seal("file.segel"), w.open("file.segel", "out"))
	var opened struct{ Jti, Iss, Manifest string }
	if err := readJSON(w.path("out.opened"), &opened); err != nil {
		t.Fatal(err)
	}
	sipol, ahu, now := envelopetest.Sipol(), envelopetest.BadanHukum(), w.Clock.Now()
	sent := exchange.Sent{
		Key:    exchange.Key{Sender: sipol.Party, ID: opened.Jti},
		Digest: opened.Manifest, Recipient: ahu.Party, IssuedAt: now,
	}
	tests := []struct {
		name   string
		change map[string]any // nil: the member is absent
		key    *envelope.PrivateKey
		want   envelope.Reason
	}{
		{"accepted", nil, ahu.Signing, ""},
		{"with what the rows were", map[string]any{"findings": map[string]int{"records": 2, "errors": 0, "findings": 3, "recordsWithFindings": 1}}, ahu.Signing, ""},
		{"with what did not come", map[string]any{"missing": []map[string]int{{"from": 2, "to": 5}}}, ahu.Signing, ""},
		{"refused", map[string]any{"outcome": "refused", "reason": "rejected", "code": "unknown_party"}, ahu.Signing, ""},
		{"not final", map[string]any{"outcome": "refused", "reason": "expired", "final": false}, ahu.Signing, ""},
		{"cancelled long before", map[string]any{"outcome": "cancelled", "reason": "cancelled", "iat": now.Unix() - 7200}, ahu.Signing, ""},
		{"in the last second of the skew", map[string]any{"iat": now.Unix() + 600}, ahu.Signing, ""},
		{"from the future", map[string]any{"iat": now.Unix() + 601}, ahu.Signing, envelope.ReasonNotYetValid},
		{"from before the envelope", map[string]any{"iat": now.Unix() - 601}, ahu.Signing, envelope.ReasonBadContent},
		{"another envelope", map[string]any{"jti": "018da7d3-ac00-7000-8000-000000000001"}, ahu.Signing, envelope.ReasonBadContent},
		{"another manifest", map[string]any{"manifest": envelopetest.Digest("x")}, ahu.Signing, envelope.ReasonBadContent},
		{"to another sender", map[string]any{"aud": "kpu/sirekap"}, ahu.Signing, envelope.ReasonBadContent},
		{"in another's name", map[string]any{"iss": "bawaslu/pengawasan"}, ahu.Signing, envelope.ReasonBadContent},
		{"by a stranger", nil, envelopetest.Stranger().Signing, envelope.ReasonUnknownKey},
		{"a later version", map[string]any{"v": 2}, ahu.Signing, envelope.ReasonMalformed},
		{"an outcome that nobody knows", map[string]any{"outcome": "perhaps", "reason": "rejected"}, ahu.Signing, envelope.ReasonMalformed},
		{"accepted for a reason", map[string]any{"reason": "rejected"}, ahu.Signing, envelope.ReasonMalformed},
		{"accepted and not final", map[string]any{"final": false}, ahu.Signing, envelope.ReasonMalformed},
		{"final in words", map[string]any{"final": "true"}, ahu.Signing, envelope.ReasonMalformed},
		{"refused without a reason", map[string]any{"outcome": "refused"}, ahu.Signing, envelope.ReasonMalformed},
		{"cancelled and not final", map[string]any{"outcome": "cancelled", "reason": "cancelled", "final": false}, ahu.Signing, envelope.ReasonMalformed},
		{"a member missing", map[string]any{"final": nil}, ahu.Signing, envelope.ReasonMalformed},
		{"a member that nobody knows", map[string]any{"note": "x"}, ahu.Signing, envelope.ReasonMalformed},
		{"a time in words", map[string]any{"iat": "now"}, ahu.Signing, envelope.ReasonMalformed},
	}
	var jobs []job
	for i, tt := range tests {
		claims := map[string]any{
			"v": 1, "jti": opened.Jti, "iss": ahu.Party, "aud": sipol.Party, "iat": now.Unix(),
			"manifest": opened.Manifest, "outcome": "accepted", "final": true,
		}
		for name, value := range tt.change {
			if claims[name] = value; value == nil {
				delete(claims, name)
			}
		}
		text, err := json.Marshal(claims)
		if err != nil {
			t.Fatal(err)
		}
		jws, err := envelope.SignToken(envelope.TypeReceipt, text, tt.key)
		if err != nil {
			t.Fatal(err)
		}
		token, err := envelope.EncryptToken(envelope.TypeSealedReceipt, jws, sipol.Encryption.Public())
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprint("receipt", i)
		write(t, w.dir, name, token)
		jobs = append(jobs, w.receipt(name, "file.segel", name+".out"))
		_, err = exchange.OpenReceipt(token, sipol.Keys(), w.Directory, sent, now)
		if got := envelope.ReasonOf(err); got != tt.want {
			t.Errorf("%s: Go says %q, want %q", tt.name, got, tt.want)
		}
	}
	for _, l := range all {
		for i := range jobs {
			jobs[i][6] += "."
		}
		for i, end := range l.run(t, now, jobs) {
			if end != string(tests[i].want) {
				t.Errorf("%s: %s says %q, want %q", tests[i].name, l.name, end, tests[i].want)
			}
		}
	}
}

// claims reads a receipt without verifying it.
func claims(t *testing.T, jws []byte) exchange.Claims {
	t.Helper()
	_, payload, err := envelope.PeekToken(envelope.TypeReceipt, jws)
	var c exchange.Claims
	if err == nil {
		err = json.Unmarshal(payload, &c)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}
