package agreement_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/agreement"
)

const (
	kpu     envelope.Party = "kpu/sirekap"
	bawaslu envelope.Party = "bawaslu/pengawasan"
	dkpp    envelope.Party = "dkpp/perkara"
	lkpp    envelope.Party = "lkpp/katalog"
)

const text = `{
  "id": "PKS-2024-07",
  "title": "Pengawasan hasil TPS",
  "parties": ["kpu/sirekap", "bawaslu/pengawasan", "dkpp/perkara"],
  "grants": [
    {"from": "kpu/sirekap", "to": "bawaslu/pengawasan", "dataset": "sirekap/hasil-tps", "purposes": ["AWAS-TAHAPAN", "AWAS-TEMUAN"]},
    {"from": "kpu/sirekap", "to": "bawaslu/pengawasan", "dataset": "sirekap/hasil-tps", "purposes": ["SENGKETA-HASIL"]},
    {"from": "kpu/sirekap", "to": "bawaslu/pengawasan", "dataset": "kominfo/jaringan-tps", "purposes": ["TPS-JARINGAN"]},
    {"from": "kpu/sirekap", "to": "dkpp/perkara", "dataset": "sirekap/hasil-tps", "purposes": ["AWAS-TEMUAN", "ETIK-PERIKSA"]},
    {"from": "bawaslu/pengawasan", "to": "kpu/sirekap", "dataset": "bawaslu/temuan", "purposes": ["AWAS-TAHAPAN"]}
  ],
  "validFrom": "2024-02-01T07:00:00+07:00",
  "validUntil": "2025-02-01T00:00:00Z"
}
`

// world is a directory of the test's own: who has which key, and which of them
// no longer count.
type world struct {
	keys    map[envelope.Party]*envelope.PrivateKey
	encrypt map[envelope.Party]*envelope.PrivateKey
	revoked map[string]bool
	answer  error // if not nil, the answer to everything
}

func newWorld(t testing.TB) *world {
	w := &world{map[envelope.Party]*envelope.PrivateKey{}, map[envelope.Party]*envelope.PrivateKey{}, map[string]bool{}, nil}
	for _, p := range []envelope.Party{kpu, bawaslu, dkpp, lkpp} {
		w.keys[p], w.encrypt[p] = newKey(t, envelope.ES256), newKey(t, envelope.ECDHES)
	}
	return w
}

