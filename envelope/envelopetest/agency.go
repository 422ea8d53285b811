// Package envelopetest is a small fixed world for tests of code that seals or
// opens envelopes: seven parties with keys that never change, an authority that
// says yes, sealing and opening in one line, a mangler, and the runner of the
// format's test vectors ([ReadVectors]).
//
// Everything in it is synthetic, and nothing in it is secret. The private keys
// are part of this package's source, so anybody can sign and open with them.
// The same inputs meet the same keys in every run; tokens still differ from run
// to run, because sealing draws randomness.
//
//	sealed, _ := envelopetest.Seal(records, envelopetest.Sipol(), envelopetest.BadanHukum())
//	opened, err := envelopetest.Open(sealed.File(), envelopetest.BadanHukum())
//
// A test that wants a refusal changes one thing: the draft ([Draft]), the
// authority ([InsecureAuthority]) or the bytes ([Mangle]).
package envelopetest

import (
	_ "embed"
	"encoding/json"
	"sync"
	"time"

	"github.com/segel-id/segel/envelope"
)

// An Agency is a fixed party with one signing and one encryption key, both
// publicly known.
type Agency struct {
	Party      envelope.Party       // its name in manifests and directories
	Signing    *envelope.PrivateKey // ES256
	Encryption *envelope.PrivateKey // ECDH-ES+A256KW on P-256
}

// Recipient returns the agency as one to seal for.
func (a Agency) Recipient() envelope.Recipient {
	return envelope.Recipient{Party: a.Party, Key: a.Encryption.Public()}
}

// Keys returns both keys, the signing key first.
func (a Agency) Keys() []*envelope.PrivateKey {
	return []*envelope.PrivateKey{a.Signing, a.Encryption}
}

// Now is the moment at which the fixed world stands: 2024-02-15 09:00 in
// Jakarta, the morning after polling day.
func Now() time.Time { return time.Date(2024, 2, 15, 2, 0, 0, 0, time.UTC) }

// Sirekap is kpu/sirekap, the recapitulation system of KPU.
func Sirekap() Agency { return agencies()[0] }

// Sipol is kpu/sipol, the party registration system of KPU.
func Sipol() Agency { return agencies()[1] }

// BadanHukum is ahu/badan-hukum, the register of legal entities of Ditjen AHU.
func BadanHukum() Agency { return agencies()[2] }

// Pengawasan is bawaslu/pengawasan, the supervision of Bawaslu.
func Pengawasan() Agency { return agencies()[3] }

// Jaringan is kominfo/jaringan, the network mapping of Kominfo.
func Jaringan() Agency { return agencies()[4] }

// Stranger is uji/asing, a party that no agreement names.
func Stranger() Agency { return agencies()[5] }

// Anchor is uji/jangkar, whose signing key may sign directories of tests.
func Anchor() Agency { return agencies()[6] }

//go:embed insecure-keys.json
var keyFile []byte

// agencies reads the embedded keys once. They are a part of the program: if
// they cannot be read, the program is broken.
var agencies = sync.OnceValue(func() []Agency {
	var file struct {
		Agencies []struct {
			Party envelope.Party  `json:"party"`
			Keys  json.RawMessage `json:"keys"`
		} `json:"agencies"`
	}
	if err := json.Unmarshal(keyFile, &file); err != nil {
		panic("envelopetest: the embedded keys: " + err.Error())
	}
	var all []Agency
	for _, a := range file.Agencies {
		keys, err := envelope.ParsePrivateKeys([]byte(`{"keys":` + string(a.Keys) + `}`))
		if err != nil || len(keys) != 2 {
			panic("envelopetest: the embedded keys of " + string(a.Party))
		}
		all = append(all, Agency{a.Party, keys[0], keys[1]})
	}
	return all
})
