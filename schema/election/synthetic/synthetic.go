package synthetic

import (
	"hash/fnv"
	"iter"
	"slices"

	"github.com/segel-id/segel/schema"
)

// MaxRecords is how many records one seed can make of most datasets; it is also
// what a check reads by default. [Generator.Max] has it for each.
const MaxRecords = schema.DefaultMaxRecords

// Generator makes records of one dataset. It is immutable and safe for
// concurrent use.
type Generator struct {
	of   *dataset
	seed uint64
	rate uint64 // of 2^53
}

// New returns a generator for a dataset, such as sirekap/hasil-tps. defects is
// the share of records that get a defect, from 0 to 1.
//
// The error is a [*schema.Error]: ReasonUnknownDefinition for a dataset that
// has no generator, ReasonBadOptions for a share outside of the range.
func New(id string, seed uint64, defects float64) (*Generator, error) {
	of := find(id)
	if of == nil {
		return nil, &schema.Error{Reason: schema.ReasonUnknownDefinition}
	}
	if !(defects >= 0 && defects <= 1) { // NaN is neither
		return nil, &schema.Error{Reason: schema.ReasonBadOptions}
	}
	return &Generator{of: of, seed: seed, rate: uint64(defects * (1 << 53))}, nil
}

// Datasets lists the ids of the datasets that have a generator, in order.
func Datasets() []string {
	var ids []string
	for _, d := range datasets() {
		ids = append(ids, d.id)
	}
	return ids
}

// Max is how many records one seed can make: [MaxRecords], or fewer where there
// are not as many keys.
func (g *Generator) Max() int {
	if g.of.most > 0 {
		return g.of.most
	}
	return MaxRecords
}

// Defects lists what can be wrong with a record of this dataset.
func (g *Generator) Defects() []Defect {
	out := make([]Defect, len(g.of.defects))
	for i, d := range g.of.defects {
		out[i] = Defect{Name: d.Name, Finds: slices.Clone(d.Finds)}
	}
	return out
}

// Rows gives n records, numbered from 0 in the iteration and from 1 in a
// check, without line feeds. The record is valid until the next one. The
// defect is nil for a sound record; the defects come in turn, so that as many
// defective records as there are defects have each of them once. The first
// record that has none of its own for "same-key" to repeat gets another.
//
// It stops after [Generator.Max] records. Every call begins anew with the same records.
func (g *Generator) Rows(n int) iter.Seq2[[]byte, *Defect] {
	return func(yield func([]byte, *Defect) bool) {
		r := row{seed: g.seed ^ name(g.of.id)}
		turn, sound := 0, 0 // the next defect; the last sound record
		for i := 1; i <= min(n, g.Max()); i++ {
			r.begin(i)
			if r.Uint64()>>11 >= g.rate || len(g.of.defects) == 0 {
				g.of.write(&r)
				sound = i
				if !yield(r.b, nil) {
					return
				}
				continue
			}
			d := &g.of.defects[turn%len(g.of.defects)]
			turn++
			if d.again && sound == 0 {
				d = &g.of.defects[turn%len(g.of.defects)]
				turn++
			}
			if d.again {
				r.begin(sound) // the same record once more
				r.Uint64()
			} else {
				r.whole = true
			}
			g.of.write(&r)
			for _, change := range d.changes {
				r.b = change(r.b, i)
			}
			if !yield(r.b, &Defect{Name: d.Name, Finds: slices.Clone(d.Finds)}) {
				return
			}
		}
	}
}

// name is a number for a dataset's id, so that two datasets of one seed have
// nothing in common.
func name(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64()
}

// dataset is how the records of one dataset are made.
type dataset struct {
	id string
	// write appends one sound record to r.b. It makes the fields that identify
	// it from r.n alone. If r.whole is set every part that a defect of the
	// dataset changes must be there.
	write   func(r *row)
	most    int // records; 0: MaxRecords
	defects []defect
}

// defect is a Defect with the changes that make it, in order.
type defect struct {
	Defect
	again   bool // the last sound record once more
	changes []change
}

// Defect is one way in which a record is wrong.
type Defect struct {
	Name  string   // unique in the dataset: a rule's id, or what was done to the structure
	Finds []string // ids of all findings that the record must lead to, sorted
}

func find(id string) *dataset {
	all := datasets()
	for i := range all {
		if all[i].id == id {
			return &all[i]
		}
	}
	return nil
}

// broken is a defect of the numbers or codes that leads to the finding of the
// same name.
func broken(rule string, changes ...change) defect {
	return named(rule, []string{rule}, changes...)
}

// misshapen is a defect of the structure: what names it, keyword the finding
// behind structure/.
func misshapen(what, keyword string, changes ...change) defect {
	return named(what, []string{"structure/" + keyword}, changes...)
}

func named(name string, finds []string, changes ...change) defect {
	slices.Sort(finds)
	return defect{Defect: Defect{Name: name, Finds: finds}, changes: changes}
}

// repeated is a record with the key of an earlier one.
func repeated() defect {
	d := misshapen("same-key", "duplicate-key")
	d.again = true
	return d
}
