package envelope

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/segel-id/segel/internal/base64url"
	"github.com/segel-id/segel/internal/jose"
)

// canary stands wherever an attacker or a record could put text. It must show
// up nowhere.
const canary = "3174054402900001\nFAKE LOG LINE"

// oneTimePublic is the Ed25519 key of RFC 8037 appendix A.2.
const oneTimePublic = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"

// yes is an authority that allows everything for one sender's key.
type yes struct {
	at  time.Time
	key *PublicKey
}

func (y yes) AsOf(context.Context, Claim) (time.Time, error) { return y.at, nil }
func (y yes) SigningKey(_ context.Context, _ Party, id string, _, _ time.Time) (*PublicKey, error) {
	if id != y.key.ID() {
		return nil, refuse(ReasonUnknownKey, "")
	}
	return y.key, nil
}
func (y yes) Permit(context.Context, *Manifest, Party, time.Time) error { return nil }
func (y yes) Record(context.Context, Proof) error                       { return nil }

// world is a sender, two recipients and an envelope from one to both.
type world struct {
	sign, decrypt, other *PrivateKey
	now                  time.Time
	seed, content        []byte
	manifest             Manifest
}

var keys = sync.OnceValue(func() (k [3]*PrivateKey) {
	for i, alg := range []Algorithm{ES256, ECDHES, ECDHES} {
		var err error
		if k[i], err = GenerateKey(alg); err != nil {
			panic(err)
		}
	}
	return k
})

func newWorld() *world {
	w := &world{
		sign: keys()[0], decrypt: keys()[1], other: keys()[2],
		now:     time.Unix(1707915600, 0),
		seed:    bytes.Repeat([]byte{7}, seedLen),
		content: []byte("{\"nik\":\"3174054402900001\"}\n{\"b\":2}\n"),
	}
	digest := base64url.Encode(make([]byte, 32))
	w.manifest = Manifest{
		Version: 1, ID: "018da7d3-ac00-7000-8000-000000000001", Sender: "kpu/sirekap",
		IssuedAt: w.now.Unix(), NotBefore: w.now.Unix(), Expires: w.now.Add(time.Hour).Unix(),
		Recipients: []Party{"bawaslu/pengawasan", "kominfo/jaringan"},
		Keys:       []string{w.decrypt.Public().ID(), w.other.Public().ID()},
		Dataset:    Dataset{"sirekap/hasil-tps", "1.0.0", digest}, Purpose: "AWAS-TAHAPAN",
		Agreement: Agreement{"PKS-1", digest}, Commit: commitSeed(w.seed),
		Content: Content{Form: formInline, Media: MediaRecords, Bytes: int64(len(w.content)), Records: 2, MAC: w.mac(w.content)},
	}
	return w
}

func (w *world) mac(content []byte) string {
	key, err := commitKey(w.seed)
	if err != nil {
		panic(err)
	}
	return contentMAC(key, content)
}

func (w *world) signText(t testing.TB, text []byte) []byte {
	t.Helper()
	jws, err := jose.Sign(typeManifest, text, w.sign.key)
	if err != nil {
		t.Fatal(err)
	}
	return jws
}

func (w *world) signed(t testing.TB) []byte {
	t.Helper()
	text, err := json.Marshal(&w.manifest)
	if err != nil {
		t.Fatal(err)
	}
	return w.signText(t, text)
}

// token encrypts a plaintext for the first recipient and makes a file of it.
func (w *world) token(t testing.TB, plaintext []byte) []byte {
	t.Helper()
	token, err := jose.Encrypt(typeEnvelope, plaintext, w.decrypt.Public().key)
	if err != nil {
		t.Fatal(err)
	}
	return marshalFile([][]byte{token})
}

func (w *world) file(t testing.TB) []byte {
	t.Helper()
	return w.token(t, joinSecret(w.signed(t), w.seed, w.content))
}

func (w *world) opener() Opener {
	return Opener{Party: "bawaslu/pengawasan", Keys: []*PrivateKey{w.decrypt}, Purpose: "AWAS-TAHAPAN"}
}

