package trust_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/trust"
)

func TestSignRefuses(t *testing.T) {
	base := newWorld(t)
	half, err := agreement.Sign([]byte(pks), kpu, base.sign[kpu])
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		edit func(*trust.Draft)
		want envelope.Reason
	}{
		{"nothing wrong", func(*trust.Draft) {}, ""},
		{"no agreements", func(d *trust.Draft) { d.Agreements = nil }, ""},
		{"no version", func(d *trust.Draft) { d.Version = 0 }, envelope.ReasonMalformed},
		{"no issue", func(d *trust.Draft) { d.IssuedAt = time.Time{} }, envelope.ReasonMalformed},
		{"no expiry", func(d *trust.Draft) { d.Expires = time.Time{} }, envelope.ReasonMalformed},
		{"no parties", func(d *trust.Draft) { d.Parties = nil }, envelope.ReasonMalformed},
		{"a party without keys", func(d *trust.Draft) { d.Parties[0].Keys = nil }, envelope.ReasonMalformed},
		{"an entry without a key", func(d *trust.Draft) { d.Parties[0].Keys[0].Public = nil }, envelope.ReasonMisuse},
		{"an entry without possession", func(d *trust.Draft) { d.Parties[0].Keys[0].Possession = "" }, envelope.ReasonMalformed},
		{"an encryption key that is accepted", func(d *trust.Draft) { d.Parties[0].Keys[1].AcceptUntil = acceptUntil }, envelope.ReasonMisuse},
		{"a signing key without acceptance", func(d *trust.Draft) { d.Parties[0].Keys[0].AcceptUntil = time.Time{} }, envelope.ReasonMalformed},
		{"keys exchanged between parties", func(d *trust.Draft) { d.Parties[0].Keys, d.Parties[1].Keys = d.Parties[1].Keys, d.Parties[0].Keys }, envelope.ReasonBadSignature},
		{"an agreement that one party signed", func(d *trust.Draft) { d.Agreements[0] = half }, envelope.ReasonNoAgreement},
		{"a plain agreement", func(d *trust.Draft) { d.Agreements[0] = []byte(pks) }, envelope.ReasonMalformed},
		{"an agreement of a party that is not listed", func(d *trust.Draft) { d.Parties = d.Parties[:1] }, envelope.ReasonNoAgreement},
		{"an agreement signed with a stolen key", func(d *trust.Draft) { d.Parties[1].Keys[0].CompromisedFrom = issued }, envelope.ReasonNoAgreement},
	} {
		w := newWorld(t)
		w.draft = base.open(t).Draft()
		w.draft.Version, w.draft.Previous = 1, ""
		c.edit(&w.draft)
		file, err := trust.Sign(w.draft, w.anchor)
		if envelope.ReasonOf(err) != c.want || (file != nil) != (c.want == "") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for name, anchors := range map[string][]*envelope.PrivateKey{
		"no anchor":             nil,
		"a nil anchor":          {nil},
		"an anchor twice":       {base.anchor, base.anchor},
		"an encryption key":     {base.encrypt[kpu]},
		"a party's signing key": {base.sign[kpu]},
	} {
		if _, err := trust.Sign(base.draft, anchors...); envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("%s: %v", name, err)
		}
	}
	file := base.file(t)
	for name, anchor := range map[string]*envelope.PrivateKey{
		"no anchor": nil, "the same anchor": base.anchor, "a party's signing key": base.sign[kpu],
	} {
		if _, err := trust.Cosign(file, anchor); envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("cosign, %s: %v", name, err)
		}
	}
	if _, err := trust.Cosign(nil, newKey(t, envelope.ES256)); envelope.ReasonOf(err) != envelope.ReasonMalformed {
		t.Errorf("cosign nothing: %v", err)
	}
	// The keeper of one anchor cannot know the others; the reader does.
	mixed := newAnchors(t, 1, base.anchor, base.sign[kpu])
	if _, err := trust.Open(file, mixed, issued); envelope.ReasonOf(err) != envelope.ReasonMalformed {
		t.Errorf("an anchor's key that is a party's: %v", err)
	}
}

