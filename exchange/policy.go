package exchange

import (
	"slices"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
)

// policy decides. The sealing and the opening side both ask it and nothing
// else, so that they cannot come to two opinions of the same signed documents.
type policy struct {
	definitions *schema.Registry

	mu        sync.Mutex
	directory *trust.Directory
	opened    map[string]openedAgreement // by id, of that directory
	listed    listed                     // in that directory
}

// listed are the ids that a directory holds. They are read once, because the
// directory gives its entries away as copies.
type listed struct {
	parties    map[envelope.Party]bool
	agreements map[string]bool
}

func listedIn(d *trust.Directory) listed {
	l := listed{map[envelope.Party]bool{}, map[string]bool{}}
	for _, p := range d.Parties() {
		l.parties[p.ID] = true
	}
	for _, id := range d.Agreements() {
		l.agreements[id] = true
	}
	return l
}

// openedAgreement is an agreement whose signatures were verified as of a time.
type openedAgreement struct {
	agreement *agreement.Agreement
	err       error
	at        time.Time
}

// agreementFresh bounds how long one verification of an agreement's signatures
// serves: the keys' windows are judged anew after it.
const agreementFresh = time.Minute

// A question is what both sides ask.
type question struct {
	from      envelope.Party
	to        []envelope.Party
	dataset   string
	purpose   purpose.Code
	agreement string
	digest    string // the agreement's; "" on the sealing side, which then signs it
	at        time.Time
}

func newPolicy(d *trust.Directory, definitions *schema.Registry) *policy {
	return &policy{definitions: definitions, directory: d, opened: map[string]openedAgreement{}, listed: listedIn(d)}
}

// current returns the directory, or ReasonDirectoryStale from its expiry on.
func (p *policy) current(now time.Time) (*trust.Directory, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !now.Before(p.directory.Expires()) {
		return nil, refuse(envelope.ReasonDirectoryStale, "past its expiry")
	}
	return p.directory, nil
}

// latest returns the directory, whether or not it has expired.
func (p *policy) latest() *trust.Directory {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.directory
}

// succeeds reports whether a directory may take the place of the one in force.
func (p *policy) succeeds(d *trust.Directory) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return d.Succeeds(p.directory)
}

// replace puts a newer directory in force.
func (p *policy) replace(d *trust.Directory) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := d.Succeeds(p.directory); err != nil {
		return err
	}
	p.directory, p.opened, p.listed = d, map[string]openedAgreement{}, listedIn(d)
	return nil
}

// decide answers a question under one directory, and returns the agreement if
// there is one.
func (p *policy) decide(d *trust.Directory, q question) (*agreement.Agreement, agreement.Decision) {
	a, err := p.agreement(d, q.agreement, q.at)
	if err == nil && q.digest != "" && a.Digest() != q.digest {
		err = refuse(envelope.ReasonNoAgreement, "the agreement at hand has another digest")
	}
	if err != nil {
		return nil, refusal(err)
	}
	return a, a.Decide(agreement.Request{From: q.from, To: q.to, Dataset: q.dataset, Purpose: q.purpose, At: q.at})
}

// agreement opens an agreement of the directory as of a time.
func (p *policy) agreement(d *trust.Directory, id string, at time.Time) (*agreement.Agreement, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if o, ok := p.opened[id]; ok && d == p.directory && o.at.Sub(at).Abs() < agreementFresh {
		return o.agreement, o.err
	}
	file, ok := d.Agreement(id)
	if !ok {
		return nil, refuse(envelope.ReasonNoAgreement, "the directory does not hold it")
	}
	o := openedAgreement{at: at}
	o.agreement, o.err = agreement.Open(file, d, at)
	if o.err != nil && envelope.ReasonOf(o.err).Kind() == envelope.KindDamage {
		// It is the directory's file that cannot be read here, not the envelope.
		o.err = refuse(envelope.ReasonNoAgreement, "the directory's agreement cannot be read by this version")
	}
	if d == p.directory { // ids of the directory only, so the map is bounded
		p.opened[id] = o
	}
	return o.agreement, o.err
}

