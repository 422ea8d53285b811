package vectors

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// The moments of the world. Everything but what a vector says otherwise happens
// at now; the directory and the agreements hold from a day before it for a year.
var (
	now   = time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC)
	from  = now.Add(-24 * time.Hour)
	until = from.AddDate(1, 0, 0)
)

func at(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// The parties, and the files in keys that are theirs.
var parties = []struct {
	id   string
	keys []string
}{
	{"kominfo/jaringan", []string{"kominfo-jaringan", "kominfo-jaringan-eddsa", "kominfo-jaringan-ps256"}},
	{"kpu/sirekap", []string{"kpu-sirekap", "kpu-sirekap-x25519", "kpu-sirekap-rsa"}},
	{"bawaslu/pengawasan", []string{"bawaslu-pengawasan"}},
	{"ahu/badan-hukum", []string{"ahu-badan-hukum"}},
}

const (
	dataset = "kominfo/jaringan-tps"
	version = "1.0.0" // not the latest: vectors do not change with a dataset's rules
	code    = "TPS-JARINGAN"
)

// A maker makes everything that is in the folder.
type maker struct {
	testing.TB
	keys       map[string]pair
	keyFiles   map[string][]byte // as they are
	agreements map[string][]byte // by file name, signed
	files      map[string][]byte // what the folder holds, by path
	definition string            // digest of the dataset's definition
	vectors    int

	possessions map[string]string // by file of keys
}

func newMaker(t testing.TB, definition string) *maker {
	m := &maker{TB: t, keys: map[string]pair{}, keyFiles: map[string][]byte{}, possessions: map[string]string{}, agreements: map[string][]byte{}, files: map[string][]byte{}, definition: definition}
	for _, p := range parties {
		for _, name := range p.keys {
			m.keys[name], m.keyFiles[name] = keysOf(t, name)
		}
	}
	for _, name := range []string{"uji-asing", "uji-jangkar"} {
		m.keys[name], m.keyFiles[name] = keysOf(t, name)
	}
	m.makeAgreements()
	m.makeDirectories()
	return m
}

func (m *maker) forge(seed string) forge { return forge{m.TB, seed} }

// document makes a signed document: its first line, and one line for each key.
func (m *maker) document(kind string, payload []byte, signers ...string) []byte {
	m.Helper()
	var lines []string
	slices.SortFunc(signers, func(a, b string) int { return strings.Compare(m.keys[a].sign.Kid, m.keys[b].sign.Kid) })
	for _, s := range signers {
		lines = append(lines, m.forge(kind+s).signed("segel-"+kind+"+jwt", payload, m.keys[s].sign)+"\n")
	}
	return []byte("segel-" + kind + "/1\n" + strings.Join(lines, ""))
}

// digestOf is that of a signed document.
func digestOf(kind string, payload []byte) string {
	sum := sha256.Sum256(append([]byte("segel-"+kind+"/1\n"), payload...))
	return b64(sum[:])
}

// A grant is one of an agreement.
type grant struct {
	From     string   `json:"from"`
	To       string   `json:"to"`
	Dataset  string   `json:"dataset"`
	Purposes []string `json:"purposes"`
}

type terms struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Parties    []string `json:"parties"`
	Grants     []grant  `json:"grants"`
	ValidFrom  string   `json:"validFrom"`
	ValidUntil string   `json:"validUntil"`
}