func (w *world) open(t testing.TB, file []byte) (*Opened, error) {
	t.Helper()
	return Open(t.Context(), bytes.NewReader(file), w.opener(), yes{w.now, w.sign.Public()})
}

func TestOpenReturnsExactBytes(t *testing.T) {
	for name, content := range map[string]string{
		"two records":    "{\"nik\":\"3174054402900001\"}\n{\"b\":2}\n",
		"no record":      "",
		"odd whitespace": "  {\"a\" : 1 }\t\r\n",
		"not even JSON":  "\x00\xff~~~\n",
	} {
		w := newWorld()
		payload, err := Records([]byte(content))
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := Seal(w.sign, w.draft(), payload)
		if err != nil {
			t.Fatal(err)
		}
		delivery, err := sealed.Delivery("bawaslu/pengawasan")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range [][]byte{sealed.File(), delivery} {
			opened, err := w.open(t, file)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if string(opened.Content()) != content {
				t.Errorf("%s: content changed", name)
			}
			n := 0
			for range opened.Records() {
				n++
			}
			if n != strings.Count(content, "\n") || opened.Proof().Digest != sealed.Digest() {
				t.Errorf("%s: %d records, digest %s", name, n, opened.Proof().Digest)
			}
		}
	}
}

func (w *world) draft() Draft {
	return Draft{
		Sender: "kpu/sirekap", Dataset: w.manifest.Dataset, Purpose: w.manifest.Purpose, Agreement: w.manifest.Agreement,
		Recipients: []Recipient{{"bawaslu/pengawasan", w.decrypt.Public()}, {"kominfo/jaringan", w.other.Public()}},
		IssuedAt:   w.now,
	}
}

