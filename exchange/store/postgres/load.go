package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// load begins a transaction, locks and reads what the callers look at, in one
// round trip. Locks come in one order, and what a lock protects is read behind it.
// The marks come last: a row that is not there may have been purged, and then the
// purge mark says so.
func (t *tx) load(ctx context.Context, c *pgx.Conn, l *lane) error {
	t.lane = l
	b := &pgx.Batch{}
	q := func(name string, each func(scanner) error, args ...any) {
		b.Queue(t.s.sql[name], args...).Query(func(rows pgx.Rows) error { return eachOf(rows, each) })
	}
	b.Queue("begin isolation level read committed read write")
	q("plan", func(scanner) error { return nil })
	if t.lockMarks {
		q("marks_lock", func(scanner) error { return nil })
	}
	locked := 0
	if len(t.senders) > 0 {
		slices.Sort(t.senders)
		q("senders_lock", func(scanner) error { locked++; return nil }, texts(t.senders))
	}
	if len(t.channelNames) > 0 {
		slices.Sort(t.channelNames)
		q("numbers_lock", t.readNumbers, t.channelNames)
	}
	if len(t.lineKeys) > 0 { // of admissions
		q("lasting_get", t.readLasting, texts(t.senders))
		senders, channels, firsts := lineArgs(t.lineKeys)
		q("lines_get", t.readLine, senders, channels, firsts)
		senders, channels = channelArgs(t.channels)
		q("channels_get", t.readChannel, senders, channels)
	}
	if len(t.keys) > 0 {
		senders, ids := keyArgs(t.keys)
		if len(t.revised) > 0 {
			s, channels, firsts := lineArgs(t.revised)
			q("rows_lock_lines", t.readRow, senders, ids, s, channels, firsts)
		} else {
			q("rows_lock", t.readRow, senders, ids)
		}
	}
	if len(t.posted) > 0 {
		senders, ids := keyArgs(t.posted)
		q("parcels_of", t.readFirst, senders, ids)
	}
	if len(t.addressed) > 0 {
		slices.SortFunc(t.addressed, compareAddresses)
		senders, ids, recipients := addressArgs(t.addressed)
		q("parcels_lock", t.readParcel, senders, ids, recipients)
	}
	var known *bool
	marked := false
	q("marks_last", func(rows scanner) (err error) { marked = true; t.marks, err = scanMarks(rows, &known); return err }, l.id)
	if err := c.SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if !marked {
		return errNoMarks
	}
	if known == nil || locked != len(t.senders) || slices.ContainsFunc(t.channelNames, func(name string) bool { return t.numbers[name].Taken == nil }) {
		return errAgain
	}
	return t.behind()
}

// behind sees to it that the earlier revision of every line is held, if only as
// one that is not there.
func (t *tx) behind() error {
	for _, key := range t.revised {
		if head := t.lines[key].head; head != nil {
			k := exchange.Key{Sender: key.sender, ID: head.ID}
			if t.rows[k] == nil {
				t.rows[k] = &held{}
			}
		}
	}
	return nil
}

type scanner interface{ Scan(...any) error }

// errNoMarks: the row of marks was made with its table. Without it nobody knows what
// was purged, and marks that are merely absent would allow everything.
var errNoMarks = unusable("the marks are damaged: their row is gone")

// scanMarks reads the columns of marks, and what follows them.
func scanMarks(r scanner, more ...any) (m exchange.Marks, err error) {
	var clock, purged *time.Time
	var tables int
	var synchronous, fsync, pages string
	err = r.Scan(append([]any{&clock, &m.Directory, &m.DirectoryDigest, &purged, &m.Party, &tables, &synchronous, &fsync, &pages}, more...)...)
	if err != nil {
		return m, err
	}
	if tables > version {
		return m, errNewer
	}
	m.Clock, m.Purged = timeOf(clock), timeOf(purged)
	return m, durable(synchronous, fsync, pages)
}

func (t *tx) readLasting(r scanner) error {
	var sender envelope.Party
	var n int64
	err := r.Scan(&sender, &n)
	t.lasting[sender] = n
	return err
}

