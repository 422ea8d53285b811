package trust_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/internal/document"
	"github.com/segel-id/segel/exchange/trust"
)

const (
	kpu     envelope.Party = "kpu/sirekap"
	bawaslu envelope.Party = "bawaslu/pengawasan"

	pks = `{"id":"PKS-1","title":"Pengawasan","parties":["kpu/sirekap","bawaslu/pengawasan"],"grants":[{"from":"kpu/sirekap",` +
		`"to":"bawaslu/pengawasan","dataset":"sirekap/hasil-tps","purposes":["AWAS-TAHAPAN"]}],` +
		`"validFrom":"2024-01-01T00:00:00Z","validUntil":"2026-01-01T00:00:00Z"}`
)

// The calendar of every test.
var (
	issued      = time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)
	signFrom    = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	signUntil   = time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	acceptUntil = time.Date(2024, 8, 1, 0, 0, 0, 0, time.UTC)
	expires     = time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC)
)

// world is two agencies and the keeper of their directory.
type world struct {
	sign, encrypt map[envelope.Party]*envelope.PrivateKey
	anchor        *envelope.PrivateKey
	anchors       *trust.Anchors
	draft         trust.Draft
}

func newKey(t testing.TB, alg envelope.Algorithm) *envelope.PrivateKey {
	t.Helper()
	key, err := envelope.GenerateKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{sign: map[envelope.Party]*envelope.PrivateKey{}, encrypt: map[envelope.Party]*envelope.PrivateKey{}}
	w.draft = trust.Draft{Version: 1, IssuedAt: issued, Expires: expires}
	file := []byte(pks)
	for _, p := range []envelope.Party{kpu, bawaslu} {
		w.sign[p], w.encrypt[p] = newKey(t, envelope.ES256), newKey(t, envelope.ECDHES)
		w.draft.Parties = append(w.draft.Parties, trust.Party{
			ID: p, Name: purpose.Text{ID: "Lembaga", EN: "Agency"}, Endpoints: []string{"https://segel.example.go.id/v1"},
			Keys: publicSet(t, p, w.sign[p], w.encrypt[p]).Keys(signFrom, signUntil, acceptUntil),
		})
		var err error
		if file, err = agreement.Sign(file, p, w.sign[p]); err != nil {
			t.Fatal(err)
		}
	}
	w.draft.Agreements = [][]byte{file}
	w.anchor = newKey(t, envelope.EdDSA)
	w.anchors = newAnchors(t, 1, w.anchor)
	return w
}

