package exchange

import (
	"iter"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/record"
)

// Records gives the records of a delivery as structs, in their order, by the
// rules of [record.Decode]: inline content and a body alike, of a document
// nothing. The structs of the datasets are generated, as sirekap.HasilTPS; one of
// your own with some of the members does as well. The bytes that were signed are
// those of [Delivery.Records].
//
// A generated struct is for its own dataset alone: several datasets may come to
// one handler, because they share a purpose, and of another one it would have
// nothing but zeros.
//
// An error is the last thing that the loop gets, beside a zero T, and whatever
// the handler returns then, the envelope is not accepted. It is [Delivery.Err]
// where content cannot be read to its end, else an error with
// [envelope.ReasonMisuse] if T is the struct of another dataset or a body was
// staged, so that it is for whoever has the [Delivery.Stage], or an
// [*schema.Error] with ReasonMalformed and the record's number if a record does
// not have the form of T: it was checked, so T does not fit the definition.
func Records[T any](d *Delivery) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		if of, ok := any(zero).(interface{ Dataset() string }); ok && of.Dataset() != d.Proof().Manifest.Dataset.ID {
			d.failed = refuse(envelope.ReasonMisuse, "the struct is another dataset's")
			yield(zero, d.failed)
			return
		}
		n := 0
		for data := range d.Records() {
			n++
			var v T
			if record.Decode(data, &v) != nil {
				d.failed = &schema.Error{Reason: schema.ReasonMalformed, Record: n}
				yield(zero, d.failed)
				return
			}
			if !yield(v, nil) {
				return
			}
		}
		if d.failed != nil {
			yield(zero, d.failed)
		}
	}
}
