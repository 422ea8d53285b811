package envelope

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"strings"
	"testing"
)

func mustKey(t testing.TB, alg Algorithm) *PrivateKey {
	t.Helper()
	k, err := GenerateKey(alg)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// device is a key in a device that can be taken away.
type device struct {
	crypto.Signer
	ecdh.KeyExchanger
	gone bool
}

var errGone = errors.New(canary)

func (d *device) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if d.gone {
		return nil, errGone
	}
	return d.Signer.Sign(r, digest, opts)
}

func (d *device) ECDH(remote *ecdh.PublicKey) ([]byte, error) {
	if d.gone {
		return nil, errGone
	}
	return d.KeyExchanger.ECDH(remote)
}

// decrypterGone is a device for RSA that can be taken away.
type decrypterGone struct {
	crypto.Decrypter
	gone bool
}

func (d *decrypterGone) Decrypt(r io.Reader, msg []byte, opts crypto.DecrypterOpts) ([]byte, error) {
	if d.gone {
		return nil, errGone
	}
	return d.Decrypter.Decrypt(r, msg, opts)
}

// TestDevices: a device that fails is told from what is damaged, wherever a key
// is used, and nothing that it says is repeated.
func TestDevices(t *testing.T) {
	raw, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &device{Signer: raw, KeyExchanger: exchange}
	sign, err := NewSigner(d)
	if err != nil {
		t.Fatal(err)
	}
	decrypt, err := NewKeyExchanger(d)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld()
	w.sign, w.decrypt = sign, decrypt
	draft := w.draft()
	draft.Recipients[0].Key = decrypt.Public()
	payload, err := Records(w.content)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := Seal(sign, draft, payload)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.open(t, sealed.File()); err != nil {
		t.Fatal(err)
	}
	receipt, err := EncryptToken(TypeSealedReceipt, []byte("isi"), decrypt.Public())
	if err != nil {
		t.Fatal(err)
	}
	damaged := sealed.File()
	damaged[len(fileMagic)+900] ^= 1
	_, err = w.open(t, damaged)
	if r := ReasonOf(err); r != ReasonCannotOpen && r != ReasonMalformed {
		t.Errorf("damaged: %v", err)
	}

	d.gone = true
	errs := map[string]error{
		"seal":               second(Seal(sign, draft, payload)),
		"sign a statement":   second(SignToken(TypeReceipt, []byte("isi"), sign)),
		"open":               second(w.open(t, sealed.File())),
		"open a receipt":     second(DecryptToken(TypeSealedReceipt, receipt, decrypt)),
		"new key to decrypt": second(NewKeyExchanger(d)),
	}
	for name, err := range errs {
		if ReasonOf(err) != ReasonUnavailable || strings.Contains(err.Error(), "3174") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"no signer":                     second(NewSigner(nil)),
		"no exchanger":                  second(NewKeyExchanger(nil)),
		"no decrypter":                  second(NewDecrypter(nil)),
		"a key cannot leave its place":  second(MarshalPrivateKeys(sign)),
		"nor be encrypted to leave it":  second(EncryptPrivateKeys(passphrase, decrypt)),
		"a small RSA key for signature": second(NewSigner(mustRSA(t))),
	} {
		if ReasonOf(err) != ReasonMisuse {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func mustRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestDeviceDecrypts(t *testing.T) {
	d := &decrypterGone{Decrypter: mustRSA(t)}
	k, err := NewDecrypter(d)
	if err != nil || k.Public().Algorithm() != RSAOAEP {
		t.Fatal(k, err)
	}
	token, err := EncryptToken(TypeSealedReceipt, []byte("isi"), k.Public())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := DecryptToken(TypeSealedReceipt, token, k); err != nil || string(got) != "isi" {
		t.Fatal(got, err)
	}
	damaged := bytes.Replace(token, []byte{'.'}, []byte(".AAAA"), 1)
	damaged = append(damaged[:bytes.IndexByte(damaged, '.')+5], damaged[bytes.IndexByte(damaged, '.')+9:]...)
	if _, err := DecryptToken(TypeSealedReceipt, damaged, k); ReasonOf(err) != ReasonCannotOpen {
		t.Errorf("damaged: %v", err)
	}
	d.gone = true
	if _, err := DecryptToken(TypeSealedReceipt, token, k); ReasonOf(err) != ReasonUnavailable {
		t.Errorf("gone: %v", err)
	}
}
