package agreement_test

import (
	"fmt"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/agreement"
)

// oneKeyEach is the smallest directory: a key for each party, valid always.
type oneKeyEach map[envelope.Party]*envelope.PublicKey

func (d oneKeyEach) AgreementKey(party envelope.Party, keyID string, _ time.Time) (*envelope.PublicKey, error) {
	if key := d[party]; key != nil && key.ID() == keyID {
		return key, nil
	}
	return nil, &envelope.Error{Reason: envelope.ReasonUnknownKey}
}

func Example() {
	text := []byte(`{
  "id": "PKS-2024-07",
  "title": "Pengawasan hasil TPS",
  "parties": ["kpu/sirekap", "bawaslu/pengawasan"],
  "grants": [
    {"from": "kpu/sirekap", "to": "bawaslu/pengawasan", "dataset": "sirekap/hasil-tps", "purposes": ["AWAS-TAHAPAN"]}
  ],
  "validFrom": "2024-02-01T00:00:00+07:00",
  "validUntil": "2025-02-01T00:00:00+07:00"
}
`)
	polling := time.Date(2024, 2, 14, 18, 0, 0, 0, time.UTC)

	// Each party signs the file in its own house, in any order.
	directory, file := oneKeyEach{}, text
	for _, party := range []envelope.Party{"bawaslu/pengawasan", "kpu/sirekap"} {
		key, err := envelope.GenerateKey(envelope.ES256)
		if err != nil {
			panic(err)
		}
		directory[party] = key.Public()
		if file, err = agreement.Sign(file, party, key); err != nil {
			panic(err)
		}
		_, err = agreement.Open(file, directory, polling)
		fmt.Println(party, "signed:", err == nil)
	}

	pks, err := agreement.Open(file, directory, polling)
	if err != nil {
		panic(err)
	}
	request := agreement.Request{
		From: "kpu/sirekap", To: []envelope.Party{"bawaslu/pengawasan"},
		Dataset: "sirekap/hasil-tps", Purpose: "AWAS-TAHAPAN", At: polling,
	}
	fmt.Println(pks.Decide(request).Why.ID)
	request.Purpose = "AWAS-TEMUAN"
	refused := pks.Decide(request)
	fmt.Println(refused.Reason)
	fmt.Println(refused.Why.EN)
	fmt.Println(refused.Help.EN)
	// Output:
	// bawaslu/pengawasan signed: false
	// kpu/sirekap signed: true
	// Perjanjian PKS-2024-07 mengizinkan kpu/sirekap mengirim sirekap/hasil-tps kepada bawaslu/pengawasan untuk AWAS-TAHAPAN.
	// not_granted
	// Agreement PKS-2024-07 allows kpu/sirekap to send sirekap/hasil-tps to bawaslu/pengawasan, but not for AWAS-TEMUAN.
	// It allows the purposes AWAS-TAHAPAN.
}
