package envelope

import "github.com/segel-id/segel/internal/form"

// Party names one system of one agency, as "kpu/sirekap": lower-case letters,
// digits and hyphens, beginning with a letter, at most 32 on either side of
// the slash. A Party from outside is worth nothing until [ParseParty] or a
// function of this package has checked it.
type Party string

// ParseParty checks s and returns it as a Party. The error has
// [ReasonMalformed] and does not repeat s.
func ParseParty(s string) (Party, error) {
	if p := Party(s); p.valid() {
		return p, nil
	}
	return "", refuse(ReasonMalformed, "a party is written agency/system in lower case")
}

// valid uses the grammar above, so that a party can be printed anywhere.
func (p Party) valid() bool { return form.Party(string(p)) }
