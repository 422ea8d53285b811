// Package exchangetest is a whole exchange in memory, for tests of an agency's
// own handler, store or transport: a directory and an agreement that fixed
// agencies signed, a clock that stands until it is told to move, a wire between
// the agencies, and the conformance kits for stores, outboxes and transports.
//
//	w := exchangetest.NewWorld()
//	w.Receiver(envelopetest.BadanHukum(), "PARPOL-BADANHUKUM", handler)
//	request := w.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", envelopetest.BadanHukum())
//	receipt, err := w.Exchange(ctx, envelopetest.Sipol(), request, records)
//
// The keys are those of envelope/envelopetest: synthetic and publicly known.
// Constructors panic if the fixed world cannot be built, which is a defect of
// this package and no result of a test.
package exchangetest
