package envelope

import "github.com/segel-id/segel/envelope/purpose"

// Kind says what a refusal means for the envelope's future.
type Kind uint8

// The three kinds of refusal.
const (
	// KindDamage: it could have happened without the sender's signing key. The
	// receiver answers no receipt and keeps no claim, so that nobody can poison
	// an honest envelope by damaging a copy. Send the same bytes again.
	KindDamage Kind = iota + 1
	// KindNotNow: nothing is wrong with the envelope. Try the same bytes later.
	KindNotNow
	// KindNever: it follows from what the sender signed. The same envelope will
	// not be accepted; a new one may be, if its cause is mended. See
	// [Reason.Settles].
	KindNever
)

// String returns "damage", "not now" or "never".
func (k Kind) String() string {
	switch k {
	case KindDamage:
		return "damage"
	case KindNotNow:
		return "not now"
	case KindNever:
		return "never"
	}
	return "unknown"
}

// Reason is the closed code of a refusal. The same codes stand in errors,
// receipts, journals and metrics. Each comment says what an operator does.
type Reason string

// Damage.
const (
	// ReasonMalformed: not one of our files, tokens, documents or keys by its
	// form. Ask for the file again; if it repeats, the maker has a defect.
	ReasonMalformed Reason = "malformed"
	// ReasonTooLarge: beyond a limit that is checked before any work. Split it.
	ReasonTooLarge Reason = "too_large"
	// ReasonCannotOpen: the token or a chunk of the body does not decrypt, whatever
	// the cause. Ask for the file again; if it repeats, compare key thumbprints by another way.
	ReasonCannotOpen Reason = "cannot_open"
	// ReasonNotForMe: no token is encrypted for one of the opener's keys. Give
	// the file to the party that it is for.
	ReasonNotForMe Reason = "not_for_me"
	// ReasonForwarded: the token opens, but the signed manifest does not name
	// this party with this key: somebody who received it passed it on. Alarm.
	ReasonForwarded Reason = "forwarded"
	// ReasonBadSignature: the signature of the manifest, of a chunk or of the closing
	// statement does not verify. Alarm if it repeats: of what is inside the
	// encryption, only a recipient could have done it.
	ReasonBadSignature Reason = "bad_signature"
	// ReasonBadContent: the seed or the content is not what the signed manifest
	// commits to, or the body not what the closing statement does. Alarm if it
	// repeats: only a recipient could have done it, or a sender with two bodies.
	ReasonBadContent Reason = "bad_content"
	// ReasonKeyNotValid: the directory did not give this signing key to the
	// sender for that time, or has withdrawn it. Ask the sender to seal anew.
	ReasonKeyNotValid Reason = "key_not_valid"
)

// Not now.
const (
	// ReasonPurposeUnknown: the vocabulary of purposes at hand does not have it.
	// Update Segel, or ask the sender what was meant.
	ReasonPurposeUnknown Reason = "purpose_unknown"
	// ReasonNoAgreement: the directory at hand holds no such agreement with this
	// digest signed by every party. Fetch a newer directory, or have it signed.
	ReasonNoAgreement Reason = "no_agreement"
	// ReasonUnknownKey: the directory at hand does not know the signing key.
	// Fetch a newer directory, then try again.
	ReasonUnknownKey Reason = "unknown_key"
	// ReasonUnknownDefinition: the dataset's definition is not at hand. Install
	// that version, then try again.
	ReasonUnknownDefinition Reason = "unknown_definition"
	// ReasonNewerVersion: a later version of Segel made it. Update.
	ReasonNewerVersion Reason = "newer_version"
	// ReasonNotYetValid: its time, or its agreement's, has not come by this clock.
	// Wait; if it was just sealed, compare the clocks.
	ReasonNotYetValid Reason = "not_yet_valid"
	// ReasonDirectoryStale: the directory at hand is past its own expiry or
	// older than one seen before. Fetch the current one.
	ReasonDirectoryStale Reason = "directory_stale"
	// ReasonClock: the clock jumped. Nothing is accepted until somebody looks.
	ReasonClock Reason = "clock"
	// ReasonBusy: another process works on the same envelope. Try later.
	ReasonBusy Reason = "busy"
	// ReasonUnavailable: a store, journal or authority failed. Look at its log.
	ReasonUnavailable Reason = "unavailable"
	// ReasonHandlerFailed: the receiving application failed. It will be called
	// again.
	ReasonHandlerFailed Reason = "handler_failed"
	// ReasonMisuse: the calling program did not say what it must say. Mend it.
	ReasonMisuse Reason = "misuse"
)

