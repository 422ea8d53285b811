package vectors

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
)

// A doc is one vector of a directory or an agreement.
type doc struct {
	name, comment string
	expect        envelope.Reason
	directory     func(*directory)
	terms         func(*terms)
	text          func(string) string // changes the payload
	signers       []string
	typ           string // of every signature
	file          func(string) string
	at            time.Time
	seen          []string
	layer         string
}

func (m *maker) doc(kind string, s doc, payload []byte, signers []string) {
	m.Helper()
	if s.text != nil {
		changed := s.text(string(payload))
		if changed == string(payload) {
			m.Fatalf("%s: the change of the text changes nothing", s.name)
		}
		payload = []byte(changed)
	}
	if s.signers != nil {
		signers = s.signers
	}
	file := m.document(kind, payload, append([]string(nil), signers...)...)
	if s.typ != "" {
		var lines []string
		for _, n := range signers {
			lines = append(lines, m.forge(kind+n).signed(s.typ, payload, m.keys[n].sign)+"\n")
		}
		file = []byte("segel-" + kind + "/1\n" + strings.Join(lines, ""))
	}
	if s.file != nil {
		file = []byte(s.file(string(file)))
	}
	v := &envelopetest.Vector{Name: kind + "/" + s.name, Comment: s.comment, Kind: kind, Expect: s.expect, Layer: orText(s.layer, "format"), At: now, Seen: s.seen, Data: file}
	if kind == "agreement" {
		v.Directory = "current"
	}
	if !s.at.IsZero() {
		v.At = s.at
	}
	if s.expect == "" {
		v.Result = digestOf(kind, payload)
	}
	m.add(v)
}

// lineOf changes one line of a signed document, the first being 0.
func lineOf(n int, change func(string) string) func(string) string {
	return func(file string) string {
		lines := strings.Split(file, "\n")
		lines[n] = change(lines[n])
		return strings.Join(lines, "\n")
	}
}

// framed are the faults of every signed document. one is its only signer, two
// signs too.
func framed(kind, one, two string) []doc {
	const bad = envelope.ReasonMalformed
	return []doc{
		{name: "empty", comment: "no byte at all", file: func(string) string { return "" }, expect: bad},
		{name: "next-version", comment: "the first line of a later version", file: swap("/1\n", "/2\n"), expect: envelope.ReasonNewerVersion},
		{name: "version-0", comment: "version 0 never was", file: swap("/1\n", "/0\n"), expect: bad},
		{name: "crlf", comment: "lines that end in CR LF", file: func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }, expect: bad},
		{name: "no-signature", comment: "no signature", file: lineOf(1, func(string) string { return "" }), expect: bad},
		{name: "no-line-feed", comment: "no line feed at the end", file: func(s string) string { return strings.TrimSuffix(s, "\n") }, expect: bad},
		{name: "empty-line", comment: "an empty line at the end", file: func(s string) string { return s + "\n" }, expect: bad},
		{name: "line-twice", comment: "a signature twice", file: func(s string) string { return s + s[strings.Index(s, "\n")+1:] }, expect: bad},
		{name: "typ-" + map[string]string{"directory": "agreement", "agreement": "directory"}[kind], comment: "the typ of another document", typ: "segel-" + map[string]string{"directory": "agreement", "agreement": "directory"}[kind] + "+jwt", expect: bad},
		{name: "typ-manifest", comment: "the typ of a manifest", typ: "segel-manifest+jwt", expect: bad},
		{name: "unsorted", comment: "signatures that are not in order", signers: []string{one, two}, file: func(s string) string {
			l := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
			last := len(l) - 1
			l[1], l[last] = l[last], l[1]
			return strings.Join(l, "\n") + "\n"
		}, expect: bad},
		{name: "two-payloads", comment: "signatures over two payloads", signers: []string{one, two}, file: lineOf(2, func(line string) string {
			p := strings.Split(line, ".")
			p[1] = b64(append(unb64(p[1]), '\n'))
			return strings.Join(p, ".")
		}), expect: bad},
		{name: "65-signatures", comment: "a signature more than there can be", text: func(string) string { return "{}" }, file: func(s string) string {
			first, line, _ := strings.Cut(s, "\n")
			return first + "\n" + strings.Repeat(line[:strings.Index(line, "\n")+1], 65)
		}, expect: envelope.ReasonTooLarge},
		{name: "behind", comment: "something behind the payload's object", text: func(s string) string { return s + "{}" }, expect: bad},
		{name: "unknown-member", comment: "a member that there is not", text: swap("{", `{"x":1,`), expect: bad},
		{name: "null", comment: "a member is null", text: func(s string) string { return strings.Replace(s, "[", "null,\"x\":[", 1) }, expect: bad},
		{name: "byte-order-mark", comment: "a byte order mark before the payload", text: func(s string) string { return "\xef\xbb\xbf" + s }, expect: bad},
	}
}

