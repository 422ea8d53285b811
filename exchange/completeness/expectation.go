package completeness

import (
	"encoding/json"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/internal/form"
	"github.com/segel-id/segel/internal/strictjson"
)

// Expectation says which units must report what, to whom and until when. It is
// signed by the party that is responsible for the register. The members have
// exactly the names of the json tags.
type Expectation struct {
	Version   int            `json:"v"`       // 1
	Issuer    envelope.Party `json:"iss"`     // who expects it
	IssuedAt  int64          `json:"iat"`     // NumericDate
	Dataset   string         `json:"dataset"` // id of the dataset that the units report, system/name
	LegalDate string         `json:"asOf"`    // of what is reported, as polling day; YYYY-MM-DD
	Due       int64          `json:"due"`     // NumericDate; what is first accepted later is late
	Units     int64          `json:"units"`   // how many there are
	Root      string         `json:"root"`    // of the register's tree
}

// Expected is an expectation that was verified. Only [OpenExpectation] makes one.
type Expected struct {
	claims Expectation
	jws    []byte
}

// Claims returns what was signed.
func (e *Expected) Claims() Expectation { return e.claims }

// JWS returns the signed statement.
func (e *Expected) JWS() []byte { return append([]byte(nil), e.jws...) }

// Expect signs that the units of a register must report. Of e, the members
// Version, Units and Root are filled in, the others mandatory. The error has
// [envelope.ReasonMisuse].
func (r *Register) Expect(e Expectation, key *envelope.PrivateKey) ([]byte, error) {
	e.Version, e.Units, e.Root = 1, int64(r.Len()), r.Root()
	if !e.sound() {
		return nil, refuse(envelope.ReasonMisuse, "expectation")
	}
	return sign(envelope.TypeRegister, e, key)
}

// OpenExpectation verifies an expectation under the directory: it was signed by
// its issuer with a key that was the issuer's then. Whether that party may expect
// anything is the caller's question. The error has the reasons of
// [envelope.VerifyToken] and [trust.Directory.SigningKey].
func OpenExpectation(jws []byte, d *trust.Directory, now time.Time) (*Expected, error) {
	e := &Expected{jws: append([]byte(nil), jws...)}
	err := open(envelope.TypeRegister, jws, &e.claims, d, now, func() (envelope.Party, int64, bool) {
		return e.claims.Issuer, e.claims.IssuedAt, e.claims.sound()
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (e Expectation) sound() bool {
	return e.Version == 1 && form.Party(string(e.Issuer)) && e.IssuedAt > 0 && form.Dataset(e.Dataset) && form.Date(e.LegalDate) &&
		e.Due > 0 && e.Units > 0 && e.Units <= MaxUnits && form.Digest(e.Root)
}

// of reports whether the expectation is about this register.
func (e *Expected) of(r *Register) bool {
	return e.claims.Units == int64(r.Len()) && e.claims.Root == r.Root()
}

func sign(t envelope.TokenType, claims any, key *envelope.PrivateKey) ([]byte, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return nil, refuse(envelope.ReasonMisuse, "claims")
	}
	return envelope.SignToken(t, payload, key)
}

// open verifies a statement of type t and reads its payload into claims, of which
// says then tells the signer, the time, and whether they are sound.
func open(t envelope.TokenType, jws []byte, claims any, d *trust.Directory, now time.Time, says func() (envelope.Party, int64, bool)) error {
	keyID, payload, err := envelope.PeekToken(t, jws)
	if err != nil {
		return err
	}
	if strictjson.Unmarshal(payload, claims) != nil {
		return refuse(envelope.ReasonMalformed, "statement")
	}
	issuer, at, ok := says()
	if !ok {
		return refuse(envelope.ReasonMalformed, "statement")
	}
	signedAt := time.Unix(at, 0)
	if signedAt.After(now.Add(envelope.MaxSkew)) {
		return refuse(envelope.ReasonNotYetValid, "a statement from the future")
	}
	key, err := d.SigningKey(issuer, keyID, signedAt, now, now)
	if err != nil {
		return err
	}
	_, err = envelope.VerifyToken(t, jws, key)
	return err
}
