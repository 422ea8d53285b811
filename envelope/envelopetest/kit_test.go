package envelopetest

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
)

func TestEveryMutantOfAnEnvelopeIsRefused(t *testing.T) {
	sealed, err := Seal([]byte("{\"n\":1}\n"), Sirekap(), Pengawasan())
	if err != nil {
		t.Fatal(err)
	}
	file := sealed.File()
	n := 0
	for m := range MangleBits(file) {
		if n++; n%23 != 0 { // the rest is the envelope's own test
			continue
		}
		if _, err := Open(m.Data, Pengawasan()); err == nil {
			t.Fatalf("opened after %q", m.Fault)
		}
	}
	if n < 10*len(file) {
		t.Fatalf("only %d mutants of %d bytes", n, len(file))
	}
}

func TestMangleMissesNothingAndRepeatsNothing(t *testing.T) {
	data := []byte("aab")
	seen := map[string]bool{}
	for m := range Mangle(data) {
		if bytes.Equal(m.Data, data) {
			t.Errorf("%q changes nothing", m.Fault)
		}
		seen[string(m.Data)] = true
	}
	// 3·255 changes; 2 different deletions, one of which is a truncation too;
	// 3 truncations; 4·256 insertions of which 3 repeat their neighbour.
	if want := 3*255 + 2 + 2 + 4*256 - 3; len(seen) != want {
		t.Errorf("%d different texts, want %d", len(seen), want)
	}
	for range Mangle(data) {
		break // must not go on
	}
}

func TestHooksReplaceTheYes(t *testing.T) {
	no := errors.New("no")
	authority := &InsecureAuthority{
		OnAsOf: func(envelope.Claim) (time.Time, error) { return time.Time{}, no },
		OnSigningKey: func(envelope.Party, string, time.Time, time.Time) (*envelope.PublicKey, error) {
			return nil, no
		},
		OnPermit: func(*envelope.Manifest, envelope.Party, time.Time) error { return no },
		OnRecord: func(envelope.Proof) error { return no },
	}
	ctx := context.Background()
	_, err1 := authority.AsOf(ctx, envelope.Claim{})
	_, err2 := authority.SigningKey(ctx, "", "", Now(), Now())
	err3 := authority.Permit(ctx, nil, "", Now())
	err4 := authority.Record(ctx, envelope.Proof{})
	for i, err := range []error{err1, err2, err3, err4} {
		if err != no {
			t.Errorf("hook %d was not asked", i+1)
		}
	}
	if _, err := (&InsecureAuthority{}).SigningKey(ctx, Sipol().Party, Sirekap().Signing.Public().ID(), Now(), Now()); envelope.ReasonOf(err) != envelope.ReasonUnknownKey {
		t.Error("another party's key was given out")
	}
}

func TestAgenciesAreDistinct(t *testing.T) {
	keys := map[string]bool{}
	for _, a := range agencies() {
		for _, k := range a.Keys() {
			if keys[k.Public().ID()] {
				t.Errorf("%s shares a key", a.Party)
			}
			keys[k.Public().ID()] = true
		}
	}
	if len(agencies()) != 7 {
		t.Errorf("%d agencies", len(agencies()))
	}
}

func TestMangleSomeTouchesEveryByte(t *testing.T) {
	data := []byte("aab")
	n := 0
	for m := range MangleSome(data, 7) {
		if n++; bytes.Equal(m.Data, data) {
			t.Errorf("%q changes nothing", m.Fault)
		}
	}
	if n != 4*len(data) {
		t.Errorf("%d mutants", n)
	}
	for range MangleSome(data, 7) {
		break // must not go on
	}
	r := TryMutants(MangleSome(data, 7), func(mutant []byte) bool {
		if len(mutant) == 0 {
			panic("no text")
		}
		return len(mutant) == 1
	})
	if r.Tried != n || len(r.Panics) != 1 || len(r.Accepted) != 1 || r.String() != "12 mutants tried, 1 accepted, 1 panics" {
		t.Errorf("%s", r)
	}
}
