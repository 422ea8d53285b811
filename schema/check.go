package schema

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"github.com/segel-id/segel/internal/spill"
)

const (
	// DefaultMaxRecords limits a check if [CheckOptions.MaxRecords] is 0. The
	// largest known file has one record per form: about 4.1 million.
	DefaultMaxRecords = 10_000_000
	// DefaultMaxDetails limits the findings kept if [CheckOptions.MaxDetails]
	// is 0.
	DefaultMaxDetails = 1000

	// maxPerRecord limits the structure findings of one record, after they were
	// put in order: the first ones tell the story.
	maxPerRecord = 50
)

// CheckOptions are the choices of one check. The zero value checks at most
// [DefaultMaxRecords] records and keeps [DefaultMaxDetails] findings.
type CheckOptions struct {
	// AsOf is the legal date of records that carry none: the calendar day in
	// its own location. The time of publication is never a legal date. If it
	// is zero and a dated rule over one record needs it, the check fails with
	// ReasonNoLegalDate; one over a group or about another dataset is not
	// judged for such records, and [Report.NotJudged] says so. A year of
	// other than four digits is refused with ReasonBadOptions.
	AsOf time.Time
	// Each, if not nil, sees every record in order, from 1, after it was
	// checked, so that one pass can check and collect. record is valid during
	// the call only; it is nil if the source could not make a record of its
	// input. structureOK is false if the record has a structure error. An
	// error ends the check and is returned as it is.
	Each func(n int, record []byte, structureOK bool) error
	// Against holds, by dataset id, what [NewIndex] made of other datasets for
	// this definition, for the rules that look something up there. A rule whose
	// dataset is missing is not evaluated, and [Report.NotJudged] says so. An
	// index under another id, or made for another definition, is refused with
	// ReasonBadOptions.
	Against map[string]*Index
	// Blocks, if not nil, sees the same records in the same order, as many at a
	// time as were checked at a time, each with a line feed behind it: for
	// whoever hands them on as they are. records is valid during the call only.
	// If one of them has a structure error, structureOK is false and records is
	// nil. An error ends the check and is returned as it is.
	Blocks func(records []byte, structureOK bool) error
	// MaxRecords and MaxDetails replace the defaults unless they are 0;
	// negative is refused with ReasonBadOptions. Of a rule with each there may be
	// as many elements as records, or 4,194,304 if that is more.
	MaxRecords int
	MaxDetails int
}

// Check reads the source to its end and checks every record: first the strict
// scan, then the schema, then that no other record has the same key; if all of
// that holds, the rules that are in force on the record's legal date. Records
// are never changed or dropped.
//
// The report is the same for the same bytes on every machine. Of one record it
// keeps the first 50 structure errors by place and id. To find out what is wrong
// with a record takes some twenty times as long as to see that something is, and
// for the worst of them a thousand times; so only the first 1,000 such records are
// explained, or MaxDetails if that is more, as long as they have 4 KiB each on
// average. Each further one has a single structure error, structure/unexplained.
//
// Check works in constant memory, some MiB, but for rules over groups, which need
// some for each group and, of some forms, for each record: the package's
// documentation says how much. To find keys that appear twice it keeps a hash of each, of
// 16 bytes: those of the first 98,304 records in memory, and of more in temporary
// files ([os.TempDir]), encrypted under a key that exists in memory alone.
//
// The source and Each are called by the calling goroutine alone; beyond some hundred
// records from [NDJSON] or [CSV] it shares the work between with others, as many as
// GOMAXPROCS in all, which have ended when Check returns. The context is asked
// between blocks of records and, with Each, between records.
//
// The error is an [*Error], the context's error, or what Each or Blocks returned; then
// the report is nil. Broken records are no error: they are in the report.
func (d *Definition) Check(ctx context.Context, src Source, opt CheckOptions) (*Report, error) {
	if opt.MaxRecords < 0 || opt.MaxDetails < 0 {
		return nil, &Error{Reason: ReasonBadOptions}
	}
	if opt.MaxRecords == 0 {
		opt.MaxRecords = DefaultMaxRecords
	}
	if opt.MaxDetails == 0 {
		opt.MaxDetails = DefaultMaxDetails
	}
	c := &check{d: d, opt: opt, report: newReport(d.ref, opt.MaxDetails), gathered: make([]gathered, len(d.groups)), groups: make([]numbering, len(d.groups)), seeds: newSeeds(), asOf: noDay}
	c.explained.most = max(opt.MaxDetails, DefaultMaxDetails)
	defer c.seen.Close()
	if !opt.AsOf.IsZero() {
		var ok bool
		if c.asOf, ok = readDay([]byte(opt.AsOf.Format(time.DateOnly))); !ok {
			return nil, &Error{Reason: ReasonBadOptions}
		}
	}
	if err := c.against(); err != nil {
		return nil, err
	}
	if err := c.run(ctx, src); err != nil {
		return nil, err
	}
	if err := c.finish(ctx); err != nil {
		return nil, err
	}
	return c.report, nil
}