// carries reports whether the definition lets the purpose carry the dataset.
func carries(def *schema.Definition, code purpose.Code) agreement.Decision {
	if def.Carries(code) {
		return agreement.Decision{Allowed: true}
	}
	return agreement.Decision{Reason: envelope.ReasonNotGranted,
		Why:  purpose.Text{ID: "Definisi dataset tidak mengizinkan tujuan itu.", EN: "The dataset's definition does not allow that purpose."},
		Help: purpose.Text{ID: "Pakai tujuan yang tercantum dalam definisi dataset.", EN: "Use a purpose that the dataset's definition lists."}}
}

// refusal turns an error into a decision with words for people.
func refusal(err error) agreement.Decision {
	r := envelope.ReasonOf(err)
	d := agreement.Decision{Reason: r, Why: r.Text()}
	switch r {
	case envelope.ReasonNoAgreement:
		d.Help = purpose.Text{ID: "Sebutkan perjanjian yang ada dalam direktori dan ditandatangani semua pihaknya.", EN: "Name an agreement that the directory holds and all of its parties signed."}
	case envelope.ReasonUnknownDefinition:
		d.Help = purpose.Text{ID: "Pasang definisi dataset itu, atau periksa namanya.", EN: "Install the dataset's definition, or check its name."}
	case envelope.ReasonUnknownKey, envelope.ReasonDirectoryStale:
		d.Help = purpose.Text{ID: "Ambil direktori terbaru.", EN: "Fetch the current directory."}
	case envelope.ReasonKeyNotValid:
		d.Help = purpose.Text{ID: "Minta pengelola direktori mendaftarkan kunci yang berlaku.", EN: "Have a valid key entered in the directory."}
	default:
		d.Help = purpose.Text{ID: "Perbaiki permintaan ini, lalu coba lagi.", EN: "Mend the request, then try again."}
	}
	return d
}

// signingKey returns the one of keys that signs for the party now.
func signingKey(d *trust.Directory, party envelope.Party, keys []*envelope.PrivateKey, now time.Time) (*envelope.PrivateKey, error) {
	for _, k := range keys {
		if k.Public().Use() != envelope.UseSign {
			continue
		}
		if _, err := d.SigningKey(party, k.Public().ID(), now, now, now); err == nil {
			return k, nil
		}
	}
	return nil, refuse(envelope.ReasonKeyNotValid, "the directory accepts none of this party's own signing keys now")
}

// entry begins a journal entry on an envelope. Identifiers that a sender could
// choose freely are entered only if they are known here: a journal must not
// become a place to which somebody else writes.
func (p *policy) entry(event Event, m *envelope.Manifest, digest string, at time.Time) Entry {
	e := Entry{Time: at, Event: event, Sender: m.Sender, ID: m.ID, Digest: digest}
	if m.Supersedes != nil {
		e.Supersedes = m.Supersedes.ID
	}
	if _, err := p.definitions.Latest(m.Dataset.ID); err == nil {
		e.Dataset = m.Dataset.ID
	}
	if _, err := purpose.Default().Lookup(m.Purpose, at); err == nil {
		e.Purpose = m.Purpose
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listed.agreements[m.Agreement.ID] {
		e.Agreement = m.Agreement.ID
	}
	for _, to := range m.Recipients {
		if p.listed.parties[to] {
			e.Recipients = append(e.Recipients, to)
		}
	}
	return e
}

// ready reports what is missing from what both sides need.
func ready(party envelope.Party, keys []*envelope.PrivateKey, d *trust.Directory, definitions *schema.Registry, journal Journal) error {
	missing := ""
	switch {
	case d == nil:
		missing = "Directory"
	case definitions == nil:
		missing = "Definitions"
	case journal == nil:
		missing = "Journal"
	case !slices.ContainsFunc(keys, func(k *envelope.PrivateKey) bool { return k != nil && k.Public().Use() == envelope.UseSign }),
		!slices.ContainsFunc(keys, func(k *envelope.PrivateKey) bool { return k != nil && k.Public().Use() == envelope.UseEncrypt }),
		slices.Contains(keys, nil):
		missing = "Keys (a signing and an encryption key)"
	}
	if missing != "" {
		return refuse(envelope.ReasonMisuse, "config: missing "+missing)
	}
	if _, err := envelope.ParseParty(string(party)); err != nil {
		return refuse(envelope.ReasonMisuse, "config: Party")
	}
	return nil
}

// clock returns the present with the precision that every store can keep.
func clock(c func() time.Time) func() time.Time {
	if c == nil {
		c = time.Now
	}
	return func() time.Time { return c().UTC().Truncate(time.Microsecond) }
}
