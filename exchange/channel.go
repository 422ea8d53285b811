package exchange

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
)

// A Place says where an envelope stands in its channel: the stream of one
// dataset from one sender to one set of recipients. The zero Place is that of an
// envelope that is not numbered.
type Place struct {
	Channel string // digest that names the channel; see [ChannelOf]
	Epoch   string // of the sender's outbox; its numbers begin with 1
	Number  int64  // from 1
}

// ChannelOf returns the name of an envelope's channel, 43 characters of
// base64url: SHA-256("segel/1 channel" LF ‖ sender LF ‖ dataset LF ‖ the
// recipients in the order of their bytes, each with LF).
func ChannelOf(sender envelope.Party, dataset string, recipients []envelope.Party) string {
	var text strings.Builder
	text.WriteString("segel/1 channel\n" + string(sender) + "\n" + dataset + "\n")
	for _, to := range slices.Sorted(slices.Values(recipients)) {
		text.WriteString(string(to) + "\n")
	}
	digest := sha256.Sum256([]byte(text.String()))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

func placeOf(m *envelope.Manifest) Place {
	p := Place{Channel: ChannelOf(m.Sender, m.Dataset.ID, m.Recipients)}
	if m.Sequence != nil {
		p.Epoch, p.Number = m.Sequence.Epoch, m.Sequence.Number
	}
	return p
}

// NumberLease is how long a number that was taken may wait for its parcel.
const NumberLease = 10 * time.Minute

// maxVoid is how many void numbers a manifest can list.
const maxVoid = 64

// Numbers are what an outbox holds of one channel. Its methods are for
// implementations of [Outbox], so that all of them number alike. They change the
// value itself, and nothing if they fail.
type Numbers struct {
	Epoch string              // "" until the first number was taken
	Last  int64               // the highest number that was taken
	Taken map[int64]time.Time // not posted yet, and since when
	Void  []int64             // the highest numbers that were never posted, ascending, at most 64
}

// Take takes the next number. What was taken [NumberLease] ago or earlier, or by a
// clock that is ahead by more than [envelope.MaxSkew], and was
// not posted is void from now on, and every envelope says so.
func (n *Numbers) Take(now time.Time) envelope.Sequence {
	if n.Epoch == "" {
		epoch := make([]byte, 16)
		_, _ = rand.Read(epoch) // never fails
		n.Epoch = base64.RawURLEncoding.EncodeToString(epoch)
	}
	for number, since := range n.Taken {
		if !now.Before(since.Add(NumberLease)) || since.After(now.Add(envelope.MaxSkew)) {
			n.burn(number)
		}
	}
	n.Last++
	if n.Taken == nil {
		n.Taken = map[int64]time.Time{}
	}
	n.Taken[n.Last] = now
	return envelope.Sequence{Epoch: n.Epoch, Number: n.Last, Void: slices.Clone(n.Void)}
}

// Posts reports whether parcels with that number may be posted: it was taken, and
// is not void. n may be nil.
func (n *Numbers) Posts(epoch string, number int64) bool {
	if n == nil || epoch != n.Epoch {
		return false
	}
	_, ok := n.Taken[number]
	return ok
}

// Post notes that the parcels with that number are in the outbox. It fails with
// ErrFenced if [Numbers.Posts] is false.
func (n *Numbers) Post(epoch string, number int64) error {
	if !n.Posts(epoch, number) {
		return ErrFenced
	}
	delete(n.Taken, number)
	return nil
}

// Burn makes a number void: nothing with it was posted, or what was posted was
// cancelled.
func (n *Numbers) Burn(epoch string, number int64) {
	if epoch == n.Epoch && 0 < number && number <= n.Last {
		n.burn(number)
	}
}

func (n *Numbers) burn(number int64) {
	delete(n.Taken, number)
	at, known := slices.BinarySearch(n.Void, number)
	if known {
		return
	}
	n.Void = slices.Insert(n.Void, at, number)
	if over := len(n.Void) - maxVoid; over > 0 {
		n.Void = slices.Delete(n.Void, 0, over) // recipients know them by now
	}
}

// Bounds of what a store remembers of a channel.
const (
	maxEpochs  = 4   // of a channel; the one that was not heard of for longest goes
	maxSeen    = 256 // runs of numbers in an epoch; the lowest gap is closed
	maxMissing = 64  // ranges in a receipt
)

// Arrivals are what a store holds of one channel: which numbers came, by epoch.
// Its methods are for implementations of [Store].
type Arrivals []EpochArrivals // the epoch that was heard of last comes last

// EpochArrivals are the numbers of one epoch.
type EpochArrivals struct {
	Epoch string  // as the sender named it
	Seen  []Range // ascending, with at least one number between two of them
}

// Add notes that an envelope stands at a place, and which numbers it says are
// void. The arrivals that it returns share nothing with a.
func (a Arrivals) Add(p Place, void []int64) Arrivals {
	out := slices.Clone(a)
	epoch := EpochArrivals{Epoch: p.Epoch}
	if i := slices.IndexFunc(out, func(e EpochArrivals) bool { return e.Epoch == p.Epoch }); i >= 0 {
		epoch = out[i]
		out = slices.Delete(out, i, i+1)
	} else if len(out) == maxEpochs {
		out = slices.Delete(out, 0, 1)
	}
	seen := slices.Clone(epoch.Seen)
	for _, n := range append([]int64{p.Number}, void...) {
		seen = insert(seen, n)
	}
	if len(seen) > maxSeen {
		over := len(seen) - maxSeen
		seen[over].From = seen[0].From
		seen = slices.Delete(seen, 0, over)
	}
	epoch.Seen = seen
	return append(out, epoch)
}

// insert adds a number to ascending runs.
func insert(seen []Range, n int64) []Range {
	i, _ := slices.BinarySearchFunc(seen, n, func(r Range, n int64) int {
		switch {
		case r.To < n:
			return -1
		case r.From > n:
			return 1
		}
		return 0
	})
	after := i < len(seen) && seen[i].From == n+1 // the run behind begins with the next number
	switch {
	case i < len(seen) && seen[i].From <= n: // seen
	case i > 0 && seen[i-1].To == n-1 && after:
		seen[i-1].To = seen[i].To
		seen = slices.Delete(seen, i, i+1)
	case i > 0 && seen[i-1].To == n-1:
		seen[i-1].To = n
	case after:
		seen[i].From = n
	default:
		seen = slices.Insert(seen, i, Range{n, n})
	}
	return seen
}

// Missing returns the numbers of an epoch below the highest that came, which did
// not: the lowest 64 ranges of them.
func (a Arrivals) Missing(epoch string) []Range {
	i := slices.IndexFunc(a, func(e EpochArrivals) bool { return e.Epoch == epoch })
	if i < 0 {
		return nil
	}
	var missing []Range
	next := int64(1)
	for _, r := range a[i].Seen {
		if r.From > next {
			missing = append(missing, Range{next, r.From - 1})
		}
		if len(missing) == maxMissing {
			break
		}
		next = r.To + 1
	}
	return missing
}

// without returns the ranges less one number.
func without(ranges []Range, n int64) []Range {
	var out []Range
	for _, r := range ranges {
		if n < r.From || r.To < n {
			out = append(out, r)
			continue
		}
		if r.From < n {
			out = append(out, Range{r.From, n - 1})
		}
		if n < r.To {
			out = append(out, Range{n + 1, r.To})
		}
	}
	return out[:min(len(out), maxMissing)]
}