// TestOpenRefuses has one fault in each row, made by somebody who could make
// it: the sender, a co-recipient who knows the seed, or the network.
func TestOpenRefuses(t *testing.T) {
	far := func(m *Manifest) { m.Expires = m.IssuedAt + int64(31*24*time.Hour/time.Second) }
	for name, tc := range map[string]struct {
		file func(t *testing.T, w *world) []byte
		want Reason
	}{
		// The network.
		"empty file":        {raw(""), ReasonMalformed},
		"other magic":       {raw("segal/2\n\x00\x01"), ReasonMalformed},
		"next version":      {raw("segel/2\n\x00\x01"), ReasonNewerVersion},
		"next, cut short":   {raw("segel/2\n"), ReasonNewerVersion},
		"file version 10":   {raw("segel/10\n"), ReasonNewerVersion},
		"file version 0":    {raw("segel/0\n\x00\x01"), ReasonMalformed},
		"file version 01":   {raw("segel/01\n\x00\x01"), ReasonMalformed},
		"no version":        {raw("segel/\n\x00\x01\x00"), ReasonMalformed},
		"not a version":     {raw("segel/2a\n\x00\x01"), ReasonMalformed},
		"no end of line":    {raw("segel/22222222222222"), ReasonMalformed},
		"carriage return":   {raw("segel/1\r\n\x00\x01"), ReasonMalformed},
		"no token":          {raw("segel/1\n\x00\x00"), ReasonMalformed},
		"65 tokens":         {raw("segel/1\n\x00\x41"), ReasonMalformed},
		"token of 4 GiB":    {raw("segel/1\n\x00\x01\xff\xff\xff\xff"), ReasonTooLarge},
		"empty token":       {raw("segel/1\n\x00\x01\x00\x00\x00\x00"), ReasonMalformed},
		"cut short":         {func(t *testing.T, w *world) []byte { f := w.file(t); return f[:len(f)-1] }, ReasonMalformed},
		"trailing byte":     {func(t *testing.T, w *world) []byte { return append(w.file(t), 0) }, ReasonMalformed},
		"flipped tag":       {func(t *testing.T, w *world) []byte { return flip(w.file(t)) }, ReasonCannotOpen},
		"for somebody else": {func(t *testing.T, w *world) []byte { w.decrypt = w.other; return w.file(t) }, ReasonNotForMe},

		// A recipient who knows the plaintext and encrypts it again.
		"forwarded to a stranger": {func(t *testing.T, w *world) []byte {
			w.manifest.Recipients, w.manifest.Keys = w.manifest.Recipients[1:], w.manifest.Keys[1:]
			return w.file(t)
		}, ReasonForwarded},
		"key of one, party of another": {func(t *testing.T, w *world) []byte {
			w.manifest.Keys[0], w.manifest.Keys[1] = w.manifest.Keys[1], w.manifest.Keys[0]
			return w.file(t)
		}, ReasonForwarded},
		"another seed": {func(t *testing.T, w *world) []byte {
			return w.token(t, joinSecret(w.signed(t), make([]byte, seedLen), w.content))
		}, ReasonBadContent},
		"another content": {func(t *testing.T, w *world) []byte {
			return w.token(t, joinSecret(w.signed(t), w.seed, bytes.ToUpper(w.content)))
		}, ReasonBadContent},
		"shorter content": {func(t *testing.T, w *world) []byte {
			return w.token(t, joinSecret(w.signed(t), w.seed, w.content[:8]))
		}, ReasonBadContent},
		"padding not zero": {func(t *testing.T, w *world) []byte {
			p := joinSecret(w.signed(t), w.seed, w.content)
			p[len(p)-1] = 1
			return w.token(t, p)
		}, ReasonBadContent},
		"more padding": {func(t *testing.T, w *world) []byte {
			return w.token(t, append(joinSecret(w.signed(t), w.seed, w.content), 0))
		}, ReasonBadContent},
		"no seed":     {func(t *testing.T, w *world) []byte { return w.token(t, append(w.signed(t), '~', 1)) }, ReasonMalformed},
		"no tilde":    {func(t *testing.T, w *world) []byte { return w.token(t, w.signed(t)) }, ReasonMalformed},
		"only canary": {func(t *testing.T, w *world) []byte { return w.token(t, []byte(canary)) }, ReasonMalformed},

		// Somebody without the sender's key.
		"signed by a stranger": {func(t *testing.T, w *world) []byte {
			stranger, err := GenerateKey(ES256)
			if err != nil {
				t.Fatal(err)
			}
			w = &world{sign: stranger, decrypt: w.decrypt, seed: w.seed, content: w.content, manifest: w.manifest}
			return w.file(t)
		}, ReasonUnknownKey},
		"signature of another manifest": {func(t *testing.T, w *world) []byte {
			first := w.signed(t)
			w.manifest.Purpose = "REKAP-KIRIM"
			second := w.signed(t)
			jws := append(first[:bytes.LastIndexByte(first, '.'):bytes.LastIndexByte(first, '.')], second[bytes.LastIndexByte(second, '.'):]...)
			return w.token(t, joinSecret(jws, w.seed, w.content))
		}, ReasonBadSignature},
		"a receipt as manifest": {func(t *testing.T, w *world) []byte {
			text, err := json.Marshal(&w.manifest)
			if err != nil {
				t.Fatal(err)
			}
			jws, err := SignToken(TypeReceipt, text, w.sign)
			if err != nil {
				t.Fatal(err)
			}
			return w.token(t, joinSecret(jws, w.seed, w.content))
		}, ReasonMalformed},

		// The sender's own faults.
		"expired":             {manifest(func(m *Manifest) { m.IssuedAt -= 7200; m.NotBefore -= 7200; m.Expires -= 7200 }), ReasonExpired},
		"expired at the edge": {manifest(func(m *Manifest) { m.IssuedAt, m.NotBefore, m.Expires = m.IssuedAt-130, m.IssuedAt-130, m.IssuedAt-120 }), ReasonExpired},
		"not yet valid":       {manifest(func(m *Manifest) { m.NotBefore += 121; m.Expires += 121 }), ReasonNotYetValid},
		"lives too long":      {manifest(far), ReasonLifetime},
		"another purpose":     {manifest(func(m *Manifest) { m.Purpose = "REKAP-KIRIM" }), ReasonPurposeMismatch},
		"wider purpose":       {manifest(func(m *Manifest) { m.Purpose = "AWAS-TAHAPAN-X" }), ReasonPurposeMismatch},
		"purpose in lower":    {manifest(func(m *Manifest) { m.Purpose = "awas-tahapan" }), ReasonMalformed},
		"empty purpose":       {manifest(func(m *Manifest) { m.Purpose = "" }), ReasonMalformed},
		"counts that lie":     {manifest(func(m *Manifest) { m.Content.Records = 3 }), ReasonStructure},
		"a body, content in the token": {manifest(func(m *Manifest) {
			m.Content = Content{Form: formBody, Media: MediaRecords, Chunk: 512 << 10, Codec: "none", Key: oneTimePublic}
		}), ReasonMalformed},
		"a body without a key": {manifest(func(m *Manifest) {
			m.Content = Content{Form: formBody, Media: MediaRecords, Chunk: 512 << 10, Codec: "none", Key: base64url.Encode(make([]byte, 32))}
		}), ReasonMalformed},
		"unknown form":        {manifest(func(m *Manifest) { m.Content.Form = "Inline" }), ReasonMalformed},
		"recipient twice":     {manifest(func(m *Manifest) { m.Recipients[1], m.Keys[1] = m.Recipients[0], m.Keys[0] }), ReasonMalformed},
		"keys do not pair":    {manifest(func(m *Manifest) { m.Keys = m.Keys[:1] }), ReasonMalformed},
		"no recipient":        {manifest(func(m *Manifest) { m.Recipients, m.Keys = nil, nil }), ReasonMalformed},
		"id not UUIDv7":       {manifest(func(m *Manifest) { m.ID = "018da7d3-ac00-4000-8000-000000000001" }), ReasonMalformed},
		"id in capitals":      {manifest(func(m *Manifest) { m.ID = strings.ToUpper(m.ID) }), ReasonMalformed},
		"canary as sender":    {manifest(func(m *Manifest) { m.Sender = canary }), ReasonMalformed},
		"canary as agreement": {manifest(func(m *Manifest) { m.Agreement.ID = canary }), ReasonMalformed},
		"no expiry":           {text(`"exp":1707919200,`, ``), ReasonMalformed},
		"empty legal date":    {text(`"v":1`, `"v":1,"asOf":""`), ReasonMalformed},
		"no commitments":      {text(`"v":1`, `"v":1,"commitments":{}`), ReasonMalformed},
		"inline with a chunk": {text(`"form":"inline"`, `"form":"inline","chunk":0`), ReasonMalformed},
		"inline, no records":  {text(`,"records":2`, ``), ReasonMalformed},
		"year 10000":          {manifest(func(m *Manifest) { m.Expires = maxTime + 1 }), ReasonMalformed},
		"supersedes itself":   {manifest(func(m *Manifest) { m.Supersedes = &Supersession{m.ID, m.Commit, m.ID, 1, "salah"} }), ReasonMalformed},
		"supersedes nothing":  {manifest(func(m *Manifest) { m.Supersedes = supersession(m.Commit, "salah"); m.Supersedes.Revision = 0 }), ReasonMalformed},
		"its own first": {manifest(func(m *Manifest) {
			s := supersession(m.Commit, "salah")
			s.First, s.Revision = m.ID, 2
			m.Supersedes = s
		}), ReasonMalformed},
		"null member":         {text(`"v":1`, `"v":1,"seq":null`), ReasonMalformed},
		"duplicate purpose":   {text(`"purpose":"AWAS-TAHAPAN"`, `"purpose":"AWAS-TAHAPAN","purpose":"AWAS-TAHAPAN"`), ReasonMalformed},
		"purpose in capitals": {text(`"purpose"`, `"Purpose"`), ReasonMalformed},
		"unknown member":      {text(`"v":1`, `"v":1,"admin":true`), ReasonMalformed},
		"fraction":            {text(`"v":1`, `"v":1.0`), ReasonMalformed},
		"later version":       {text(`"v":1`, `"v":2,"admin":true`), ReasonNewerVersion},
		"version 0":           {text(`"v":1`, `"v":0`), ReasonMalformed},
		"aud as a string":     {text(`["bawaslu/pengawasan","kominfo/jaringan"]`, `"bawaslu/pengawasan"`), ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			opened, err := w.open(t, tc.file(t, newWorld()))
			if ReasonOf(err) != tc.want || opened != nil {
				t.Fatalf("got %v, want %s", err, tc.want)
			}
			for _, part := range strings.Split(canary, "\n") {
				if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, err), part) {
					t.Error("the canary sings")
				}
			}
		})
	}
}