// directories are faults of the directory.
func (m *maker) directories() {
	const bad, no = envelope.ReasonMalformed, envelope.ReasonBadSignature
	first := digestOf("directory", m.files["directories/first.json"])
	sameKey := func(d *directory) { d.Parties[1].Keys = append(d.Parties[1].Keys, d.Parties[0].Keys[0]) }
	point := func(old, with string) func(*directory) {
		return func(d *directory) {
			d.Parties[0].Keys[0].JWK = json.RawMessage(strings.Replace(string(d.Parties[0].Keys[0].JWK), old, with, 1))
		}
	}
	key := m.keys["kominfo-jaringan"].sign
	rows := []doc{
		{name: "honest", comment: "an honest directory, version 2"},
		{name: "last-second", comment: "read a second before its expiry", at: until.Add(-time.Second)},
		{name: "follows", comment: "version 2 by a reader that has seen version 1", seen: []string{"directory 1 " + first}},
		{name: "expired", comment: "read at its expiry", at: until, expect: envelope.ReasonDirectoryStale},
		{name: "to-come", comment: "read more than 2 minutes before its issue", at: from.Add(-121 * time.Second), expect: envelope.ReasonNotYetValid},
		{name: "rolled-back", comment: "version 2 by a reader that has seen version 3", seen: []string{"directory 3 " + first}, layer: "receiver", expect: envelope.ReasonDirectoryStale},
		{name: "forked", comment: "version 2 by a reader that has seen another version 2", seen: []string{"directory 2 " + first}, layer: "receiver", expect: envelope.ReasonConflict},
		{name: "other-predecessor", comment: "it names another predecessor than the reader has seen", seen: []string{"directory 1 " + b64(fill(32, 7))}, layer: "receiver", expect: envelope.ReasonConflict},
		{name: "by-a-stranger", comment: "signed by a key that is no anchor", signers: []string{"uji-asing"}, expect: no},
		{name: "by-a-stranger-too", comment: "signed by the anchor and by a stranger", signers: []string{"uji-jangkar", "uji-asing"}, expect: no},
		{name: "flipped", comment: "a bit of the signature changed", file: lineOf(1, func(l string) string {
			p := strings.Split(l, ".")
			p[2] = flipped(p[2], 0)
			return strings.Join(p, ".")
		}), expect: no},
		{name: "payload-changed", comment: "the payload changed under the signature", file: lineOf(1, func(l string) string {
			p := strings.Split(l, ".")
			p[1] = b64(bytes.Replace(unb64(p[1]), []byte(`"version":2`), []byte(`"version":3`), 1))
			return strings.Join(p, ".")
		}), expect: no},
		{name: "payload-v-2", comment: "v is 2", directory: func(d *directory) { d.V = 2 }, expect: envelope.ReasonNewerVersion},
		{name: "lives-too-long", comment: "more than 366 days from issue to expiry", directory: func(d *directory) { d.Expires = at(from.Add(366*24*time.Hour + time.Second)) }, expect: bad},
		{name: "no-previous", comment: "version 2 without a predecessor", directory: func(d *directory) { d.Previous = "" }, expect: bad},
		{name: "first-with-previous", comment: "version 1 with a predecessor", directory: func(d *directory) { d.Version = 1 }, expect: bad},
		{name: "time-with-blank", comment: "a time that is not RFC 3339", directory: func(d *directory) { d.IssuedAt = strings.Replace(d.IssuedAt, "T", " ", 1) }, expect: bad},
		{name: "no-party", comment: "no party", directory: func(d *directory) { d.Parties = []party{} }, expect: bad},
		{name: "party-twice", comment: "a party twice", directory: func(d *directory) { d.Parties = append(d.Parties, d.Parties[0]) }, expect: bad},
		{name: "key-twice", comment: "a key at two parties", directory: sameKey, expect: bad},
		{name: "anchor-as-party", comment: "the anchor's key is a party's too", directory: func(d *directory) {
			d.Parties = append(d.Parties, party{"uji/jangkar", []entry{{JWK: m.keys["uji-jangkar"].sign.public(), SignFrom: at(from), SignUntil: at(until), AcceptUntil: at(until), Possession: m.possession("uji/jangkar", "uji-jangkar")}}})
		}, expect: bad},
		{name: "window-of-another-use", comment: "a signing key with the window of an encryption key", directory: func(d *directory) {
			e := &d.Parties[0].Keys[0]
			e.SignFrom, e.SignUntil, e.AcceptUntil, e.EncryptFrom, e.EncryptUntil = "", "", "", at(from), at(until)
		}, expect: bad},
		{name: "accept-before-until", comment: "signatures accepted for less long than made", directory: func(d *directory) { d.Parties[0].Keys[0].AcceptUntil = at(now) }, expect: bad},
		{name: "compromised-after-issue", comment: "compromised after the directory's issue", directory: func(d *directory) { d.Parties[0].Keys[0].CompromisedFrom = at(now) }, expect: bad},
		{name: "two-encryption-keys-at-once", comment: "two encryption keys of a party begin at one instant", directory: func(d *directory) { d.Parties[0].Keys[3].EncryptFrom = d.Parties[0].Keys[1].EncryptFrom }, expect: bad},
		{name: "possession-of-another-party", comment: "another party's statement of possession", directory: func(d *directory) { d.Parties[0].Keys[0].Possession = d.Parties[1].Keys[0].Possession }, expect: no},
		{name: "possession-of-another-key", comment: "the statement is about another pair of keys", directory: func(d *directory) { d.Parties[0].Keys[0].Possession = d.Parties[0].Keys[2].Possession }, expect: no},
		{name: "possession-forged", comment: "a bit of the statement's signature changed", directory: func(d *directory) {
			p := strings.Split(d.Parties[0].Keys[0].Possession, ".")
			p[2] = flipped(p[2], 0)
			d.Parties[0].Keys[0].Possession = strings.Join(p, ".")
		}, expect: no},
		{name: "possession-typ", comment: "the statement has the typ of a question", directory: func(d *directory) {
			d.Parties[0].Keys[0].Possession = m.forge("p").signed("segel-question+jwt", unb64(strings.Split(d.Parties[0].Keys[0].Possession, ".")[1]), key)
		}, expect: bad},
		{name: "key-off-curve", comment: "a point that is not on its curve", directory: point(key.X, b64(fill(32, 1))), expect: bad},
		{name: "key-wrong-kid", comment: "a kid that is not the thumbprint", directory: point(`"kid":"`+key.Kid, `"kid":"`+b64(fill(32, 1))), expect: bad},
		{name: "agreement-twice", comment: "two agreements of one id", directory: func(d *directory) { d.Agreements = append(d.Agreements, d.Agreements[0]) }, expect: bad},
		{name: "agreement-bare", comment: "an agreement without signatures", directory: func(d *directory) {
			d.Agreements = []string{string(m.files["agreements/pks-uji.json"])}
		}, expect: bad},
	}
	for _, s := range append(rows, framed("directory", "uji-jangkar", "uji-asing")...) {
		// With one small agreement, and without blanks: there are many of these files.
		payload, err := json.Marshal(m.next(func(d *directory) {
			d.Agreements = d.Agreements[len(d.Agreements)-1:]
			if s.directory != nil {
				s.directory(d)
			}
		}))
		if err != nil {
			m.Fatal(err)
		}
		m.doc("directory", s, payload, []string{"uji-jangkar"})
	}
}