// check is the state of one Check: what depends on the order of records, and
// so belongs to the calling goroutine.
type check struct {
	d      *Definition
	opt    CheckOptions
	in     blocks
	asOf   dayNumber
	seen   spill.Set // keys of all records so far
	seeds  seeds
	report *Report
	full   atomic.Bool // the report has all the details that it keeps

	explained explained
	single    [1]Finding // of a record that is not explained

	gathered []gathered               // of every rule over groups
	groups   []numbering              // by the first rule that groups so
	tables   []*table                 // of every reference rule; nil: it is not evaluated, nor is any if there are none
	missing  map[contribution]*missed // by rule and what is missing
	broken   numbers                  // records with findings of kind rule, if there are such rules
}

// take enters the records of a batch into the report, in their order. done
// says that the input has ended.
func (c *check) take(ctx context.Context, b *batch) (done bool, err error) {
	if c.report.Records == 0 && b.rows > 0 { // the others will be much like these
		n := c.in.total() / max(1, len(b.data)/b.rows)
		c.seen.Grow(n + n/8)
	}
	c.expect(b)
	keys, rest := b.keys, b.special
	found, parts := int32(0), int32(0)
	for i := 0; i < b.rows; i++ {
		if i == 0 || c.opt.Each != nil {
			if err := ctx.Err(); err != nil {
				return false, err
			}
		}
		next := b.rows // the place of the next special one
		if len(rest) > 0 {
			next = int(rest[0].row)
		}
		if c.opt.Each == nil {
			n := c.seen.AddNew(keys[:min(next-i, c.opt.MaxRecords-c.report.Records)])
			c.report.Records += n
			keys = keys[n:]
			if i += n; i == b.rows {
				break
			}
		}
		r := special{found: found, parts: parts, sound: true}
		if i == next {
			r, rest = rest[0], rest[1:]
		}
		var key spill.Key
		if r.sound {
			key, keys = keys[0], keys[1:]
		}
		if err := c.next(b, &r, key, b.found[found:r.found], b.parts[parts:r.parts]); err != nil {
			return false, err
		}
		found, parts = r.found, r.parts
		b.broken = b.broken || !r.sound
		if c.opt.Each != nil {
			if err := c.opt.Each(c.report.Records, b.records[i], r.sound); err != nil {
				return false, err
			}
		}
	}
	if b.last == nil {
		return false, nil
	}
	if err := ctx.Err(); err != nil { // Each may have ended it at the last record
		return false, err
	}
	if b.last == io.EOF {
		return true, nil
	}
	n := c.report.Records + 1
	if n > c.opt.MaxRecords {
		return false, &Error{Reason: ReasonTooLarge, Record: n}
	}
	if e, ok := b.last.(*Error); ok {
		return false, at(e, n)
	}
	return false, &Error{Reason: ReasonRead, Record: n, cause: b.last}
}

// next enters the next record. It says in r if another has its key.
func (c *check) next(b *batch, r *special, key spill.Key, found []Finding, parts []contribution) (err error) {
	c.report.Records++
	n := c.report.Records
	if n > c.opt.MaxRecords {
		return &Error{Reason: ReasonTooLarge, Record: n}
	}
	fresh := true
	if r.sound {
		if fresh, err = c.seen.Add(key); err != nil {
			return &Error{Reason: ReasonTemporary, Record: n, cause: err}
		}
	}
	if !r.sound && r.size >= 0 && r.size <= MaxRecordBytes && !c.explained.add(int(r.size)) {
		c.single[0] = unexplained()
		found = c.single[:]
	}
	if !fresh {
		r.sound = false
		found = []Finding{structural("structure/duplicate-key", c.d.keys[len(c.d.keys)-1].text)}
	} else if r.undated {
		return &Error{Reason: ReasonNoLegalDate, Record: n}
	}
	if r.sound {
		if err := c.enter(b, parts, n); err != nil {
			return err
		}
	}
	if len(found) == 0 {
		return nil
	}
	for k := range found {
		found[k].Record = n
		if found[k].Kind == KindRule && len(c.gathered) > 0 {
			c.broken.add(n)
		}
	}
	c.report.add(found)
	if len(c.report.Details) == c.opt.MaxDetails {
		c.full.Store(true)
	}
	return nil
}

func structural(id, pointer string) Finding {
	return Finding{Rule: id, Kind: KindStructure, Pointer: pointer, Severity: SeverityError, Text: structureText(id)}
}
