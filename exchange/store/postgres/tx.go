package postgres

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// A need says what a caller looks at.
type need struct {
	sender  envelope.Party // admits what is new of it, or puts parcels of it
	rows    []exchange.Key // the first is the one that it is about
	line    lineKey        // of an admission, with its channel
	revises bool           // the line's latest revision is looked at too
	marks   bool           // changes marks other than the clock's
	channel string         // takes or posts numbers of it
	posts   []exchange.Parcel
	parcel  *exchange.Parcel // changes it
}

type (
	lineKey struct {
		sender         envelope.Party
		channel, first string
	}
	channelKey struct {
		sender  envelope.Party
		channel string
	}
	address struct {
		exchange.Key
		to envelope.Party
	}
)

func addressOf(s exchange.Sent) address { return address{s.Key, s.Recipient} }

func (n *need) bytes() (sum int) {
	for _, p := range n.posts {
		sum += len(p.File)
	}
	return sum
}

// sound reports whether PostgreSQL can hold the identifiers: it has no text with
// NUL, nor one that is not UTF-8. One that is not would fail others too.
func (n *need) sound() bool {
	texts := []string{string(n.sender), n.line.channel, n.line.first, n.channel}
	for _, k := range n.rows {
		texts = append(texts, string(k.Sender), k.ID)
	}
	for _, p := range n.posts {
		texts = append(texts, parcelTexts(p)...)
	}
	if n.parcel != nil {
		texts = append(texts, parcelTexts(*n.parcel)...)
	}
	return sound(texts...)
}

func parcelTexts(p exchange.Parcel) []string {
	return []string{
		string(p.Sender), p.ID, string(p.Recipient), p.Digest, p.Channel, p.Line.First, p.Dataset, string(p.Purpose), p.Agreement,
		p.Epoch, string(p.State), string(p.Reason), string(p.Outcome),
	}
}

func sound(texts ...string) bool {
	return !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, "\x00") || !utf8.ValidString(text) })
}

// A tx is what the callers of one transaction look at and change: what was locked
// and read, in memory.
type tx struct {
	s    *Store
	lane *lane

	senders      []envelope.Party
	keys         []exchange.Key
	lineKeys     []lineKey
	revised      []lineKey
	channelNames []string
	posted       []exchange.Key
	addressed    []address
	lockMarks    bool

	rows     map[exchange.Key]*held
	lines    map[lineKey]*line
	channels map[channelKey]*channel
	lasting  map[envelope.Party]int64
	marks    exchange.Marks
	numbers  map[string]*numbering
	parcels  map[address]*parcel
	first    map[exchange.Key]*exchange.Parcel // a parcel of each envelope, nil if there is none

	changed      bool
	clock        time.Time // to which the clock mark is raised
	acknowledged *time.Time
	marksChanged bool
	more         map[envelope.Party]int64 // by how much lasting has changed
}

// What is held of each key: absent if the value is nil.
type (
	held struct {
		row            *exchange.Row
		there, changed bool
	}
	line struct {
		head    *exchange.LineHead
		changed bool
	}
	channel struct {
		arrivals exchange.Arrivals
		changed  bool
	}
	numbering struct {
		exchange.Numbers
		changed bool
	}
	parcel struct {
		*exchange.Parcel
		there, changed bool
	}
)

func newTx(s *Store) *tx {
	return &tx{
		s: s, rows: map[exchange.Key]*held{}, lines: map[lineKey]*line{}, channels: map[channelKey]*channel{},
		lasting: map[envelope.Party]int64{}, numbers: map[string]*numbering{}, parcels: map[address]*parcel{},
		first: map[exchange.Key]*exchange.Parcel{}, more: map[envelope.Party]int64{},
	}
}

// want notes what a caller looks at.
func (t *tx) want(n *need) {
	t.lockMarks = t.lockMarks || n.marks
	if n.sender != "" {
		t.wantSender(n.sender)
	}
	for _, k := range n.rows {
		if t.rows[k] == nil {
			t.rows[k] = &held{}
			t.keys = append(t.keys, k)
		}
	}
	if n.line.sender != "" {
		if t.lines[n.line] == nil {
			t.lines[n.line] = &line{}
			t.lineKeys = append(t.lineKeys, n.line)
		}
		if n.revises {
			t.revised = append(t.revised, n.line)
		}
		if at := (channelKey{n.line.sender, n.line.channel}); t.channels[at] == nil {
			t.channels[at] = &channel{}
		}
	}
	if n.channel != "" {
		t.wantNumbers(n.channel)
	}
	for _, p := range n.posts {
		t.wantSender(p.Sender)
		if p.Epoch != "" {
			t.wantNumbers(p.Channel)
		}
		if _, ok := t.first[p.Key]; !ok {
			t.first[p.Key] = nil
			t.posted = append(t.posted, p.Key)
		}
	}
	if n.parcel != nil {
		if at := addressOf(n.parcel.Sent); t.parcels[at] == nil {
			t.parcels[at] = &parcel{}
			t.addressed = append(t.addressed, at)
		}
	}
}

func (t *tx) wantSender(sender envelope.Party) {
	if _, ok := t.lasting[sender]; !ok {
		t.lasting[sender] = 0
		t.senders = append(t.senders, sender)
	}
}

func (t *tx) wantNumbers(channel string) {
	if t.numbers[channel] == nil {
		t.numbers[channel] = &numbering{}
		t.channelNames = append(t.channelNames, channel)
	}
}

// put puts a row in the place of the one that is held under its key.
func (t *tx) put(h *held, row *exchange.Row) {
	before, after := h.row.Lasts(), row.Lasts()
	if before != after {
		n := int64(1)
		if before {
			n = -1
		}
		t.more[row.Sender] += n
		t.lasting[row.Sender] += n
	}
	h.row, h.changed, t.changed = row, true, true
}

func (t *tx) raise(clock time.Time) {
	if clock.After(t.clock) {
		t.clock = clock
	}
	t.changed = true
}
