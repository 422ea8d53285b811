package purpose

import "strconv"

// Reason is the closed set of answers why a code or a vocabulary is refused.
type Reason string

const (
	// Unknown: the vocabulary has no purpose of this code. Do not retry; ask the
	// sender which vocabulary it uses, or update this side's.
	Unknown Reason = "unknown"
	// NotYetValid: the purpose begins later. Retry once its first day has come.
	NotYetValid Reason = "not_yet_valid"
	// NoLongerValid: the purpose has ended. Do not retry; use its successor under
	// an agreement that grants it.
	NoLongerValid Reason = "no_longer_valid"
	// ForbiddenPurpose: the code names a counter-purpose. Do not retry; somebody
	// should look at who asks for it.
	ForbiddenPurpose Reason = "forbidden"
	// Malformed: the vocabulary itself cannot be loaded; returned by [Load] only.
	// Mend the file; the error says where.
	Malformed Reason = "malformed"
)

// Label is the reason in words for people; for a text that is not one of the
// reasons above it is that of [Unknown].
func (r Reason) Label() Label {
	switch r {
	case NotYetValid:
		return Label{"tujuan belum berlaku", "purpose is not yet valid"}
	case NoLongerValid:
		return Label{"tujuan tidak berlaku lagi", "purpose is no longer valid"}
	case ForbiddenPurpose:
		return Label{"tujuan terlarang", "purpose is forbidden"}
	case Malformed:
		return Label{"kosakata tujuan rusak", "purpose vocabulary is malformed"}
	default:
		return Label{"tujuan tidak dikenal", "purpose is unknown"}
	}
}

// Error is every error of this package. Its text holds codes of the vocabulary
// and places in the file only, never a text that came from outside.
type Error struct {
	// Reason is one of the constants of that type.
	Reason Reason
	// Code is the vocabulary's own code, empty where the reason is [Unknown] or
	// [Malformed].
	Code Code

	where string
}

// Error is the reason in English with the vocabulary's code or the place in its file.
func (e *Error) Error() string {
	text := e.Reason.Label().EN
	if e.Code != "" {
		text += ": " + strconv.Quote(string(e.Code))
	}
	if e.where != "" {
		text += ": " + e.where
	}
	return text
}

// Is makes errors.Is(err, &Error{Reason: r}) ask for the reason alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && *t == Error{Reason: e.Reason}
}
