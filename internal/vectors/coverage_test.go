package vectors

import (
	"path"
	"testing"
)

// A threat is one line of the threat model, and the vectors in which it is met.
type threat struct {
	name  string
	met   []string // patterns of vectors' names
	other string   // if no file can show it, where it is tested
}

var threats = []threat{
	{"surreptitious forwarding", []string{"envelope/forwarded", "question/for-another"}, ""},
	{"recipients substituted, stripped, spliced", []string{"envelope/forwarded-*", "envelope/not-for-me", "envelope/manifest-aud-*", "envelope/manifest-rcpt-twice"}, ""},
	{"headers relabelled", []string{"envelope/*-kid-relabelled", "envelope/token-purpose"}, ""},
	{"one type taken for another", []string{"envelope/token-typ-*", "envelope/jws-typ-*", "receipt/*-typ-*", "question/typ-*", "directory/typ-*", "agreement/typ-*", "directory/possession-typ"}, ""},
	{"a JWE taken for a JWS", []string{"envelope/token-jws", "envelope/secret-jwe", "receipt/not-encrypted"}, ""},
	{"outer and inner differ", []string{"envelope/open-header-rewritten", "envelope/token-purpose", "envelope/open-alg-of-another-key"}, ""},
	{"chunks cut, reordered, spliced, repeated", []string{"body/stream-cut-*", "body/stream-no-closing*", "body/stream-swapped*", "body/stream-dropped", "body/stream-duplicated", "body/stream-from-another-*", "body/stream-trailing-*", "body/stream-closing-*"}, ""},
	{"a co-recipient forges content", []string{"envelope/content-swapped", "envelope/content-both-new", "body/stream-forged*", "body/closing-by-*"}, ""},
	{"a sender miscounts, or has two bodies", []string{"body/closing-*-lie", "body/two-bodies-*"}, ""},
	{"another content for each recipient", []string{"envelope/content-commit-broken", "envelope/content-seed", "envelope/conflict*"}, ""},
	{"keys or nonces used twice", nil, "envelope: TestNothingIsUsedTwice"},
	{"directory rolled back or frozen", []string{"directory/rolled-back", "directory/forked", "directory/expired", "envelope/directory-rolled-back"}, ""},
	{"malicious key registered", []string{"public-key/ed25519-*", "public-key/rsa-1024", "public-key/rsa-roca", "public-key/off-curve", "directory/possession-*"}, ""},
	{"replay", []string{"envelope/replayed"}, ""},
	{"replay in another encoding", []string{"envelope/replayed-rewrapped", "envelope/replayed-s-and-n-minus-s", "envelope/token-unused-bits", "envelope/token-padded-base64"}, ""},
	{"replay after eviction", []string{"envelope/last-second", "envelope/expired", "envelope/lifetime"}, "exchange: TestP4Once at every edge"},
	{"clocks that differ or are set back", []string{"envelope/clock-*", "envelope/first-second", "receipt/from-the-future"}, ""},
	{"cluster", []string{"envelope/busy"}, "exchangetest: the store's kit"},
	{"store flooded", nil, "internal/endtoend: the flood of forgeries"},
	{"crash between claim and processing", []string{"envelope/admitted-before"}, "internal/crash"},
	{"receipt forged or mixed up", []string{"receipt/of-another-*", "receipt/by-*", "receipt/forged", "receipt/another-recipient"}, ""},
	{"purpose stripped or widened", []string{"envelope/manifest-purpose-*", "envelope/purpose-*", "envelope/not-granted-*"}, ""},
	{"algorithm downgraded", []string{"envelope/token-alg-*", "envelope/token-enc-*", "envelope/jws-alg-*"}, ""},
	{"revoked or rotated keys", []string{"envelope/who-retired", "envelope/who-compromised", "envelope/who-no-longer-accepted", "question/compromised"}, ""},
	{"X.509 chains and their revocation", []string{"envelope/jws-x5c", "envelope/token-x5c", "public-key/x5c"}, "there are no certificates in version 1"},
	{"decompression bombs", []string{"envelope/token-zip", "receipt/outer-zip", "body/body-zstd-bomb*", "body/stream-forged-bomb", "body/body-zstd-window-*", "body/body-zstd-dictionary*"}, ""},
	{"oversized input", []string{"envelope/file-length-*", "body/stream-length-*", "envelope/jws-64-kib", "envelope/manifest-content-4-mib", "*/64-kib", "agreement/256-kib", "*/65-signatures"}, ""},
	{"log injection", []string{"envelope/manifest-iss-line-feed", "envelope/manifest-supersedes-reason-*", "agreement/title-direction"}, "the quiet tests of every package"},
	{"oracles", []string{"envelope/open-*"}, "their bringer is told cannot_open, and nothing else"},
	{"addresses in headers", []string{"envelope/token-jku", "envelope/token-x5u", "envelope/jws-jku"}, ""},
	{"panic", []string{"envelope/token-key-empty", "receipt/outer-key-empty", "public-key/ed25519-31"}, ""},
	{"memory disclosed", nil, "envelope: TestKeysPrintNothing, and the quiet tests of every package"},
	// What the library takes by default.
	{"alg absent or of another key", []string{"envelope/token-alg-absent", "envelope/jws-alg-of-another-key"}, ""},
	{"crit unknown, empty", []string{"envelope/*-crit*", "receipt/inner-crit", "question/crit"}, ""},
	{"b64", []string{"envelope/jws-b64-*"}, ""},
	{"duplicate members and other cases", []string{"envelope/*-member-twice", "envelope/*-member-capitals", "public-key/member-*"}, ""},
	{"garbage behind JSON", []string{"envelope/token-header-behind", "envelope/manifest-behind", "public-key/behind", "private-keys/behind"}, ""},
	{"base64 that is not canonical", []string{"envelope/token-*-base64", "envelope/token-line-feed*", "envelope/*-unused-bits"}, ""},
	{"ciphertext and tag moved", []string{"envelope/token-tag-boundary"}, ""},
	{"JSON serialisations", []string{"envelope/*-json"}, ""},
	{"member names injected", []string{"envelope/jws-member-injected"}, ""},
	{"epk of any kind", []string{"envelope/token-epk-*"}, ""},
	{"use and key_ops", []string{"public-key/use-enc", "public-key/key-ops-sign"}, ""},
	{"PSS with another salt", []string{"envelope/jws-ps256-salt-20"}, ""},
	{"weak RSA", []string{"public-key/rsa-512", "public-key/rsa-e-3"}, ""},
}

// TestEveryThreatIsMet: each line of the threat model has vectors, or says why
// not and where else.
func TestEveryThreatIsMet(t *testing.T) {
	m := assembled(t)
	for _, threat := range threats {
		if len(threat.met) == 0 && threat.other == "" {
			t.Errorf("%s: neither a vector nor a reason", threat.name)
		}
		for _, pattern := range threat.met {
			found := 0
			for name := range m.files {
				if ok, err := path.Match(pattern, name); err != nil {
					t.Fatal(err)
				} else if ok {
					found++
				}
			}
			if found == 0 {
				t.Errorf("%s: no vector is called %s", threat.name, pattern)
			}
		}
	}
}
