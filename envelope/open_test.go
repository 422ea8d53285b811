package envelope

import (
	"bytes"
	"context"
	"testing"
	"time"
)

type yes struct {
	at  time.Time
	key *PublicKey
}

func (y yes) AsOf(context.Context, Claim) (time.Time, error) { return y.at, nil }
func (y yes) SigningKey(context.Context, Party, string, time.Time, time.Time) (*PublicKey, error) {
	return y.key, nil
}
func (y yes) Permit(context.Context, *Manifest, Opener, time.Time) error { return nil }
func (y yes) Record(context.Context, Proof) error                        { return nil }

func TestRoundTrip(t *testing.T) {
	sk, _ := GenerateKey(ES256)
	ek, _ := GenerateKey(ECDHES)
	dg := encode(make([]byte, 32))
	now := time.Unix(1700000000, 0)
	payload, err := Records([]byte("{\"a\":1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Seal(sk, Draft{Sender: "kpu/sirekap", Recipients: []Recipient{{"bawaslu/pengawasan", ek.Public()}},
		Dataset: Dataset{"sirekap/hasil-tps", "1.0.0", dg}, Purpose: "REKAP-KIRIM", Agreement: Agreement{"PKS-1", dg}, IssuedAt: now}, payload)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", s.ManifestJWS())
	o, err := Open(t.Context(), bytes.NewReader(s.File()), Opener{"bawaslu/pengawasan", []*PrivateKey{ek}, "REKAP-KIRIM"}, yes{now, sk.Public()})
	if err != nil {
		t.Fatal(err)
	}
	if string(o.Content()) != "{\"a\":1}\n" {
		t.Fatal("content")
	}
}
