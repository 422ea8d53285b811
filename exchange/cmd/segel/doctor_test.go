package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

func TestParseRanges(t *testing.T) {
	for s, want := range map[string][]exchange.Range{
		"1":                    {{From: 1, To: 1}},
		"5-9,12":               {{From: 5, To: 9}, {From: 12, To: 12}},
		"7-7":                  {{From: 7, To: 7}},
		"":                     nil,
		"0":                    nil,
		"-1":                   nil,
		"1-":                   nil,
		"9-5":                  nil,
		"1,,2":                 nil,
		"1 -2":                 nil,
		"1-2-3":                nil,
		"99999999999999999999": nil,
	} {
		got, err := parseRanges(s)
		if !reflect.DeepEqual(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%q: got %v, %v; want %v", s, got, err, want)
		}
		if want != nil && s != "7-7" && rangesText(got) != s {
			t.Errorf("%q became %q", s, rangesText(got))
		}
	}
}

func TestWithout(t *testing.T) {
	all := []exchange.Range{{From: 3, To: 9}, {From: 12, To: 12}}
	for _, test := range []struct {
		numbers []int64
		want    string
	}{
		{nil, "3-9,12"},
		{[]int64{3}, "4-9,12"},
		{[]int64{9, 12}, "3-8"},
		{[]int64{6, 1, 20, 6}, "3-5,7-9,12"},
		{[]int64{3, 4, 5, 6, 7, 8, 9, 12}, ""},
	} {
		if got := rangesText(without(all, test.numbers)); got != test.want {
			t.Errorf("without %v: got %q, want %q", test.numbers, got, test.want)
		}
	}
}

// TestFolderOf: no two parties share a folder, whatever hyphens they have.
func TestFolderOf(t *testing.T) {
	seen := map[string]envelope.Party{}
	for _, p := range []envelope.Party{"kpu/sirekap", "a/b-c", "a-b/c", "a-b/c-d", "a/b-c-d", "a-b-c/d"} {
		folder := folderOf(p)
		if other, taken := seen[folder]; taken {
			t.Errorf("%s and %s share %s", p, other, folder)
		}
		seen[folder] = p
	}
	if got := folderOf("kpu/sirekap"); got != "kpu-sirekap" {
		t.Errorf("got %q", got)
	}
}

// TestTrouble: every trouble has a name of its own, and nothing of an error's text
// gets out.
func TestTrouble(t *testing.T) {
	seen := map[string]bool{}
	op := func(name string, err error) error { return &net.OpError{Op: name, Err: err} }
	for _, err := range []error{
		x509.UnknownAuthorityError{}, x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{nik}}, Host: nik},
		x509.CertificateInvalidError{Reason: x509.Expired, Detail: nik}, x509.CertificateInvalidError{Reason: x509.NotAuthorizedToSign, Detail: nik},
		op("remote error", errors.New(nik)), &net.DNSError{Name: nik, Err: nik}, op("dial", os.NewSyscallError("connect", syscall.ECONNREFUSED)),
		op("dial", os.NewSyscallError("connect", syscall.EHOSTUNREACH)), context.DeadlineExceeded, errors.New(nik),
	} {
		id, en := trouble(fmt.Errorf("get: %w", err))
		if id == "" || en == "" || seen[en] || strings.Contains(id+en, nik) {
			t.Errorf("%T: %q / %q", err, id, en)
		}
		seen[en] = true
	}
}

