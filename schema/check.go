package schema

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"io"
	"time"
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
	// is zero and a dated rule needs it, the check fails with
	// ReasonNoLegalDate.
	AsOf time.Time
	// Each, if not nil, sees every record in order, from 1, after it was
	// checked, so that one pass can check and collect. record is valid during
	// the call only; it is nil if the source could not make a record of its
	// input. structureOK is false if the record has a structure error. An
	// error ends the check and is returned as it is.
	Each func(n int, record []byte, structureOK bool) error
	// MaxRecords and MaxDetails replace the defaults unless they are 0;
	// negative is refused with ReasonBadOptions.
	MaxRecords int
	MaxDetails int
}

// Check reads the source to its end and checks every record: first the strict
// scan, then the schema, then that no other record has the same key; if all of
// that holds, the rules that are in force on the record's legal date. Records
// are never changed or dropped.
//
// The report is the same for the same bytes on every machine. Of one record it
// keeps the first 50 structure errors by place and id. Check needs about 36
// bytes of memory per record, to find keys that appear twice, and otherwise
// works in constant memory; it uses the calling goroutine alone. The context is
// asked between records.
//
// The error is an [*Error], the context's error, or what Each returned; then
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
	c := &check{d: d, seen: map[[16]byte]struct{}{}}
	if !opt.AsOf.IsZero() {
		c.asOf = opt.AsOf.Format(time.DateOnly)
	}
	report := newReport(d.ref, opt.MaxDetails)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		record, err := src.Next()
		if err == io.EOF {
			return report, nil
		}
		if report.Records++; report.Records > opt.MaxRecords {
			return nil, &Error{Reason: ReasonTooLarge, Record: report.Records}
		}
		c.n, c.found = report.Records, c.found[:0]
		if err != nil {
			e, ok := err.(*Error)
			if !ok {
				return nil, &Error{Reason: ReasonRead, Record: c.n, cause: err}
			}
			if e.structure == "" {
				return nil, err
			}
			c.structure(e.structure, place(c.d.names, nil, e.path))
		} else if err := c.record(record); err != nil {
			return nil, err
		}
		report.add(c.found)
		if opt.Each != nil {
			if err := opt.Each(c.n, record, c.sound()); err != nil {
				return nil, err
			}
		}
	}
}

// check is the state of one Check.
type check struct {
	d     *Definition
	asOf  string
	seen  map[[16]byte]struct{}
	n     int
	found []Finding // of the current record
}

func (c *check) structure(id, pointer string) {
	c.found = append(c.found, Finding{
		Rule: id, Kind: KindStructure, Record: c.n, Pointer: pointer, Severity: SeverityError, Text: structureText(id),
	})
}

// sound reports whether the current record has no structure error. Rules are
// evaluated on sound records only, so the first finding tells.
func (c *check) sound() bool { return len(c.found) == 0 || c.found[0].Kind != KindStructure }

func (c *check) record(b []byte) error {
	if len(b) > MaxRecordBytes {
		c.structure("structure/size", "")
		return nil
	}
	record, bad := scan(b)
	if bad != nil {
		c.structure(bad.id, place(c.d.names, nil, bad.path))
		return nil
	}
	if broken := c.d.engine.check(record); len(broken) > 0 {
		for _, v := range broken {
			c.structure(v.id, place(c.d.names, record, v.path))
		}
		// In order before they are cut: the engine's order is that of a map.
		c.found = sortFindings(c.found)
		c.found = c.found[:min(len(c.found), maxPerRecord)]
		return nil
	}
	key := c.d.key(record)
	if _, twice := c.seen[key]; twice {
		c.structure("structure/duplicate-key", c.d.keys[len(c.d.keys)-1].text)
		return nil
	}
	c.seen[key] = struct{}{}
	return c.rules(record)
}

// rules evaluates what is in force on the record's legal date.
func (c *check) rules(record any) error {
	date := c.asOf
	if c.d.legalDate != nil {
		if s, ok := c.d.legalDate.get(record).(string); ok {
			date = s // a date, because the schema declares one
		}
	}
	for i := range c.d.rules {
		r := &c.d.rules[i]
		if r.dated() {
			if date == "" {
				return &Error{Reason: ReasonNoLegalDate, Record: c.n}
			}
			if !r.inForce(date) {
				continue
			}
		}
		if r.when != nil {
			if t, _ := r.when.eval(record); t != yes {
				continue
			}
		}
		t, at := r.require.eval(record)
		if t != no {
			continue
		}
		if at == "" {
			at = r.pointer
		}
		f := Finding{
			Rule: r.ID, Kind: r.Kind, Record: c.n, Pointer: at, Severity: r.Severity,
			From: r.From, Until: r.Until, Citation: r.Citation,
		}
		for _, name := range r.inputs {
			e := c.d.values[name]
			switch n, ok := e.eval(record); {
			case !ok:
				f.Inputs = append(f.Inputs, Input{Name: name, Null: true})
			case small(n) && e.small(record):
				f.Inputs = append(f.Inputs, Input{Name: name, Value: n})
			}
		}
		f.Text = fill(r.Text, f.Inputs)
		c.found = append(c.found, f)
	}
	return nil
}

// key is a digest of the key fields. Null, text, number and truth value differ
// from one another; equal numbers are equal however they are written.
func (d *Definition) key(record any) [16]byte {
	h := sha256.New()
	part := func(tag byte, s string) {
		var head [9]byte
		head[0] = tag
		binary.BigEndian.PutUint64(head[1:], uint64(len(s)))
		h.Write(head[:])
		io.WriteString(h, s)
	}
	for _, k := range d.keys {
		switch v := k.get(record).(type) {
		case string:
			part('s', v)
		case json.Number:
			part('n', decimal(v).RatString())
		case bool:
			if v {
				part('t', "")
			} else {
				part('f', "")
			}
		default:
			part('0', "")
		}
	}
	var sum [sha256.Size]byte
	return [16]byte(h.Sum(sum[:0])[:16])
}