func publicSet(t testing.TB, p envelope.Party, keys ...*envelope.PrivateKey) *trust.PublicSet {
	t.Helper()
	file, err := trust.NewPublicSet(p, keys, issued)
	if err != nil {
		t.Fatal(err)
	}
	set, err := trust.ParsePublicSet(file)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func newAnchors(t testing.TB, need int, keys ...*envelope.PrivateKey) *trust.Anchors {
	t.Helper()
	var public []*envelope.PublicKey
	for _, k := range keys {
		public = append(public, k.Public())
	}
	a, err := trust.NewAnchors(need, public...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (w *world) file(t testing.TB) []byte {
	t.Helper()
	file, err := trust.Sign(w.draft, w.anchor)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func (w *world) open(t testing.TB) *trust.Directory {
	t.Helper()
	d, err := trust.Open(w.file(t), w.anchors, issued)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// edited signs the directory's payload after an edit that Sign would refuse.
func (w *world) edited(t testing.TB, edit func(string) string) []byte {
	t.Helper()
	doc, err := document.Parse(document.Directory, w.file(t))
	if err != nil {
		t.Fatal(err)
	}
	before := string(doc.Payload())
	after := edit(before)
	if after == before {
		t.Fatal("the test changes nothing")
	}
	return w.anchored(t, []byte(after))
}

func (w *world) anchored(t testing.TB, payload []byte) []byte {
	t.Helper()
	doc, err := document.New(document.Directory, payload)
	if err != nil {
		t.Fatal(err)
	}
	if doc, err = doc.Sign(w.anchor); err != nil {
		t.Fatal(err)
	}
	return doc.File()
}

func TestOpen(t *testing.T) {
	w := newWorld(t)
	d := w.open(t)
	if d.Version() != 1 || d.Previous() != "" || !d.IssuedAt().Equal(issued) || !d.Expires().Equal(expires) || len(d.Digest()) != 43 {
		t.Error("the directory is not what was drafted")
	}
	for i, p := range d.Parties() {
		want := w.draft.Parties[i]
		if p.ID != want.ID || p.Name != want.Name || p.Endpoints[0] != want.Endpoints[0] || len(p.Keys) != 2 {
			t.Errorf("party %d", i)
		}
		for j, k := range p.Keys {
			drafted := want.Keys[j]
			if k.Public.ID() != drafted.Public.ID() || !k.From.Equal(drafted.From) || !k.Until.Equal(drafted.Until) ||
				!k.AcceptUntil.Equal(drafted.AcceptUntil) || !k.CompromisedFrom.IsZero() {
				t.Errorf("party %d, key %d", i, j)
			}
		}
		p.Keys[0] = trust.Key{}
		p.Endpoints[0] = ""
	}
	if p, ok := d.Party(kpu); !ok || p.Keys[0].Public == nil || p.Endpoints[0] == "" {
		t.Error("a caller changed the directory")
	}
	if _, ok := d.Party("kpu/silon"); ok {
		t.Error("a party that is not listed")
	}
	ids := d.Agreements()
	if len(ids) != 1 || ids[0] != "PKS-1" {
		t.Errorf("agreements %v", ids)
	}
	file, ok := d.Agreement("PKS-1")
	if !ok || !bytes.Equal(file, w.draft.Agreements[0]) {
		t.Error("the agreement is not kept byte for byte")
	}
	if _, ok := d.Agreement(""); ok {
		t.Error("an agreement that is not listed")
	}
	a, err := agreement.Open(file, d, issued)
	if err != nil {
		t.Fatal(err)
	}
	request := agreement.Request{From: kpu, To: []envelope.Party{bawaslu}, Dataset: "sirekap/hasil-tps", Purpose: "AWAS-TAHAPAN", At: issued}
	if err := a.Decide(request).Err(); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	w := newWorld(t)
	second, stranger := newKey(t, envelope.ES256), newKey(t, envelope.EdDSA)
	one := w.file(t)
	both, err := trust.Cosign(one, second)
	if err != nil {
		t.Fatal(err)
	}
	twoOfTwo, oneOfTwo := newAnchors(t, 2, w.anchor, second), newAnchors(t, 1, w.anchor, second)
	cosigned, err := trust.Cosign(one, stranger)
	if err != nil {
		t.Fatal(err)
	}
	byStranger, err := trust.Sign(w.draft, stranger)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		file    []byte
		anchors *trust.Anchors
		at      time.Time
		want    envelope.Reason
	}{
		{"one of one", one, w.anchors, issued, ""},
		{"two of two", both, twoOfTwo, issued, ""},
		{"one of two", one, oneOfTwo, issued, ""},
		{"two where one is enough", both, oneOfTwo, issued, ""},
		{"within the skew before its issue", one, w.anchors, issued.Add(-envelope.DefaultSkew), ""},
		{"last second", one, w.anchors, expires.Add(-time.Second), ""},

		{"one where two are needed", one, twoOfTwo, issued, envelope.ReasonBadSignature},
		{"a stranger signed too", cosigned, w.anchors, issued, envelope.ReasonBadSignature},
		{"a stranger signed instead", byStranger, w.anchors, issued, envelope.ReasonBadSignature},
		{"expired", one, w.anchors, expires, envelope.ReasonDirectoryStale},
		{"long expired", one, w.anchors, expires.AddDate(1, 0, 0), envelope.ReasonDirectoryStale},
		{"issued later", one, w.anchors, issued.Add(-envelope.DefaultSkew - time.Second), envelope.ReasonNotYetValid},
		{"no anchors", one, nil, issued, envelope.ReasonMisuse},
		{"anchors that nobody made", one, &trust.Anchors{}, issued, envelope.ReasonMisuse},
		{"no time", one, w.anchors, time.Time{}, envelope.ReasonMisuse},
		{"an agreement", w.draft.Agreements[0], w.anchors, issued, envelope.ReasonMalformed},
		{"empty", nil, w.anchors, issued, envelope.ReasonMalformed},
		{"a later version", bytes.Replace(one, []byte("/1\n"), []byte("/2\n"), 1), w.anchors, issued, envelope.ReasonNewerVersion},
	} {
		d, err := trust.Open(c.file, c.anchors, c.at)
		if envelope.ReasonOf(err) != c.want || (d != nil) != (err == nil) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// Each directory is signed by its anchor and has one fault.
func TestContentRefused(t *testing.T) {
	w := newWorld(t)
	replace := func(old, new string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	jwk := func(key *envelope.PrivateKey) string {
		text, _ := key.Public().MarshalJSON()
		return string(text)
	}
	possession := func(party envelope.Party) string {
		p, _ := w.open(t).Party(party)
		return p.Keys[0].Possession
	}
	signJWK, encryptJWK := jwk(w.sign[kpu]), jwk(w.encrypt[kpu])
	// The signing key's own point, listed for encryption.
	var asEncryption map[string]any
	if err := json.Unmarshal([]byte(signJWK), &asEncryption); err != nil {
		t.Fatal(err)
	}
	asEncryption["use"], asEncryption["alg"] = "enc", string(envelope.ECDHES)
	twice, err := json.Marshal(asEncryption)
	if err != nil {
		t.Fatal(err)
	}
	other := newKey(t, envelope.ES256)
	anotherEncrypt := newKey(t, envelope.ECDHES)
	setOf := func(p envelope.Party, keys ...*envelope.PrivateKey) string {
		return publicSet(t, p, keys...).Keys(signFrom, signUntil, acceptUntil)[0].Possession
	}
	agreementText, err := json.Marshal(string(w.draft.Agreements[0]))
	if err != nil {
		t.Fatal(err)
	}

	for _, c := range []struct {
		name string
		edit func(string) string
		want envelope.Reason
	}{
		{"unknown member", replace(`{"v":1`, `{"v":1,"x":1`), envelope.ReasonMalformed},
		{"member twice", replace(`{"v":1`, `{"v":1,"v":1`), envelope.ReasonMalformed},
		{"member missing", replace(`"version":1,`, ``), envelope.ReasonMalformed},
		{"no agreements member", replace(`,"agreements":[`+string(agreementText)+`]`, ``), envelope.ReasonMalformed},
		{"null", replace(`"version":1`, `"version":null`), envelope.ReasonMalformed},
		{"v 0", replace(`{"v":1`, `{"v":0`), envelope.ReasonMalformed},
		{"v 2", replace(`{"v":1`, `{"v":2`), envelope.ReasonNewerVersion},
		{"version 0", replace(`"version":1`, `"version":0`), envelope.ReasonMalformed},
		{"version −1", replace(`"version":1`, `"version":-1`), envelope.ReasonMalformed},
		{"version 2 without a predecessor", replace(`"version":1`, `"version":2`), envelope.ReasonMalformed},
		{"version 1 with a predecessor", replace(`"version":1`, `"version":1,"previous":"`+strings.Repeat("A", 43)+`"`), envelope.ReasonMalformed},
		{"a predecessor that is no digest", replace(`"version":1`, `"version":2,"previous":"x"`), envelope.ReasonMalformed},
		{"an empty predecessor", replace(`"version":1`, `"version":1,"previous":""`), envelope.ReasonMalformed},
		{"a fraction", replace(`"version":1`, `"version":1.0`), envelope.ReasonMalformed},
		{"no time of issue", replace(`"issuedAt":"2024-02-01T00:00:00Z"`, `"issuedAt":""`), envelope.ReasonMalformed},
		{"expires before issue", replace(`"expires":"2024-12-01`, `"expires":"2024-01-31`), envelope.ReasonMalformed},
		{"expires at issue", replace(`"expires":"2024-12-01`, `"expires":"2024-02-01`), envelope.ReasonMalformed},
		{"lives too long", replace(`"expires":"2024-12-01`, `"expires":"2025-02-02`), envelope.ReasonMalformed},
		{"no parties", func(string) string {
			return `{"v":1,"version":1,"issuedAt":"2024-02-01T00:00:00Z","expires":"2024-12-01T00:00:00Z","parties":[],"agreements":[]}`
		}, envelope.ReasonMalformed},
		{"a party twice", replace(`"id":"bawaslu/pengawasan"`, `"id":"kpu/sirekap"`), envelope.ReasonMalformed},
		{"a party of another form", replace(`"id":"kpu/sirekap"`, `"id":"KPU/sirekap"`), envelope.ReasonMalformed},
		{"an unknown party member", replace(`"id":"kpu/sirekap"`, `"id":"kpu/sirekap","x":1`), envelope.ReasonMalformed},
		{"an empty name", replace(`"id":"Lembaga"`, `"id":""`), envelope.ReasonMalformed},
		{"a name in one language", replace(`"id":"Lembaga",`, ``), envelope.ReasonMalformed},
		{"a name with a line feed", replace(`"Lembaga"`, `"Lem\nbaga"`), envelope.ReasonMalformed},
		{"an empty successor", replace(`"id":"kpu/sirekap"`, `"id":"kpu/sirekap","successor":""`), envelope.ReasonMalformed},
		{"a successor that is not listed", replace(`"id":"kpu/sirekap"`, `"id":"kpu/sirekap","successor":"kpu/silon"`), envelope.ReasonMalformed},
		{"its own successor", replace(`"id":"kpu/sirekap"`, `"id":"kpu/sirekap","successor":"kpu/sirekap"`), envelope.ReasonMalformed},
		{"successors in a circle", func(s string) string {
			s = strings.Replace(s, `"id":"kpu/sirekap"`, `"id":"kpu/sirekap","successor":"bawaslu/pengawasan"`, 1)
			return strings.Replace(s, `"id":"bawaslu/pengawasan"`, `"id":"bawaslu/pengawasan","successor":"kpu/sirekap"`, 1)
		}, envelope.ReasonMalformed},
		{"endpoint over http", replace(`https://`, `http://`), envelope.ReasonMalformed},
		{"endpoint over http to a name", replace(`https://segel.example.go.id/v1`, `http://localhost/v1`), envelope.ReasonMalformed},
		{"endpoint over http to another address", replace(`https://segel.example.go.id/v1`, `http://128.0.0.1/v1`), envelope.ReasonMalformed},
		{"endpoint over http to any address", replace(`https://segel.example.go.id/v1`, `http://0.0.0.0:80/v1`), envelope.ReasonMalformed},
		{"endpoint over http to a name that begins like an address", replace(`https://segel.example.go.id/v1`, `http://127.0.0.1.example/v1`), envelope.ReasonMalformed},
		{"endpoint of another scheme", replace(`https://segel.example.go.id/v1`, `ftp://127.0.0.1/v1`), envelope.ReasonMalformed},
		{"endpoint with a query", replace(`/v1"`, `/v1?x=1"`), envelope.ReasonMalformed},
		{"endpoint with an empty query", replace(`/v1"`, `/v1?"`), envelope.ReasonMalformed},
		{"endpoint without a host", replace(`https://segel.example.go.id/v1`, `https:///v1`), envelope.ReasonMalformed},
		{"endpoint with a user", replace(`https://`, `https://kpu:rahasia@`), envelope.ReasonMalformed},
		{"endpoint with a fragment", replace(`/v1"`, `/v1#x"`), envelope.ReasonMalformed},
		{"endpoint with an empty fragment", replace(`/v1"`, `/v1#"`), envelope.ReasonMalformed},
		{"endpoint with a line feed", replace(`/v1"`, `/v1\n"`), envelope.ReasonMalformed},
		{"endpoint that is a path", replace(`https://segel.example.go.id/v1`, `/v1`), envelope.ReasonMalformed},
		{"endpoint in capitals", replace(`https://`, `HTTPS://`), envelope.ReasonMalformed},
		{"an empty endpoint", replace(`https://segel.example.go.id/v1`, ``), envelope.ReasonMalformed},
		{"nine endpoints", replace(`"https://segel.example.go.id/v1"`, strings.Repeat(`"https://a.example",`, 8)+`"https://a.example"`), envelope.ReasonMalformed},

		{"an unknown key member", replace(`{"jwk":`, `{"x":1,"jwk":`), envelope.ReasonMalformed},
		{"no signFrom", replace(`"signFrom":"2024-01-01T00:00:00Z",`, ``), envelope.ReasonMalformed},
		{"no signUntil", replace(`"signUntil":"2024-07-01T00:00:00Z",`, ``), envelope.ReasonMalformed},
		{"no acceptUntil", replace(`"acceptUntil":"2024-08-01T00:00:00Z",`, ``), envelope.ReasonMalformed},
		{"signs until it begins", replace(`"signUntil":"2024-07-01`, `"signUntil":"2024-01-01`), envelope.ReasonMalformed},
		{"accepted shorter than it signs", replace(`"acceptUntil":"2024-08-01`, `"acceptUntil":"2024-06-30`), envelope.ReasonMalformed},
		{"a signing key that encrypts", replace(`"signFrom"`, `"encryptFrom":"2024-01-01T00:00:00Z","signFrom"`), envelope.ReasonMalformed},
		{"an encryption key that signs", replace(`"encryptFrom"`, `"signFrom":"2024-01-01T00:00:00Z","encryptFrom"`), envelope.ReasonMalformed},
		{"an encryption key that is accepted", replace(`"encryptFrom"`, `"acceptUntil":"2024-08-01T00:00:00Z","encryptFrom"`), envelope.ReasonMalformed},
		{"encrypts until it begins", replace(`"encryptUntil":"2024-07-01`, `"encryptUntil":"2024-01-01`), envelope.ReasonMalformed},
		{"an empty mark of compromise", replace(`"signFrom"`, `"compromisedFrom":"","signFrom"`), envelope.ReasonMalformed},
		{"compromised after the issue", replace(`"signFrom"`, `"compromisedFrom":"2024-02-01T00:00:01Z","signFrom"`), envelope.ReasonMalformed},
		{"a key that is none", replace(`"kty":"EC"`, `"kty":"oct"`), envelope.ReasonMalformed},
		{"another thumbprint", replace(`"kid":"`+w.sign[kpu].Public().ID(), `"kid":"`+w.sign[bawaslu].Public().ID()), envelope.ReasonMalformed},
		{"another algorithm", replace(`"alg":"ES256"`, `"alg":"PS256"`), envelope.ReasonMalformed},
		{"a private key", replace(`"kty":"EC"`, `"d":"`+strings.Repeat("A", 42)+`E","kty":"EC"`), envelope.ReasonMalformed},
		{"one point for both uses", replace(encryptJWK, string(twice)), envelope.ReasonMalformed},
		{"one key for both parties", replace(jwk(w.sign[bawaslu]), signJWK), envelope.ReasonMalformed},
		{"one encryption key for both parties", replace(jwk(w.encrypt[bawaslu]), encryptJWK), envelope.ReasonMalformed},
		{"two encryption keys from one moment", replace(`]},{"id":"bawaslu`, `,{"jwk":`+jwk(anotherEncrypt)+`,"encryptFrom":"2024-01-01T00:00:00Z","encryptUntil":"2024-03-01T00:00:00Z","possession":"`+
			setOf(kpu, w.sign[kpu], anotherEncrypt)+`"}]},{"id":"bawaslu`), envelope.ReasonMalformed},

		{"an empty statement of possession", replace(possession(kpu), ``), envelope.ReasonMalformed},
		{"no statement of possession", replace(`,"possession":"`+possession(kpu)+`"`, ``), envelope.ReasonMalformed},
		{"the other party's statement", replace(possession(kpu), possession(bawaslu)), envelope.ReasonBadSignature},
		{"a statement for another party", replace(possession(kpu), setOf(bawaslu, w.sign[kpu], w.encrypt[kpu])), envelope.ReasonBadSignature},
		{"a statement by a key that is not listed", replace(possession(kpu), setOf(kpu, other, w.encrypt[kpu])), envelope.ReasonBadSignature},
		{"a signing key that did not sign", replace(signJWK, jwk(other)), envelope.ReasonBadSignature},
		{"an encryption key that the statement does not name", replace(encryptJWK, jwk(anotherEncrypt)), envelope.ReasonBadSignature},
		{"a second signing key under the first one's statement", replace(`]},{"id":"bawaslu`, `,{"jwk":`+jwk(other)+
			`,"signFrom":"2024-01-01T00:00:00Z","signUntil":"2024-03-01T00:00:00Z","acceptUntil":"2024-03-01T00:00:00Z","possession":"`+
			possession(kpu)+`"}]},{"id":"bawaslu`), envelope.ReasonBadSignature},
		{"an encryption key claimed by another party's signing key", func(s string) string {
			i := strings.LastIndex(s[:strings.Index(s, `"id":"bawaslu`)], possession(kpu))
			return s[:i] + strings.Replace(s[i:], possession(kpu), setOf(kpu, w.sign[bawaslu], w.encrypt[kpu]), 1)
		}, envelope.ReasonBadSignature},
		{"a statement with a broken signature", func(s string) string {
			p := possession(kpu)
			return strings.ReplaceAll(s, p, p[:len(p)-4]+"AAAA")
		}, envelope.ReasonBadSignature},

		{"an agreement twice", replace(`"agreements":[`, `"agreements":[`+string(agreementText)+`,`), envelope.ReasonMalformed},
		{"an agreement without signatures", replace(string(agreementText), `"segel-agreement/1\n"`), envelope.ReasonMalformed},
		{"a plain agreement", func(s string) string {
			plain, _ := json.Marshal(pks)
			return strings.Replace(s, string(agreementText), string(plain), 1)
		}, envelope.ReasonMalformed},
		{"an agreement of a later version", replace(`segel-agreement/1`, `segel-agreement/2`), envelope.ReasonNewerVersion},
	} {
		_, err := trust.Open(w.edited(t, c.edit), w.anchors, issued)
		if envelope.ReasonOf(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	if _, err := trust.Open(w.edited(t, replace(`,"name":{"id":"Lembaga","en":"Agency"}`, ``)), w.anchors, issued); err != nil {
		t.Errorf("an honest edit: %v", err)
	}
	if _, err := trust.Open(w.edited(t, replace(`"endpoints":["https://segel.example.go.id/v1"],`, ``)), w.anchors, issued); err != nil {
		t.Errorf("an honest edit: %v", err)
	}
	for _, url := range []string{"http://127.0.0.1:8443", "http://127.9.8.7/segel/v1", "http://[::1]:8443/v1", "https://10.1.2.3:8443"} {
		d, err := trust.Open(w.edited(t, replace(`https://segel.example.go.id/v1`, url)), w.anchors, issued)
		if err != nil {
			t.Errorf("endpoint %s: %v", url, err)
			continue
		}
		if p, _ := d.Party(kpu); len(p.Endpoints) != 1 || p.Endpoints[0] != url {
			t.Errorf("endpoint %s: got %q", url, p.Endpoints)
		}
	}
}

// An agreement that this version cannot read does not take the directory along.
func TestUnreadableAgreement(t *testing.T) {
	w := newWorld(t)
	file := []byte(strings.Replace(pks, "AWAS-TAHAPAN", "AWAS-MENDATANG", 1))
	doc, err := document.New(document.Agreement, file)
	if err != nil {
		t.Fatal(err)
	}
	if doc, err = doc.Sign(w.sign[kpu]); err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(string(doc.File()))
	d, err := trust.Open(w.edited(t, func(s string) string {
		i := strings.Index(s, `"agreements":[`) + len(`"agreements":[`)
		return s[:i] + string(text) + "]}"
	}), w.anchors, issued)
	if err != nil {
		t.Fatal(err)
	}
	got, ok := d.Agreement("PKS-1")
	if !ok {
		t.Fatal("not there")
	}
	if _, err := agreement.Open(got, d, issued); envelope.ReasonOf(err) != envelope.ReasonMalformed {
		t.Errorf("opened: %v", err)
	}
}

// Every one-byte change and truncation of a directory is refused.
func TestMangled(t *testing.T) {
	w := newWorld(t)
	w.draft.Parties, w.draft.Agreements = w.draft.Parties[:1], nil
	file := w.file(t)
	for i := range file {
		mutant := bytes.Clone(file)
		for _, c := range []byte{file[i] ^ 1, file[i] ^ 0x20, 'A', '\n'} {
			if mutant[i] = c; c == file[i] {
				continue
			}
			if _, err := trust.Open(mutant, w.anchors, issued); err == nil {
				t.Errorf("byte %d changed to %q: accepted", i, c)
			}
		}
		if _, err := trust.Open(file[:i], w.anchors, issued); err == nil {
			t.Errorf("cut at %d: accepted", i)
		}
	}
}

// FuzzOpen signs what the fuzzer makes, so that it reaches the content.
func FuzzOpen(f *testing.F) {
	w := newWorld(f)
	doc, err := document.Parse(document.Directory, w.file(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(doc.Payload())
	f.Add([]byte(`{"v":1,"version":1,"issuedAt":"2024-02-01T00:00:00Z","expires":"2024-12-01T00:00:00Z","parties":[],"agreements":[]}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) == 0 {
			return
		}
		d, err := trust.Open(w.anchored(t, payload), w.anchors, issued)
		if err != nil {
			if envelope.ReasonOf(err) == envelope.ReasonUnavailable {
				t.Fatalf("an error without a reason: %v", err)
			}
			return
		}
		for _, p := range d.Parties() {
			for _, k := range p.Keys {
				if k.Public == nil || !k.Until.After(k.From) {
					t.Fatal("accepted with a key that has no window")
				}
			}
		}
	})
}
