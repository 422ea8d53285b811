package envelopetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
)

// Purpose is the purpose of every [Draft].
const Purpose purpose.Code = "REKAP-KIRIM"

// Draft returns a complete draft, issued at [Now]. Dataset and agreement are
// made up: their digests belong to no definition and to no agreement.
func Draft(from Agency, to ...Agency) envelope.Draft {
	d := envelope.Draft{
		Sender:    from.Party,
		Dataset:   envelope.Dataset{ID: "uji/rekaman", Version: "1.0.0", Digest: Digest("definition")},
		Purpose:   Purpose,
		Agreement: envelope.Agreement{ID: "PKS-UJI", Digest: Digest("agreement")},
		IssuedAt:  Now(),
	}
	for _, a := range to {
		d.Recipients = append(d.Recipients, a.Recipient())
	}
	return d
}

// Digest returns the base64url SHA-256 of text, for where a test needs
// something that has the form of a digest.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Seal seals records (NDJSON) under [Draft].
func Seal(ndjson []byte, from Agency, to ...Agency) (*envelope.Sealed, error) {
	payload, err := envelope.Records(ndjson)
	if err != nil {
		return nil, err
	}
	return envelope.Seal(from.Signing, Draft(from, to...), payload)
}

// Open opens an envelope file for [Purpose] under an [InsecureAuthority] that
// stands at [Now].
func Open(file []byte, by Agency) (*envelope.Opened, error) {
	return envelope.Open(context.Background(), bytes.NewReader(file), Opener(by), &InsecureAuthority{})
}

// Opener returns the agency as one that opens for [Purpose].
func Opener(by Agency) envelope.Opener {
	return envelope.Opener{Party: by.Party, Keys: by.Keys(), Purpose: Purpose}
}
