// Package schema says what a dataset looks like and which rules hold in it,
// and checks files of records against that.
//
// # The idea
//
// A dataset is described by one document, its definition: a JSON Schema for
// the shape of a record, and rules for what its numbers must say about each
// other. Both sides of an exchange hold the same definition, named by id,
// version and digest, so they compute the same findings from the same bytes
// and need not send them.
//
// There are two layers. Structure errors (a count that is text, a code of the
// wrong length, a member twice) refuse a delivery: nobody can say what such
// data means. Broken rules do not: one in eight real polling-station rows
// breaks one, and the partner must still receive it as published. They travel
// beside the data as [Finding]s. Notices are weaker still.
//
// A check reads records as bytes and never writes them again: what [NDJSON]
// gives is what stood in the file, and what [CSV] gives is the same for the
// same cells on every machine.
//
// # The definition
//
// [ParseDefinition] takes two JSON documents. The first is normative:
//
//	segel           "definition/1"
//	id, version     "system/name" and "1.0.0"
//	classification  "public" or "restricted"
//	purposes        exact codes that may carry the dataset; at least one
//	keys            pointers to the fields that identify a record in a file; at least one,
//	                and the schema allows neither objects nor lists there
//	sensitive       [{"pointer", "kind"}]: fields that hold personal data, such as nik or name
//	legalDate       optional: pointer to the record's legal date, YYYY-MM-DD, for which the
//	                schema declares the format date and no type but string and null
//	schema          JSON Schema 2020-12 of one record, an object; formats are asserted,
//	                $ref leads to the schema's own $defs only, never in a circle, nothing is
//	                ever loaded, and with all references put in place there are at most
//	                10,000 subschemas; propertyNames is not supported
//	values          named whole numbers, for use in rules and in their texts
//	rules           the rules over one record, in the order in which findings are reported
//	groups          optional: the rules over several records of one file; at least one
//	references      optional: the rules that look something up in another dataset; at least one
//
// A pointer is a JSON Pointer (RFC 6901) whose tokens may also be *, every
// element of an array or every member of an object, and #, every member whose
// name is all digits. Every pointer must lead to a place that the schema
// declares, so that a misspelt one cannot pass for "absent" for ever.
//
// A rule is an object:
//
//	id, kind, severity   kind "rule" or "notice"; severity "error", "warning" or "info"
//	pointer              optional: where people should look
//	when                 optional condition; the rule is silent unless it is true
//	require              the condition that must not be false
//	from, until          optional days: the first on which the rule holds, the first on which it no longer does
//	citation             the regulation, or null as long as none was verified
//
// A number is a literal, a "/pointer", the name of a value, or one of
//
//	{"sum": [n, …]}             has no value if one operand has none; a pointer with wildcards adds up all places
//	{"largest": [n, …]}         the greatest operand that has a value
//	{"ceil": [n, num, den]}     n·num/den, rounded up, in whole numbers: ceil(2 % of n) is [n, 2, 100]
//	{"round": [n, num, den]}    to the nearest whole number, a half upwards; {"floor": …} rounded down
//	{"days": [p, q]}            from the day at p to the day at q, texts that begin with YYYY-MM-DD
//	{"hours": [p, q]}           between two times, rounded up; no value unless both have a zone or neither has
//	{"count": [pointer, v, …]}  how many places hold one of the scalars or, without any, are not null
//
// A condition is one of
//
//	{"=": [n, n]}, and != < <= > >=
//	{"all": [c, …]}, {"any": [c, …]}, {"not": c}
//	{"present": [pointer, …]}   no place is null or absent
//	{"some": [pointer, …]}      at least one place is neither
//	{"same": [p, q]}            the scalars at two places are equal; unknown if one is null or absent
//	{"startsWith": [p, q]}      the text at p begins with the text at q; likewise
//	{"in": [pointer, v, …]}, {"prefix": [pointer, text]}, {"match": [pointer, RE2]},
//	{"within": [pointer, low, high]}   hold at every place
//
// The last four are false if the value at one of the places fails, a value of
// another type included (within takes a number or a text that is one); else
// unknown if one of the places is null or absent, or if a wildcard leads to no
// place at all; else true.
//
// Conditions are true, false or unknown (Kleene's logic). Null and absent are
// the same, and both differ from zero: a comparison with a missing number is
// unknown, and so is a statement about a null place. Only a require that is
// false makes a finding, so a rule is evaluable only if its operands are
// there; largest, count, present and some are the ways to say something else.
// A text, a fraction or anything else that is not a whole number has no value
// in the place of a number, as null has none: what must be a number is for the
// schema to say.
// Numbers are exact: whole numbers up to ±(2^53−1) in a record, 64 bits in
// sums, which stop at the ends of the range instead of wrapping.
//
// A rule makes at most one finding per record, with the named values that its
// require mentions as inputs. Rules are evaluated on structurally sound
// records only, as of the record's legal date; the time of publication is
// never a legal date.
//
// A rule over a group is about all records of a file that have the same scalars
// at the places of by, null among them, and, if the rule has from or until, the
// same legal date: so one law judges a group, and a file may hold groups of before
// and after a change. It has
// id, kind, severity, pointer, from, until and citation as above, and
//
//	by        places that hold scalars only, or pieces of them as references look up; at least one
//	where     optional: only records for which the condition is true belong
//	          and exactly one of
//	unique    [p, …]: no later record has the same scalars there as an earlier one; one with a null is not compared
//	gapless   p: the whole numbers there are 1, 2, 3 and so on, each at least once
//	every     [k, p, c]: of the numbers at p, 1 to k, k+1 to 2k and so on, every block of which all are there
//	          has a record for which c holds
//	require   a condition over numbers of the group, made of =, !=, <, <=, >, >=, all, any and not
//	values    with require: named numbers of the group, for it and for the texts, and the inputs of findings
//	each      optional: a pointer that ends in * or #; the rule is then about every element there instead
//	          of the record, and its pointers that begin with each lead into the element
//
// gapless and every say nothing of a group in which a record has no number. A
// number of a group is a literal, the name of one of values, sum, largest, ceil,
// round or floor over numbers of the group, or one of
//
//	{"records": [c]}       how many records there are or, with a condition, for how many it is true
//	{"total": n}           the sum of a number of each record; no value if one record has none
//	{"least": n}, {"most": n}   of the records that have a value
//	{"distinct": [p, …]}   how many combinations of scalars there are, without those that hold a null
//
// Only sound records take part; if others were left out, the report says so.
// There is one finding for each group, at its first record, or for unique at
// each record that repeats; they come behind those of single records, by rule
// and then by record. What the group is is never shown: the record leads to it.
//
// A reference rule is about a record and another dataset. It has
// id, kind, severity, pointer, when, from, until and citation as rules have, and
//
//	dataset      the other dataset's id; which version is for the caller to say
//	here, there  equally long lists of what must be the same here and there: a pointer,
//	             {"first": [pointer, n]}, the first n characters, {"drop": [pointer, text]}, without that text,
//	             or {"parent": [pointer]}, KPU's code of the area around one: the village of a station, its
//	             district, and so on up to the nation, whose code is null; there also {"ancestors": [pointer]},
//	             all areas around one, so that a record counts in each of them
//	whereThere   optional: only records there for which the condition is true count
//	validThere   optional: [p, q], days; a record there counts from the day at p until before the one at q, null being open
//	each         optional, as of groups, here; the first element of which the rule is false makes the finding
//	             and exactly one of
//	exists       true: at least one record there has the same
//	require      a condition over numbers of both sides, made as that of a group
//	             and with require
//	enough       optional: a condition as require; a record of which it is not true is not judged
//	values       named numbers, for it, for the texts and the inputs of findings
//	eachThere    optional: as each, there; with both, a member here meets those of its name there
//
// A number of both sides is a literal, the name of one of values, sum, largest,
// ceil, round or floor over such, or
//
//	{"here": n}              a number of the record here
//	{"there": {"records": [c]}}, and {"total": n}, {"least": n}, {"most": n}   of the records there that have the same
//
// With exists a null, or a text that has no such piece, is nothing to look up;
// with require a null here is the same as a null there, as in by, and where nothing
// there is the same nothing is compared. The other dataset comes as an [Index], by
// [CheckOptions]. Nothing of it is ever shown but numbers that values name.
//
// What cannot be judged is said ([Report.NotJudged]): a reference rule without its
// dataset, or with one that has no part of a record; and for records without a
// legal date, if nobody states one, a rule over groups or another dataset that
// depends on it. A rule over one record that depends on it ends the check instead:
// its definition should demand the day of every record.
//
// The second document holds the texts, {"title", "rules": {id: text}}, each in
// Indonesian and English, with {name} for a value. It is not part of the
// digest, which is SHA-256("segel/1 definition" LF ‖ first document).
//
// # The check
//
// One idea makes it fast: a definition compiles into a machine that reads a
// record once, byte by byte, builds nothing, and answers one question: is this
// record sound, by the strict scan, the schema and the formats?
//
// Every place has a shape: all that any subschema says about it, put together
// when the definition is read. A subschema that must hold ends the record if it
// fails; one under anyOf, oneOf, not or if has a bit that is set if it fails,
// and when the value ends, the bits are combined. Patterns are tables over
// bytes; the values of one member mostly go the same way through them, so the way of
// the one before is tried first, eight bytes at a time; members are guessed by the
// order in which they came last time; numbers are compared in place, exactly.
//
// While it reads, the machine fills registers: one for every place that a rule,
// a named value, a key or the legal date mentions, and for a pointer with
// wildcards a tally of all its places. Rules are then computed over registers.
//
// Only a record that is not sound is decoded, and the reference, a JSON Schema
// library behind an own scan, says what is wrong with it and where, unless so many
// were explained before that more would help nobody. So findings
// have one author, however many records are sound; and a record that the
// machine refuses and the reference does not is refused, as structure/schema.
// The reference also decides about the few records that the machine cannot
// judge (lists or objects beside those of an enum, uniqueItems but for up to 32
// plain texts, sums beyond 64 bits), and it checks all records of definitions
// that use unevaluatedProperties, unevaluatedItems, more than 256 members or 3
// patternProperties in one object, or expand beyond what is compiled;
// [Definition.Engine] says so. Nothing is stricter in one engine than in the
// other: their reports are the same bytes.
//
// Blocks of whole records are checked by as many goroutines as there are
// processors, the calling one among them. What depends on order, whether a key came
// before, the numbers of records, the sums of groups and the report, is for the
// calling one. Of a group it keeps some 40 bytes, once for all rules that group
// alike, and for each of these rules 8 bytes and 16 for each number that require
// reckons with, or for the numbers from 1 to 63 of the others. Of a record it keeps
// 16 bytes for each gapless and every if its number is another one, and up to 43
// for each distinct, and for unique unless its number is such a one and another
// rule keeps the groups in any case. It takes at most 4,194,304 groups of one rule.
// Of a rule with each an element counts like a record, and there may be as many as
// [CheckOptions.MaxRecords], or 4,194,304 if that is more.
//
// # Leak guard
//
// Any text of a sound record, a member's name, a URL or file name included, and
// any whole number, that has the shape of an identity number (NIK), a family
// card's number (NKK) or a mobile telephone number makes a notice, leak/nik,
// leak/nkk or leak/phone, at most one of a kind per record, unless its place is
// declared sensitive as nik, nkk, phone or identity. Decimals, digests and UUIDs
// do not. It tells a sender what is about to leave the house, and refuses
// nothing.
//
// # Quiet
//
// No error, finding or report holds a value of a record but whole numbers
// within ±999,999,999 that a definition calls values, and those only if every
// number of the record behind them is within it too: an identity number in the
// place of a count cannot be worked out from what is shown. Pointers in findings consist
// of names that the definition declares; any other member's name is the
// sender's text and appears as *. Fields declared sensitive cannot be values.
//
// # Not promised
//
// A sound record is not a true one. The leak guard knows shapes, not people: it
// misses what is written in an unusual way, and one number in forty of the
// right length looks like a NIK. Names and addresses have no shape. Duplicate
// keys are found within one file, not across files.
package schema
