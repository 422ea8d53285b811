package prometheus

import (
	client "github.com/prometheus/client_golang/prometheus"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// An Observer counts what it is told. It may be used concurrently, by every
// sender and receiver of a process.
type Observer struct {
	operations               *client.CounterVec
	durations, parcels       *client.HistogramVec
	handler                  client.Histogram
	bytes, records, findings *client.CounterVec
}

var _ exchange.Observer = (*Observer)(nil)

// Buckets in seconds: an operation takes from a fraction of a millisecond to a
// minute, a parcel from milliseconds to weeks.
var (
	operationBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	parcelBuckets    = []float64{.01, .1, 1, 10, 60, 600, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600}
)

// New registers the metrics and returns what counts them. The error has
// [envelope.ReasonMisuse]: there is no registerer, or it has metrics of these
// names.
func New(r client.Registerer) (*Observer, error) {
	if r == nil {
		return nil, &envelope.Error{Reason: envelope.ReasonMisuse, Detail: "a registerer is needed"}
	}
	counter := func(name, help string, labels ...string) *client.CounterVec {
		return client.NewCounterVec(client.CounterOpts{Namespace: "segel", Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64) client.HistogramOpts {
		return client.HistogramOpts{Namespace: "segel", Name: name, Help: help, Buckets: buckets}
	}
	o := &Observer{
		operations: counter("operations_total", "Operations that have ended.", "operation", "peer", "outcome", "reason"),
		durations:  client.NewHistogramVec(histogram("operation_duration_seconds", "How long operations took.", operationBuckets), []string{"operation"}),
		parcels:    client.NewHistogramVec(histogram("parcel_duration_seconds", "From the posting of a parcel until it was settled or given up.", parcelBuckets), []string{"operation"}),
		handler:    client.NewHistogram(histogram("handler_duration_seconds", "How long the receiving application took.", operationBuckets)),
		bytes:      counter("bytes_total", "Bytes sealed, posted, sent and read.", "operation"),
		records:    counter("records_total", "Records of envelopes that were sealed or accepted.", "operation"),
		findings:   counter("findings_total", "Rules broken by records of envelopes that were sealed or accepted.", "operation"),
	}
	registered := []client.Collector{}
	for _, c := range []client.Collector{o.operations, o.durations, o.parcels, o.handler, o.bytes, o.records, o.findings} {
		if r.Register(c) != nil {
			for _, c := range registered {
				r.Unregister(c)
			}
			return nil, &envelope.Error{Reason: envelope.ReasonMisuse, Detail: "the registerer has metrics of these names"}
		}
		registered = append(registered, c)
	}
	return o, nil
}

// Observe counts one operation.
func (o *Observer) Observe(x exchange.Observation) {
	op := string(x.Operation)
	o.operations.WithLabelValues(op, string(x.Peer), outcome(x), string(x.Reason)).Inc()
	switch x.Operation {
	case exchange.OperationSettle, exchange.OperationGiveUp:
		o.parcels.WithLabelValues(op).Observe(x.Duration.Seconds())
		return
	}
	o.durations.WithLabelValues(op).Observe(x.Duration.Seconds())
	if x.Handler > 0 {
		o.handler.Observe(x.Handler.Seconds())
	}
	if x.Bytes > 0 {
		o.bytes.WithLabelValues(op).Add(float64(x.Bytes))
	}
	if x.Reason == "" && (x.Records > 0 || x.Findings > 0) {
		o.records.WithLabelValues(op).Add(float64(x.Records))
		o.findings.WithLabelValues(op).Add(float64(x.Findings))
	}
}

func outcome(x exchange.Observation) string {
	switch {
	case x.Cut:
		return "cut"
	case x.Outcome == "":
		return "open"
	}
	return string(x.Outcome)
}
