package completeness

import (
	"iter"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/segel-id/segel/envelope"
)

// MaxUnits limits a register: a national election has about 823,000 polling
// stations and five ballots at each.
const MaxUnits = 8 << 20

// A Register is the list of the units that must report. It is immutable and may
// be used concurrently.
type Register struct {
	units []string // sorted, each once
	tree  tree
}

// NewRegister makes a register of the units, in any order. The error has
// [envelope.ReasonMisuse] if there is none, if one has not the form that the
// package documentation gives, or if one appears twice, and
// [envelope.ReasonTooLarge] beyond [MaxUnits].
func NewRegister(units iter.Seq[string]) (*Register, error) {
	r := &Register{}
	for u := range units {
		if !isUnit(u) {
			return nil, refuse(envelope.ReasonMisuse, "a unit's code has not its form")
		}
		if len(r.units) == MaxUnits {
			return nil, refuse(envelope.ReasonTooLarge, "register")
		}
		r.units = append(r.units, u)
	}
	slices.Sort(r.units)
	if len(r.units) == 0 || len(slices.Compact(slices.Clone(r.units))) != len(r.units) {
		return nil, refuse(envelope.ReasonMisuse, "a register has at least one unit, and each once")
	}
	r.tree = newTree(len(r.units), func(i int) string { return r.units[i] })
	return r, nil
}

// Len returns how many units there are.
func (r *Register) Len() int { return len(r.units) }

// Root returns the root of the register's tree as base64url of 32 bytes: two
// registers are the same if it is.
func (r *Register) Root() string { return r.tree.root }

// Units returns the units whose code begins with prefix, in order; all of them
// for "".
func (r *Register) Units(prefix string) iter.Seq[string] {
	from, to := r.below(prefix)
	return slices.Values(r.units[from:to])
}

// below returns where the units that begin with prefix stand.
func (r *Register) below(prefix string) (from, to int) {
	from, _ = slices.BinarySearch(r.units, prefix)
	n, _ := slices.BinarySearchFunc(r.units[from:], prefix, func(u, p string) int {
		if strings.HasPrefix(u, p) {
			return -1
		}
		return 1
	})
	return from, from + n
}

// index returns the place of a unit.
func (r *Register) index(unit string) (int, bool) { return slices.BinarySearch(r.units, unit) }

func isUnit(s string) bool {
	if len(s) == 0 || len(s) > 40 {
		return false
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return true
}

// tree is a Merkle tree in memory, all of its hashes in the order of tlog.
type tree struct {
	hashes []tlog.Hash
	leaves int64
	root   string
}

func newTree(n int, leaf func(i int) string) tree {
	t := tree{hashes: make([]tlog.Hash, 0, tlog.StoredHashCount(int64(n)))}
	for i := range n {
		// The reader never fails, because it reads what is there.
		more, _ := tlog.StoredHashesForRecordHash(int64(i), leafHash(leaf(i)), &t)
		t.hashes = append(t.hashes, more...)
	}
	t.leaves = int64(n)
	h, _ := tlog.TreeHash(t.leaves, &t)
	t.root = textOf(h)
	return t
}

// ReadHashes implements [tlog.HashReader].
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = t.hashes[x]
	}
	return out, nil
}

func (t *tree) path(i int) tlog.RecordProof {
	p, _ := tlog.ProveRecord(t.leaves, int64(i), t)
	return p
}

func leafHash(leaf string) tlog.Hash { return tlog.RecordHash([]byte(leaf)) }

func refuse(r envelope.Reason, detail string) *envelope.Error {
	return &envelope.Error{Reason: r, Detail: detail}
}