func TestAnchors(t *testing.T) {
	a, b := newKey(t, envelope.ES256).Public(), newKey(t, envelope.EdDSA).Public()
	encrypt := newKey(t, envelope.ECDHES)
	both, err := trust.NewAnchors(1, a, b)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(both)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := trust.ParseAnchors(text)
	if err != nil || len(parsed.Keys()) != 2 || parsed.Keys()[0] != a.ID() {
		t.Fatalf("parse: %v", err)
	}
	// What is read from a file needs every key: one signature is too few.
	w := newWorld(t)
	file := w.file(t)
	set, _ := json.Marshal(newAnchors(t, 1, w.anchor, newKey(t, envelope.ES256)))
	all, err := trust.ParseAnchors(set)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := trust.Open(file, all, issued); envelope.ReasonOf(err) != envelope.ReasonBadSignature {
		t.Errorf("one of two from a file: %v", err)
	}

	jwk, _ := a.MarshalJSON()
	enc, _ := encrypt.Public().MarshalJSON()
	private, _ := envelope.MarshalPrivateKeys(newKey(t, envelope.ES256))
	for name, text := range map[string]string{
		"empty":             ``,
		"no keys":           `{"keys":[]}`,
		"no member":         `{}`,
		"an unknown member": `{"keys":[` + string(jwk) + `],"need":1}`,
		"a key twice":       `{"keys":[` + string(jwk) + `,` + string(jwk) + `]}`,
		"an encryption key": `{"keys":[` + string(enc) + `]}`,
		"a private key":     string(private),
		"a bare key":        string(jwk),
		"trailing text":     `{"keys":[` + string(jwk) + `]} x`,
		"65 keys":           `{"keys":[` + strings.Repeat(string(jwk)+`,`, 64) + string(jwk) + `]}`,
	} {
		if _, err := trust.ParseAnchors([]byte(text)); envelope.ReasonOf(err) != envelope.ReasonMalformed {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := trust.ParseAnchors(bytes.Repeat([]byte{' '}, 1<<20+1)); envelope.ReasonOf(err) != envelope.ReasonTooLarge {
		t.Errorf("too large: %v", err)
	}
	for name, c := range map[string]struct {
		need int
		keys []*envelope.PublicKey
	}{
		"nobody":            {0, nil},
		"none of one":       {0, []*envelope.PublicKey{a}},
		"two of one":        {2, []*envelope.PublicKey{a}},
		"a key twice":       {2, []*envelope.PublicKey{a, a}},
		"nil":               {1, []*envelope.PublicKey{nil}},
		"an encryption key": {1, []*envelope.PublicKey{encrypt.Public()}},
	} {
		if _, err := trust.NewAnchors(c.need, c.keys...); envelope.ReasonOf(err) != envelope.ReasonMisuse {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPublicSet(t *testing.T) {
	sign, encrypt, other := newKey(t, envelope.ES256), newKey(t, envelope.ECDHES), newKey(t, envelope.ES256)
	file, err := trust.NewPublicSet(kpu, []*envelope.PrivateKey{encrypt, sign}, issued.Add(time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	set, err := trust.ParsePublicSet(file)
	if err != nil {
		t.Fatal(err)
	}
	if set.Party() != kpu || !set.IssuedAt().Equal(issued) || set.SigningKey().ID() != sign.Public().ID() || set.EncryptionKey().ID() != encrypt.Public().ID() {
		t.Error("the set is not what was made")
	}
	if bytes.Contains(file, []byte(`"d"`)) {
		t.Error("a private member is in it")
	}
	foreign, err := trust.NewPublicSet(kpu, []*envelope.PrivateKey{other, encrypt}, issued)
	if err != nil {
		t.Fatal(err)
	}
	statement := func(file []byte) string {
		var f struct{ Possession string }
		if err := json.Unmarshal(file, &f); err != nil {
			t.Fatal(err)
		}
		return f.Possession
	}
	jwk := func(k *envelope.PrivateKey) string {
		text, _ := k.Public().MarshalJSON()
		return string(text)
	}
	fileOf := func(keys, party, possession string) string {
		return `{"keys":[` + keys + `],"party":"` + party + `","possession":"` + possession + `"}`
	}
	good := statement(file)
	signPayload := func(payload string) string {
		token, err := envelope.SignToken(envelope.TypePossession, []byte(payload), sign)
		if err != nil {
			t.Fatal(err)
		}
		return string(token)
	}
	ids := `"sign":"` + sign.Public().ID() + `","encrypt":"` + encrypt.Public().ID() + `"`
	keys := jwk(sign) + "," + jwk(encrypt)
	for _, c := range []struct {
		name, file string
		want       envelope.Reason
	}{
		{"as made", fileOf(keys, "kpu/sirekap", good), ""},
		{"keys exchanged", fileOf(jwk(encrypt)+","+jwk(sign), "kpu/sirekap", good), ""},
		{"another party", fileOf(keys, "kpu/silon", good), envelope.ReasonBadSignature},
		{"a party of another form", fileOf(keys, "KPU", good), envelope.ReasonMalformed},
		{"another signing key", fileOf(jwk(other)+","+jwk(encrypt), "kpu/sirekap", good), envelope.ReasonBadSignature},
		{"another encryption key", fileOf(jwk(sign)+","+jwk(newKey(t, envelope.ECDHES)), "kpu/sirekap", good), envelope.ReasonBadSignature},
		{"another key's statement", fileOf(keys, "kpu/sirekap", statement(foreign)), envelope.ReasonBadSignature},
		{"one key", fileOf(jwk(sign), "kpu/sirekap", good), envelope.ReasonMalformed},
		{"two signing keys", fileOf(jwk(sign)+","+jwk(other), "kpu/sirekap", good), envelope.ReasonMalformed},
		{"two encryption keys", fileOf(jwk(encrypt)+","+jwk(encrypt), "kpu/sirekap", good), envelope.ReasonMalformed},
		{"three keys", fileOf(keys+","+jwk(other), "kpu/sirekap", good), envelope.ReasonMalformed},
		{"a broken key", fileOf(`{},`+jwk(encrypt), "kpu/sirekap", good), envelope.ReasonMalformed},
		{"no statement", fileOf(keys, "kpu/sirekap", ""), envelope.ReasonMalformed},
		{"a broken signature", fileOf(keys, "kpu/sirekap", good[:len(good)-4]+"AAAA"), envelope.ReasonBadSignature},
		{"an unknown member", strings.Replace(fileOf(keys, "kpu/sirekap", good), `{"keys"`, `{"x":1,"keys"`, 1), envelope.ReasonMalformed},
		{"trailing text", fileOf(keys, "kpu/sirekap", good) + "{}", envelope.ReasonMalformed},
		{"empty", "", envelope.ReasonMalformed},
		{"too large", strings.Repeat(" ", 1<<20+1), envelope.ReasonTooLarge},
		{"a statement by hand", fileOf(keys, "kpu/sirekap", signPayload(`{"v":1,"party":"kpu/sirekap",`+ids+`,"issuedAt":"2024-02-01T00:00:00Z"}`)), ""},
		{"a statement of another version", fileOf(keys, "kpu/sirekap", signPayload(`{"v":2,"party":"kpu/sirekap",`+ids+`,"issuedAt":"2024-02-01T00:00:00Z"}`)), envelope.ReasonMalformed},
		{"a statement without a time", fileOf(keys, "kpu/sirekap", signPayload(`{"v":1,"party":"kpu/sirekap",`+ids+`,"issuedAt":""}`)), envelope.ReasonMalformed},
		{"a statement with more", fileOf(keys, "kpu/sirekap", signPayload(`{"v":1,"party":"kpu/sirekap",`+ids+`,"issuedAt":"2024-02-01T00:00:00Z","x":1}`)), envelope.ReasonMalformed},
		{"a statement about one key twice", fileOf(keys, "kpu/sirekap", signPayload(`{"v":1,"party":"kpu/sirekap","sign":"`+sign.Public().ID()+
			`","encrypt":"`+sign.Public().ID()+`","issuedAt":"2024-02-01T00:00:00Z"}`)), envelope.ReasonMalformed},
		{"a statement about another signing key", fileOf(keys, "kpu/sirekap", signPayload(`{"v":1,"party":"kpu/sirekap","sign":"`+other.Public().ID()+
			`","encrypt":"`+encrypt.Public().ID()+`","issuedAt":"2024-02-01T00:00:00Z"}`)), envelope.ReasonBadSignature},
	} {
		if _, err := trust.ParsePublicSet([]byte(c.file)); envelope.ReasonOf(err) != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		party envelope.Party
		keys  []*envelope.PrivateKey
		at    time.Time
		want  envelope.Reason
	}{
		"a party of another form": {"KPU", []*envelope.PrivateKey{sign, encrypt}, issued, envelope.ReasonMalformed},
		"one key":                 {kpu, []*envelope.PrivateKey{sign}, issued, envelope.ReasonMisuse},
		"no encryption key":       {kpu, []*envelope.PrivateKey{sign, other}, issued, envelope.ReasonMisuse},
		"a nil key":               {kpu, []*envelope.PrivateKey{sign, nil}, issued, envelope.ReasonMisuse},
		"three keys":              {kpu, []*envelope.PrivateKey{sign, encrypt, other}, issued, envelope.ReasonMisuse},
		"no time":                 {kpu, []*envelope.PrivateKey{sign, encrypt}, time.Time{}, envelope.ReasonMisuse},
	} {
		if _, err := trust.NewPublicSet(c.party, c.keys, c.at); envelope.ReasonOf(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzParsePublicSet(f *testing.F) {
	file, err := trust.NewPublicSet(kpu, []*envelope.PrivateKey{newKey(f, envelope.ES256), newKey(f, envelope.ECDHES)}, issued)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte(`{"keys":[{},{}],"party":"kpu/sirekap","possession":"a.b.c"}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		set, err := trust.ParsePublicSet(file)
		if err != nil {
			if envelope.ReasonOf(err) == envelope.ReasonUnavailable {
				t.Fatalf("an error without a reason: %v", err)
			}
			return
		}
		if set.SigningKey().Use() != envelope.UseSign || set.EncryptionKey().Use() != envelope.UseEncrypt {
			t.Fatal("accepted with other keys")
		}
	})
}
