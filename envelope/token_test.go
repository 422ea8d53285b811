package envelope

import (
	"bytes"
	"testing"

	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/limits"
)

// TestClosedTokenTypes: nobody signs or encrypts by hand what Seal alone makes,
// and nothing is signed under the type of what is encrypted, nor the reverse.
func TestClosedTokenTypes(t *testing.T) {
	sign, decrypt := mustKey(t, ES256), mustKey(t, ECDHES)
	signed := map[TokenType]bool{TypeReceipt: true, TypeQuestion: true, TypeDirectory: true, TypeAgreement: true, TypeAnchors: true, TypePossession: true, TypeRegister: true, TypeCompleteness: true}
	for _, typ := range []TokenType{
		TypeReceipt, TypeSealedReceipt, TypeQuestion, TypeDirectory, TypeAgreement, TypeAnchors, TypePossession, TypeRegister, TypeCompleteness,
		typeEnvelope, typeManifest, typeClosing, "JWT", "segel-receipt", "SEGEL-RECEIPT+JWT", "",
	} {
		_, err := SignToken(typ, []byte("{}"), sign)
		if want := signed[typ]; (err == nil) != want || !want && ReasonOf(err) != ReasonMisuse {
			t.Errorf("sign %q: %v", typ, err)
		}
		if err != nil {
			token, _ := jose.Sign("x"+string(typ), []byte("{}"), sign.key)
			if _, _, err := PeekToken(typ, token); ReasonOf(err) != ReasonMisuse {
				t.Errorf("peek at %q: %v", typ, err)
			}
			if _, err := VerifyToken(typ, token, sign.Public()); ReasonOf(err) != ReasonMisuse {
				t.Errorf("verify %q: %v", typ, err)
			}
		}
		token, err := EncryptToken(typ, []byte("{}"), decrypt.Public())
		if want := typ == TypeSealedReceipt; (err == nil) != want || !want && ReasonOf(err) != ReasonMisuse {
			t.Errorf("encrypt %q: %v", typ, err)
		}
		if err != nil {
			if _, err := DecryptToken(typ, token, decrypt); ReasonOf(err) != ReasonMisuse {
				t.Errorf("decrypt %q: %v", typ, err)
			}
		}
	}
}

// TestTokensRefuse: the wrong key, the wrong use, nothing, and too much.
func TestTokensRefuse(t *testing.T) {
	sign, other, decrypt := mustKey(t, ES256), mustKey(t, ES256), mustKey(t, ECDHES)
	token, err := SignToken(TypeReceipt, []byte("{}"), sign)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := EncryptToken(TypeSealedReceipt, token, decrypt.Public())
	if err != nil {
		t.Fatal(err)
	}
	second := func(_ []byte, err error) error { return err }
	huge := bytes.Repeat([]byte{'a'}, limits.Statement)
	for name, c := range map[string]struct {
		err  error
		want Reason
	}{
		"signed with a decryption key":     {second(SignToken(TypeReceipt, []byte("{}"), decrypt)), ReasonMisuse},
		"signed with no key":               {second(SignToken(TypeReceipt, []byte("{}"), nil)), ReasonMisuse},
		"signed, nothing":                  {second(SignToken(TypeReceipt, nil, sign)), ReasonMisuse},
		"signed, too much":                 {second(SignToken(TypeReceipt, huge, sign)), ReasonTooLarge},
		"verified under another key":       {second(VerifyToken(TypeReceipt, token, other.Public())), ReasonUnknownKey},
		"verified under an encryption key": {second(VerifyToken(TypeReceipt, token, decrypt.Public())), ReasonMisuse},
		"verified under no key":            {second(VerifyToken(TypeReceipt, token, nil)), ReasonMisuse},
		"verified as another type":         {second(VerifyToken(TypeQuestion, token, sign.Public())), ReasonMalformed},
		"encrypted for a signing key":      {second(EncryptToken(TypeSealedReceipt, token, sign.Public())), ReasonMisuse},
		"encrypted, nothing":               {second(EncryptToken(TypeSealedReceipt, nil, decrypt.Public())), ReasonMisuse},
		"encrypted, too much":              {second(EncryptToken(TypeSealedReceipt, huge, decrypt.Public())), ReasonTooLarge},
		"decrypted with no key":            {second(DecryptToken(TypeSealedReceipt, sealed)), ReasonNotForMe},
		"decrypted with a signing key":     {second(DecryptToken(TypeSealedReceipt, sealed, sign, nil, new(PrivateKey))), ReasonNotForMe},
		"decrypted":                        {second(DecryptToken(TypeSealedReceipt, sealed, sign, decrypt)), ""},
	} {
		if got := ReasonOf(c.err); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
