// Package completeness says who has not reported, so that both sides can
// check it.
//
// # The idea
//
// "All but 12 stations have reported" is a claim about a list that the hearer
// cannot see. Here the list comes first: whoever is responsible for it (the
// election commission for its polling stations) signs which units must report,
// and until when. That is an [Expectation], and the list is a [Register]. The
// receiver notes what arrives in a [Tally], and signs a [Report]: one line for
// every expected unit, in the register's order, the missing ones included.
//
// Both lists are Merkle trees (RFC 6962 section 2.1) with one leaf for a unit,
// and unit i is leaf i of both. Each signature covers a tree's root. So
//
//   - the sender holds the report against its own receipts, and finds each
//     unit that is called missing although its arrival was signed for
//     ([Report.Dispute]);
//   - a third party can be shown one unit alone, missing or not, by two paths
//     through two signed trees, and nothing of the others ([Report.Excerpt]);
//   - neither side can later have meant another list.
//
// # States
//
// A unit is missing until a record of it was accepted; then it is reported, and
// the first acceptance decides whether it was late. If the envelope that brought
// it is superseded by one that still holds the unit, it is superseded: it has
// reported, and what counts is the later revision. If the later revision does
// not hold it, or takes everything back, it is retracted: it has reported, and
// nothing of it counts. If two lines of envelopes bring the same unit, the one
// that came first speaks for it, for as long as it is not retracted.
//
// # Statements
//
// Both are compact JWS whose payload is strict JSON with exactly the members of
// [Expectation] (typ segel-register+jwt) and [Summary] (typ
// segel-completeness+jwt). The leaf of a unit in the register's tree is its code;
// in the report's tree it is its line:
//
//	unit missing
//	unit STATE TIME DIGEST
//
// with single blanks and no line feed; STATE is reported, superseded or
// retracted, TIME is when the first envelope that brought the unit was accepted
// (RFC 3339, UTC, whole seconds), DIGEST is the manifest digest of the envelope
// that counts now, or that took it back. A unit is 1 to 40 characters of
// [0-9A-Za-z._-]; a register is sorted by bytes and names none twice.
//
// # Files
//
// A report is a text file:
//
//	segel-completeness/1
//	EXPECTATION
//	SUMMARY
//	one line for each unit
//
// and an excerpt is
//
//	segel-excerpt/1
//	EXPECTATION
//	SUMMARY
//	INDEX LINE
//	the register's path: hashes in base64url, joined by blanks, from the leaf up
//	the report's path
//
// Every line ends with LF.
//
// # Not promised
//
// A report proves what its signer says, not that the signer has looked: whoever
// holds an accepted receipt for a unit that is called missing holds the proof
// that it is wrong. That a unit has reported does not say that what it reported
// is true.
package completeness
