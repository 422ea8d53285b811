// Package http carries envelopes over HTTP: a [Handler] in front of a receiver,
// a [Client] for a sender, and [Serve], which runs the handler with safe bounds.
//
// Envelopes are sealed end to end, so the transport is trusted with nothing but
// the metadata that any network sees: who talks to whom, when, and how much.
// TLS hides some of that; mutual TLS keeps strangers away from the handler, and
// is only that: who sealed an envelope is proven by its signature.
//
// # The protocol
//
// A party is reached under a base URL, which stands in the directory as one of
// its endpoints. All of a party's endpoints lead to receivers on one store. Below
// it lie three resources, and nothing is read from a query or from any header
// but those named here.
//
//	POST base/envelopes   application/vnd.segel.envelope   one envelope file
//	POST base/questions   application/jose                 one signed settle-or-cancel, a compact JWS
//	GET  base/healthz                                      200 and "ok": the process serves; no more is said
//
// The envelope file is sent as it is, with no content coding. A stranger cannot
// register a type, so the one here is in the vendor tree (RFC 6838, section
// 3.2); a compact JWS or JWE has a registered one (RFC 7515, section 9.2.1).
//
// A POST is answered with 200 and a receipt as application/jose, a compact JWE
// that the envelope's sender alone can read, or with problem details (RFC 9457)
// as application/problem+json. There are four of those, one for each word of
// [exchange.Outward]. The type is [ProblemBase] and the word; the texts are
// fixed; there is no instance and nothing of the request.
//
//	400  malformed     it is not a file or question of ours, or the media type is another
//	413  too_large     it is beyond a limit, which is checked before it is read where a length is given
//	422  cannot_open   it cannot be opened, for whatever cause
//	503  try_later     bring the same bytes again, after the seconds in Retry-After
//	429  try_later     the same, because more is being received than is allowed at once
//
// 422 and not 403 for cannot_open: proxies and firewalls on the way answer 403 of
// their own accord, and it would say that somebody else were allowed. Paths and
// methods that do not exist are answered 404 and 405 without a body.
//
// # Uploads
//
// A file with a body may be of any size, and a transfer that was cut goes on where
// it stopped, after a restart of either side too. This is a profile of
// draft-ietf-httpbis-resumable-upload: both sides know the upload's resource
// beforehand, so nobody hands out a Location and no 104 is sent.
//
//	name = base64url( HMAC-SHA256( commitKey, "segel/1 upload" LF manifest-digest LF recipient LF ) )
//
//	POST  base/envelopes/name   Upload-Complete: ?0
//	      application/vnd.segel.envelope: what stands before the body, the recipient's token
//	PATCH base/envelopes/name   Upload-Offset: N   Upload-Complete: ?1, or ?0 if the file goes on behind it
//	      application/partial-upload: the file from byte N on
//	HEAD  base/envelopes/name
//
// The POST is answered with 201 and in Upload-Offset how many bytes of the file are
// kept, or with a receipt or a refusal as above, if that is all there is to do. The
// PATCH that completes the file is answered as the POST of a whole file is; one that
// does not, with 204 and the Upload-Offset that was reached; one that does not begin
// at what is kept, with 409 and that offset. HEAD has 204 and the offset. An upload
// that is not there has 404: it is begun again. What has arrived is kept in whole
// chunks that have verified, and for a proven sender alone; the last, incomplete
// chunk of a transfer that was cut is sent again.
//
// Only the envelope's sender and recipients can make the name, so whoever captured a
// file cannot ask how much of it has arrived: with a wrong name, a token is answered
// cannot_open.
//
// A client takes for an answer only what is written here: status, media type and
// problem type must agree. Anything else, a proxy's error page or a redirect,
// leaves unknown whether the message arrived, and the same bytes are sent again.
//
// # Load and slow senders
//
// Whoever begins a message takes a place, by its header: at most
// [HandlerConfig].MaxConcurrent are received at once, and at most MaxPerAddress
// of those from one remote address. The next one is answered 429 at once, before
// a byte of it is read. There is no queue.
//
// Memory is charged as it is spent. The first 128 KiB of a message come with its
// place; what arrives beyond them is charged against MaxInFlight in steps of 128
// KiB, and against the address's share of it, and given back when the message
// ends, however it ends. What a header declares takes none, so a peer that opens
// large messages and sends nothing keeps nobody out; a declared length beyond the
// limit is answered 413 unread. If the memory is full while a body arrives, that
// message fails with 429, and the same bytes are to come again. So a message of at
// most 128 KiB that has a place has room, whatever else is held. What goes to a disk
// is charged up to MaxFile only; the receiver's Spool bounds the rest. Where there
// are uploads, what comes is cut off if the bringer takes longer than the grace and 128
// KiB by MinRate for any 128 KiB of it, however fast it was before: the place of a
// large file is not held for the hours that its size has earned.
//
// A body that comes more slowly than MinRate on average, after a grace, is cut
// off. That bounds an upload and not a patience: with the defaults, and without a
// Spool, 16 MiB may take 17 minutes, whether they trickle or all but the last byte
// come at once and that one at the end. What such a peer holds is places and the
// memory of what it has really sent, and MaxPerAddress says how much of both. Behind
// a reverse proxy all come from one address: set MaxPerAddress to MaxConcurrent
// there.
//
// A handler that is at work is not disturbed by a client that hangs up: the effect
// would be lost, and the next attempt would only begin anew. The bringer's next
// attempt gets the receipt.
//
// # Not promised
//
// A transport proves nobody's identity and no delivery: only a receipt does. A
// peer that floods is kept within the bounds above. From one address it may still
// crowd out those who share the address; from as many as share MaxConcurrent, four
// by default, it may with slow senders or silent ones hold every place for as long
// as MinRate allows, and with what it really sends all of the memory, where large
// messages lose first. Connections without a message are bounded by
// [ServerConfig].MaxConnections alone, and not by address. Only a firewall or mutual
// TLS keeps such a peer away. Behind a reverse proxy, the proxy's limits come
// first: give it the same body size, a bound for each address, and buffering only
// if it is trusted to bound slow senders itself.
//
// HTTP/1.1 is all that [Serve] and [Client] speak: one message for each connection
// at a time is all that is needed, and deadlines then mean one message each.
package http