// Never.
const (
	// ReasonExpired: past its expiry. Ask the sender whether it still holds.
	ReasonExpired Reason = "expired"
	// ReasonLifetime: made to live longer than limits allow. Seal it anew.
	ReasonLifetime Reason = "lifetime"
	// ReasonPurposeMismatch: sealed for another purpose than the one stated.
	// Opened for its own purpose it may be accepted.
	ReasonPurposeMismatch Reason = "purpose_mismatch"
	// ReasonAgreementInactive: the agreement has ended. One that does not hold yet
	// is ReasonNotYetValid.
	ReasonAgreementInactive Reason = "agreement_inactive"
	// ReasonNotGranted: the agreement does not allow this sender to give this
	// dataset to this recipient for this purpose.
	ReasonNotGranted Reason = "not_granted"
	// ReasonStructure: a record breaks the dataset's schema. Mend the data and
	// seal it anew.
	ReasonStructure Reason = "structure"
	// ReasonRejected: the receiving application refused it for good.
	ReasonRejected Reason = "rejected"
	// ReasonReplayed: settled before; the first receipt holds.
	ReasonReplayed Reason = "replayed"
	// ReasonConflict: another content under the identity of an envelope that
	// was admitted before. Alarm: the sender signed both.
	ReasonConflict Reason = "conflict"
	// ReasonCancelled: the sender asked to settle or cancel, and it was cancelled.
	ReasonCancelled Reason = "cancelled"
	// ReasonSuperseded: a later revision of it was admitted before. Use that one.
	ReasonSuperseded Reason = "superseded"
)

// Settles reports whether a refusal for this reason ends the matter for the
// recipient, so that the envelope's identity is settled by a final receipt:
// those of KindNever but for five. Expiry, of the envelope or of its agreement,
// is this clock's opinion and overrides no earlier receipt; a purpose mismatch
// is the opener's choice, not the sender's; a replay was settled before; and a
// conflict must not settle the honest envelope whose identity it uses.
func (r Reason) Settles() bool {
	switch r {
	case ReasonExpired, ReasonAgreementInactive, ReasonPurposeMismatch, ReasonReplayed, ReasonConflict:
		return false
	}
	return r.Kind() == KindNever
}

// Kind returns the reason's kind. A text that is not one of the reasons above
// is KindDamage, which settles nothing.
func (r Reason) Kind() Kind {
	switch r {
	case ReasonUnknownKey, ReasonUnknownDefinition, ReasonNewerVersion, ReasonNotYetValid, ReasonDirectoryStale,
		ReasonClock, ReasonBusy, ReasonUnavailable, ReasonHandlerFailed, ReasonMisuse, ReasonPurposeUnknown, ReasonNoAgreement:
		return KindNotNow
	case ReasonExpired, ReasonLifetime, ReasonPurposeMismatch, ReasonAgreementInactive, ReasonNotGranted,
		ReasonStructure, ReasonRejected, ReasonReplayed, ReasonConflict, ReasonCancelled, ReasonSuperseded:
		return KindNever
	}
	return KindDamage
}

// Text is one sentence for people; a general one for a text that is not one of
// the reasons above.
func (r Reason) Text() purpose.Text {
	for _, e := range explanations {
		if e.reason == r {
			return e.text
		}
	}
	return purpose.Text{ID: "Ditolak.", EN: "Refused."}
}

// Reasons returns every reason, in the order of this file.
func Reasons() []Reason {
	all := make([]Reason, len(explanations))
	for i, e := range explanations {
		all[i] = e.reason
	}
	return all
}

