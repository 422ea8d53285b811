package exchange_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// TestSettingsPrintNoKeys: what senders and receivers are made of shows no
// private key under any verb or encoder.
func TestSettingsPrintNoKeys(t *testing.T) {
	key, err := envelope.GenerateKey(envelope.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	text, err := envelope.MarshalPrivateKeys(key)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Keys []struct{ D string } }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	secret := file.Keys[0].D
	sender := exchange.SenderConfig{Party: "kpu/sirekap", Keys: []*envelope.PrivateKey{key}}
	receiver := exchange.ReceiverConfig{Party: "kpu/sirekap", Keys: []*envelope.PrivateKey{key}}
	for _, v := range []any{sender, &sender, receiver, &receiver} {
		shown := ""
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
			shown += fmt.Sprintf(verb, v)
		}
		if !strings.Contains(shown, key.Public().ID()) {
			t.Errorf("%T does not show the key's identifier", v)
		}
		if text, err := json.Marshal(v); err == nil {
			shown += string(text)
		}
		if text, err := xml.Marshal(v); err == nil {
			shown += string(text)
		}
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "v", v)
		if shown += b.String(); strings.Contains(shown, secret) || strings.Contains(shown, secret[4:20]) {
			t.Errorf("%T shows a private key", v)
		}
	}
}
