package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/internal/document"
	"github.com/segel-id/segel/internal/limits"
	"github.com/segel-id/segel/internal/strictjson"
)

// A PublicSet is what a party hands to whoever keeps the directory: one signing
// key, one encryption key and its statement that it holds both. Only
// [ParsePublicSet] makes one, and it has verified the statement. It is
// immutable and may be used concurrently.
type PublicSet struct {
	party         envelope.Party
	sign, encrypt *envelope.PublicKey
	statement     string
	issuedAt      time.Time
}

type publicSet struct {
	Keys       []json.RawMessage `json:"keys"`
	Party      envelope.Party    `json:"party"`
	Possession string            `json:"possession"`
}

// possession is the payload of the statement.
type possession struct {
	V        int            `json:"v"`
	Party    envelope.Party `json:"party"`
	Sign     string         `json:"sign"`
	Encrypt  string         `json:"encrypt"`
	IssuedAt string         `json:"issuedAt"`
}

// NewPublicSet returns the file that a party publishes for its two keys, one for
// signing and one for encryption in any order, with its statement of possession
// as of that time. Other keys or no time have [envelope.ReasonMisuse]; a party
// of another form has [envelope.ReasonMalformed].
func NewPublicSet(party envelope.Party, keys []*envelope.PrivateKey, at time.Time) ([]byte, error) {
	if _, err := envelope.ParseParty(string(party)); err != nil {
		return nil, err
	}
	var sign, encrypt *envelope.PrivateKey
	for _, k := range keys {
		switch {
		case k != nil && k.Public().Use() == envelope.UseSign:
			sign = k
		case k != nil:
			encrypt = k
		}
	}
	if len(keys) != 2 || sign == nil || encrypt == nil || at.Unix() < 0 {
		return nil, refuse(envelope.ReasonMisuse, "public set: one signing key, one encryption key and a time")
	}
	p := possession{1, party, sign.Public().ID(), encrypt.Public().ID(), document.FormatTime(at)}
	if p.Sign == p.Encrypt {
		return nil, refuse(envelope.ReasonMisuse, "public set: the two keys are one")
	}
	text, err := json.Marshal(p)
	if err != nil {
		return nil, refuse(envelope.ReasonMisuse, "public set")
	}
	token, err := envelope.SignToken(envelope.TypePossession, text, sign)
	if err != nil {
		return nil, err
	}
	file := publicSet{Party: party, Possession: string(token)}
	for _, k := range []*envelope.PrivateKey{sign, encrypt} {
		jwk, err := k.Public().MarshalJSON()
		if err != nil {
			return nil, refuse(envelope.ReasonMisuse, "public set")
		}
		file.Keys = append(file.Keys, jwk)
	}
	return indent(file)
}

// ParsePublicSet reads such a file and verifies the statement. The error has
// [envelope.ReasonMalformed], [envelope.ReasonTooLarge] or
// [envelope.ReasonBadSignature].
func ParsePublicSet(file []byte) (*PublicSet, error) {
	if len(file) > limits.KeyFile {
		return nil, refuse(envelope.ReasonTooLarge, "public set")
	}
	var f publicSet
	if strictjson.Unmarshal(file, &f) != nil || len(f.Keys) != 2 {
		return nil, refuse(envelope.ReasonMalformed, "public set: not exactly the members keys (two), party, possession")
	}
	if _, err := envelope.ParseParty(string(f.Party)); err != nil {
		return nil, refuse(envelope.ReasonMalformed, "public set: party")
	}
	s := &PublicSet{party: f.Party, statement: f.Possession}
	for i, text := range f.Keys {
		key, err := envelope.ParsePublicKey(text)
		if err != nil {
			return nil, refuse(envelope.ReasonMalformed, fmt.Sprintf("public set: key %d is not a valid public key", i+1))
		}
		if key.Use() == envelope.UseSign {
			s.sign = key
		} else {
			s.encrypt = key
		}
	}
	if s.sign == nil || s.encrypt == nil {
		return nil, refuse(envelope.ReasonMalformed, "public set: not one signing and one encryption key")
	}
	p, err := verifyPossession(f.Possession, f.Party, s.sign)
	if err != nil {
		return nil, err
	}
	if p.Encrypt != s.encrypt.ID() {
		return nil, refuse(envelope.ReasonBadSignature, "public set: the statement is about another encryption key")
	}
	s.issuedAt, _ = document.Time(p.IssuedAt)
	return s, nil
}

// verifyPossession verifies that the holder of sign said that party holds it.
func verifyPossession(token string, party envelope.Party, sign *envelope.PublicKey) (*possession, error) {
	text, err := envelope.VerifyToken(envelope.TypePossession, []byte(token), sign)
	if err != nil {
		if r := envelope.ReasonOf(err); r == envelope.ReasonMalformed || r == envelope.ReasonTooLarge {
			return nil, refuse(r, "statement of possession")
		}
		return nil, refuse(envelope.ReasonBadSignature, "statement of possession")
	}
	var p possession
	if strictjson.Unmarshal(text, &p) != nil || p.V != 1 {
		return nil, refuse(envelope.ReasonMalformed, "statement of possession")
	}
	if _, ok := document.Time(p.IssuedAt); !ok || p.Sign == p.Encrypt {
		return nil, refuse(envelope.ReasonMalformed, "statement of possession")
	}
	if p.Party != party || p.Sign != sign.ID() {
		return nil, refuse(envelope.ReasonBadSignature, "statement of possession: about another party or key")
	}
	return &p, nil
}

// Party returns whose keys they are, by the word of the key's holder.
func (s *PublicSet) Party() envelope.Party { return s.party }

// IssuedAt returns when the statement says that it was made.
func (s *PublicSet) IssuedAt() time.Time { return s.issuedAt }

// SigningKey returns the signing key.
func (s *PublicSet) SigningKey() *envelope.PublicKey { return s.sign }

// EncryptionKey returns the encryption key.
func (s *PublicSet) EncryptionKey() *envelope.PublicKey { return s.encrypt }

// Keys returns the two keys as entries of a directory: both to be used from the
// first time until the second, and signatures to be accepted until the third.
func (s *PublicSet) Keys(from, until, acceptUntil time.Time) []Key {
	return []Key{
		{Public: s.sign, From: from, Until: until, AcceptUntil: acceptUntil, Possession: s.statement},
		{Public: s.encrypt, From: from, Until: until, Possession: s.statement},
	}
}

func indent(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, refuse(envelope.ReasonMisuse, "public set")
	}
	return out.Bytes(), nil
}
