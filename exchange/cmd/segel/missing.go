package main

import (
	"slices"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// A stream is the numbers of one epoch of a channel, at one recipient.
type stream struct {
	to             envelope.Party
	channel, epoch string
}

func streamOf(p *exchange.Parcel) stream { return stream{p.Recipient, p.Channel, p.Epoch} }

// gaps sorts the numbers that a recipient says it lacks by what the own outbox holds
// of them. What is open there is being carried, and what is settled is over: both are
// left out. Given is what was given up, and can be sent again; absent is what the
// outbox does not hold.
func gaps(missing []exchange.Range, of stream, all []exchange.Parcel) (given, absent []exchange.Range) {
	var over, up []int64
	for i := range all {
		switch p := &all[i]; {
		case streamOf(p) != of:
		case p.State == exchange.ParcelGivenUp:
			up = append(up, p.Number)
		default:
			over = append(over, p.Number)
		}
	}
	left := without(missing, over)
	absent = without(left, up) // which sorts them
	for _, n := range slices.Compact(up) {
		if !slices.ContainsFunc(left, func(r exchange.Range) bool { return r.From <= n && n <= r.To }) {
			continue
		}
		if last := len(given) - 1; last >= 0 && given[last].To == n-1 {
			given[last].To = n
		} else {
			given = append(given, exchange.Range{From: n, To: n})
		}
	}
	return given, absent
}

// without takes numbers out of ranges.
func without(ranges []exchange.Range, numbers []int64) (left []exchange.Range) {
	slices.Sort(numbers)
	for _, r := range ranges {
		from := r.From
		for _, n := range numbers {
			if n < from || n > r.To {
				continue
			}
			if n > from {
				left = append(left, exchange.Range{From: from, To: n - 1})
			}
			from = n + 1
		}
		if from <= r.To {
			left = append(left, exchange.Range{From: from, To: r.To})
		}
	}
	return left
}