func (t *tx) readNumbers(r scanner) error {
	var channel, taken, void string
	var n numbering
	if err := r.Scan(&channel, &n.Epoch, &n.Last, &taken, &void); err != nil {
		return err
	}
	if !decode(taken, &n.Taken) || !decode(void, &n.Void) || n.Taken == nil || n.Last < 0 || (n.Epoch == "") != (n.Last == 0) {
		return unusable("the numbers of a channel are damaged")
	}
	t.numbers[channel] = &n
	return nil
}

func (t *tx) readLine(r scanner) error {
	var key lineKey
	var head exchange.LineHead
	if err := r.Scan(&key.sender, &key.channel, &key.first, &head.ID, &head.Revision, &head.KeepUntil); err != nil {
		return err
	}
	head.KeepUntil = head.KeepUntil.UTC()
	t.lines[key].head = &head
	return nil
}

func (t *tx) readChannel(r scanner) error {
	key, a, err := scanChannel(r)
	if err != nil {
		return err
	}
	t.channels[key].arrivals = a
	return nil
}

func scanChannel(r scanner) (key channelKey, a exchange.Arrivals, err error) {
	var text string
	if err := r.Scan(&key.sender, &key.channel, &text); err != nil {
		return key, nil, err
	}
	a, ok := decodeArrivals(text)
	if !ok {
		return key, nil, unusable("a channel is damaged")
	}
	return key, a, nil
}

func (t *tx) readRow(r scanner) error {
	row, err := scanRow(r)
	if err != nil {
		return err
	}
	t.rows[row.Key] = &held{row: row, there: true}
	return nil
}

// arrival is what the database holds of an epoch of a channel.
type arrival struct {
	Epoch string           `json:"epoch"`
	Seen  []exchange.Range `json:"seen"`
}

func decodeArrivals(text string) (exchange.Arrivals, bool) {
	var in []arrival
	if !decode(text, &in) {
		return nil, false
	}
	a := make(exchange.Arrivals, len(in))
	for i, e := range in {
		a[i] = exchange.EpochArrivals(e)
	}
	return a, true
}

func encodeArrivals(a exchange.Arrivals) (string, error) {
	out := make([]arrival, len(a))
	for i, e := range a {
		out[i] = arrival(e)
	}
	text, err := json.Marshal(out)
	return string(text), err
}

// decode reads a JSON value that has no members but those of v.
func decode(text string, v any) bool {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(v) == nil
}

func texts[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, text := range in {
		out[i] = string(text)
	}
	return out
}

// keyArgs sorts keys, which is the order of their locks.
func keyArgs(keys []exchange.Key) (senders, ids []string) {
	slices.SortFunc(keys, compareKeys)
	for _, k := range keys {
		senders, ids = append(senders, string(k.Sender)), append(ids, k.ID)
	}
	return senders, ids
}

func compareKeys(a, b exchange.Key) int {
	return cmp.Or(cmp.Compare(a.Sender, b.Sender), cmp.Compare(a.ID, b.ID))
}

func compareAddresses(a, b address) int {
	return cmp.Or(compareKeys(a.Key, b.Key), cmp.Compare(a.to, b.to))
}

func addressArgs(at []address) (senders, ids, recipients []string) {
	for _, a := range at {
		senders, ids, recipients = append(senders, string(a.Sender)), append(ids, a.ID), append(recipients, string(a.to))
	}
	return senders, ids, recipients
}

func lineArgs(keys []lineKey) (senders, channels, firsts []string) {
	for _, k := range keys {
		senders, channels, firsts = append(senders, string(k.sender)), append(channels, k.channel), append(firsts, k.first)
	}
	return senders, channels, firsts
}

func channelArgs(of map[channelKey]*channel) (senders, channels []string) {
	for k := range of {
		senders, channels = append(senders, string(k.sender)), append(channels, k.channel)
	}
	return senders, channels
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// timeArg has the zero time as null.
func timeArg(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
