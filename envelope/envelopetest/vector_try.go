package envelopetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
)

// A VectorFolder is the folder envelope/testdata/vectors: the vectors, and the
// keys, directories and agreements that they name.
type VectorFolder struct {
	FS fs.FS // the folder itself
}

// PrivateKeys reads the keys of a vector: of one file in keys. Without a name
// there are none.
func (f VectorFolder) PrivateKeys(name string) ([]*envelope.PrivateKey, error) {
	if name == "" {
		return nil, nil
	}
	text, err := fs.ReadFile(f.FS, "keys/"+name)
	if err != nil {
		return nil, err
	}
	return envelope.ParsePrivateKeys(text)
}

// Directory reads a signed directory of a vector, as bytes.
func (f VectorFolder) Directory(name string) ([]byte, error) {
	return fs.ReadFile(f.FS, "directories/"+name)
}

// Try brings a vector to the entry point of package envelope that reads its
// kind, and returns the reason of the refusal, or "" and the result. For a vector
// that another layer refuses, the layer "format" opens it. The reason is "" and
// the result too for a kind that package envelope does not read.
//
// The authority it opens with reads the plain JSON beside the signed directory,
// as an implementation in another language may: a tool of tests, which trusts
// that text.
func (f VectorFolder) Try(ctx context.Context, v *Vector) (reason envelope.Reason, result string, err error) {
	switch v.Kind {
	case "public-key":
		key, err := envelope.ParsePublicKey(v.Data)
		if err != nil {
			return envelope.ReasonOf(err), "", nil
		}
		return "", key.ID(), nil
	case "private-keys":
		keys, err := envelope.ParsePrivateKeys(v.Data)
		if err != nil {
			return envelope.ReasonOf(err), "", nil
		}
		ids := make([]string, len(keys))
		for i, k := range keys {
			ids[i] = k.Public().ID()
		}
		return "", strings.Join(ids, " "), nil
	case "body":
		return f.tryBody(ctx, v)
	case "envelope":
		keys, err := f.PrivateKeys(v.Keys)
		if err != nil {
			return "", "", err
		}
		authority, err := f.authority(v)
		if err != nil {
			return "", "", err
		}
		opened, err := envelope.Open(ctx, bytes.NewReader(v.Data), envelope.Opener{Party: v.As, Keys: keys, Purpose: v.Purpose}, authority)
		if err != nil {
			return envelope.ReasonOf(err), "", nil
		}
		return "", ContentHash(opened.Content()), nil
	}
	return "", "", nil
}

// tryBody opens a vector in one pass and in two, which must agree. The error says
// that they do not, or that something else was handed out than the vector says.
func (f VectorFolder) tryBody(ctx context.Context, v *Vector) (envelope.Reason, string, error) {
	keys, err := f.PrivateKeys(v.Keys)
	if err != nil {
		return "", "", err
	}
	authority, err := f.authority(v)
	if err != nil {
		return "", "", err
	}
	by := envelope.Opener{Party: v.As, Keys: keys, Purpose: v.Purpose}
	var one, two bytes.Buffer
	r, err := envelope.OpenStream(ctx, bytes.NewReader(v.Data), by, authority)
	if err == nil {
		_, err = io.Copy(&one, r)
	}
	again := func() error {
		x, err := envelope.Examine(ctx, bytes.NewReader(v.Data), by, authority)
		if err != nil {
			return err
		}
		whole, err := x.Verify(ctx)
		if err != nil {
			return err
		}
		r, err := whole.Release(ctx, bytes.NewReader(v.Data[x.BodyOffset():]))
		if err == nil {
			_, err = io.Copy(&two, r)
		}
		return err
	}()
	reason, hash := envelope.ReasonOf(err), ContentHash(one.Bytes())
	switch {
	case envelope.ReasonOf(again) != reason:
		return "", "", fmt.Errorf("%s: one pass says %q, two say %q", v.Name, reason, envelope.ReasonOf(again))
	case reason != "" && two.Len() > 0:
		return "", "", fmt.Errorf("%s: two passes handed something out", v.Name)
	case reason != "" && hash != v.Released:
		return "", "", fmt.Errorf("%s: one pass handed out %d bytes that it should not have, or kept some back", v.Name, one.Len())
	case reason == "" && !bytes.Equal(one.Bytes(), two.Bytes()):
		return "", "", fmt.Errorf("%s: one pass and two handed out different bytes", v.Name)
	case reason != "":
		return reason, "", nil
	}
	return "", hash, nil
}

// ContentHash is the result of a vector that opens: SHA-256 of the content in
// hexadecimal.
func ContentHash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// plainDirectory is what an opener needs of a directory's payload.
type plainDirectory struct {
	Expires time.Time `json:"expires"`
	Parties []struct {
		ID   envelope.Party `json:"id"`
		Keys []plainKey     `json:"keys"`
	} `json:"parties"`
}

type plainKey struct {
	JWK             json.RawMessage `json:"jwk"`
	SignFrom        time.Time       `json:"signFrom"`
	SignUntil       time.Time       `json:"signUntil"`
	AcceptUntil     time.Time       `json:"acceptUntil"`
	CompromisedFrom time.Time       `json:"compromisedFrom"`
}

// authority knows the signing keys of a directory, and permits everything.
func (f VectorFolder) authority(v *Vector) (*InsecureAuthority, error) {
	text, err := fs.ReadFile(f.FS, "directories/"+v.Directory+".json")
	if err != nil {
		return nil, err
	}
	var d plainDirectory
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, err
	}
	return &InsecureAuthority{
		OnAsOf: func(envelope.Claim) (time.Time, error) {
			if !v.At.Before(d.Expires) {
				return time.Time{}, &envelope.Error{Reason: envelope.ReasonDirectoryStale}
			}
			return v.At, nil
		},
		OnSigningKey: func(party envelope.Party, keyID string, signedAt, asOf time.Time) (*envelope.PublicKey, error) {
			return d.signingKey(party, keyID, signedAt, asOf)
		},
	}, nil
}

// signingKey judges as the documentation of exchange/trust says.
func (d plainDirectory) signingKey(party envelope.Party, keyID string, signedAt, asOf time.Time) (*envelope.PublicKey, error) {
	for _, p := range d.Parties {
		for _, k := range p.Keys {
			key, err := envelope.ParsePublicKey(k.JWK)
			if err != nil {
				return nil, err
			}
			if key.ID() != keyID {
				continue
			}
			stolen := !k.CompromisedFrom.IsZero() && !(signedAt.Before(k.CompromisedFrom) && asOf.Before(k.CompromisedFrom))
			if p.ID != party || stolen || signedAt.Before(k.SignFrom) || !signedAt.Before(k.SignUntil) || !asOf.Before(k.AcceptUntil) {
				return nil, &envelope.Error{Reason: envelope.ReasonKeyNotValid}
			}
			return key, nil
		}
	}
	return nil, &envelope.Error{Reason: envelope.ReasonUnknownKey}
}
