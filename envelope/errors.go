package envelope

import (
	"errors"

	"github.com/segel-id/segel/internal/jose"
)

// Error is every refusal of this package and of package exchange. Its text is
// made of the reason and of words of ours; it never holds a record value, key
// material, header text or anything else that an attacker wrote.
type Error struct {
	// Reason is the closed code. Programs decide on it alone.
	Reason Reason
	// Detail says more, in English, in words fixed by the program. May be empty.
	Detail string
	// Proof is what had been proven when [Open] refused: signature, addressee
	// and content. It is nil before that, and wherever nothing is opened. A
	// receiver settles nothing without it.
	Proof *Proof
}

// Error returns the reason's code and what is known beyond it.
func (e *Error) Error() string {
	if e.Detail == "" {
		return string(e.Reason)
	}
	return string(e.Reason) + ": " + e.Detail
}

// Is makes errors.Is(err, &Error{Reason: r}) ask for the reason alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Reason == e.Reason && (t.Detail == "" || t.Detail == e.Detail)
}

// ReasonOf returns the reason that err carries, "" for a nil error and
// ReasonUnavailable for an error that carries none.
func ReasonOf(err error) Reason {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok && e != nil {
		return e.Reason
	}
	return ReasonUnavailable
}

func refuse(r Reason, detail string) *Error { return &Error{Reason: r, Detail: detail} }

// refused turns an error of the gate into ours. fallback is the reason for
// what the gate let through and the cryptography refused.
func refused(err error, fallback Reason) *Error {
	if e, ok := errors.AsType[*Error](err); ok && e != nil {
		return e
	}
	switch {
	case errors.Is(err, jose.ErrTooLarge):
		return refuse(ReasonTooLarge, "")
	case errors.Is(err, jose.ErrDevice):
		return deviceFailed()
	case errors.Is(err, jose.ErrMalformed):
		return refuse(ReasonMalformed, "")
	case errors.Is(err, jose.ErrUnknownKey):
		// Whoever resolved the key gave another one.
		return refuse(ReasonUnavailable, "no usable key")
	}
	// jose.ErrKey is among the rest: the header names another algorithm than that
	// of the key, whose use was checked before. Whoever wrote the header is the
	// cause, so it must not look like a fault of this side.
	return refuse(fallback, "")
}
