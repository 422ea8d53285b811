package main

import (
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
)

// keys reads the private key file.
func (d *diagnosis) keys() {
	keys, err := d.a.privateKeys(d.me.keys)
	if err != nil {
		d.fail("keys.file", err)
		return
	}
	d.me.private = keys
	for _, use := range []envelope.Use{envelope.UseSign, envelope.UseEncrypt} {
		if _, err := ofUse(use, keys, d.me.keys); err != nil {
			d.fail("keys.file", err)
			return
		}
	}
	d.say(fine, "keys.file", "%d kunci, hanya terbaca pemiliknya", "%d keys, readable by their owner alone", len(keys))
}

// listed holds the private keys against what the directory gives to this party.
func (d *diagnosis) listed() {
	entry, ok := d.me.trusted.Party(d.me.party)
	if !ok {
		d.say(wrong, "keys.listed", "direktori tidak memuat pihak %s; periksa --as, atau minta didaftarkan", "the directory does not list party %s; check --as, or have it listed", d.me.party)
		return
	}
	if other := d.anothers(); other != "" {
		d.say(wrong, "keys.listed", "kunci ini milik %s; periksa --keys dan --as", "these keys are %s's: check --keys and --as", other)
		return
	}
	var mine []trust.Key
	for _, k := range d.me.private {
		i := slices.IndexFunc(entry.Keys, func(l trust.Key) bool { return l.Public.ID() == k.Public().ID() })
		if i < 0 {
			d.say(warning, "keys.listed", "%v tidak ada di direktori; serahkan berkas .public.jwks-nya kepada pengelola, atau buang kunci ini",
				"%v is not in the directory; hand its .public.jwks file to the keeper, or drop the key", k.Public())
			continue
		}
		mine = append(mine, entry.Keys[i])
		if since := entry.Keys[i].CompromisedFrom; !since.IsZero() {
			d.say(warning, "keys.compromised", "%v ditandai bocor sejak %s; jangan dipakai lagi", "%v is marked compromised from %s; use it no more", k.Public(), since.UTC().Format(time.RFC3339))
		}
	}
	if d.me.private == nil {
		return
	}
	d.window(mine, envelope.UseSign, "keys.sign", "kunci tanda tangan", "the signing key",
		"tidak ada kunci tanda tangan yang kini berlaku bagi pihak ini; semua akan ditolak: minta kunci baru didaftarkan",
		"no signing key holds for this party now, and everything will be refused: have a new one listed")
	d.window(mine, envelope.UseEncrypt, "keys.encrypt", "kunci pembuka", "the decryption key",
		"tidak ada kunci pembuka yang kini berlaku bagi pihak ini; tidak seorang pun dapat menyegel untuknya: minta kunci baru didaftarkan",
		"no decryption key holds for this party now, so nobody can seal for it: have a new one listed")
	d.current(entry)
}

// anothers returns the other listed party to whom one of these keys belongs, "" if
// there is none.
func (d *diagnosis) anothers() envelope.Party {
	for _, p := range d.me.trusted.Parties() {
		if p.ID == d.me.party {
			continue
		}
		for _, k := range d.me.private {
			if slices.ContainsFunc(p.Keys, func(l trust.Key) bool { return l.Public.ID() == k.Public().ID() }) {
				return p.ID
			}
		}
	}
	return ""
}

// window judges the windows of this party's own keys for one use: the one that
// ends last counts.
func (d *diagnosis) window(mine []trust.Key, use envelope.Use, check, whatID, whatEN, noneID, noneEN string) {
	var last *trust.Key
	for i, k := range mine {
		now := k.Public.Use() == use && k.CompromisedFrom.IsZero() && !d.now.Before(k.From) && d.now.Before(k.Until)
		if now && (last == nil || k.Until.After(last.Until)) {
			last = &mine[i]
		}
	}
	if last == nil {
		d.tell(wrong, check, noneID, noneEN)
		return
	}
	d.until(check, last.Until, whatID, "buat kunci dengan segel keygen dan minta didaftarkan sebelum itu", whatEN, "make one with segel keygen and have it listed before that")
}

// current asks whether this file holds the key that others encrypt for now.
func (d *diagnosis) current(entry trust.Party) {
	key, err := d.me.trusted.EncryptionKey(entry.ID, earlier(d.now, d.me.trusted.Expires().Add(-time.Second)))
	if err != nil {
		return // told as keys.encrypt
	}
	if slices.ContainsFunc(d.me.private, func(k *envelope.PrivateKey) bool { return k.Public().ID() == key.ID() }) {
		d.say(fine, "keys.current", "berkas ini memuat kunci yang dipakai pihak lain untuk menyegel", "this file holds the key that others seal for")
		return
	}
	d.say(wrong, "keys.current", "pihak lain menyegel untuk %v, yang tidak ada dalam berkas ini; tambahkan kunci pribadinya", "others seal for %v, which this file does not hold; add its private key", key)
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
