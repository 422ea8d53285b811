package trust

import (
	"encoding/json"
	"fmt"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/internal/document"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/internal/strictjson"
)

// Anchors say whose signatures a directory needs. They come to a program by
// another way than the directory itself: in its installation, or read out over
// the telephone. They are immutable and may be used concurrently.
type Anchors struct {
	need int
	keys []*envelope.PublicKey
}

// NewAnchors returns anchors of which at least need must sign; 1 to 64 signing
// keys, each once, and need between 1 and their number. Anything else has
// [envelope.ReasonMisuse].
func NewAnchors(need int, keys ...*envelope.PublicKey) (*Anchors, error) {
	if need < 1 || need > len(keys) || len(keys) > limits.DocumentSignatures {
		return nil, refuse(envelope.ReasonMisuse, "anchors: how many keys, and how many of them are needed")
	}
	seen := map[string]bool{}
	for _, k := range keys {
		if k == nil || k.Use() != envelope.UseSign || seen[k.ID()] {
			return nil, refuse(envelope.ReasonMisuse, "anchors: signing keys, each once")
		}
		seen[k.ID()] = true
	}
	return &Anchors{need, append([]*envelope.PublicKey(nil), keys...)}, nil
}

type jwkSet struct {
	Keys []json.RawMessage `json:"keys"`
}

// ParseAnchors reads a JWK Set (RFC 7517 section 5) of public signing keys,
// every one of which must sign. The error has [envelope.ReasonMalformed] or
// [envelope.ReasonTooLarge].
func ParseAnchors(jwks []byte) (*Anchors, error) {
	if len(jwks) > limits.KeyFile {
		return nil, refuse(envelope.ReasonTooLarge, "anchors")
	}
	var set jwkSet
	if strictjson.Unmarshal(jwks, &set) != nil || len(set.Keys) > limits.DocumentSignatures {
		return nil, refuse(envelope.ReasonMalformed, "anchors: not a JWK Set")
	}
	keys := make([]*envelope.PublicKey, len(set.Keys))
	for i, text := range set.Keys {
		key, err := envelope.ParsePublicKey(text)
		if err != nil {
			return nil, refuse(envelope.ReasonMalformed, fmt.Sprintf("anchors: key %d is not a valid public key", i+1))
		}
		keys[i] = key
	}
	a, err := NewAnchors(len(keys), keys...)
	if err != nil {
		return nil, refuse(envelope.ReasonMalformed, "anchors: not signing keys, each once")
	}
	return a, nil
}

// MarshalJSON returns the anchors' keys as a JWK Set. It does not hold how many
// of them are needed: [ParseAnchors] reads it as all.
func (a *Anchors) MarshalJSON() ([]byte, error) {
	var set jwkSet
	for _, k := range a.keys {
		text, err := k.MarshalJSON()
		if err != nil {
			return nil, err
		}
		set.Keys = append(set.Keys, text)
	}
	return json.Marshal(set)
}

// Keys returns the thumbprints of the keys.
func (a *Anchors) Keys() []string {
	ids := make([]string, len(a.keys))
	for i, k := range a.keys {
		ids[i] = k.ID()
	}
	return ids
}

// verify verifies every signature of doc. All must be by anchors, and enough of
// them: what a stranger added was not agreed on.
func (a *Anchors) verify(doc *document.Document) error {
	byID := make(map[string]*envelope.PublicKey, len(a.keys))
	for _, k := range a.keys {
		byID[k.ID()] = k
	}
	signers := doc.Signers()
	for _, kid := range signers {
		key := byID[kid]
		if key == nil {
			return refuse(envelope.ReasonBadSignature, "directory: signed by a key that is not an anchor")
		}
		if err := doc.Verify(key); err != nil {
			return refuse(envelope.ReasonBadSignature, "directory")
		}
	}
	if len(signers) < a.need {
		return refuse(envelope.ReasonBadSignature, "directory: signed by too few anchors")
	}
	return nil
}

func refuse(r envelope.Reason, detail string) error {
	return &envelope.Error{Reason: r, Detail: detail}
}