// flip changes the third byte from the end to another of the alphabet.
func flip(file []byte) []byte {
	c := &file[len(file)-3]
	if *c == 'A' {
		*c = 'B'
	} else {
		*c = 'A'
	}
	return file
}

func raw(s string) func(*testing.T, *world) []byte {
	return func(*testing.T, *world) []byte { return []byte(s) }
}

func manifest(change func(*Manifest)) func(*testing.T, *world) []byte {
	return func(t *testing.T, w *world) []byte { change(&w.manifest); return w.file(t) }
}

// text signs a manifest whose JSON text is changed in one place.
func text(before, after string) func(*testing.T, *world) []byte {
	return func(t *testing.T, w *world) []byte {
		honest, err := json.Marshal(&w.manifest)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(honest), before, after, 1)
		if changed == string(honest) {
			t.Fatal("nothing changed")
		}
		return w.token(t, joinSecret(w.signText(t, []byte(changed)), w.seed, w.content))
	}
}

// authorities that fail at one question each.
type failing struct {
	yes
	at  string
	err error
}

func (f failing) AsOf(ctx context.Context, c Claim) (time.Time, error) {
	if f.at == "AsOf" {
		return time.Time{}, f.err
	}
	return f.yes.AsOf(ctx, c)
}
func (f failing) SigningKey(ctx context.Context, p Party, id string, a, b time.Time) (*PublicKey, error) {
	if f.at == "SigningKey" {
		return nil, f.err
	}
	return f.yes.SigningKey(ctx, p, id, a, b)
}
func (f failing) Permit(context.Context, *Manifest, Party, time.Time) error {
	if f.at == "Permit" {
		return f.err
	}
	return nil
}
func (f failing) Record(context.Context, Proof) error {
	if f.at == "Record" {
		return f.err
	}
	return nil
}

