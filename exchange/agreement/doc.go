// Package agreement reads and signs agreements between parties, and decides
// under them.
//
// An agreement says who may send which dataset to whom, for which purposes and
// until when. It is the software's half of a legal instrument (a perjanjian
// kerja sama, say): it can be carried, proven and enforced, and it replaces
// nothing that lawyers write.
//
// # Format
//
// The payload is one JSON object with exactly these members, none missing,
// none twice, none null, no others:
//
//	id          1 to 128 of A-Z a-z 0-9 . _ / -, the first a letter or a digit
//	title       for people, 1 to 200 characters, none of them a control or format character
//	parties     2 to 64 parties (agency/system), each once
//	grants      1 to 1024 objects {from, to, dataset, purposes}
//	validFrom   RFC 3339: the first instant at which it holds
//	validUntil  RFC 3339: the first instant at which it no longer holds, after validFrom
//
//	from, to    two of the parties; a party grants itself nothing
//	dataset     system/name, as sirekap/hasil-tps; its versions are all meant
//	purposes    1 to 64 exact codes of the vocabulary of purposes, each once; a group's
//	            name, a forbidden or an unknown code makes the agreement malformed
//
// Grants add up: several may name the same parties and dataset. Whether a code
// holds on a certain day is decided when it is used, not when it is granted:
// an agreement may outlive a purpose.
//
// The file is a signed document: the first line "segel-agreement/1", then one
// compact JWS for each signature, each on a line of its own that ends with LF,
// in ascending order of kid, with the header alg, kid and typ
// "segel-agreement+jwt", all over the same payload. The payload is signed as it
// was written, blanks and line feeds included; nobody marshals it again.
// A payload has at most 256 KiB, a file at most 8 MiB and 64 signatures.
//
//	digest = BASE64URL(SHA-256("segel-agreement/1" ‖ LF ‖ payload))
//
// The digest does not depend on the signatures. So the parties sign in any
// order, and a signature with a new key changes no envelope's reference.
//
// # Whose signatures count
//
// Every party's, from the first version on. A signature counts for a party if
// the directory gave its key to that party for signing, still accepts it at the
// time asked for, and never marked it compromised: an agreement does not say
// when it was signed, so a stolen key could have signed it at any time. A
// signature by somebody who is not a party refuses the file. One by a party's
// former or future key counts for nothing and spoils nothing: parties sign with
// the next key before the last one ends, and can drop the old line later.
//
// # Deciding
//
// [Agreement.Decide] is the one decision, taken by the sealing and the opening
// side alike: from, each recipient, dataset and purpose must be granted by
// exact comparison, within the agreement's dates and the purpose's. Nothing
// stands for "any".
//
// What it does not promise: that the exchange is lawful, or that a recipient
// keeps to the purpose once it has the plaintext.
package agreement