// agreementFaults are faults of the agreement.
func (m *maker) agreementFaults() {
	const bad, no = envelope.ReasonMalformed, envelope.ReasonNoAgreement
	all := []string{"kominfo-jaringan", "kpu-sirekap", "bawaslu-pengawasan", "ahu-badan-hukum"}
	rows := []doc{
		{name: "honest", comment: "the agreement of the other vectors"},
		{name: "next-key-too", comment: "a party signed with two of its keys", signers: append([]string{"kominfo-jaringan-eddsa"}, all...)},
		{name: "one-missing", comment: "a party has not signed", signers: all[:3], expect: no},
		{name: "stranger-too", comment: "somebody who is no party signed too", signers: append([]string{"uji-asing"}, all...), expect: no},
		{name: "flipped", comment: "a bit of a signature changed", file: lineOf(1, func(l string) string {
			p := strings.Split(l, ".")
			p[2] = flipped(p[2], 0)
			return strings.Join(p, ".")
		}), expect: no},
		{name: "id", comment: "an id with a blank", terms: func(t *terms) { t.ID = "PKS UJI" }, expect: bad},
		{name: "title-direction", comment: "a title that turns the direction of the text", terms: func(t *terms) { t.Title = "Perjanjian \u202eiju" }, expect: bad},
		{name: "one-party", comment: "one party only", terms: func(t *terms) { t.Parties, t.Grants = t.Parties[:1], t.Grants[:1] }, signers: all[:1], expect: bad},
		{name: "party-twice", comment: "a party twice", terms: func(t *terms) { t.Parties[3] = t.Parties[0] }, expect: bad},
		{name: "no-grants", comment: "no grant", terms: func(t *terms) { t.Grants = []grant{} }, expect: bad},
		{name: "grant-to-itself", comment: "a party grants itself", terms: func(t *terms) { t.Grants[0].To = t.Grants[0].From }, expect: bad},
		{name: "grant-to-a-stranger", comment: "a grant to somebody who is no party", terms: func(t *terms) { t.Grants[0].To = "uji/asing" }, expect: bad},
		{name: "grant-any-dataset", comment: "* for a dataset", terms: func(t *terms) { t.Grants[0].Dataset = "*" }, expect: bad},
		{name: "grant-no-purpose", comment: "a grant of no purpose, which must not mean any", terms: func(t *terms) { t.Grants[0].Purposes = []string{} }, expect: bad},
		{name: "grant-group", comment: "a group of purposes", terms: func(t *terms) { t.Grants[0].Purposes = []string{"TPS"} }, expect: bad},
		{name: "grant-unknown-purpose", comment: "a purpose that the vocabulary does not have", terms: func(t *terms) { t.Grants[0].Purposes = []string{"TPS-ENTAH"} }, expect: bad},
		{name: "ends-before-it-begins", comment: "validUntil is validFrom", terms: func(t *terms) { t.ValidUntil = t.ValidFrom }, expect: bad},
		{name: "256-kib", comment: "a payload of more than 256 KiB", text: func(s string) string { return s + strings.Repeat(" ", 256<<10) }, signers: all[:1], expect: envelope.ReasonTooLarge},
	}
	for _, s := range append(rows, framed("agreement", "kominfo-jaringan", "kpu-sirekap")...) {
		t := pksUji()
		if s.terms != nil {
			s.terms(&t)
		}
		m.doc("agreement", s, pretty(t), all)
	}
}