// TestMissing: what recipients lack is told by their latest receipt, but not what is on
// its way or settled, and to send again is advised only for what was given up.
func TestMissing(t *testing.T) {
	key, err := envelope.GenerateKey(envelope.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	parcel := func(to envelope.Party, number, at int64, missing string) exchange.Parcel {
		jws, err := envelope.SignToken(envelope.TypeReceipt, fmt.Appendf(nil, `{"v":1,"jti":"x","iss":"b/c","aud":"a/b","iat":%d,"manifest":"x","outcome":"accepted","final":true%s}`, at, missing), key)
		if err != nil {
			t.Fatal(err)
		}
		return exchange.Parcel{
			Sent: exchange.Sent{Recipient: to, Channel: "x"}, Epoch: "EPOCH", Number: number,
			State: exchange.ParcelSettled, Outcome: exchange.OutcomeAccepted, Receipt: jws,
		}
	}
	in := func(number int64, state exchange.ParcelState) exchange.Parcel {
		return exchange.Parcel{Sent: exchange.Sent{Recipient: "b/c", Channel: "x"}, Epoch: "EPOCH", Number: number, State: state}
	}
	up := func(number int64) exchange.Parcel { return in(number, exchange.ParcelGivenUp) }
	const two2four = `,"missing":[{"from":2,"to":4}]`
	for name, test := range map[string]struct {
		parcels        []exchange.Parcel
		given, foreign string
	}{
		"nothing":             {[]exchange.Parcel{parcel("b/c", 1, 10, "")}, "", ""},
		"given up":            {[]exchange.Parcel{parcel("b/c", 1, 10, ""), up(2), up(4), up(3), parcel("b/c", 5, 11, two2four)}, "2-4", ""},
		"one is open":         {[]exchange.Parcel{up(2), in(3, exchange.ParcelUnknown), up(4), parcel("b/c", 5, 11, two2four)}, "2,4", ""},
		"all are open":        {[]exchange.Parcel{in(2, exchange.ParcelUnknown), in(3, exchange.ParcelQueued), in(4, exchange.ParcelUnknown), parcel("b/c", 5, 11, two2four)}, "", ""},
		"a part came since":   {[]exchange.Parcel{parcel("b/c", 5, 11, two2four), up(2), up(4), parcel("b/c", 3, 11, "")}, "2,4", ""},
		"not here":            {[]exchange.Parcel{parcel("b/c", 5, 11, two2four), up(2)}, "2", "3-4"},
		"nothing is here":     {[]exchange.Parcel{parcel("b/c", 5, 11, two2four), up(7)}, "", "2-4"},
		"an older receipt":    {[]exchange.Parcel{parcel("b/c", 5, 11, two2four), up(2), parcel("b/c", 6, 12, "")}, "", ""},
		"another recipient's": {[]exchange.Parcel{parcel("b/c", 5, 11, `,"missing":[{"from":2,"to":2}]`), parcel("d/e", 2, 12, "")}, "", "2"},
	} {
		var d diagnosis
		d.missing(test.parcels)
		var want []string
		if test.given != "" {
			want = append(want, "the recipient lacks numbers "+test.given+": segel outbox retry --to b/c --epoch EPOCH --numbers "+test.given)
		}
		if test.foreign != "" {
			want = append(want, "the recipient lacks numbers "+test.foreign+", which this outbox does not hold: void, or of another store")
		}
		var got []string
		for _, f := range d.found {
			got = append(got, f.EN)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// TestCompromised: a key that the directory marks is told, and no longer counts.
func TestCompromised(t *testing.T) {
	w := newWorld(t)
	a := &app{now: func() time.Time { return time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC) }}
	keys, err := a.privateKeys(w.path("anchor/anchor.private.jwks"))
	if err != nil {
		t.Fatal(err)
	}
	old, err := a.previous(w.path("directory"), keys)
	if err != nil {
		t.Fatal(err)
	}
	draft := old.Draft()
	draft.Parties[0].Keys[0].CompromisedFrom = draft.IssuedAt // the first signing key
	draft.Agreements = nil                                    // it had signed them
	file, _, err := signDraft(draft, keys)
	if err != nil {
		t.Fatal(err)
	}
	w.write("directory", string(file))
	stdout, _ := command(t, exitRefused, w.doctor()...)
	for _, want := range []string{"warning  keys.compromised: ", "wrong    keys.sign: ", "ok       keys.encrypt: ", "wrong    agreements: "} {
		if !strings.Contains("\n"+stdout, "\n"+want) {
			t.Errorf("nothing like %q in\n%s", want, stdout)
		}
	}
}