var explanations = [...]struct {
	reason Reason
	text   purpose.Text
}{
	{ReasonMalformed, purpose.Text{ID: "Bentuk berkas ini bukan bentuk Segel.", EN: "This is not a file of Segel's form."}},
	{ReasonTooLarge, purpose.Text{ID: "Berkas melebihi batas ukuran.", EN: "The file is beyond the size limit."}},
	{ReasonCannotOpen, purpose.Text{ID: "Segel tidak dapat dibuka.", EN: "The seal cannot be opened."}},
	{ReasonNotForMe, purpose.Text{ID: "Segel ini bukan untuk penerima ini.", EN: "This seal is not for this recipient."}},
	{ReasonForwarded, purpose.Text{ID: "Segel ini diteruskan oleh pihak lain; pengirim tidak menujukannya ke penerima ini.", EN: "Somebody passed this seal on; its sender did not address it to this recipient."}},
	{ReasonBadSignature, purpose.Text{ID: "Tanda tangan pengirim tidak cocok.", EN: "The sender's signature does not verify."}},
	{ReasonBadContent, purpose.Text{ID: "Isi tidak sama dengan yang ditandatangani pengirim.", EN: "The content is not what the sender signed."}},
	{ReasonKeyNotValid, purpose.Text{ID: "Kunci pengirim tidak berlaku untuk waktu itu.", EN: "The sender's key was not valid at that time."}},
	{ReasonUnknownKey, purpose.Text{ID: "Kunci pengirim belum ada di direktori ini; ambil direktori terbaru.", EN: "The directory at hand does not know the sender's key; fetch the current one."}},
	{ReasonUnknownDefinition, purpose.Text{ID: "Definisi dataset belum terpasang di sini.", EN: "The dataset's definition is not installed here."}},
	{ReasonNewerVersion, purpose.Text{ID: "Segel ini dibuat dengan versi yang lebih baru; perbarui Segel.", EN: "A later version of Segel made this seal; update Segel."}},
	{ReasonNotYetValid, purpose.Text{ID: "Segel ini belum berlaku.", EN: "This seal is not valid yet."}},
	{ReasonDirectoryStale, purpose.Text{ID: "Direktori kedaluwarsa; ambil yang terbaru.", EN: "The directory is out of date; fetch the current one."}},
	{ReasonClock, purpose.Text{ID: "Jam komputer melompat; periksa dahulu.", EN: "The clock jumped; have it looked at first."}},
	{ReasonBusy, purpose.Text{ID: "Segel ini sedang diproses; coba lagi nanti.", EN: "This seal is being worked on; try again later."}},
	{ReasonUnavailable, purpose.Text{ID: "Layanan belum siap; coba lagi nanti.", EN: "A service is not available; try again later."}},
	{ReasonHandlerFailed, purpose.Text{ID: "Aplikasi penerima gagal; akan dicoba lagi.", EN: "The receiving application failed; it will be tried again."}},
	{ReasonExpired, purpose.Text{ID: "Masa berlaku segel sudah habis.", EN: "The seal has expired."}},
	{ReasonLifetime, purpose.Text{ID: "Masa berlaku segel melebihi batas.", EN: "The seal was made to live longer than allowed."}},
	{ReasonPurposeUnknown, purpose.Text{ID: "Tujuan penggunaan tidak dikenal.", EN: "The purpose is not known."}},
	{ReasonPurposeMismatch, purpose.Text{ID: "Segel dibuat untuk tujuan penggunaan lain.", EN: "The seal was made for another purpose."}},
	{ReasonNoAgreement, purpose.Text{ID: "Tidak ada perjanjian yang ditandatangani semua pihak.", EN: "There is no such agreement signed by every party."}},
	{ReasonAgreementInactive, purpose.Text{ID: "Perjanjian tidak berlaku pada waktu itu.", EN: "The agreement is not in force at that time."}},
	{ReasonNotGranted, purpose.Text{ID: "Perjanjian tidak mengizinkan pengiriman ini.", EN: "The agreement does not allow this exchange."}},
	{ReasonStructure, purpose.Text{ID: "Ada rekaman yang tidak sesuai skema.", EN: "A record breaks the dataset's schema."}},
	{ReasonRejected, purpose.Text{ID: "Aplikasi penerima menolak.", EN: "The receiving application refused it."}},
	{ReasonReplayed, purpose.Text{ID: "Segel ini sudah diselesaikan sebelumnya; tanda terima pertama berlaku.", EN: "This seal was settled before; the first receipt holds."}},
	{ReasonConflict, purpose.Text{ID: "Identitas yang sama dipakai untuk isi lain.", EN: "The same identity was used for another content."}},
	{ReasonCancelled, purpose.Text{ID: "Pengiriman ini sudah dibatalkan.", EN: "This exchange was cancelled."}},
	{ReasonSuperseded, purpose.Text{ID: "Revisi yang lebih baru sudah diterima sebelumnya.", EN: "A later revision of it was admitted before."}},
	{ReasonMisuse, purpose.Text{ID: "Permintaan kepada Segel tidak lengkap atau tidak sah.", EN: "What was asked of Segel is incomplete or not allowed."}},
}
