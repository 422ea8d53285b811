package envelope_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/segel-id/segel/envelope"
)

// counter is an Authority for one sender whose key is at hand. Real programs
// use package exchange, which asks the directory, the agreements, a store and
// a journal.
type counter struct {
	now    time.Time
	sender *envelope.PublicKey
}

func (c counter) AsOf(context.Context, envelope.Claim) (time.Time, error) { return c.now, nil }

func (c counter) SigningKey(_ context.Context, party envelope.Party, keyID string, _, _ time.Time) (*envelope.PublicKey, error) {
	if party != "kpu/sirekap" || keyID != c.sender.ID() {
		return nil, &envelope.Error{Reason: envelope.ReasonUnknownKey}
	}
	return c.sender, nil
}

func (c counter) Permit(_ context.Context, m *envelope.Manifest, _ envelope.Party, _ time.Time) error {
	if m.Agreement.ID != "PKS-KPU-BAWASLU" || m.Purpose != "AWAS-TAHAPAN" {
		return &envelope.Error{Reason: envelope.ReasonNotGranted}
	}
	return nil
}

func (c counter) Record(_ context.Context, proof envelope.Proof) error {
	fmt.Println("on record:", proof.Manifest.Sender, "to", proof.Party, "for", proof.Manifest.Purpose)
	return nil
}

func Example() {
	signing, err := envelope.GenerateKey(envelope.ES256)
	if err != nil {
		log.Fatal(err)
	}
	decryption, err := envelope.GenerateKey(envelope.ECDHES)
	if err != nil {
		log.Fatal(err)
	}

	// Digests come from the dataset's definition and from the signed agreement.
	const digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
	polling := time.Date(2024, 2, 14, 13, 0, 0, 0, time.UTC)
	records, err := envelope.Records([]byte(`{"kode_tps":"3101011001001"}` + "\n"))
	if err != nil {
		log.Fatal(err)
	}
	sealed, err := envelope.Seal(signing, envelope.Draft{
		Sender:     "kpu/sirekap",
		Recipients: []envelope.Recipient{{Party: "bawaslu/pengawasan", Key: decryption.Public()}},
		Dataset:    envelope.Dataset{ID: "sirekap/hasil-tps", Version: "1.0.0", Digest: digest},
		Purpose:    "AWAS-TAHAPAN",
		Agreement:  envelope.Agreement{ID: "PKS-KPU-BAWASLU", Digest: digest},
		IssuedAt:   polling,
	}, records)
	if err != nil {
		log.Fatal(err)
	}

	authority := counter{now: polling.Add(time.Hour), sender: signing.Public()}
	bawaslu := envelope.Opener{
		Party:   "bawaslu/pengawasan",
		Keys:    []*envelope.PrivateKey{decryption},
		Purpose: "AWAS-TAHAPAN",
	}
	opened, err := envelope.Open(context.Background(), bytes.NewReader(sealed.File()), bawaslu, authority)
	if err != nil {
		log.Fatal(err)
	}
	for record := range opened.Records() {
		fmt.Printf("%s\n", record)
	}

	bawaslu.Purpose = "KONTEN-TINDAK"
	_, err = envelope.Open(context.Background(), bytes.NewReader(sealed.File()), bawaslu, authority)
	fmt.Println(err, errors.Is(err, &envelope.Error{Reason: envelope.ReasonPurposeMismatch}))
	// Output:
	// on record: kpu/sirekap to bawaslu/pengawasan for AWAS-TAHAPAN
	// {"kode_tps":"3101011001001"}
	// purpose_mismatch true
}