func newKey(t testing.TB, alg envelope.Algorithm) *envelope.PrivateKey {
	t.Helper()
	key, err := envelope.GenerateKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (w *world) AgreementKey(party envelope.Party, keyID string, at time.Time) (*envelope.PublicKey, error) {
	if w.answer != nil {
		return nil, w.answer
	}
	for _, key := range []*envelope.PrivateKey{w.keys[party], w.encrypt[party]} {
		if key == nil || key.Public().ID() != keyID {
			continue
		}
		if key.Public().Use() != envelope.UseSign || w.revoked[keyID] {
			return nil, &envelope.Error{Reason: envelope.ReasonKeyNotValid}
		}
		return key.Public(), nil
	}
	return nil, &envelope.Error{Reason: envelope.ReasonUnknownKey}
}

// sign has each of the parties sign file.
func (w *world) sign(t testing.TB, file []byte, parties ...envelope.Party) []byte {
	t.Helper()
	for _, p := range parties {
		var err error
		if file, err = agreement.Sign(file, p, w.keys[p]); err != nil {
			t.Fatal(err)
		}
	}
	return file
}

func (w *world) open(t testing.TB) *agreement.Agreement {
	t.Helper()
	a, err := agreement.Open(w.sign(t, []byte(text), kpu, bawaslu, dkpp), w, from)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// byHand makes a signature that the package refuses to make: a JWS by the
// P-256 key, whatever its use.
func byHand(t *testing.T, payload []byte, key *envelope.PrivateKey) string {
	t.Helper()
	file, err := envelope.MarshalPrivateKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []struct{ D string } }
	if err := json.Unmarshal(file, &set); err != nil {
		t.Fatal(err)
	}
	d, err := base64.RawURLEncoding.DecodeString(set.Keys[0].D)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	if err != nil {
		t.Fatal(err)
	}
	header := fmt.Sprintf(`{"alg":"ES256","kid":"%s","typ":"segel-agreement+jwt"}`, key.Public().ID())
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	hash := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, raw, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// assemble puts signatures into a file in their order.
func assemble(t *testing.T, lines ...string) []byte {
	t.Helper()
	kid := func(line string) string {
		k, _, err := envelope.PeekToken(envelope.TypeAgreement, []byte(line))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(kid(a), kid(b)) })
	return []byte("segel-agreement/1\n" + strings.Join(lines, "\n") + "\n")
}

func TestOpen(t *testing.T) {
	w := newWorld(t)
	a := w.open(t)
	if a.ID() != "PKS-2024-07" || a.Title() != "Pengawasan hasil TPS" || len(a.Parties()) != 3 || len(a.Grants()) != 5 ||
		!a.ValidFrom().Equal(from) || !a.ValidUntil().Equal(until) {
		t.Error("the terms are not those of the text")
	}
	// Nothing that is handed out leads back into the agreement.
	a.Parties()[0] = lkpp
	a.Grants()[0].Purposes[0] = "REKAP-UMUM"
	if a.Parties()[0] != kpu || a.Grants()[0].Purposes[0] != "AWAS-TAHAPAN" {
		t.Error("a caller changed the agreement")
	}

	file := w.sign(t, []byte(text), dkpp, kpu, bawaslu)
	b, err := agreement.Open(file, w, from)
	if err != nil || b.Digest() != a.Digest() {
		t.Errorf("in another order: %v", err)
	}
	u, err := agreement.Parse(file)
	if err != nil || len(u.Signers()) != 3 || u.Digest() != a.Digest() || u.Terms().ID != a.ID() {
		t.Errorf("parse: %v", err)
	}
	u, err = agreement.Parse([]byte(text))
	if err != nil || len(u.Signers()) != 0 || u.Digest() != a.Digest() {
		t.Errorf("parse plain: %v", err)
	}
	if id, err := agreement.ID(file); id != a.ID() || err != nil {
		t.Errorf("id: %v", err)
	}
	if _, err := agreement.ID([]byte(text)); envelope.ReasonOf(err) != envelope.ReasonMalformed {
		t.Errorf("id of a plain text: %v", err)
	}
	hash := sha256.Sum256([]byte("segel-agreement/1\n" + text))
	if want := base64.RawURLEncoding.EncodeToString(hash[:]); a.Digest() != want {
		t.Errorf("digest %s, want %s", a.Digest(), want)
	}
}

func TestOpenRefuses(t *testing.T) {
	w := newWorld(t)
	stranger := newKey(t, envelope.ES256)
	whole := w.sign(t, []byte(text), kpu, bawaslu, dkpp)
	lines := strings.Split(strings.TrimSuffix(string(whole), "\n"), "\n")[1:]
	without := func(p envelope.Party) []string {
		return slices.DeleteFunc(slices.Clone(lines), func(l string) bool {
			kid, _, _ := envelope.PeekToken(envelope.TypeAgreement, []byte(l))
			return kid == w.keys[p].Public().ID()
		})
	}
	revoked := func(parties ...envelope.Party) *world {
		v := *w
		v.revoked = map[string]bool{}
		for _, p := range parties {
			v.revoked[w.keys[p].Public().ID()] = true
		}
		return &v
	}
	signWith := func(file []byte, as envelope.Party, key *envelope.PrivateKey) []byte {
		out, err := agreement.Sign(file, as, key)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	// The same payload with another byte, signed honestly by the others.
	other := strings.Replace(text, "AWAS-TEMUAN", "AWAS-TAHAPAN", 1)
	other = strings.Replace(other, `["AWAS-TAHAPAN", "AWAS-TAHAPAN"]`, `["AWAS-TAHAPAN"]`, 1)
	otherLines := strings.Split(strings.TrimSuffix(string(w.sign(t, []byte(other), kpu, bawaslu, dkpp)), "\n"), "\n")[1:]
	parts := strings.Split(lines[1], ".")
	spliced := parts[0] + "." + strings.Split(otherLines[1], ".")[1] + "." + parts[2]
	relabelled := byHand(t, []byte(text), stranger)
	relabelled = base64.RawURLEncoding.EncodeToString([]byte(fmt.Sprintf(`{"alg":"ES256","kid":"%s","typ":"segel-agreement+jwt"}`,
		w.keys[dkpp].Public().ID()))) + relabelled[strings.IndexByte(relabelled, '.'):]

	for _, c := range []struct {
		name string
		file []byte
		keys agreement.Keys
		want envelope.Reason
	}{
		{"plain text, nobody signed", []byte(text), w, envelope.ReasonMalformed},
		{"empty", nil, w, envelope.ReasonMalformed},
		{"unsigned by the first party", assemble(t, without(kpu)...), w, envelope.ReasonNoAgreement},
		{"unsigned by the second party", assemble(t, without(bawaslu)...), w, envelope.ReasonNoAgreement},
		{"unsigned by the third party", assemble(t, without(dkpp)...), w, envelope.ReasonNoAgreement},
		{"signed by one party only", w.sign(t, []byte(text), kpu), w, envelope.ReasonNoAgreement},
		{"signed by a stranger instead", signWith(assemble(t, without(dkpp)...), dkpp, stranger), w, envelope.ReasonNoAgreement},
		{"signed by a stranger too", signWith(whole, dkpp, stranger), w, envelope.ReasonNoAgreement},
		{"signed by a listed party that is not one of its own", signWith(assemble(t, without(dkpp)...), dkpp, w.keys[lkpp]), w, envelope.ReasonNoAgreement},
		{"signed by the stranger under a party's name", assemble(t, append(without(dkpp), relabelled)...), w, envelope.ReasonNoAgreement},
		{"signed by a party's encryption key", assemble(t, append(without(dkpp), byHand(t, []byte(text), w.encrypt[dkpp]))...), w, envelope.ReasonNoAgreement},
		{"signed by a revoked key", whole, revoked(dkpp), envelope.ReasonNoAgreement},
		{"all keys revoked", whole, revoked(kpu, bawaslu, dkpp), envelope.ReasonNoAgreement},
		{"signed twice by one party, not by another", signWith(assemble(t, without(dkpp)...), dkpp, w.keys[lkpp]), sharing{w}, envelope.ReasonNoAgreement},
		{"another payload with the old signature", assemble(t, otherLines[0], spliced, otherLines[2]), w, envelope.ReasonNoAgreement},
		{"two payloads", []byte("segel-agreement/1\n" + lines[0] + "\n" + otherLines[1] + "\n" + lines[2] + "\n"), w, envelope.ReasonMalformed},
		{"a signature twice", []byte("segel-agreement/1\n" + lines[0] + "\n" + lines[0] + "\n" + lines[1] + "\n" + lines[2] + "\n"), w, envelope.ReasonMalformed},
		{"signatures out of order", []byte("segel-agreement/1\n" + lines[1] + "\n" + lines[0] + "\n" + lines[2] + "\n"), w, envelope.ReasonMalformed},
		{"a later version", bytes.Replace(whole, []byte("/1\n"), []byte("/2\n"), 1), w, envelope.ReasonNewerVersion},
		{"a directory's first line", bytes.Replace(whole, []byte("agreement"), []byte("directory"), 1), w, envelope.ReasonMalformed},
		{"no keys", whole, nil, envelope.ReasonMisuse},
		{"keys that fail", whole, &world{answer: errors.New("disk: " + canary)}, envelope.ReasonUnavailable},
		{"keys that are stale", whole, &world{answer: &envelope.Error{Reason: envelope.ReasonDirectoryStale}}, envelope.ReasonDirectoryStale},
		{"keys that answer nothing", whole, silent{}, envelope.ReasonUnavailable},
		{"keys that answer another key", whole, wrong{w.keys[kpu].Public()}, envelope.ReasonUnavailable},
	} {
		a, err := agreement.Open(c.file, c.keys, from)
		if a != nil || envelope.ReasonOf(err) != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("%s: repeats what it was told", c.name)
		}
	}
	if _, err := agreement.Open(whole, w, time.Time{}); envelope.ReasonOf(err) != envelope.ReasonMisuse {
		t.Errorf("no time: %v", err)
	}
}

type silent struct{}

func (silent) AgreementKey(envelope.Party, string, time.Time) (*envelope.PublicKey, error) {
	return nil, nil
}

type wrong struct{ key *envelope.PublicKey }

func (w wrong) AgreementKey(envelope.Party, string, time.Time) (*envelope.PublicKey, error) {
	return w.key, nil
}

// sharing gives lkpp's key to every party, as no directory should. One signature
// still counts for one party only.
type sharing struct{ *world }

func (s sharing) AgreementKey(party envelope.Party, keyID string, at time.Time) (*envelope.PublicKey, error) {
	if key := s.keys[lkpp].Public(); key.ID() == keyID {
		return key, nil
	}
	return s.world.AgreementKey(party, keyID, at)
}

// A party signs with its next key before the last one ends: the old line counts
// for nothing then and spoils nothing.
func TestRotation(t *testing.T) {
	w := newWorld(t)
	file := w.sign(t, []byte(text), kpu, bawaslu, dkpp)
	old := w.keys[dkpp]
	next := newKey(t, envelope.EdDSA)
	file, err := agreement.Sign(file, dkpp, next)
	if err != nil {
		t.Fatal(err)
	}
	w.keys[dkpp], w.encrypt[dkpp], w.revoked[old.Public().ID()] = next, old, true
	if _, err := agreement.Open(file, w, from); err != nil {
		t.Errorf("with the next key: %v", err)
	}
	w.revoked[next.Public().ID()] = true
	if _, err := agreement.Open(file, w, from); envelope.ReasonOf(err) != envelope.ReasonNoAgreement {
		t.Errorf("with neither key: %v", err)
	}
}

func TestSignRefuses(t *testing.T) {
	w := newWorld(t)
	once := w.sign(t, []byte(text), kpu)
	for name, c := range map[string]struct {
		file []byte
		as   envelope.Party
		key  *envelope.PrivateKey
		want envelope.Reason
	}{
		"not a party":         {[]byte(text), lkpp, w.keys[lkpp], envelope.ReasonMisuse},
		"no party":            {[]byte(text), "", w.keys[kpu], envelope.ReasonMisuse},
		"twice with one key":  {once, kpu, w.keys[kpu], envelope.ReasonMisuse},
		"with it for another": {once, dkpp, w.keys[kpu], envelope.ReasonMisuse},
		"an encryption key":   {[]byte(text), kpu, w.encrypt[kpu], envelope.ReasonMisuse},
		"no key":              {[]byte(text), kpu, nil, envelope.ReasonMisuse},
		"nothing":             {nil, kpu, w.keys[kpu], envelope.ReasonMalformed},
		"not an agreement":    {[]byte(`{"id":"x"}`), kpu, w.keys[kpu], envelope.ReasonMalformed},
		"a huge text":         {append([]byte(text), bytes.Repeat([]byte{' '}, 256<<10)...), kpu, w.keys[kpu], envelope.ReasonTooLarge},
		"a broken signature":  {once[:len(once)-2], kpu, w.keys[kpu], envelope.ReasonMalformed},
	} {
		if _, err := agreement.Sign(c.file, c.as, c.key); envelope.ReasonOf(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// What is signed is what was written, blanks and line feeds included.
func TestSignKeepsBytes(t *testing.T) {
	w := newWorld(t)
	for name, plain := range map[string]string{
		"as written": text,
		"CR LF":      strings.ReplaceAll(text, "\n", "\r\n"),
		"one line":   strings.ReplaceAll(text, "\n", ""),
		"escapes":    strings.Replace(text, "Pengawasan", `\u0050engawasan & <pemeriksaan>`, 1),
	} {
		_, payload, err := envelope.PeekToken(envelope.TypeAgreement,
			bytes.TrimSpace(bytes.TrimPrefix(w.sign(t, []byte(plain), kpu), []byte("segel-agreement/1\n"))))
		if err != nil || string(payload) != plain {
			t.Errorf("%s: signed %q, %v", name, payload, err)
		}
	}
}

func TestTermsRefused(t *testing.T) {
	grant := `{"from": "bawaslu/pengawasan", "to": "kpu/sirekap", "dataset": "bawaslu/temuan", "purposes": ["AWAS-TAHAPAN"]}`
	for name, c := range map[string]struct{ old, new string }{
		"unknown member":         {`"title"`, `"note": "x", "title"`},
		"unknown grant member":   {`"dataset": "bawaslu/temuan"`, `"dataset": "bawaslu/temuan", "fields": []`},
		"member twice":           {`"title"`, `"id": "PKS-2024-07", "title"`},
		"member in another case": {`"title"`, `"Title"`},
		"member missing":         {`"title": "Pengawasan hasil TPS",`, ``},
		"null":                   {`"Pengawasan hasil TPS"`, `null`},
		"empty id":               {`"PKS-2024-07"`, `""`},
		"id with a blank":        {`"PKS-2024-07"`, `"PKS 2024"`},
		"id with a line feed":    {`"PKS-2024-07"`, `"PKS\n2024"`},
		"id too long":            {`PKS-2024-07`, strings.Repeat("x", 129)},
		"empty title":            {`Pengawasan hasil TPS`, ``},
		"title with a control":   {`Pengawasan hasil`, `Pengawasan\u001b[2Jhasil`},
		"title turned around":    {`Pengawasan hasil`, `Pengawasan \u202ehasil`},
		"title too long":         {`Pengawasan hasil TPS`, strings.Repeat("x", 201)},
		"party of another form":  {`"parties": ["kpu/sirekap",`, `"parties": ["kpu/sirekap", "KPU",`},
		"party twice":            {`"parties": ["kpu/sirekap",`, `"parties": ["kpu/sirekap", "kpu/sirekap",`},
		"from is no party":       {`{"from": "bawaslu/pengawasan"`, `{"from": "lkpp/katalog"`},
		"to is no party":         {`"to": "dkpp/perkara"`, `"to": "lkpp/katalog"`},
		"to oneself":             {`"to": "dkpp/perkara"`, `"to": "kpu/sirekap"`},
		"any recipient":          {`"to": "dkpp/perkara"`, `"to": "*"`},
		"dataset without system": {`"bawaslu/temuan"`, `"temuan"`},
		"any dataset":            {`"bawaslu/temuan"`, `"bawaslu/*"`},
		"no purposes":            {`["TPS-JARINGAN"]`, `[]`},
		"purpose twice":          {`["TPS-JARINGAN"]`, `["TPS-JARINGAN", "TPS-JARINGAN"]`},
		"unknown purpose":        {`TPS-JARINGAN`, `TPS-LOKASI`},
		"purpose in lower case":  {`TPS-JARINGAN`, `tps-jaringan`},
		"empty purpose":          {`TPS-JARINGAN`, ``},
		"a group's name":         {`TPS-JARINGAN`, `TPS`},
		"any purpose":            {`TPS-JARINGAN`, `*`},
		"forbidden purpose":      {`TPS-JARINGAN`, `LARANGAN-PEMROFILAN`},
		"no time":                {`2025-02-01T00:00:00Z`, ``},
		"a date only":            {`2025-02-01T00:00:00Z`, `2025-02-01`},
		"ends when it begins":    {`2025-02-01T00:00:00Z`, `2024-02-01T00:00:00Z`},
		"ends before it begins":  {`2025-02-01T00:00:00Z`, `2024-01-31T23:59:59Z`},
		"too many grants":        {grant, grant + strings.Repeat(","+grant, 1020)},
		"trailing text":          {"Z\"\n}\n", "Z\"\n}\n{}"},
	} {
		edited := strings.Replace(text, c.old, c.new, 1)
		if edited == text {
			t.Errorf("%s: the test changes nothing", name)
		}
		if _, err := agreement.Parse([]byte(edited)); envelope.ReasonOf(err) != envelope.ReasonMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct{ old, new string }{
		"no parties":  {`["kpu/sirekap", "bawaslu/pengawasan", "dkpp/perkara"]`, `[]`},
		"one party":   {`["kpu/sirekap", "bawaslu/pengawasan", "dkpp/perkara"]`, `["kpu/sirekap"]`},
		"many grants": {grant, grant + strings.Repeat(","+grant, 1019)},
	} {
		edited := strings.Replace(text, c.old, c.new, 1)
		_, err := agreement.Parse([]byte(edited))
		if want := name != "many grants"; edited == text || (err != nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every one-byte change and truncation of an agreement with two parties'
// signatures is refused.
func TestMangled(t *testing.T) {
	w := newWorld(t)
	small := `{"id":"a","title":"a","parties":["a/a","b/b"],"grants":[{"from":"a/a","to":"b/b","dataset":"a/a","purposes":["REKAP-UMUM"]}],` +
		`"validFrom":"2024-02-01T00:00:00Z","validUntil":"2025-02-01T00:00:00Z"}`
	w.keys["a/a"], w.keys["b/b"] = w.keys[kpu], w.keys[bawaslu]
	file := w.sign(t, []byte(small), "a/a", "b/b")
	if _, err := agreement.Open(file, w, from); err != nil {
		t.Fatal(err)
	}
	for i := range file {
		mutant := bytes.Clone(file)
		for _, c := range []byte{file[i] ^ 1, file[i] ^ 2, file[i] ^ 4, file[i] ^ 0x20, file[i] ^ 0x80, 'A', '_', '\n', '.', 0} {
			if mutant[i] = c; c == file[i] {
				continue
			}
			if _, err := agreement.Open(mutant, w, from); err == nil {
				t.Errorf("byte %d changed to %q: accepted", i, c)
			}
		}
		if _, err := agreement.Open(file[:i], w, from); err == nil {
			t.Errorf("cut at %d: accepted", i)
		}
	}
}

func FuzzParse(f *testing.F) {
	w := newWorld(f)
	f.Add([]byte(text))
	f.Add(w.sign(f, []byte(text), kpu))
	f.Add([]byte(strings.Replace(text, "AWAS-TEMUAN", "LARANGAN-KAMPANYE", 1)))
	f.Fuzz(func(t *testing.T, file []byte) {
		u, err := agreement.Parse(file)
		if err != nil {
			if envelope.ReasonOf(err) == envelope.ReasonUnavailable {
				t.Fatalf("an error without a reason: %v", err)
			}
			return
		}
		terms := u.Terms()
		if len(terms.Parties) < 2 || len(terms.Grants) == 0 || !terms.ValidUntil.After(terms.ValidFrom) {
			t.Fatal("accepted without parties, grants or a time")
		}
		// What can be read can be signed, and says the same.
		signed, err := agreement.Sign(file, terms.Parties[0], w.keys[lkpp])
		if err != nil {
			t.Fatalf("cannot be signed: %v", err)
		}
		again, err := agreement.Parse(signed)
		if err != nil || again.Digest() != u.Digest() {
			t.Fatalf("signed, it says something else: %v", err)
		}
	})
}