// pretty is a JSON text for people, which is signed as it is.
func pretty(v any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// pksUji is the agreement of every vector that says no other.
func pksUji() terms {
	jaringan := func(to string) grant {
		return grant{"kominfo/jaringan", to, dataset, []string{code, "REKAP-KIRIM"}}
	}
	return terms{
		ID: "PKS-UJI", Title: "Perjanjian uji", ValidFrom: at(from), ValidUntil: at(until),
		Parties: []string{"kominfo/jaringan", "kpu/sirekap", "bawaslu/pengawasan", "ahu/badan-hukum"},
		Grants:  []grant{jaringan("kpu/sirekap"), jaringan("bawaslu/pengawasan")},
	}
}

// two is an agreement of the sender and one recipient.
func two(id string, from, until time.Time) terms {
	return terms{
		ID: id, Title: "Perjanjian uji", ValidFrom: at(from), ValidUntil: at(until), Parties: []string{"kominfo/jaringan", "kpu/sirekap"},
		Grants: []grant{{"kominfo/jaringan", "kpu/sirekap", dataset, []string{code}}},
	}
}

func (m *maker) makeAgreements() {
	all := []struct {
		name    string
		terms   terms
		signers []string
	}{
		{"pks-uji", pksUji(), []string{"kominfo-jaringan", "kpu-sirekap", "bawaslu-pengawasan", "ahu-badan-hukum"}},
		{"pks-berakhir", two("PKS-BERAKHIR", from, now), []string{"kominfo-jaringan", "kpu-sirekap"}},
		{"pks-nanti", two("PKS-NANTI", now.Add(time.Second), until), []string{"kominfo-jaringan", "kpu-sirekap"}},
		{"pks-sepihak", two("PKS-SEPIHAK", from, until), []string{"kominfo-jaringan"}},
	}
	for _, a := range all {
		payload := pretty(a.terms)
		m.agreements[a.name] = m.document("agreement", payload, a.signers...)
		m.files["agreements/"+a.name] = m.agreements[a.name]
		m.files["agreements/"+a.name+".json"] = payload
	}
}

// agreementDigest is the digest of an agreement by its file's name.
func (m *maker) agreementDigest(name string) string {
	return digestOf("agreement", m.files["agreements/"+name+".json"])
}

// The payload of a directory.
type directory struct {
	V          int      `json:"v"`
	Version    int64    `json:"version"`
	IssuedAt   string   `json:"issuedAt"`
	Expires    string   `json:"expires"`
	Previous   string   `json:"previous,omitempty"`
	Parties    []party  `json:"parties"`
	Agreements []string `json:"agreements"`
}

type party struct {
	ID   string  `json:"id"`
	Keys []entry `json:"keys"`
}

type entry struct {
	JWK             json.RawMessage `json:"jwk"`
	SignFrom        string          `json:"signFrom,omitempty"`
	SignUntil       string          `json:"signUntil,omitempty"`
	AcceptUntil     string          `json:"acceptUntil,omitempty"`
	EncryptFrom     string          `json:"encryptFrom,omitempty"`
	EncryptUntil    string          `json:"encryptUntil,omitempty"`
	CompromisedFrom string          `json:"compromisedFrom,omitempty"`
	Possession      string          `json:"possession"`
}

// possession is a party's statement that two keys are its own.
func (m *maker) possession(party, name string) string {
	if said, ok := m.possessions[name]; ok {
		return said
	}
	p := m.keys[name]
	text := fmt.Sprintf(`{"v":1,"party":%q,"sign":%q,"encrypt":%q,"issuedAt":%q}`, party, p.sign.Kid, p.encrypt.Kid, at(from))
	m.possessions[name] = m.forge("possession "+name).signed("segel-possession+jwt", []byte(text), p.sign)
	return m.possessions[name]
}

// directory is the payload of a sound directory: version 1, without agreements.
func (m *maker) directory() directory {
	d := directory{V: 1, Version: 1, IssuedAt: at(from), Expires: at(until), Agreements: []string{}}
	for _, p := range parties {
		listed := party{ID: p.id}
		for i, name := range p.keys {
			statement := m.possession(p.id, name)
			listed.Keys = append(listed.Keys,
				entry{JWK: m.keys[name].sign.public(), SignFrom: at(from), SignUntil: at(until), AcceptUntil: at(until), Possession: statement},
				// The first pair's is the latest, so it is the one in force.
				entry{JWK: m.keys[name].encrypt.public(), EncryptFrom: at(from.Add(-time.Duration(i) * time.Minute)), EncryptUntil: at(until), Possession: statement})
		}
		d.Parties = append(d.Parties, listed)
	}
	return d
}

// next is a directory that follows the first: version 2, with the agreements.
func (m *maker) next(change func(*directory)) directory {
	d := m.directory()
	d.Version, d.Previous = 2, digestOf("directory", m.files["directories/first.json"])
	for _, name := range []string{"pks-uji", "pks-berakhir", "pks-nanti", "pks-sepihak"} {
		d.Agreements = append(d.Agreements, string(m.agreements[name]))
	}
	if change != nil {
		change(&d)
	}
	return d
}

func (m *maker) makeDirectories() {
	write := func(name string, d directory) {
		payload := pretty(d)
		m.files["directories/"+name] = m.document("directory", payload, "uji-jangkar")
		m.files["directories/"+name+".json"] = payload
	}
	write("first", m.directory())
	write("current", m.next(nil))
	senders := func(change func(*entry)) func(*directory) {
		return func(d *directory) {
			d.IssuedAt = at(now)
			change(&d.Parties[0].Keys[0])
		}
	}
	write("retired", m.next(senders(func(e *entry) { e.SignUntil = at(now.Add(-2 * time.Hour)) })))
	write("ended", m.next(senders(func(e *entry) { e.SignUntil, e.AcceptUntil = at(now), at(now) })))
	write("compromised", m.next(senders(func(e *entry) { e.CompromisedFrom = at(now) })))
	m.files["directories/anchors.jwks"] = pretty(map[string]any{"keys": []json.RawMessage{m.keys["uji-jangkar"].sign.public()}})
}
