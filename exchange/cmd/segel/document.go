package main

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/trust"
)

// A document is a kind of signed document, and what is said of one that is
// refused. The sentences of package envelope speak of seals and their senders.
type document struct {
	id, en       string
	badID, badEN string // for a signature that does not verify
}

var (
	aDirectory = document{"direktori", "directory",
		"Direktori ini tidak ditandatangani jangkar ini; periksa --directory dan --anchor.", "This directory is not signed by this anchor; check --directory and --anchor."}
	anAgreement = document{"perjanjian", "agreement",
		"Tanda tangan perjanjian ini tidak cocok.", "A signature of this agreement does not verify."}
	aPublicSet = document{"berkas kunci publik", "public key file",
		"Pernyataan kepemilikan dalam berkas kunci publik ini tidak cocok.", "The statement of possession in this public key file does not verify."}
)

// refused gives the refusal of a document its words.
func (d document) refused(err error, file []byte) error {
	e, ok := errors.AsType[*envelope.Error](err)
	if !ok {
		return err
	}
	s := refused(e.Reason, e.Detail)
	switch e.Reason {
	case envelope.ReasonMalformed:
		s.id, s.en = "Ini bukan "+d.id+" yang sah.", "This is not a valid "+d.en+"."
		switch {
		case retyped(file):
			s.id += " Akhir barisnya telah diubah; minta berkas aslinya."
			s.en += " Its line ends were changed; ask for the original file."
		case strings.HasSuffix(e.Detail, "a purpose that the vocabulary does not have, or forbids"):
			s.id += " Kode tujuan yang berlaku: segel purpose list."
			s.en += " The codes of purposes: segel purpose list."
		}
	case envelope.ReasonNewerVersion:
		s.id, s.en = "Versi Segel yang lebih baru membuat "+d.id+" ini; perbarui Segel.", "A later version of Segel made this "+d.en+"; update Segel."
	case envelope.ReasonBadSignature:
		s.id, s.en = d.badID, d.badEN
	case envelope.ReasonNotYetValid:
		s.id, s.en = "Menurut jam komputer ini, "+d.id+" ini belum berlaku.", "By this computer's clock, the time of this "+d.en+" has not come."
	}
	return s
}

// openDirectory verifies a directory.
func openDirectory(file []byte, anchors *trust.Anchors, at time.Time) (*trust.Directory, error) {
	d, err := trust.Open(file, anchors, at)
	if err != nil {
		return nil, aDirectory.refused(err, file)
	}
	return d, nil
}

// readAgreement reads an agreement, signed or as somebody wrote it.
func readAgreement(path string) ([]byte, *agreement.Unverified, error) {
	text, err := readWritten(path, maxDocument)
	if err != nil {
		return nil, nil, err
	}
	u, err := agreement.Parse(text)
	if err != nil {
		return nil, nil, anAgreement.refused(err, text)
	}
	return text, u, nil
}

// signedByAll names the party whose signature an agreement lacks under the keys
// of a directory that is to hold it. Signing the directory verifies the rest.
func signedByAll(u *agreement.Unverified, parties []trust.Party) error {
	terms := u.Terms()
	for _, p := range terms.Parties {
		i := slices.IndexFunc(parties, func(entry trust.Party) bool { return entry.ID == p })
		if i < 0 {
			return &stopped{exitRefused, string(envelope.ReasonNoAgreement),
				"Direktori tidak memuat pihak perjanjian " + terms.ID + ": " + string(p) + ".",
				"The directory does not list a party of agreement " + terms.ID + ": " + string(p) + ".", ""}
		}
		if !slices.ContainsFunc(parties[i].Keys, func(k trust.Key) bool { return slices.Contains(u.Signers(), k.Public.ID()) }) {
			return &stopped{exitRefused, string(envelope.ReasonNoAgreement),
				"Perjanjian " + terms.ID + " belum ditandatangani " + string(p) + " dengan kuncinya di direktori.",
				"Agreement " + terms.ID + " is not signed by " + string(p) + " with a key that the directory has.", ""}
		}
	}
	return nil
}