func TestAuthorityHasTheLastWord(t *testing.T) {
	w := newWorld()
	file := w.file(t)
	for _, at := range []string{"AsOf", "SigningKey", "Permit", "Record"} {
		proven := at == "Permit" || at == "Record"
		final := ReasonUnavailable // nothing may sound final before the sender is proven
		if proven {
			final = ReasonNotGranted
		}
		for _, tc := range []struct {
			err  error
			want Reason
		}{
			{refuse(ReasonBusy, ""), ReasonBusy},
			{refuse(ReasonNotGranted, ""), final},
			{errors.New("disk full: " + canary), ReasonUnavailable},
			{(*Error)(nil), ReasonUnavailable},
		} {
			a := failing{yes{w.now, w.sign.Public()}, at, tc.err}
			opened, got := Open(t.Context(), bytes.NewReader(file), w.opener(), a)
			if ReasonOf(got) != tc.want || opened != nil || strings.Contains(got.Error(), "3174") {
				t.Errorf("%s failing with %v: %v", at, tc.want, got)
			}
			if e, ok := errors.AsType[*Error](got); !ok || (e.Proof != nil) != proven {
				t.Errorf("%s: proof is wrong", at)
			}
		}
	}
	// An authority that answers with nothing must not be taken for a yes.
	a := failing{yes{w.now, w.sign.Public()}, "SigningKey", nil}
	if _, err := Open(t.Context(), bytes.NewReader(file), w.opener(), a); ReasonOf(err) != ReasonUnavailable {
		t.Errorf("nil key: %v", err)
	}
	a = failing{yes{w.now, w.sign.Public()}, "AsOf", nil}
	if _, err := Open(t.Context(), bytes.NewReader(file), w.opener(), a); ReasonOf(err) != ReasonUnavailable {
		t.Errorf("zero time: %v", err)
	}
}

