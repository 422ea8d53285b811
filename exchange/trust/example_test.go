package trust_test

import (
	"fmt"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
)

func Example() {
	now := time.Date(2024, 2, 14, 18, 0, 0, 0, time.UTC)

	// An agency makes its keys and hands the public halves to the directory's
	// keeper, with its statement that it holds them.
	sign, _ := envelope.GenerateKey(envelope.ES256)
	encrypt, _ := envelope.GenerateKey(envelope.ECDHES)
	file, err := trust.NewPublicSet("kpu/sirekap", []*envelope.PrivateKey{sign, encrypt}, now)
	if err != nil {
		panic(err)
	}

	// The keeper lists them and signs with the anchor's key.
	set, err := trust.ParsePublicSet(file)
	if err != nil {
		panic(err)
	}
	until := now.AddDate(1, 0, 0)
	anchor, _ := envelope.GenerateKey(envelope.EdDSA)
	signed, err := trust.Sign(trust.Draft{
		Version: 1, IssuedAt: now, Expires: now.AddDate(0, 1, 0),
		Parties: []trust.Party{{ID: set.Party(), Keys: set.Keys(now, until, until.AddDate(0, 1, 0))}},
	}, anchor)
	if err != nil {
		panic(err)
	}

	// Everybody who knows the anchor reads the directory.
	anchors, err := trust.NewAnchors(1, anchor.Public())
	if err != nil {
		panic(err)
	}
	directory, err := trust.Open(signed, anchors, now)
	if err != nil {
		panic(err)
	}
	key, err := directory.SigningKey("kpu/sirekap", sign.Public().ID(), now, now, now)
	fmt.Println(key.ID() == sign.Public().ID(), err)
	_, err = directory.SigningKey("kpu/sirekap", encrypt.Public().ID(), now, now, now)
	fmt.Println(err)
	_, err = trust.Open(signed, anchors, now.AddDate(0, 1, 0))
	fmt.Println(err)
	// Output:
	// true <nil>
	// key_not_valid
	// directory_stale: past its expiry
}
