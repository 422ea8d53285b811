package purpose

import "strconv"

// Reason is the closed set of answers why a code or a vocabulary is refused.
type Reason string

const (
	// ReasonUnknown: the vocabulary has no purpose of this code. Do not retry; ask the
	// sender which vocabulary it uses, or update this side's.
	ReasonUnknown Reason = "unknown"
	// ReasonNotYetValid: the purpose begins later. Retry once its first day has come.
	ReasonNotYetValid Reason = "not_yet_valid"
	// ReasonNoLongerValid: the purpose has ended. Do not retry; use its successor under
	// an agreement that grants it.
	ReasonNoLongerValid Reason = "no_longer_valid"
	// ReasonForbidden: the code names a counter-purpose. Do not retry; somebody
	// should look at who asks for it.
	ReasonForbidden Reason = "forbidden"
	// ReasonMalformed: the vocabulary itself cannot be loaded; returned by [Load] only.
	// Mend the file; the error says where.
	ReasonMalformed Reason = "malformed"
)

// Text is the reason in words for people; for a text that is not one of the
// reasons above it is that of [ReasonUnknown].
func (r Reason) Text() Text {
	switch r {
	case ReasonNotYetValid:
		return Text{"tujuan belum berlaku", "purpose is not yet valid"}
	case ReasonNoLongerValid:
		return Text{"tujuan tidak berlaku lagi", "purpose is no longer valid"}
	case ReasonForbidden:
		return Text{"tujuan terlarang", "purpose is forbidden"}
	case ReasonMalformed:
		return Text{"kosakata tujuan rusak", "purpose vocabulary is malformed"}
	default:
		return Text{"tujuan tidak dikenal", "purpose is unknown"}
	}
}

// Error is every error of this package. Its text holds codes of the vocabulary
// and places in the file only, never a text that came from outside.
type Error struct {
	// Reason is one of the constants of that type.
	Reason Reason
	// Code is the vocabulary's own code, empty where the reason is [ReasonUnknown] or
	// [ReasonMalformed].
	Code Code

	where string
}

// Error is the reason in English with the vocabulary's code or the place in its file.
func (e *Error) Error() string {
	text := e.Reason.Text().EN
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
	return ok && t != nil && *t == Error{Reason: e.Reason}
}