func TestOpenerStatesEverything(t *testing.T) {
	w := newWorld()
	file := w.file(t)
	honest := w.opener()
	a := yes{w.now, w.sign.Public()}
	for name, tc := range map[string]struct {
		by Opener
		a  Authority
	}{
		"no party":             {Opener{Party: "", Keys: honest.Keys, Purpose: honest.Purpose}, a},
		"no keys":              {Opener{Party: honest.Party, Keys: nil, Purpose: honest.Purpose}, a},
		"no purpose":           {Opener{Party: honest.Party, Keys: honest.Keys, Purpose: ""}, a},
		"no authority":         {honest, nil},
		"wide skew":            {Opener{Party: honest.Party, Keys: honest.Keys, Purpose: honest.Purpose, Skew: MaxSkew + 1}, a},
		"skew below 0":         {Opener{Party: honest.Party, Keys: honest.Keys, Purpose: honest.Purpose, Skew: -1}, a},
		"less than no content": {Opener{Party: honest.Party, Keys: honest.Keys, Purpose: honest.Purpose, MaxContent: -1}, a},
	} {
		if _, err := Open(t.Context(), bytes.NewReader(file), tc.by, tc.a); ReasonOf(err) != ReasonMisuse {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Keys that are no decryption keys open nothing and break nothing.
	by := Opener{Party: honest.Party, Keys: []*PrivateKey{nil, {}, w.sign}, Purpose: honest.Purpose}
	if _, err := Open(t.Context(), bytes.NewReader(file), by, a); ReasonOf(err) != ReasonNotForMe {
		t.Errorf("useless keys: %v", err)
	}
}

func TestLifetimeEdges(t *testing.T) {
	w := newWorld()
	file := w.file(t)
	for offset, want := range map[time.Duration]Reason{
		-121 * time.Second: ReasonNotYetValid,
		-120 * time.Second: "",
		time.Hour:          "",
		time.Hour + DefaultSkew - time.Nanosecond: "",
		time.Hour + DefaultSkew:                   ReasonExpired,
	} {
		_, err := Open(t.Context(), bytes.NewReader(file), w.opener(), yes{w.now.Add(offset), w.sign.Public()})
		if ReasonOf(err) != want {
			t.Errorf("at %v: %v, want %q", offset, err, want)
		}
	}
	wide := w.opener()
	wide.Skew = MaxSkew
	for offset, want := range map[time.Duration]Reason{-MaxSkew: "", -MaxSkew - 1: ReasonNotYetValid, time.Hour + MaxSkew - 1: "", time.Hour + MaxSkew: ReasonExpired} {
		_, err := Open(t.Context(), bytes.NewReader(file), wide, yes{w.now.Add(offset), w.sign.Public()})
		if ReasonOf(err) != want {
			t.Errorf("with the widest skew at %v: %v, want %q", offset, err, want)
		}
	}
}

// TestManyTokens: a file that claims 64 large tokens costs the memory
// of one, and an honest token among strange ones is found.
func TestManyTokens(t *testing.T) {
	w := newWorld()
	stranger, err := jose.Encrypt(typeEnvelope, bytes.Repeat([]byte("x"), 1<<20), w.other.Public().key)
	if err != nil {
		t.Fatal(err)
	}
	honest := w.file(t)[len(fileMagic)+2+4:]
	tokens := make([][]byte, 63, 64)
	for i := range tokens {
		tokens[i] = stranger
	}
	file := marshalFile(append(tokens, honest))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := w.open(t, file); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 16<<20 {
		t.Errorf("%d MiB allocated for 63 strange tokens", spent>>20)
	}
	if _, err := w.open(t, marshalFile(append(tokens[:1:1], []byte("not a token")))); ReasonOf(err) != ReasonMalformed {
		t.Errorf("junk behind a token: %v", err)
	}
}

// mute is a reader that says nothing where it should say that it ends.
type mute struct{ io.Reader }

func (m mute) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if err == io.EOF {
		err = nil
	}
	return n, err
}

// A reader that comes to no end is given up behind the content.
func TestReaderWithoutAnEnd(t *testing.T) {
	w := newWorld()
	if _, err := Open(t.Context(), mute{bytes.NewReader(w.file(t))}, w.opener(), w.streamer()); ReasonOf(err) != ReasonUnavailable {
		t.Error(err)
	}
}
