// Package trust holds the signed directory: which parties there are, which keys
// were whose, for what and when, and which agreements they have signed.
//
// A directory is one signed file that every program reads for itself, offline if
// need be. Whoever keeps it (a joint secretariat, say) signs it with anchor
// keys; a program knows these [Anchors] from its installation. Every look-up
// takes the time that it is about, because keys change and old evidence stays.
//
// # Format
//
// The file is a signed document: the first line "segel-directory/1", then one
// compact JWS (RFC 7515) for each anchor, each on a line of its own that ends
// with LF, in ascending order of kid, with the header alg, kid and typ
// "segel-directory+jwt", all over the same payload of at most 16 MiB. A file
// has at most 64 MiB and 64 signatures.
//
//	digest = BASE64URL(SHA-256("segel-directory/1" ‖ LF ‖ payload))
//
// The payload is one JSON object with exactly these members. One with a ? may be
// missing; none may be null, empty text, or there twice. Times are RFC 3339.
//
//	v            1
//	version      1, 2, 3 …: raised with every change
//	issuedAt     when it was issued
//	expires      the first instant at which it may not be used; at most 366 days later
//	previous?    digest of the predecessor; missing in version 1 and in no other
//	parties      1 to 1024 parties
//	agreements   signed agreement files as texts, at most 1024, each id once
//
//	party
//	  id           agency/system, listed once
//	  name?        {"id", "en"}: for people, 1 to 200 characters each
//	  successor?   the party that took over; a chain of successors ends
//	  endpoints?   at most 8 URLs of at most 1024 bytes, without user, query and fragment: https,
//	               or http to a literal loopback address (127.0.0.0/8, [::1]) for trials on one machine
//	  keys         1 to 64 keys
//
//	key
//	  jwk               public JSON Web Key with alg, use and kid (RFC 7517); kid is the thumbprint
//	  signFrom, signUntil, acceptUntil     at a signing key: it signs from, until; its
//	                                       signatures are accepted until, not before signUntil
//	  encryptFrom, encryptUntil            at an encryption key: others encrypt for it from, until
//	  compromisedFrom?  from when somebody else may have held it; not after issuedAt
//	  possession        the party's statement of possession, see below
//
// From is the first instant of a window, until the first instant after it. An
// encryption key has windows of its own name because nobody accepts anything of
// it: how long its owner keeps it to open old envelopes is the owner's matter.
// No two encryption keys of a party begin at the same instant.
//
// One key is one party's, for one use, with one algorithm: a thumbprint stands
// once in the whole document. A point of P-256 that is listed for signing and for
// encryption has one thumbprint and is refused. An anchor's key is nobody's.
//
// # Possession
//
// With its keys a party hands in a statement: a compact JWS of typ
// "segel-possession+jwt", signed by the signing key, over
//
//	{"v": 1, "party", "sign": thumbprint, "encrypt": thumbprint, "issuedAt"}
//
// It proves that somebody who held the signing key said that it is this party's,
// and that the encryption key is too. So nobody can list a key that cannot sign,
// or another agency's signing key under its own name. It cannot prove that the
// party holds the private half of the encryption key: a key for encryption
// signs nothing, and anybody can name a thumbprint. What a false claim gains is
// small. The claimant cannot open what is encrypted for the key, and the true
// owner refuses an envelope that does not name it; but the owner's own
// registration would then meet a listed thumbprint. Whoever keeps the directory
// should therefore, before listing, have the party open something that was
// encrypted for the key, and compare thumbprints by another way. Nor does the
// statement prove who came with it: that a person speaks for the agency is for
// the keeper to find out.
//
// The file [NewPublicSet] writes is {"keys": [JWK, JWK], "party", "possession"},
// a JWK Set with two members more.
//
// # Succession
//
// A program keeps the highest version and digest that it has accepted and asks
// [Directory.Follows] before it takes another: a lower version, another content
// under the same version, or a next version that names another predecessor is
// refused. [Directory.Succeeds] compares whole directories: no key goes to
// another party or use or leaves the list, and no mark of compromise is taken
// back. A key stays listed when it is no longer used, and a party that left with
// all of its keys: old evidence needs them, and a stolen key that was left out
// once could come back later without its mark. A freeze, the hiding of newer
// versions, ends with expires.
//
// # Judging a signature
//
// [Directory.SigningKey] takes three times. signedAt is what the signed text
// claims, asOf the moment as of which it is judged, now the present:
//
//	signFrom <= signedAt < signUntil
//	asOf < acceptUntil
//	signedAt < compromisedFrom and asOf < compromisedFrom, if there is one
//	now < expires of the directory
//
// asOf is the present unless this program admitted the envelope earlier. So a
// theft reaches backwards: from compromisedFrom on, nothing signed with the key
// is accepted, whatever time it claims, except what was already here.
//
// What a directory does not promise: that its anchors are honest, that a party's
// key was not stolen unnoticed, or that an endpoint answers.
package trust
