package schema

import (
	"bytes"
	"math/bits"
)

// rowReader gives the next record of a block; out is where it may make one.
type rowReader func(c *cursor, out []byte) (record, rest []byte, err error)

// worker checks batches. It belongs to one goroutine.
type worker struct {
	c      *check
	m      *machine // nil: the reference does all the work
	read   rowReader
	made   bool   // records are not bytes of the input
	dates  bool   // somebody asks for the records' legal dates
	parts  []byte // of the key of a group, or of a place in an index
	scalar []byte // of one part

	alike   []alike  // of the groups, by the first rule that groups so
	decoded *decoded // the record at hand; nil unless a rule wanted it
	raw     rawReading
	row     row // the record at hand, with its verdict
}

func (c *check) worker(in blocks) *worker {
	_, asTheyAre := in.(*ndjson)
	w := &worker{c: c, read: in.reader(), made: !asTheyAre, alike: make([]alike, len(c.d.groups))}
	if c.d.program != nil {
		w.m = newMachine(c.d.program)
		w.dates = c.d.program.judge.date >= 0 && (c.d.dated || len(c.d.groups) > 0 || c.tables != nil)
	}
	return w
}

// release keeps the machine for the next check.
func (w *worker) release() {
	if w.m != nil {
		w.m.b = nil
		w.m.p.pool.Put(w.m)
	}
}

// try hands a panic, which there should never be, to the calling goroutine.
func (w *worker) try(b *batch) {
	defer func() { b.panic = recover() }()
	w.do(b)
}

// do checks the rows of a batch.
func (w *worker) do(b *batch) {
	b.reset(w.made, w.c.opt.Each != nil)
	w.begin(b)
	c := cursor{data: b.data, end: b.end}
	r := &w.row
	for !w.made { // what stands there is a record
		i := bytes.IndexByte(c.data, '\n')
		if i < 0 || i >= maxLine {
			break
		}
		*r = row{record: c.data[:i]}
		c.data = c.data[i+1:]
		w.check(b, r)
		b.note(r)
	}
	for {
		record, out, err := w.read(&c, b.out)
		if err == errMore {
			return
		}
		b.out = out
		*r = row{record: record}
		if e, ok := err.(*Error); ok && e.structure != "" {
			b.found = append(b.found, structural(e.structure, place(w.c.d.names, nil, e.path)))
		} else if err != nil {
			b.last = err
			return
		} else {
			w.check(b, r)
		}
		b.note(r)
	}
}

// check gives a record its verdict.
func (w *worker) check(b *batch, r *row) {
	if w.m == nil || len(r.record) > MaxRecordBytes {
		w.reference(b, r, false)
		return
	}
	sound := w.m.run(r.record)
	if !sound && !w.c.explained.perhaps(b) {
		return // it is said when the record is entered
	}
	if !sound || w.m.unsure {
		w.reference(b, r, !sound)
		return
	}
	r.sound = true
	w.c.seeds.put(&r.key, w.m.key())
	w.judge(b, r)
	if w.m.leaky {
		if record, bad := scan(r.record); bad == nil {
			b.found = append(b.found, w.c.d.leaks(record)...)
		}
	}
}

// reference is the check by the reference: of definitions without a program,
// and of records that the machine has found unsound, to say what is wrong with
// them, or could not judge.
func (w *worker) reference(b *batch, r *row, unsound bool) {
	d := w.c.d
	structure := func(id string, at string) { b.found = append(b.found, structural(id, at)) }
	if len(r.record) > MaxRecordBytes {
		structure("structure/size", "")
		return
	}
	record, bad := scan(r.record)
	if bad != nil {
		structure(bad.id, place(d.names, nil, bad.path))
		return
	}
	if broken := d.engine.check(record); len(broken) > 0 {
		first := len(b.found)
		for _, v := range broken {
			b.found = enter(b.found, first, v.id, place(d.names, record, v.path))
		}
		return
	}
	if unsound {
		// The two disagree, which must not happen; nobody may take such a
		// record for sound.
		structure("structure/schema", "")
		return
	}
	r.sound = true
	r.key = w.c.seeds.hash(d.key(record))
	w.rules(b, r, record)
	b.found = append(b.found, d.leaks(record)...)
}

// rules evaluates what is in force on the record's legal date.
func (w *worker) rules(b *batch, r *row, record any) {
	d := w.c.d
	date := w.c.asOf
	if d.legalDate != nil {
		if s, ok := d.legalDate.get(record).(string); ok {
			date, _ = readDay([]byte(s)) // a date, because the schema declares one
		}
	}
	if d.dated && date == noDay {
		r.undated = true
		return
	}
	for i := range d.rules {
		rule := &d.rules[i]
		if rule.dated() && !rule.inForce(date) {
			continue
		}
		if rule.when != nil {
			if t, _ := rule.when.eval(record); t != yes {
				continue
			}
		}
		t, at := rule.require.eval(record)
		if t != no {
			continue
		}
		b.found = append(b.found, w.c.finding(rule, at, func(name string) (int64, bool, bool) {
			n, ok := d.values[name].eval(record)
			return n, ok, d.values[name].small(record)
		}))
	}
	if len(d.groups)+len(d.references) > 0 {
		w.beyond(b, &decoded{&d.asked, record}, nil, date)
	}
}

// judge is rules over the machine's registers.
func (w *worker) judge(b *batch, r *row) {
	m := w.m
	j := m.p.judge
	m.compute()
	date := w.c.asOf
	if w.dates && m.kinds[j.date] != keptNull {
		date, _ = readDay(m.text(j.date))
	}
	if w.c.d.dated && date == noDay {
		r.undated = true
		return
	}
	m.pick()
	for k, todo := range m.todo {
		for ; todo != 0; todo &= todo - 1 {
			w.rule(b, &j.rules[64*k+bits.TrailingZeros64(todo)], date)
		}
	}
	if len(w.c.d.groups)+len(w.c.d.references) > 0 {
		w.beyond(b, m, r.record, date)
	}
}

// rule judges the record by one rule.
func (w *worker) rule(b *batch, r *ruling, date dayNumber) {
	m := w.m
	if !r.rule.inForce(date) || r.when >= 0 && m.truth(r.when) != yes || m.truth(r.require) != no {
		return
	}
	b.found = append(b.found, w.c.finding(r.rule, m.place(r.require), func(name string) (int64, bool, bool) {
		k := m.p.judge.values[name]
		return m.vals[k], m.kinds[k] == keptWhole, m.small(w.c.d.values[name])
	}))
}

// beyond is for the rules that are not about this record alone.
func (w *worker) beyond(b *batch, r reading, record []byte, date dayNumber) {
	w.decoded = nil
	w.lookUp(b, r, record, date)
	w.gather(b, r, record, date)
}

// finding is a broken rule. Once the report is full, findings are counted only.
func (c *check) finding(rule *rule, at string, value func(name string) (n int64, ok, small bool)) Finding {
	if c.full.Load() {
		return Finding{Rule: rule.ID, Kind: rule.Kind}
	}
	if at == "" {
		at = rule.pointer
	}
	f := Finding{
		Rule: rule.ID, Kind: rule.Kind, Pointer: at, Severity: rule.Severity,
		From: rule.From, Until: rule.Until, Citation: rule.Citation,
	}
	for _, name := range rule.inputs {
		switch n, ok, shown := value(name); {
		case !ok:
			f.Inputs = append(f.Inputs, Input{Name: name, Null: true})
		case small(n) && shown:
			f.Inputs = append(f.Inputs, Input{Name: name, Value: n})
		}
	}
	f.Text = fill(rule.Text, f.Inputs)
	return f
}
