package trust_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/trust"
)

func at(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Sent before or after × arrived before or after × rotation, expiry, compromise.
func TestSigningKey(t *testing.T) {
	w := newWorld(t)
	clean := w.open(t)
	stolen := at(2024, 5, 1)
	w.draft.Version, w.draft.Previous = 2, clean.Digest()
	w.draft.IssuedAt = at(2024, 5, 10)
	w.draft.Parties[0].Keys[0].CompromisedFrom = stolen
	w.draft.Agreements = nil
	compromised, err := trust.Open(w.file(t), w.anchors, w.draft.IssuedAt)
	if err != nil {
		t.Fatal(err)
	}
	march, june, sec := at(2024, 3, 1), at(2024, 6, 1), time.Second
	for _, c := range []struct {
		name                string
		d                   *trust.Directory
		party               envelope.Party
		keyID               string
		signedAt, asOf, now time.Time
		want                envelope.Reason
	}{
		{"in the middle", clean, kpu, "", march, march, march, ""},
		{"first second", clean, kpu, "", signFrom, signFrom, signFrom, ""},
		{"a second too early", clean, kpu, "", signFrom.Add(-sec), march, march, envelope.ReasonKeyNotValid},
		{"last second of signing", clean, kpu, "", signUntil.Add(-sec), signUntil, signUntil, ""},
		{"signed a second too late", clean, kpu, "", signUntil, signUntil, signUntil, envelope.ReasonKeyNotValid},
		{"last second of acceptance", clean, kpu, "", march, acceptUntil.Add(-sec), acceptUntil.Add(-sec), ""},
		{"arrived a second too late", clean, kpu, "", march, acceptUntil, acceptUntil, envelope.ReasonKeyNotValid},
		{"admitted in time, asked again later", clean, kpu, "", march, acceptUntil.Add(-sec), at(2024, 11, 1), ""},
		{"directory's last second", clean, kpu, "", march, march, expires.Add(-sec), ""},
		{"directory has expired since", clean, kpu, "", march, march, expires, envelope.ReasonDirectoryStale},
		{"judged as of the future", clean, kpu, "", march, june, march, envelope.ReasonClock},
		{"no time of signing", clean, kpu, "", time.Time{}, march, march, envelope.ReasonMisuse},
		{"no time of judgment", clean, kpu, "", march, time.Time{}, march, envelope.ReasonMisuse},
		{"no present", clean, kpu, "", march, march, time.Time{}, envelope.ReasonMisuse},
		{"nil directory", nil, kpu, "", march, march, march, envelope.ReasonMisuse},

		{"a key that is not listed", clean, kpu, newKey(t, envelope.ES256).Public().ID(), march, march, march, envelope.ReasonUnknownKey},
		{"no key", clean, kpu, "none", march, march, march, envelope.ReasonUnknownKey},
		{"another party's key", clean, kpu, w.sign[bawaslu].Public().ID(), march, march, march, envelope.ReasonKeyNotValid},
		{"a party that is not listed", clean, "kpu/silon", "", march, march, march, envelope.ReasonKeyNotValid},
		{"its encryption key", clean, kpu, w.encrypt[kpu].Public().ID(), march, march, march, envelope.ReasonKeyNotValid},

		{"stolen: signed and admitted before", compromised, kpu, "", march, stolen.Add(-sec), june, ""},
		{"stolen: signed before, arrived at that second", compromised, kpu, "", march, stolen, june, envelope.ReasonKeyNotValid},
		{"stolen: claims to be signed before, arrives now", compromised, kpu, "", march, june, june, envelope.ReasonKeyNotValid},
		{"stolen: signed at that second", compromised, kpu, "", stolen, stolen, june, envelope.ReasonKeyNotValid},
		{"stolen: signed after", compromised, kpu, "", june, june, june, envelope.ReasonKeyNotValid},
		{"stolen: dated ahead, admitted before", compromised, kpu, "", june, stolen.Add(-sec), june, envelope.ReasonKeyNotValid},
		{"stolen: the other party's key", compromised, bawaslu, w.sign[bawaslu].Public().ID(), march, june, june, ""},
	} {
		id := c.keyID
		switch id {
		case "":
			id = w.sign[kpu].Public().ID()
		case "none":
			id = ""
		}
		key, err := c.d.SigningKey(c.party, id, c.signedAt, c.asOf, c.now)
		if envelope.ReasonOf(err) != c.want || (key != nil) != (c.want == "") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if key != nil && key.ID() != id {
			t.Errorf("%s: another key", c.name)
		}
	}
}

func TestAgreementKey(t *testing.T) {
	w := newWorld(t)
	clean := w.open(t)
	w.draft.Parties[0].Keys[0].CompromisedFrom = signFrom
	file := w.draft.Agreements[0]
	w.draft.Agreements = nil
	compromised := w.open(t)
	march := at(2024, 3, 1)
	for _, c := range []struct {
		name  string
		d     *trust.Directory
		party envelope.Party
		key   *envelope.PrivateKey
		at    time.Time
		want  envelope.Reason
	}{
		{"in the middle", clean, kpu, w.sign[kpu], march, ""},
		{"first second", clean, kpu, w.sign[kpu], signFrom, ""},
		{"before", clean, kpu, w.sign[kpu], signFrom.Add(-time.Second), envelope.ReasonKeyNotValid},
		{"no longer signing, still accepted", clean, kpu, w.sign[kpu], acceptUntil.Add(-time.Second), ""},
		{"no longer accepted", clean, kpu, w.sign[kpu], acceptUntil, envelope.ReasonKeyNotValid},
		{"its encryption key", clean, kpu, w.encrypt[kpu], march, envelope.ReasonKeyNotValid},
		{"another party's key", clean, kpu, w.sign[bawaslu], march, envelope.ReasonUnknownKey},
		{"an anchor's key", clean, kpu, w.anchor, march, envelope.ReasonUnknownKey},
		{"stolen, even before the theft", compromised, kpu, w.sign[kpu], signFrom, envelope.ReasonKeyNotValid},
		{"the other party's after a theft", compromised, bawaslu, w.sign[bawaslu], march, ""},
		{"the directory has expired", clean, kpu, w.sign[kpu], expires, envelope.ReasonDirectoryStale},
		{"no time", clean, kpu, w.sign[kpu], time.Time{}, envelope.ReasonMisuse},
		{"nil directory", nil, kpu, w.sign[kpu], march, envelope.ReasonMisuse},
	} {
		key, err := c.d.AgreementKey(c.party, c.key.Public().ID(), c.at)
		if envelope.ReasonOf(err) != c.want || (key != nil) != (c.want == "") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := agreement.Open(file, clean, march); err != nil {
		t.Errorf("agreement: %v", err)
	}
	if _, err := agreement.Open(file, compromised, march); envelope.ReasonOf(err) != envelope.ReasonNoAgreement {
		t.Errorf("agreement signed with a stolen key: %v", err)
	}
	if _, err := agreement.Open(file, clean, acceptUntil); envelope.ReasonOf(err) != envelope.ReasonNoAgreement {
		t.Errorf("agreement signed with a key that has ended: %v", err)
	}
}

func TestEncryptionKey(t *testing.T) {
	w := newWorld(t)
	next := newKey(t, envelope.ECDHES)
	entry := publicSet(t, kpu, w.sign[kpu], next).Keys(at(2024, 6, 1), at(2025, 1, 1), at(2025, 1, 1))[1]
	w.draft.Parties[0].Keys = append(w.draft.Parties[0].Keys, entry)
	d := w.open(t)
	w.draft.Parties[0].Keys[2].CompromisedFrom = issued
	compromised := w.open(t)
	first, second := w.encrypt[kpu].Public().ID(), next.Public().ID()
	for _, c := range []struct {
		name  string
		d     *trust.Directory
		party envelope.Party
		at    time.Time
		id    string
		want  envelope.Reason
	}{
		{"the first key", d, kpu, signFrom, first, ""},
		{"before the second begins", d, kpu, at(2024, 6, 1).Add(-time.Second), first, ""},
		{"the second begins", d, kpu, at(2024, 6, 1), second, ""},
		{"after the first has ended", d, kpu, at(2024, 11, 1), second, ""},
		{"the second was stolen", compromised, kpu, at(2024, 6, 1), first, ""},
		{"the second was stolen and the first has ended", compromised, kpu, signUntil, "", envelope.ReasonKeyNotValid},
		{"before any", d, kpu, signFrom.Add(-time.Second), "", envelope.ReasonKeyNotValid},
		{"the other party's has ended", d, bawaslu, signUntil, "", envelope.ReasonKeyNotValid},
		{"a party that is not listed", d, "kpu/silon", signFrom, "", envelope.ReasonUnknownKey},
		{"no party", d, "", signFrom, "", envelope.ReasonUnknownKey},
		{"the directory has expired", d, kpu, expires, "", envelope.ReasonDirectoryStale},
		{"no time", d, kpu, time.Time{}, "", envelope.ReasonMisuse},
		{"nil directory", nil, kpu, signFrom, "", envelope.ReasonMisuse},
	} {
		key, err := c.d.EncryptionKey(c.party, c.at)
		if envelope.ReasonOf(err) != c.want || (key != nil) != (c.want == "") {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		} else if key != nil && (key.ID() != c.id || key.Use() != envelope.UseEncrypt) {
			t.Errorf("%s: another key", c.name)
		}
	}
}

// forEncryption returns the same key for the other use, as no party should.
func forEncryption(t *testing.T, key *envelope.PrivateKey) *envelope.PrivateKey {
	t.Helper()
	file, err := envelope.MarshalPrivateKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(`"ES256"`, `"ECDH-ES+A256KW"`, `"sig"`, `"enc"`).Replace(string(file))
	keys, err := envelope.ParsePrivateKeys([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return keys[0]
}

func TestSucceeds(t *testing.T) {
	w := newWorld(t)
	first := w.open(t)
	open := func(edit func(*trust.Draft)) *trust.Directory {
		t.Helper()
		v := *w
		v.draft = first.Draft()
		edit(&v.draft)
		d, err := trust.Open(v.file(t), w.anchors, v.draft.IssuedAt)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	second := open(func(d *trust.Draft) { d.Expires = expires.Add(time.Hour) })
	stolen := open(func(d *trust.Draft) {
		d.Agreements, d.IssuedAt, d.Parties[0].Keys[0].CompromisedFrom = nil, at(2024, 5, 1), at(2024, 4, 1)
	})
	after := func(previous *trust.Directory, compromised time.Time) *trust.Directory {
		return open(func(d *trust.Draft) {
			d.Version, d.Previous, d.Agreements, d.IssuedAt = 3, previous.Digest(), nil, at(2024, 5, 1)
			d.Parties[0].Keys[0].CompromisedFrom = compromised
		})
	}
	kpuSign, kpuEncrypt := w.sign[kpu], w.encrypt[kpu]
	moved := open(func(d *trust.Draft) {
		d.Agreements = nil
		d.Parties[0] = trust.Party{ID: "kpu/silon", Keys: publicSet(t, "kpu/silon", kpuSign, kpuEncrypt).Keys(signFrom, signUntil, acceptUntil)}
	})
	reused := open(func(d *trust.Draft) {
		d.Agreements = nil
		signing := newKey(t, envelope.ES256)
		keys := publicSet(t, kpu, signing, forEncryption(t, kpuSign)).Keys(signFrom, signUntil, acceptUntil)
		still := publicSet(t, kpu, signing, kpuEncrypt).Keys(signFrom.Add(time.Hour), signUntil, acceptUntil)
		d.Parties[0].Keys = append(keys, still[1])
	})
	rotated := open(func(d *trust.Draft) {
		set := publicSet(t, kpu, newKey(t, envelope.ES256), kpuEncrypt)
		d.Parties[0].Keys = append(d.Parties[0].Keys, set.Keys(signFrom, signUntil, acceptUntil)[0])
	})
	without := func(key int) *trust.Directory {
		return open(func(d *trust.Draft) {
			d.Version, d.Previous, d.Agreements = 3, rotated.Digest(), nil
			d.Parties[0].Keys = slices.Concat(rotated.Parties()[0].Keys[:key], rotated.Parties()[0].Keys[key+1:])
		})
	}
	onlyKPU := open(func(d *trust.Draft) { d.Agreements, d.Parties = nil, d.Parties[:1] })
	for _, c := range []struct {
		name      string
		now, then *trust.Directory
		want      envelope.Reason
	}{
		{"the same", first, first, ""},
		{"the next", second, first, ""},
		{"one later, others missed", open(func(d *trust.Draft) { d.Version, d.Previous = 7, second.Digest() }), first, ""},
		{"an older one", first, second, envelope.ReasonDirectoryStale},
		{"another of the same version", open(func(d *trust.Draft) { d.Expires = expires.Add(-time.Hour) }), second, envelope.ReasonConflict},
		{"the next of another predecessor", open(func(d *trust.Draft) { d.Version, d.Previous = 3, first.Digest() }), second, envelope.ReasonConflict},
		{"a key went to another party", moved, first, envelope.ReasonConflict},
		{"a key went to another use", reused, first, envelope.ReasonConflict},
		{"a key was added", rotated, first, ""},
		{"a signing key is no longer listed", without(2), rotated, envelope.ReasonConflict},
		{"an encryption key is no longer listed", without(1), rotated, envelope.ReasonConflict},
		{"a party left with its keys", onlyKPU, first, envelope.ReasonConflict},
		{"a key was stolen", stolen, first, ""},
		{"a theft stays", after(stolen, at(2024, 4, 1)), stolen, ""},
		{"a theft was earlier than thought", after(stolen, at(2024, 3, 1)), stolen, ""},
		{"a theft is taken back", after(stolen, time.Time{}), stolen, envelope.ReasonConflict},
		{"a theft is made later", after(stolen, at(2024, 4, 2)), stolen, envelope.ReasonConflict},
		{"nil", nil, first, envelope.ReasonMisuse},
		{"after nil", first, nil, envelope.ReasonMisuse},
	} {
		if err := c.now.Succeeds(c.then); envelope.ReasonOf(err) != c.want {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		version int64
		digest  string
		want    envelope.Reason
	}{
		"the same":             {2, second.Digest(), ""},
		"the one before":       {1, first.Digest(), ""},
		"another before":       {1, stolen.Digest(), envelope.ReasonConflict},
		"another of its own":   {2, first.Digest(), envelope.ReasonConflict},
		"a later one was seen": {3, first.Digest(), envelope.ReasonDirectoryStale},
		"no version":           {0, first.Digest(), envelope.ReasonMisuse},
		"no digest":            {1, "", envelope.ReasonMisuse},
	} {
		if err := second.Follows(c.version, c.digest); envelope.ReasonOf(err) != c.want {
			t.Errorf("follows %s: %v, want %q", name, err, c.want)
		}
	}
}
