package envelope_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"time"

	"github.com/segel-id/segel/envelope"
)

// hsm stands for an HSM: what its driver offers is a public key and one
// operation, never the private key.
type hsm struct{ inside *ecdsa.PrivateKey }

func (h hsm) Public() crypto.PublicKey { return h.inside.Public() }

func (h hsm) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	fmt.Println("the HSM signs", len(digest), "bytes")
	return h.inside.Sign(random, digest, opts)
}

// exchangeHSM is the same for decryption.
type exchangeHSM struct{ ecdh.KeyExchanger }

func (x exchangeHSM) ECDH(remote *ecdh.PublicKey) ([]byte, error) {
	fmt.Println("the HSM agrees on a secret")
	return x.KeyExchanger.ECDH(remote)
}

func ExampleNewSigner() {
	inside, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	signing, err := envelope.NewSigner(hsm{inside})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(signing.Public().Use(), signing.Public().Algorithm())

	secret, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	decryption, err := envelope.NewKeyExchanger(exchangeHSM{secret}) // tries it once
	if err != nil {
		log.Fatal(err)
	}

	const digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
	now := time.Date(2024, 2, 14, 13, 0, 0, 0, time.UTC)
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
		IssuedAt:   now,
	}, records)
	if err != nil {
		log.Fatal(err)
	}
	_, err = envelope.Open(context.Background(), bytes.NewReader(sealed.File()), envelope.Opener{
		Party:   "bawaslu/pengawasan",
		Keys:    []*envelope.PrivateKey{decryption},
		Purpose: "AWAS-TAHAPAN",
	}, counter{now: now, sender: signing.Public()})
	fmt.Println("opened:", err == nil)

	_, err = envelope.MarshalPrivateKeys(signing, decryption)
	fmt.Println(err)
	// Output:
	// sig ES256
	// the HSM agrees on a secret
	// the HSM signs 32 bytes
	// the HSM agrees on a secret
	// on record: kpu/sirekap to bawaslu/pengawasan for AWAS-TAHAPAN
	// opened: true
	// misuse: this private key cannot leave its place
}

func ExampleEncryptPrivateKeys() {
	key, err := envelope.GenerateKey(envelope.ES256)
	if err != nil {
		log.Fatal(err)
	}
	file, err := envelope.EncryptPrivateKeys([]byte("tujuh kata acak dari kamus"), key)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(envelope.PrivateKeysEncrypted(file))

	_, err = envelope.ParsePrivateKeys(file)
	fmt.Println(err)

	keys, err := envelope.DecryptPrivateKeys([]byte("tujuh kata acak dari kamus"), file)
	fmt.Println(len(keys), err, keys[0].Public().ID() == key.Public().ID())
	// Output:
	// true
	// misuse: the key file is encrypted and needs its passphrase
	// 1 <nil> true
}
