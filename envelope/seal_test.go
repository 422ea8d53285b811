package envelope

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/base64url"
)

func TestSealRefuses(t *testing.T) {
	records, err := Records([]byte("{}\n"))
	if err != nil {
		t.Fatal(err)
	}
	large := newPayload(MediaRecords, 1, append(bytes.Repeat([]byte{'a'}, MaxInline), '\n'))
	for name, tc := range map[string]struct {
		change  func(*Draft)
		payload Payload
		want    Reason
	}{
		"no sender":        {func(d *Draft) { d.Sender = "" }, records, ReasonMisuse},
		"no recipient":     {func(d *Draft) { d.Recipients = nil }, records, ReasonMisuse},
		"recipient twice":  {func(d *Draft) { d.Recipients = append(d.Recipients, d.Recipients[0]) }, records, ReasonMisuse},
		"no key":           {func(d *Draft) { d.Recipients[0].Key = nil }, records, ReasonMisuse},
		"signing key":      {func(d *Draft) { d.Recipients[0].Key = keys()[0].Public() }, records, ReasonMisuse},
		"no purpose":       {func(d *Draft) { d.Purpose = "" }, records, ReasonMisuse},
		"no dataset":       {func(d *Draft) { d.Dataset = Dataset{} }, records, ReasonMisuse},
		"no agreement":     {func(d *Draft) { d.Agreement = Agreement{} }, records, ReasonMisuse},
		"zero key":         {func(d *Draft) { d.Recipients[0].Key = &PublicKey{} }, records, ReasonMisuse},
		"number too large": {func(d *Draft) { d.Sequence = &Sequence{base64url.Encode(make([]byte, 16)), 1 << 60, nil} }, records, ReasonMisuse},
		"not UTF-8":        {func(d *Draft) { d.Commitments = map[string]string{"/a\xff": d.Dataset.Digest} }, records, ReasonMisuse},
		"turned direction": {func(d *Draft) {
			d.Supersedes = supersession(d.Dataset.Digest, "a\u202eb")
		}, records, ReasonMisuse},
		"no time of issue":  {func(d *Draft) { d.IssuedAt = time.Time{} }, records, ReasonMisuse},
		"negative lifetime": {func(d *Draft) { d.ValidFor = -time.Hour }, records, ReasonLifetime},
		"half a second":     {func(d *Draft) { d.ValidFor = time.Second / 2 }, records, ReasonLifetime},
		"31 days":           {func(d *Draft) { d.ValidFor = 31 * 24 * time.Hour }, records, ReasonLifetime},
		"legal date":        {func(d *Draft) { d.AsOf = "2024-02-30" }, records, ReasonMisuse},
		"id of version 4":   {func(d *Draft) { d.ID = "018da7d3-ac00-4000-8000-000000000001" }, records, ReasonMisuse},
		"line in a reason": {func(d *Draft) {
			d.Supersedes = supersession(d.Dataset.Digest, canary)
		}, records, ReasonMisuse},
		"first and second revision at once": {func(d *Draft) {
			d.Supersedes = supersession(d.Dataset.Digest, "salah hitung")
			d.Supersedes.Revision = 2
		}, records, ReasonMisuse},
		"65 void numbers": {func(d *Draft) {
			void := make([]int64, 65)
			for i := range void {
				void[i] = int64(i + 1)
			}
			d.Sequence = &Sequence{base64url.Encode(make([]byte, 16)), 99, void}
		}, records, ReasonMisuse},
		"a pointer of 201 bytes": {func(d *Draft) {
			d.Commitments = map[string]string{"/" + strings.Repeat("a", 200): d.Dataset.Digest}
		}, records, ReasonMisuse},
		"void not below n": {func(d *Draft) { d.Sequence = &Sequence{base64url.Encode(make([]byte, 16)), 3, []int64{3}} }, records, ReasonMisuse},
		"too large":        {func(*Draft) {}, large, ReasonTooLarge},
		"no payload":       {func(*Draft) {}, Payload{}, ReasonMisuse},
	} {
		w := newWorld()
		draft := w.draft()
		tc.change(&draft)
		sealed, err := Seal(w.sign, draft, tc.payload)
		if ReasonOf(err) != tc.want || sealed != nil {
			t.Errorf("%s: got %v, want %s", name, err, tc.want)
		}
	}
	w := newWorld()
	for name, key := range map[string]*PrivateKey{"no key": nil, "zero key": {}, "decryption key": w.decrypt} {
		if _, err := Seal(key, w.draft(), records); ReasonOf(err) != ReasonMisuse {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSealedSharesNothing: what the caller does to its draft afterwards changes
// nothing.
func TestSealedSharesNothing(t *testing.T) {
	w := newWorld()
	draft := w.draft()
	draft.Sequence = &Sequence{base64url.Encode(make([]byte, 16)), 7, nil}
	draft.Commitments = map[string]string{"/nik": draft.Dataset.Digest}
	payload, err := Records([]byte("{}\n"))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Seal(w.sign, draft, payload)
	if err != nil {
		t.Fatal(err)
	}
	draft.Sequence.Number, draft.Commitments["/x"] = 99, "y"
	sealed.Manifest().Sequence.Number = 98
	if m := sealed.Manifest(); m.Sequence.Number != 7 || len(m.Commitments) != 1 {
		t.Error("the sealed manifest changed")
	}
}

func TestPayloadRefuses(t *testing.T) {
	for name, text := range map[string]string{"no line feed": "{}", "empty line": "{}\n\n", "blank start": "\n{}\n"} {
		if _, err := Records([]byte(text)); ReasonOf(err) != ReasonMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, media := range map[string]string{"records": MediaRecords, "no slash": "pdf", "capitals": "Application/PDF", "parameter": "text/plain; charset=utf-8"} {
		if _, err := Document(media, []byte("x")); ReasonOf(err) != ReasonMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestDocumentRoundTrip(t *testing.T) {
	w := newWorld()
	payload, err := Document("application/pdf", []byte("%PDF-1.7\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Seal(w.sign, w.draft(), payload)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := w.open(t, sealed.File())
	if err != nil || string(opened.Content()) != "%PDF-1.7\n\n" {
		t.Fatal(err)
	}
	for range opened.Records() {
		t.Error("a document has no records")
	}
}

// TestSixtyFourRecipients also shows that each opens the same content and that
// a delivery carries one token.
func TestSixtyFourRecipients(t *testing.T) {
	w := newWorld()
	draft := w.draft()
	draft.Recipients = nil
	private := make([]*PrivateKey, 64)
	for i := range private {
		var err error
		if private[i], err = GenerateKey(ECDHES); err != nil {
			t.Fatal(err)
		}
		draft.Recipients = append(draft.Recipients, Recipient{Party(fmt.Sprintf("bawaslu/prov-%02d", i)), private[i].Public()})
	}
	payload, err := Records(w.content)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Seal(w.sign, draft, payload)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range draft.Recipients {
		delivery, err := sealed.Delivery(r.Party)
		if err != nil {
			t.Fatal(err)
		}
		tokens, _, err := Inspect(bytes.NewReader(delivery))
		if err != nil || len(tokens) != 1 || tokens[0].KeyID != r.Key.ID() {
			t.Fatal(tokens, err)
		}
		by := Opener{Party: r.Party, Keys: private[i : i+1], Purpose: "AWAS-TAHAPAN"}
		opened, err := Open(t.Context(), bytes.NewReader(delivery), by, yes{w.now, w.sign.Public()})
		if err != nil || !bytes.Equal(opened.Content(), w.content) {
			t.Fatal(r.Party, err)
		}
	}
	draft.Recipients = append(draft.Recipients, Recipient{"bawaslu/prov-64", w.decrypt.Public()})
	if _, err := Seal(w.sign, draft, payload); ReasonOf(err) != ReasonMisuse {
		t.Errorf("65 recipients: %v", err)
	}
	if _, err := sealed.Delivery("dkpp/etik"); ReasonOf(err) != ReasonMisuse {
		t.Errorf("delivery to a stranger: %v", err)
	}
}

// TestInspectTellsNothing compares what an outsider sees of envelopes with
// another sender, purpose, dataset and content of the same padded size.
func TestInspectTellsNothing(t *testing.T) {
	w := newWorld()
	see := func(change func(*Draft), content string) string {
		draft := w.draft()
		change(&draft)
		payload, err := Records([]byte(content))
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := Seal(w.sign, draft, payload)
		if err != nil {
			t.Fatal(err)
		}
		tokens, body, err := Inspect(bytes.NewReader(sealed.File()))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(tokens, body)
	}
	first := see(func(*Draft) {}, "{\"a\":1000000000000}\n{}\n")
	second := see(func(d *Draft) {
		d.Sender, d.Purpose, d.Dataset.ID, d.Agreement.ID = "ahu/x", "PARPOL-BADANHUKUM", "ahu/badan-hukum", "PKS-KPU-AHU-2022-11-22"
		d.InReplyTo = &Reference{"018da7d3-ac00-7000-8000-000000000001", d.Dataset.Digest}
	}, "{\"b\":\"one longer byte\"}\n")
	if len("{\"a\":1000000000000}\n{}\n") == len("{\"b\":\"one longer byte\"}\n") {
		t.Fatal("the contents are of one length")
	}
	if first != second {
		t.Errorf("an outsider can tell them apart:\n%s\n%s", first, second)
	}
}

func TestKeysPrintNothingSecret(t *testing.T) {
	for _, alg := range []Algorithm{ES256, EdDSA, PS256, ECDHES, RSAOAEP} {
		k, err := GenerateKey(alg)
		if err != nil {
			t.Fatal(err)
		}
		file, err := MarshalPrivateKeys(k)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParsePrivateKeys(file)
		if err != nil || back[0].Public().ID() != k.Public().ID() {
			t.Fatal(alg, err)
		}
		var secret struct {
			Keys []struct{ D string }
		}
		if err := json.Unmarshal(file, &secret); err != nil || len(secret.Keys[0].D) < 40 {
			t.Fatal(alg, "no secret in the key file", err)
		}
		var out strings.Builder
		slog.New(slog.NewTextHandler(&out, nil)).Info("key", "key", k, "in", struct{ K *PrivateKey }{k})
		text, err := json.Marshal(map[string]any{"key": k})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%v %+v %#v %s %q %x %d %v %s", k, k, k, k, k, k, k, []*PrivateKey{k}, text)
		if !strings.Contains(out.String(), k.Public().ID()) {
			t.Error(alg, "does not print its identifier")
		}
		for _, s := range []string{secret.Keys[0].D, secret.Keys[0].D[:20]} {
			if strings.Contains(out.String(), s) {
				t.Error(alg, "prints its secret")
			}
		}
	}
}

func TestOpenedPrintsNoContent(t *testing.T) {
	w := newWorld()
	opened, err := w.open(t, w.file(t))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(opened)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := Records(w.content)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Seal(w.sign, w.draft(), payload)
	if err != nil {
		t.Fatal(err)
	}
	// What is an unexported member of somebody's struct is asked for no method.
	type holding struct {
		payload Payload
		list    []Payload
	}
	held := holding{payload, []Payload{payload}}
	for _, v := range []any{payload, &payload, sealed, *sealed, *opened, []any{*opened, *sealed, payload}, held, &held, map[string]holding{"a": held}} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out := fmt.Sprintf("%v %+v %#v %s %q %x %s", v, v, v, v, v, v, text)
		for _, secret := range []string{"3174", "nik", "51 49 55 52", "33313734", fmt.Sprint(sealed.CommitKey()), fmt.Sprintf("%x", sealed.CommitKey())} {
			if strings.Contains(out, secret) {
				t.Errorf("%T prints %.1000s", v, out)
			}
		}
	}
	out := fmt.Sprintf("%v %+v %#v %s %q %x %s", opened, opened, opened, opened, opened, opened, text)
	if strings.Contains(out, "3174") || strings.Contains(out, "nik") || !strings.Contains(out, "kpu/sirekap") {
		t.Error(out)
	}
}

func TestEveryReasonIsExplained(t *testing.T) {
	seen := map[Reason]bool{}
	for _, r := range Reasons() {
		if text := r.Text(); seen[r] || text == Reason("").Text() || text.ID == "" || text.EN == "" || text.ID == text.EN {
			t.Errorf("%s: %v", r, text)
		}
		seen[r] = true
	}
	if len(seen) < 30 {
		t.Errorf("only %d reasons", len(seen))
	}
}

// supersession of an envelope by its first revision.
func supersession(digest, reason string) *Supersession {
	const id = "018da7d3-ac00-7000-8000-000000000001"
	return &Supersession{ID: id, Digest: digest, First: id, Revision: 1, Reason: reason}
}
