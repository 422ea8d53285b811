// Package purpose is the vocabulary of purposes for which election data may be
// exchanged.
//
// An envelope names one purpose by its exact code, an agreement grants exact
// codes, and whoever opens states one. This package answers the only question
// about a code that needs no agreement: does the vocabulary have it at this
// time? Everything else is refused: an unknown code, an empty one, another
// case, a group's name, a code outside its dates, and the counter-purposes that
// are listed so that a refusal can say what they are (campaigning, profiling).
//
// The vocabulary is data, vocabulary.json, because the regulations behind it
// belong to one election cycle and will be replaced. The file is one JSON
// object:
//
//	version      number of the vocabulary, raised with every change
//	notes        what the dates, the letters and an empty list mean, in both languages
//	groups       code and label; a group orders a display and is never granted
//	purposes     code (its group, "-", a name), label, legal_basis, pdp, valid_from, valid_until
//	forbidden    code and label of the counter-purposes
//
// A label is {"id", "en"}. An entry of legal_basis is {"citation", "note"?} and
// holds only what was verified; the list may be empty, which means that no
// citation has been verified yet. The letters of pdp are those of UU 27/2022
// ps.20(2), and which of them fits is Segel's own reading. Dates are days in
// Western Indonesia Time (UTC+7): valid_from is the first day, valid_until the
// first day no longer, or the word "open".
//
// [Load] takes the file only as described: members in this order, once, exactly
// named, none missing and none added, no null, no escape that is not needed.
//
// What a code promises: both agencies mean the same by it. What it does not: that
// an exchange is lawful. A citation here informs people; the agreement that the
// parties signed decides.
package purpose
