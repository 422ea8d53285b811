package vectors

import (
	"fmt"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
)

// insiders are what a recipient can make of what it opened, and what a sender
// can sign that is not allowed.
func (m *maker) insiders() {
	text := func(s string) *string { return &s }
	seenAs := func(state string) func(b *built) []string {
		return func(b *built) []string {
			return []string{fmt.Sprintf("%s %s %s %s", state, b.manifest.Sender, b.manifest.ID, b.digest)}
		}
	}
	another := func(state string) func(b *built) []string {
		return func(b *built) []string {
			return []string{fmt.Sprintf("%s %s %s %s", state, b.manifest.Sender, b.manifest.ID, b64(fill(32, 7)))}
		}
	}
	const uuid = "018dab00-0000-7000-8000-0000000000"
	correction := func(e *envelope.Manifest) {
		e.Supersedes = &envelope.Supersession{ID: uuid + "01", First: uuid + "01", Digest: b64(fill(32, 7)), Revision: 1, Reason: "salah ketik"}
	}
	other := []string{"bawaslu-pengawasan", "kpu-sirekap"}
	rewrapped := func(b *built, _ []byte) []byte {
		return fileOf(b.again("segel-envelope+jwe", m.keys["kpu-sirekap"].encrypt))
	}
	to := []string{"kpu-sirekap"}
	for _, s := range []sealed{
		// For whom.
		{name: "forwarded", comment: "a recipient encrypts what it received for somebody whom the sender did not name", to: []string{"bawaslu-pengawasan"}, file: rewrapped, expect: envelope.ReasonForwarded},
		{name: "forwarded-key-of-another-party", comment: "the manifest names the opener's key at another party", manifest: func(e *envelope.Manifest) { e.Recipients[0] = "bawaslu/pengawasan" }, expect: envelope.ReasonForwarded},
		{name: "forwarded-party-with-another-key", comment: "the manifest names the opener with another key", manifest: func(e *envelope.Manifest) { e.Keys[0] = m.keys["kpu-sirekap-x25519"].encrypt.Kid }, expect: envelope.ReasonForwarded},
		{name: "forwarded-places-swapped", comment: "the manifest names opener and key in two places", to: other, manifest: func(e *envelope.Manifest) { e.Keys[0], e.Keys[1] = e.Keys[1], e.Keys[0] }, file: rewrapped, expect: envelope.ReasonForwarded},
		{name: "rewrapped", comment: "a co-recipient encrypts the same for the opener, whom the sender did name: the same envelope", to: other, file: rewrapped},
		// Times.
		{name: "lifetime", comment: "exp - iat is 30 days and 1 second", manifest: func(e *envelope.Manifest) { e.Expires = e.IssuedAt + 30*24*3600 + 1 }, expect: envelope.ReasonLifetime},
		{name: "not-yet-valid", comment: "opened 2 minutes and 1 second before nbf", manifest: func(e *envelope.Manifest) { e.NotBefore = now.Add(121 * time.Second).Unix() }, expect: envelope.ReasonNotYetValid},
		{name: "expired", comment: "opened exp + 2 minutes", manifest: func(e *envelope.Manifest) { e.Expires = now.Add(-2 * time.Minute).Unix() }, expect: envelope.ReasonExpired},
		{name: "directory-expired", comment: "opened when the directory expires", at: until, expect: envelope.ReasonDirectoryStale},
		// For what.
		{name: "purpose-mismatch", comment: "sealed for another purpose than the opener states", purpose: "REKAP-KIRIM", expect: envelope.ReasonPurposeMismatch},
		{name: "purpose-wider", comment: "sealed for a purpose whose code begins like the stated one", manifest: func(e *envelope.Manifest) { e.Purpose += "-X" }, expect: envelope.ReasonPurposeMismatch},
		{name: "purpose-unknown", comment: "the opener states the manifest's purpose, which the vocabulary does not have", manifest: func(e *envelope.Manifest) { e.Purpose = "TPS-ENTAH" }, purpose: "TPS-ENTAH", layer: "agreement", expect: envelope.ReasonPurposeUnknown},
		{name: "no-agreement", comment: "an agreement that the directory does not hold", manifest: func(e *envelope.Manifest) { e.Agreement.ID = "PKS-LAIN" }, layer: "agreement", expect: envelope.ReasonNoAgreement},
		{name: "no-agreement-digest", comment: "an agreement of another digest than the directory's", manifest: func(e *envelope.Manifest) { e.Agreement.Digest = e.Commit }, layer: "agreement", expect: envelope.ReasonNoAgreement},
		{name: "no-agreement-older-directory", comment: "a directory that holds no agreement yet", directory: "first", layer: "agreement", expect: envelope.ReasonNoAgreement},
		{name: "no-agreement-one-signature", comment: "an agreement that one of its parties has not signed", manifest: m.under("pks-sepihak"), layer: "agreement", expect: envelope.ReasonNoAgreement},
		{name: "agreement-ended", comment: "an agreement that ends at this moment", manifest: m.under("pks-berakhir"), layer: "agreement", expect: envelope.ReasonAgreementInactive},
		{name: "agreement-to-come", comment: "an agreement that begins a second later", manifest: m.under("pks-nanti"), layer: "agreement", expect: envelope.ReasonNotYetValid},
		{name: "not-granted-dataset", comment: "a dataset that the agreement does not grant", manifest: func(e *envelope.Manifest) { e.Dataset.ID = "sirekap/hasil-tps" }, layer: "agreement", expect: envelope.ReasonNotGranted},
		{name: "not-granted-recipient", comment: "one of the recipients is not granted it", to: []string{"kpu-sirekap", "ahu-badan-hukum"}, layer: "agreement", expect: envelope.ReasonNotGranted},
		{name: "not-granted-purpose", comment: "a purpose that the agreement does not grant", manifest: func(e *envelope.Manifest) { e.Purpose = "PARPOL-VERMIN" }, purpose: "PARPOL-VERMIN", layer: "agreement", expect: envelope.ReasonNotGranted},
		{name: "not-granted-by-definition", comment: "a purpose that the agreement grants and the dataset's definition does not carry", manifest: func(e *envelope.Manifest) { e.Purpose = "REKAP-KIRIM" }, purpose: "REKAP-KIRIM", layer: "receiver", expect: envelope.ReasonNotGranted},
		// The content.
		{name: "unknown-definition-version", comment: "a version of the dataset that the opener does not have", manifest: func(e *envelope.Manifest) { e.Dataset.Version = "9.9.9" }, layer: "receiver", expect: envelope.ReasonUnknownDefinition},
		{name: "unknown-definition-digest", comment: "a definition of another digest", manifest: func(e *envelope.Manifest) { e.Dataset.Digest = e.Commit }, layer: "receiver", expect: envelope.ReasonUnknownDefinition},
		{name: "structure-count", comment: "the manifest counts a record more than there is", manifest: func(e *envelope.Manifest) { e.Content.Records++ }, expect: envelope.ReasonStructure},
		{name: "structure-no-line-feed", comment: "the last record does not end in LF", content: text(strings.TrimSpace(records)), manifest: func(e *envelope.Manifest) { e.Content.Records = 1 }, expect: envelope.ReasonStructure},
		{name: "structure-empty-line", comment: "an empty line between records", content: text(records + "\n" + records), expect: envelope.ReasonStructure},
		{name: "structure-document-of-nothing", comment: "a document of no bytes", content: text(""), media: "text/plain", expect: envelope.ReasonStructure},
		{name: "structure-document-twice", comment: "a document that counts two records", content: text("x"), media: "text/plain", manifest: func(e *envelope.Manifest) { e.Content.Records = 2 }, expect: envelope.ReasonStructure},
		{name: "structure-schema", comment: "a record that breaks the schema", content: text(strings.Replace(records, `"lat":null`, `"lat":"utara"`, 1)), layer: "receiver", expect: envelope.ReasonStructure},
		{name: "structure-not-json", comment: "a record that is not JSON", content: text("bukan json\n"), layer: "receiver", expect: envelope.ReasonStructure},
		{name: "rejected", comment: "the receiving application refuses it for good", handler: "rejects", layer: "receiver", expect: envelope.ReasonRejected},
		{name: "handler-failed", comment: "the receiving application fails", handler: "fails", layer: "receiver", expect: envelope.ReasonHandlerFailed},
		// Once.
		{name: "replayed", comment: "settled before", seen: seenAs("settled"), layer: "receiver", expect: envelope.ReasonReplayed},
		{name: "replayed-rewrapped", comment: "settled before, and encrypted anew by a co-recipient", to: other, file: rewrapped, seen: seenAs("settled"), layer: "receiver", expect: envelope.ReasonReplayed},
		{name: "replayed-s-and-n-minus-s", comment: "settled before, and now with the signature (r, n-s)", jws: negated, seen: seenAs("settled"), layer: "receiver", expect: envelope.ReasonReplayed},
		{name: "admitted-before", comment: "admitted before by an attempt that came to no end: tried again", seen: seenAs("admitted")},
		{name: "conflict", comment: "another content was admitted under this identity: the sender signed both", seen: another("admitted"), layer: "receiver", expect: envelope.ReasonConflict},
		{name: "conflict-settled", comment: "another content was settled under this identity", seen: another("settled"), layer: "receiver", expect: envelope.ReasonConflict},
		{name: "conflict-superseded", comment: "it supersedes another content than was admitted", manifest: correction, seen: func(b *built) []string {
			return []string{"settled kominfo/jaringan " + uuid + "01 " + b64(fill(32, 8))}
		}, layer: "receiver", expect: envelope.ReasonConflict},
		{name: "correction", comment: "it supersedes what was settled", manifest: correction, seen: func(b *built) []string {
			return []string{"settled kominfo/jaringan " + uuid + "01 " + b64(fill(32, 7))}
		}},
		{name: "superseded", comment: "a later revision was admitted before", seen: func(b *built) []string {
			return []string{"settled kominfo/jaringan " + uuid + "02 " + b64(fill(32, 7)) + " " + b.manifest.ID + " 1"}
		}, layer: "receiver", expect: envelope.ReasonSuperseded},
		{name: "cancelled", comment: "the sender asked to settle or cancel, and it was cancelled", seen: seenAs("cancelled"), layer: "receiver", expect: envelope.ReasonCancelled},
		{name: "busy", comment: "another process is at work on it", seen: seenAs("claimed"), layer: "receiver", expect: envelope.ReasonBusy},
		{name: "clock-back", comment: "the store was told a time that is an hour later", seen: clock(now.Add(time.Hour)), layer: "receiver", expect: envelope.ReasonClock},
		{name: "clock-forward", comment: "the store was told nothing for 61 days", seen: clock(now.Add(-61 * 24 * time.Hour)), layer: "receiver", expect: envelope.ReasonClock},
		{name: "directory-rolled-back", comment: "the store has used a later version of the directory", seen: func(*built) []string { return []string{"directory 3 " + b64(fill(32, 7))} }, layer: "receiver", expect: envelope.ReasonDirectoryStale},
	} {
		if s.to == nil {
			s.to = to
		}
		m.envelope(s)
	}
}

func clock(t time.Time) func(*built) []string {
	return func(*built) []string { return []string{"clock " + at(t)} }
}

// under names an agreement.
func (m *maker) under(file string) func(*envelope.Manifest) {
	return func(e *envelope.Manifest) {
		e.Agreement = envelope.Agreement{ID: strings.ToUpper(file), Digest: m.agreementDigest(file)}
	}
}
