package envelope

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"

	"github.com/segel-id/segel/internal/base64url"
)

// TestKeysPrintNothing: no verb and no encoder shows a private key, whatever it
// is wrapped in.
func TestKeysPrintNothing(t *testing.T) {
	for _, alg := range []Algorithm{ES256, EdDSA, ECDHES, RSAOAEP} {
		k := mustKey(t, alg)
		secrets := secretsOf(t, k)
		pair := []*PrivateKey{k}
		signer := mustKey(t, ES256)
		w := newWorld()
		draft := w.draft()
		sealed, err := Seal(signer, draft, newPayload(MediaRecords, 1, []byte("{}\n")))
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, renderings(sealed.CommitKey())...)
		for name, v := range map[string]any{
			"PrivateKey":            k,
			"PrivateKey, by value":  *k,
			"PrivateKey in memory":  k.key,
			"list":                  pair,
			"list by value":         []PrivateKey{*k},
			"map":                   map[string]*PrivateKey{"k": k},
			"Opener":                Opener{Party: "kpu/sirekap", Keys: pair},
			"Opener, pointer":       &Opener{Keys: pair},
			"unexported in a value": holding{k},
			"embedded in a value":   embedding{k},
			"by value in a value":   holdingValue{*k, []PrivateKey{*k}},
			"PublicKey":             k.Public(),
			"Recipient":             Recipient{"kpu/sirekap", k.Public()},
			"Draft":                 draft,
			"Sealed":                sealed,
			"Sealed, by value":      *sealed,
			"error":                 fmt.Errorf("kunci %v: %w", k, &Error{Reason: ReasonMisuse}),
		} {
			for how, text := range shown(v) {
				// fmt asks no method of a value for %p, and vet refuses it.
				if how == "%p" && name == "Sealed, by value" {
					continue
				}
				for _, secret := range secrets {
					if strings.Contains(strings.ToLower(text), strings.ToLower(secret)) {
						t.Errorf("%s: %s under %s shows its secret", alg, name, how)
					}
				}
			}
		}
		if got := fmt.Sprintf("%v|%+v|%#v|%x|%s|%d", k, *k, k, k, pair, k); strings.Count(got, k.Public().ID()) != 6 {
			t.Errorf("a key does not print as its identifier: %s", got)
		}
	}
	for how, text := range shown(new(PrivateKey)) {
		if strings.Contains(text, "PANIC") {
			t.Errorf("the zero value panics under %s", how)
		}
	}
}

type (
	embedding struct{ *PrivateKey }
	holding   struct{ k *PrivateKey }

	holdingValue struct {
		k    PrivateKey
		list []PrivateKey
	}
)

// shown renders v in every way that a program might by accident.
func shown(v any) map[string]string {
	out := map[string]string{}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%X", "% x", "%s", "%q", "%d", "%o", "%b", "%c", "%U", "%t", "%p", "%e"} {
		out[verb] = fmt.Sprintf(verb, v)
	}
	text, err := json.Marshal(v)
	out["json"] = fmt.Sprint(string(text), err)
	text, err = xml.Marshal(v)
	out["xml"] = fmt.Sprint(string(text), err)
	var b bytes.Buffer
	err = gob.NewEncoder(&b).Encode(v)
	out["gob"] = fmt.Sprint(b.String(), hex.EncodeToString(b.Bytes()), err)
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"slog json": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		b.Reset()
		slog.New(handler(&b)).Info("kunci", "key", v, slog.Group("g", slog.Any("key", v)))
		out[name] = b.String()
	}
	return out
}

// secretsOf returns the private members of a key in every form that a printer
// might give them.
func secretsOf(t *testing.T, k *PrivateKey) (secrets []string) {
	t.Helper()
	text, err := MarshalPrivateKeys(k)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Keys []map[string]string }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi"} {
		if member := file.Keys[0][name]; member != "" {
			b, ok := base64url.Decode([]byte(member))
			if !ok {
				t.Fatal(name)
			}
			secrets = append(secrets, renderings(b)...)
		}
	}
	if len(secrets) == 0 {
		t.Fatal("no private members")
	}
	return secrets
}

// renderings are the forms of a secret, cut so that a part of it is found too.
func renderings(b []byte) []string {
	part := b[4:16]
	return []string{
		base64url.Encode(b)[8:24],
		hex.EncodeToString(part),
		fmt.Sprintf("% x", part),
		strings.Trim(fmt.Sprint(part), "[]"),
		strings.Trim(fmt.Sprintf("%#v", part), "[]byte{}"),
		new(big.Int).SetBytes(b).String(),
		new(big.Int).SetBytes(b).Text(8),
		string(part),
	}
}
