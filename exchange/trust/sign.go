package trust

import (
	"fmt"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/internal/document"
)

// A Draft is a directory before it is signed. Times lose their fractions of a
// second. The members without a stated default are mandatory.
type Draft struct {
	Version    int64  // 1, or one more than the predecessor's
	Previous   string // the predecessor's digest; "" for version 1
	IssuedAt   time.Time
	Expires    time.Time // at most MaxLife after IssuedAt
	Parties    []Party
	Agreements [][]byte // files, signed by all of their parties; may be empty
}

// Draft returns what the directory says as the draft of its successor: the next
// version with this one as predecessor, and everything else as it is. IssuedAt,
// Expires and what is to change are the caller's to set.
func (d *Directory) Draft() Draft {
	next := Draft{Version: d.version + 1, Previous: d.digest, IssuedAt: d.issuedAt, Expires: d.expires, Parties: d.Parties()}
	for _, id := range d.Agreements() {
		file, _ := d.Agreement(id)
		next.Agreements = append(next.Agreements, file)
	}
	return next
}

// Sign checks a draft as [Open] would, verifies every agreement in it under its
// own keys as of IssuedAt, and returns the directory's file, signed by each of
// the anchors' keys. The error has the reasons of [Open] and
// [envelope.ReasonNoAgreement] for an agreement that would not open, whose
// place it names.
func Sign(draft Draft, anchors ...*envelope.PrivateKey) ([]byte, error) {
	if len(anchors) == 0 {
		return nil, refuse(envelope.ReasonMisuse, "directory: no anchor's key")
	}
	text, err := draft.marshal()
	if err != nil {
		return nil, err
	}
	d, err := parse(text)
	if err != nil {
		return nil, err
	}
	for i, a := range d.agreements {
		if _, err := agreement.Open(a.file, d, d.issuedAt); err != nil {
			return nil, refuse(envelope.ReasonOf(err), fmt.Sprintf("directory: agreement %d: not signed by every party with keys of this directory", i+1))
		}
	}
	doc, err := document.New(document.Directory, text)
	if err != nil {
		return nil, err
	}
	for _, key := range anchors {
		if err := sparesAnchor(d, key); err != nil {
			return nil, err
		}
		if doc, err = doc.Sign(key); err != nil {
			return nil, err
		}
	}
	return doc.File(), nil
}

// Cosign adds an anchor's signature to a signed directory, for anchors that do
// not meet on one machine. It checks the content's form as [Open] would and not
// the other signatures: look at what you sign first.
func Cosign(file []byte, anchor *envelope.PrivateKey) ([]byte, error) {
	doc, err := document.Parse(document.Directory, file)
	if err != nil {
		return nil, err
	}
	d, err := parse(doc.Payload())
	if err != nil {
		return nil, err
	}
	if err := sparesAnchor(d, anchor); err != nil {
		return nil, err
	}
	if doc, err = doc.Sign(anchor); err != nil {
		return nil, err
	}
	return doc.File(), nil
}

// sparesAnchor refuses a directory that lists the anchor's key as a party's.
func sparesAnchor(d *Directory, anchor *envelope.PrivateKey) error {
	if anchor == nil {
		return refuse(envelope.ReasonMisuse, "directory: no anchor's key")
	}
	if _, listed := d.byKey[anchor.Public().ID()]; listed {
		return refuse(envelope.ReasonMisuse, "directory: an anchor's key is also a party's")
	}
	return nil
}
