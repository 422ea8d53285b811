package envelope

import (
	"regexp"
	"slices"
)

// Party names one system of one agency, as "kpu/sirekap": lower-case letters,
// digits and hyphens, beginning with a letter, at most 32 on either side of
// the slash. A Party from outside is worth nothing until [ParseParty] or a
// function of this package has checked it.
type Party string

var partyForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}/[a-z][a-z0-9-]{0,31}$`)

// ParseParty checks s and returns it as a Party. The error has
// [ReasonMalformed] and does not repeat s.
func ParseParty(s string) (Party, error) {
	if p := Party(s); p.valid() {
		return p, nil
	}
	return "", refuse(ReasonMalformed, "a party is written agency/system in lower case")
}

// valid uses the grammar above, so that a party can be printed anywhere.
func (p Party) valid() bool { return partyForm.MatchString(string(p)) }

// unique reports whether no element occurs twice.
func unique[T comparable](list []T) bool {
	for i, v := range list {
		if slices.Contains(list[:i], v) {
			return false
		}
	}
	return true
}
