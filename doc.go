// Package segel is the tour of the module; it holds no code.
//
// A segel is the numbered seal on a ballot box. This module does that for
// datasets that Indonesian agencies exchange about elections: an agency closes
// a dataset with a seal that says who sealed it, for whom, under which
// agreement, for which purpose and until when. Anyone who opens it without
// right, alters it, replays it or uses it for something else is refused, and
// the refusal is on record.
//
// # One dataset's journey
//
//	records ─► schema ─► agreement ─► seal ─► wire ─► open ─► claim ─► schema ─► handler ─► receipt
//	           check     may I?       sign,           verify  once     check     business   signed,
//	           rules                  encrypt         all              rules     code       sent back
//
// Both sides run the same checks from the same signed documents. No central
// server sees content, and none is needed.
//
// # The packages
//
//   - [github.com/segel-id/segel/envelope] seals and opens. Its comment is the
//     specification of the format.
//   - [github.com/segel-id/segel/envelope/purpose] is the vocabulary of purposes.
//   - [github.com/segel-id/segel/schema] checks records against a dataset's
//     definition: structure refuses, arithmetic findings travel along.
//   - [github.com/segel-id/segel/schema/election] holds the datasets.
//   - [github.com/segel-id/segel/exchange] joins them: Sender, Receiver,
//     receipts, and the ports Store, Journal and Transport.
//   - exchange/trust and exchange/agreement read the signed directory and the
//     signed agreements.
//   - exchange/store holds the stores (memory, bolt), exchange/transport the
//     carriers (http) and exchange/journal the tamper-evident record.
//   - exchange/cmd/segel is the command-line tool.
//   - examples/quickstart is where to begin.
//
// For tests there are envelope/envelopetest, exchange/exchangetest and
// schema/election/electiontest.
//
// # Compatibility
//
// Every envelope of format version 1 will be opened by every later version of
// this module, for as long as its algorithms are considered safe. The same
// holds for directories, agreements, receipts and journals of version 1. Until
// the module's own version reaches 1.0 the Go API may still change; the format
// changes by a new version number only.
package segel
