// Package prometheus turns what package exchange tells an observer into metrics
// for Prometheus: [New] for counters and histograms, [Outbox] and [Store] for
// gauges that are read when they are scraped.
//
//	registry := prometheus.NewRegistry()       // of github.com/prometheus/client_golang
//	observer, err := segelprometheus.New(registry)
//	receiver, err := exchange.NewReceiver(exchange.ReceiverConfig{Observer: observer, ...})
//	registry.MustRegister(segelprometheus.Store(receiver), segelprometheus.Outbox(dispatcher))
//	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
//
// One observer serves every sender and receiver of a process. A process of
// several parties wraps the registerer with a label for each of them
// (WrapRegistererWith).
//
// # Metrics
//
//	segel_operations_total{operation,peer,outcome,reason}   operations that have ended
//	segel_operation_duration_seconds{operation}             how long they took; not settle and give_up
//	segel_handler_duration_seconds                          how long the receiving application took, whatever it said
//	segel_parcel_duration_seconds{operation}                from a parcel's posting until settle or give_up
//	segel_bytes_total{operation}                            bytes sealed, posted, sent and read
//	segel_records_total{operation}                          records of envelopes that were sealed, or accepted when they were received
//	segel_findings_total{operation}                         rules that they break
//
//	segel_outbox_up                                         0 if the outbox cannot be read; the next ones are then absent
//	segel_outbox_open_parcels{peer,state}                   parcels queued or unknown
//	segel_outbox_oldest_open_parcel_timestamp_seconds{peer} when the oldest was posted
//	segel_outbox_attempts{peer}                             attempts that are being made now
//	segel_outbox_silent_attempts{peer}                      attempts in a row without an answer
//	segel_outbox_partial                                    1 if there are more open parcels than are counted
//	segel_directory_expiry_timestamp_seconds                when the sender's directory expires: nothing is sent then
//	segel_store_up                                          0 if the store cannot be read
//	segel_store_unsettled_envelopes{peer}                   envelopes of a sender that are admitted and not settled, or cancelled before they came
//
// operation is an [exchange.Operation], reason an envelope.Reason or "", and peer
// a party or "" (an empty label is none). outcome is an [exchange.Outcome], "open"
// for what is not settled, or "cut" for what broke off before anybody could
// answer. All of them are closed sets but peer, which is limited by what
// directories have listed: whoever is not proven to be a party has no name here.
// So there are at most a few series for each peer, and strangers add none.
//
// # Alerts
//
// The doc of [exchange.Observer] says what to look for. As rules:
//
//	increase(segel_operations_total{operation="receive",reason=~"conflict|forwarded"}[10m]) > 0
//	increase(segel_operations_total{operation="receive",reason=~"bad_signature|bad_content"}[10m]) > 10
//	rate(segel_operations_total{outcome!="cut",reason=~"clock|directory_stale|unavailable|handler_failed"}[5m]) > 0
//	increase(segel_operations_total{operation="give_up"}[1h]) > 0
//	time() - segel_outbox_oldest_open_parcel_timestamp_seconds > 3600
//	segel_directory_expiry_timestamp_seconds - time() < 7 * 86400
//
// A counter begins with its first event, so increase overlooks that one in a new
// process: an alarm is also in the log.
//
// # Not promised
//
// Metrics are for operators, lose what a crash cuts off, and prove nothing: the
// journal does. What a transport refuses before a receiver sees it, as HTTP does
// with 429, is not counted here. They name parties and how much they exchange, so a page of them
// is not for everybody.
package prometheus
