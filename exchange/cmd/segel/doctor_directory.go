package main

import (
	"slices"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange/agreement"
)

// agreements looks at every agreement that this party is in, and at the purpose
// for which it receives.
func (d *diagnosis) agreements() {
	at := earlier(d.now, d.me.trusted.Expires().Add(-1))
	mine := 0
	for _, id := range d.me.trusted.Agreements() {
		file, _ := d.me.trusted.Agreement(id)
		if u, err := agreement.Parse(file); err == nil && !slices.Contains(u.Terms().Parties, d.me.party) {
			continue
		}
		mine++
		a, err := agreement.Open(file, d.me.trusted, at)
		if err != nil {
			d.fail("agreement "+id, anAgreement.refused(err, file))
			continue
		}
		if d.now.Before(a.ValidFrom()) {
			d.say(warning, "agreement "+id, "baru berlaku pada %s", "holds from %s on only", a.ValidFrom().Format("2006-01-02T15:04:05Z07:00"))
			continue
		}
		d.until("agreement "+id, a.ValidUntil(), "perjanjian", "buat dan tandatangani perjanjian baru", "the agreement", "make and sign a new one")
		if d.now.Before(a.ValidUntil()) {
			d.inForce = append(d.inForce, a)
		} else {
			d.found[len(d.found)-1].Verdict = warning // an old one does no harm
		}
	}
	if len(d.inForce) == 0 {
		d.say(wrong, "agreements", "tidak ada perjanjian pihak ini yang berlaku (dari %d); tidak ada yang dapat dikirim atau diterima", "no agreement of this party is in force (of %d); nothing can be sent or received", mine)
	}
	d.purpose()
}

// purpose asks whether anybody may send this party something for its purpose.
func (d *diagnosis) purpose() {
	if d.code == "" {
		return
	}
	code := purpose.Code(d.code)
	if err := known(code, d.now); err != nil {
		d.fail("purpose", err)
		return
	}
	granted := func(mine func(agreement.Grant) bool) bool {
		return slices.ContainsFunc(d.inForce, func(a *agreement.Agreement) bool {
			return slices.ContainsFunc(a.Grants(), func(g agreement.Grant) bool { return mine(g) && slices.Contains(g.Purposes, code) })
		})
	}
	switch {
	case granted(func(g agreement.Grant) bool { return g.To == d.me.party }):
		d.say(fine, "purpose", "perjanjian mengizinkan pihak ini menerima untuk %s", "an agreement lets this party receive for %s", code)
	case granted(func(g agreement.Grant) bool { return g.From == d.me.party }):
		d.say(warning, "purpose", "perjanjian mengizinkan pihak ini mengirim untuk %s, tetapi tidak menerima", "agreements let this party send for %s, but not receive", code)
	default:
		d.say(wrong, "purpose", "tidak ada perjanjian yang berlaku yang memuat %s bagi pihak ini", "no agreement in force has %s for this party", code)
	}
}

// partners are the parties that share an agreement with this one, in order.
func (d *diagnosis) partners() (all []envelope.Party) {
	for _, id := range d.me.trusted.Agreements() {
		file, _ := d.me.trusted.Agreement(id)
		u, err := agreement.Parse(file)
		if err != nil || !slices.Contains(u.Terms().Parties, d.me.party) {
			continue
		}
		for _, p := range u.Terms().Parties {
			if p != d.me.party && !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	slices.Sort(all)
	return all
}

// endpoints says who can be reached over HTTP at all, of those to whom an agreement
// in force lets somebody send.
func (d *diagnosis) endpoints() {
	sent := func(from, to envelope.Party) bool {
		return slices.ContainsFunc(d.inForce, func(a *agreement.Agreement) bool {
			return slices.ContainsFunc(a.Grants(), func(g agreement.Grant) bool { return (from == "" || g.From == from) && g.To == to })
		})
	}
	own, _ := d.me.trusted.Party(d.me.party)
	if len(own.Endpoints) == 0 && sent("", d.me.party) {
		d.say(warning, "own endpoint", "direktori tidak memuat endpoint pihak ini; ia hanya menerima berkas", "the directory has no endpoint of this party; it receives files only")
	}
	for _, p := range d.partners() {
		entry, ok := d.me.trusted.Party(p)
		switch {
		case !ok:
			d.say(wrong, "endpoints "+string(p), "pihak perjanjian ini tidak ada di direktori", "this party of an agreement is not in the directory")
		case len(entry.Endpoints) == 0 && sent(d.me.party, p):
			d.say(warning, "endpoints "+string(p), "direktori tidak memuat endpoint pihak ini; kirimi ia berkas", "the directory has no endpoint of this party; send it files")
		}
	}
}
