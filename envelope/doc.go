// Package envelope seals datasets and opens them.
//
// Two functions do the work. [Seal] signs a manifest that says who sends what
// to whom, for which purpose and under which agreement, and encrypts it
// together with the content for each recipient. [Open] verifies all of that,
// asks an [Authority] whether it is allowed, and only then returns the content
// as [Opened], a type that nothing else can build. Keys are made by
// [GenerateKey]. Every refusal is an [*Error] with a closed [Reason].
//
// Content of any size is sealed by a [Writer] as it comes, in flat memory. What is
// too large for the token becomes a body behind it, in chunks that are signed one
// by one. [OpenStream] opens it in one pass, for a program that makes the result
// visible only at the end; [Examine] in two, for a receiver that verifies the
// sealed file to its end before anything is released.
//
// One idea carries the format: the manifest is evidence, the secret part is
// secret. The signed manifest holds no content and no key, only commitments to
// them, so it can be shown in court, kept in a journal and cosigned by rivals
// without opening anything.
//
// Most programs use package exchange, which implements Authority and adds what
// an envelope alone cannot give: replay protection, schema checks, receipts and
// a journal.
//
// # What is promised, and what is not
//
// An opened envelope was signed by a key that the directory gave to that party
// for signing at that time; its signed manifest names the opener and its key;
// its purpose is the one that the opener stated and an agreement allows; its
// content is, byte for byte, what was sealed; it was opened within its
// lifetime. See [Proof].
//
// Not promised: that it was not opened before (a store does that); that the
// content is valid or true; control over a recipient who copies what it opened;
// secrecy of old envelopes after a recipient's private key was stolen;
// anonymity of who talks to whom, for the recipients' key thumbprints can be
// seen.
//
// # Format, version 1
//
// The rest of this comment specifies the format so that a stranger can
// implement it with a JOSE library, HKDF and HMAC. All integers are big-endian,
// ‖ joins bytes, quoted labels are ASCII without a terminator, LF is 0x0A, and
// base64url is RFC 4648 section 5 without padding, without line breaks, with
// zero unused bits. A digest or thumbprint in text is base64url of 32 bytes.
//
// # Keys
//
// A key has one owner, one use and one algorithm: for signatures ES256, EdDSA
// (Ed25519) or PS256 (3072 bits or more); for encryption ECDH-ES+A256KW (P-256
// or X25519) or RSA-OAEP-256 (2048 bits or more). Its kid is always its RFC
// 7638 SHA-256 thumbprint (for OKP keys RFC 8037 section 2), which readers
// recompute. Points off their curve, encodings of a coordinate that is not
// below the field's prime, Ed25519 points of small order, X25519 points of low
// order, and RSA keys with another exponent than 65537, more than 4096 bits,
// a size that is no multiple of 8 or the mark of a known weak generator
// (CVE-2017-15361) are refused. A JWK carries alg, use and kid, the members of
// its type, perhaps key_ops, and nothing else.
//
// # File
//
//	file   = "segel/1" LF ‖ count ‖ count × ( length ‖ token ) ‖ body
//	count  = uint16, 1 to 64
//	length = uint32, 1 to 8 MiB
//
// Behind the tokens of inline content nothing may follow. A delivery to one recipient carries that recipient's token alone, but readers
// take a file with more: all tokens must have the form of one, and the first
// one for a key of the opener's is opened. A first line with a higher number,
// in decimal digits without leading zeros, is a later version's file
// (newer_version); any other is malformed.
//
// # Token
//
// A token is a compact JWE (RFC 7516) for exactly one recipient. Its protected
// header has exactly the members alg, enc, kid, typ and, for ECDH, epk (kty,
// crv, x and, for P-256, y), in any order; enc is A256GCM, typ is
// segel-envelope+jwe, kid names the recipient's key. The header text is at most
// 1 KiB of printable ASCII without blanks and without backslashes. There is no
// zip, crit, apu, apv, cty, jku, jwk, x5c or any other member. The iv has 12
// bytes, the tag 16, the encrypted key 40 or, for RSA, as many as the modulus.
// An ephemeral point that is off its curve is a fault of form here (malformed);
// a library that finds it only when it opens may say cannot_open. The plaintext
// is
//
//	plaintext = manifest ‖ "~" ‖ seed ‖ content ‖ padding
//
// where manifest is a compact JWS (which holds no "~"; the first one ends it),
// seed is 32 random bytes, and content is there for inline content only, in raw
// bytes, followed by zero bytes up to its Padmé length:
//
//	e = floor(log2 n); s = floor(log2 e) + 1; padme(n) = n rounded up to a multiple of 2^(e−s); padme(0) = 0, padme(1) = 1
//
// The n recipients of one envelope get n tokens around the same manifest and
// the same seed.
//
// # Manifest
//
// A compact JWS (RFC 7515) by the sender. Its protected header has exactly the
// members alg, kid and typ (segel-manifest+jwt), under the same rule of text.
// The whole has at most 64 KiB. The payload is a JWT claims set with the
// members of [Manifest], which the worked example shows: exact names, in any
// order, no duplicates, no null, no unknown member, optional members absent
// rather than empty, aud always an array, valid UTF-8 without lone surrogates
// and without a byte order mark, numbers within 2^53−1 that are written as
// integers (not 1.0, 1e3 or -0), at most 16 levels deep. JSON's blanks may
// stand between the members and around the whole, and nothing else around it. A
// new member raises v; a text with a higher v is answered with
// [ReasonNewerVersion], whatever else it holds. Seal fills the text with spaces
// behind it to a multiple of 512 bytes, so that the token's length does not
// tell who sends what to whom (a PS256 signature is longer than the others, and
// shows); readers do not require that.
//
// The texts in it:
//
//	jti, …jti   UUIDv7 (RFC 9562) in lower case; an envelope does not name itself
//	party       [a-z][a-z0-9-]{0,31} "/" the same
//	times       iat ≤ nbf < exp ≤ the end of the year 9999; exp − iat ≤ 30 days
//	aud, rcpt   1 to 64, as many of the one as of the other, none twice
//	dataset     id [a-z][a-z0-9-]{0,31} "/" [a-z][a-z0-9-]{0,63}; version of three numbers
//	            from 0 to 999999 without leading zeros, joined by "."
//	purpose     [A-Z][A-Z0-9]{0,31} and one to three times "-" [A-Z0-9]{1,32}
//	agreement   id [A-Za-z0-9][A-Za-z0-9._/-]{0,127}
//	media       type "/" subtype, each [a-z0-9][a-z0-9!#$&^_.+-]{0,63}
//	seq         epoch: base64url of 16 bytes; n ≥ 1; void: at most 64 numbers below n
//	supersedes  jti, digest: of the envelope that this one takes the place of; first: the
//	            first envelope of the line, which supersedes nothing; revision ≥ 1, and 1
//	            exactly if jti is first; neither id is the envelope's own. Sender, recipients
//	            and dataset are those of the superseded one. No records: a retraction
//	reason      1 to 200 printable characters of one line
//	obligations onward: at most 64 parties
//	commitments at most 64; a JSON pointer of at most 200 printable bytes to a digest
//
// The manifest digest is over what is signed, never over the signature, because
// more than one signature can verify:
//
//	manifest digest = SHA-256( "segel/1 manifest" ‖ LF ‖ JWS signing input )
//
// The identity of an envelope is (iss, jti). Nothing else may be used to
// recognise a repeat: tokens can be re-encrypted and signatures re-encoded.
//
// # Commitments
//
//	commit      = SHA-256( "segel/1 seed" ‖ seed )
//	commitKey   = HKDF-SHA256( secret: seed, salt: none, info: "segel/1 commit", 32 bytes )
//	body key    = HKDF-SHA256( secret: seed, salt: none, info: "segel/1 body" ‖ manifest digest, 32 bytes )
//	content.mac = HMAC-SHA256( commitKey, content )            inline, over the unpadded content
//
// In the info of the body key the manifest digest stands as its 32 bytes. Evidence
// for a third party is the manifest alone, or the manifest, commitKey and the
// content (of a body with the closing statement and, for each chunk, its stored
// bytes and signature); the seed is never shown.
//
// # Content
//
// media application/x-ndjson is a sequence of records: each record one JSON
// text on one line of at least one byte, followed by LF; no records is no bytes.
// Any other media type is one document of at least one byte, and counts as one
// record. The bytes are never re-marshalled. content has the form inline or body.
//
// Inline content stands in the token and is at most 4 MiB; content has then exactly
// the members form, media, bytes, records and mac; bytes is the length before
// padding. Content of no records is always inline. The digests of dataset and
// agreement mean nothing to the format: packages schema and exchange/agreement
// define them.
//
// A body has exactly the members form, media, chunk, codec and key: chunk is a power
// of two from 65536 to 4194304, codec is none or zstd, and key is the public half of
// an Ed25519 key that the sender makes for this envelope, uses for its chunks, and
// forgets. The token then holds nothing behind the seed. How long the content is,
// and how many records it has, says its closing statement.
//
// # Body
//
//	body       = 1 to 2³²−1 × data chunk ‖ closing chunk
//	chunk      = length ‖ AES-256-GCM( key: body key, nonce: index ‖ flag, additional data: length, plaintext )
//	length     = uint32: of what follows, the tag of 16 bytes included
//	index      = 11 bytes: 0 for the first chunk, and one more for each that follows
//	flag       = one byte: 0 for a data chunk, 1 for the closing chunk
//
// The content is cut into pieces of chunk bytes; the last piece has 1 to chunk bytes.
// Each is one data chunk, whose plaintext is
//
//	data chunk = signature ‖ data length ‖ stored length ‖ stored ‖ padding
//	signature  = Ed25519 (RFC 8032, 64 bytes) by the one-time key over
//	             "segel/1 chunk" ‖ manifest digest ‖ uint64 index ‖ flag ‖ codec ‖ uint32 data length ‖ SHA-256( stored )
//	codec      = one byte: 0 for none, 1 for zstd
//
// The signed text has 91 bytes; the manifest digest stands in it as its 32 bytes,
// and flag is 0. Both lengths in a chunk are uint32. stored is, with the codec none,
// the piece itself; with zstd exactly one zstd frame (RFC 8878) of it, of at most
// data length + floor(data length / 256) + 64 bytes, with no dictionary, a window of
// at most chunk, and, if it states the size of its content, the data length. A frame
// is no skippable one, and nothing stands behind it. padding is there in a chunk of
// less than chunk bytes of data: zeros up to the Padmé length of the stored length;
// so a chunk of full length has none. Only public data should be compressed: the
// lengths of the chunks tell something of what is in them.
//
// A length above 88 + m + chunk/32, where m is the most that a stored piece of chunk
// bytes can have, is refused before anything of the chunk is read (too_large).
//
// The closing chunk's plaintext is the closing statement: a compact JWS of at most
// 4 KiB by the key that signed the manifest, under the same rules of text, with the
// members alg, kid and typ (segel-closing+jwt). Its payload has the members of
// [Closing], all mandatory:
//
//	v         1
//	manifest  the manifest digest
//	root      the content root
//	chunks    the number of data chunks
//	bytes     the length of the content
//	records   the number of records; 1 for a document
//
// Writers fill its text with spaces to a multiple of 256 bytes; readers do not
// require that. Nothing may follow the closing chunk, not a byte.
//
//	leaf i       = HMAC-SHA256( commitKey, uint64 i ‖ uint32 data length ‖ SHA-256( stored ) )
//	content root = the Merkle tree hash of RFC 6962 section 2.1 over the leaves of all data chunks
//
// that is, with the 32 bytes of each leaf as one entry: SHA-256( 0x00 ‖ leaf ) for
// one; else SHA-256( 0x01 ‖ left ‖ right ) with the largest power of two below their
// number on the left.
//
// A reader does not have to know where the body ends: a chunk whose length is at most
// 4112 may be a closing chunk, and the nonce under which it opens tells. It hands out
// a piece after, and only after: the tag (cannot_open); the lengths and the padding
// (malformed); the signature (bad_signature), before any decoder sees the stored
// bytes, because every recipient has the body key; the frame (malformed; its window
// too_large) and that it decodes to exactly data length bytes (malformed); and that
// all chunks before it were full (malformed). At the end come the closing statement's
// form (malformed) and signature (bad_signature); then manifest and root
// (bad_content); and last, by which time all of this is the sender's own word, its
// counts and whether the content is what the media type says (structure).
//
// # Opening
//
// The order of the checks is that of [Open], which names the reason of each;
// the programs in examples/interop do the same in Python and JavaScript. The
// kid of a token is a hint; what counts is that the key which opened it stands
// in rcpt at the place where the opener's party stands in aud. The signing key
// is the one that the directory gave to the party iss; no header chooses an
// algorithm. An envelope is timely from nbf − 2 minutes until just before exp +
// 2 minutes; an opener may allow for up to 10 minutes ([Opener]).
//
// # Worked example
//
// The file testdata/example.segel is for the key of RFC 7518 appendix C (kid
// Vy57XrArUrW0NbpI12tEzDHABxMwrTh6HHXRenSpnCo), signed by the key of RFC 8037
// appendix A.1 (kid kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k), for the
// purpose AWAS-TAHAPAN, valid on 14 February 2024. Its content is one record of
// 29 bytes with its LF, {"kode_tps":"3101011001001"}. In hexadecimal or
// base64url; the manifest's text stands in one line, with the spaces that fill
// it:
//
//	{"v":1,"jti":"018da7d3-ac00-7000-8000-000000000001","iss":"kpu/sirekap",
//	"iat":1707915600,"nbf":1707915600,"exp":1708002000,"aud":["bawaslu/pengawasan"],
//	"rcpt":["Vy57XrArUrW0NbpI12tEzDHABxMwrTh6HHXRenSpnCo"],
//	"dataset":{"id":"sirekap/hasil-tps","version":"1.0.0",
//	"digest":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"},"purpose":"AWAS-TAHAPAN",
//	"agreement":{"id":"PKS-KPU-BAWASLU-1",
//	"digest":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"},
//	"commit":"eC8tYXufuFWc28Rk_yJVKOiqUucFBLjLIAgIdIJ0-g8",
//	"content":{"form":"inline","media":"application/x-ndjson","bytes":29,"records":1,
//	"mac":"es-t6Xj7fkZ8vpHXeV-XMcObNFOA8hzFSdAoeUzO-8k"},"asOf":"2024-02-14"}
//
//	seed            000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
//	commit          eC8tYXufuFWc28Rk_yJVKOiqUucFBLjLIAgIdIJ0-g8
//	commitKey       20bc4c55a9bf7572f8411e233685c9a3a9a6c9e52f416f031efe1515256a940c
//	content.mac     es-t6Xj7fkZ8vpHXeV-XMcObNFOA8hzFSdAoeUzO-8k
//	manifest digest sXVhb_XkKinXT_N0rViexptJk8fip8-fBbVVc_4rFh0
//	SHA-256(JWS)    35fc17544f21ff52229509db1f259ee8c14fb6ff81115413a63caac028ed7acc
//
// The file testdata/example-body.segel is the same envelope with 2300 records in a
// body: {"kode_tps":"3101011000000"} to {"kode_tps":"3101011002299"}, each with its LF,
// 66700 bytes in two chunks. Its one-time key is made of a seed of 32 bytes ee (RFC
// 8032 section 5.1.5), and its content says
//
//	{"form":"body","media":"application/x-ndjson","chunk":65536,"codec":"none",
//	"key":"gUci3nHFsU50jf8yKuf3xBXO5Vh2ZJUpLNbEwKap3yg"}
//
//	manifest digest BKHnozLhiYXy0fs2IKLBPrf1M5TkZoHme53U_bT0pgw
//	body key        d1d824d6035d2b068d8c07c5b0055a421c6e6aaff7ade1425efb8ca9b90fa87a
//	chunk 0         SHA-256( stored ) dd121c82abcfbb9dfb941ecd116156bf25819409a14a911074098cb2d48b4869
//	signature 0     YVV6Fmq3C5FzeEoNfEUuOiz6rQZNB3XGCnkqK9tqvDZNN8acK6Wc1zvXXS81Ydqv5bLab1F3fI3YsfYkdggcAA
//	content root    jhytlCLjD6VX6Uup74r0-o6zvYM0GajPMOVMkyyDcB0
//	SHA-256( body ) fcd08bdf201722165a3163e852dc5883e2fe04bea6179d4a274bc91507277fe6
//
// The body has 67510 bytes.
//
// # Signed documents
//
// Directories, agreements and anchor sets are text files: a first line with
// type and version, as segel-agreement/1, then one compact JWS per line, all
// over byte-identical payloads, sorted by kid, one per key. Packages
// exchange/trust and exchange/agreement specify their payloads.
//
// # Compatibility
//
// Every envelope of version 1 will be opened by every later version of this
// package, for as long as its algorithms are considered safe.
package envelope
