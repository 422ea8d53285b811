package spill

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"os"
	"sort"
)

const (
	pageKeys = 255
	tagLen   = 16
	pageLen  = pageKeys*16 + tagLen // 4 KiB
	// fan is how many runs of one level are merged.
	fan = 16
)

// errChanged says that the disk gave other bytes than were written.
var errChanged = errors.New("a temporary file was changed")

// runs are the sorted keys that are on the disk.
type runs struct {
	all    []*run // in levels, the highest first
	filter filter // nil if there are none
	aead   cipher.AEAD
	made   uint64 // runs, ever
	page   []byte
}

// run is one file of sorted keys.
type run struct {
	f      *os.File
	name   string // "" if the file has none any more
	id     uint64
	level  int
	n      int
	firsts []Key // of every page
}

// hold reports whether one of the runs has a key.
func (r *runs) hold(k Key) (bool, error) {
	if r.filter == nil || !r.filter.perhaps(k) {
		return false, nil
	}
	for _, one := range r.all {
		p := sort.Search(len(one.firsts), func(i int) bool { return k.before(one.firsts[i]) }) - 1
		if p < 0 {
			continue
		}
		page, err := r.read(one, p, r.page)
		if err != nil {
			return false, err
		}
		n := len(page) / 16
		if i := sort.Search(n, func(i int) bool { return !page.at(i).before(k) }); i < n && page.at(i) == k {
			return true, nil
		}
	}
	return false, nil
}

// add makes a run of sorted keys, of which no run has any.
func (r *runs) add(keys []Key, small bool) error {
	if r.filter == nil {
		if err := r.begin(small); err != nil {
			return err
		}
	}
	w, err := r.create(0)
	if err != nil {
		return err
	}
	r.all = append(r.all, w.run)
	for _, k := range keys {
		r.filter.add(k)
		if err := w.add(k); err != nil {
			return err
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	return r.merge()
}

func (r *runs) begin(small bool) error {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	block, err := aes.NewCipher(secret[:])
	if err != nil {
		return err
	}
	if r.aead, err = cipher.NewGCM(block); err != nil {
		return err
	}
	bits := filterBits
	if small {
		bits = 9
	}
	r.filter, r.page = make(filter, 1<<bits), make([]byte, pageLen)
	return nil
}

// create begins a run. A file that can lose its name while it is open loses it
// at once.
func (r *runs) create(level int) (*writer, error) {
	f, err := os.CreateTemp("", "segel-") // for its owner alone
	if err != nil {
		return nil, err
	}
	r.made++
	one := &run{f: f, id: r.made, level: level}
	if os.Remove(f.Name()) != nil {
		one.name = f.Name()
	}
	return &writer{r: r, run: one}, nil
}

func (r *run) close() {
	_ = r.f.Close()
	if r.name != "" {
		_ = os.Remove(r.name)
	}
}

func (r *runs) close() {
	for _, one := range r.all {
		one.close()
	}
}

func (r *run) nonce(page int) []byte {
	n := binary.BigEndian.AppendUint64(make([]byte, 0, 12), r.id)
	return binary.BigEndian.AppendUint32(n, uint32(page))
}

// keys are those of a page.
type keys []byte

func (p keys) at(i int) Key {
	return Key{binary.LittleEndian.Uint64(p[16*i:]), binary.LittleEndian.Uint64(p[16*i+8:])}
}

// read reads a page of a run into buf.
func (r *runs) read(one *run, page int, buf []byte) (keys, error) {
	if _, err := one.f.ReadAt(buf[:pageLen], int64(page)*pageLen); err != nil {
		return nil, err
	}
	text, err := r.aead.Open(buf[:0], one.nonce(page), buf[:pageLen], nil)
	if err != nil {
		return nil, errChanged
	}
	return text[:16*min(pageKeys, one.n-page*pageKeys)], nil
}

// writer writes a run, key by key in order.
type writer struct {
	r *runs
	*run
	page []byte // not yet full
	out  []byte // sealed pages
}

func (w *writer) add(k Key) error {
	if w.n%pageKeys == 0 {
		w.firsts = append(w.firsts, k)
	}
	w.n++
	w.page = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(w.page, k[0]), k[1])
	if len(w.page) < pageKeys*16 {
		return nil
	}
	w.seal()
	if len(w.out) < 16*pageLen {
		return nil
	}
	return w.write()
}

// flush writes what is left; the last page is filled with zeros.
func (w *writer) flush() error {
	if len(w.page) > 0 {
		w.page = append(w.page, make([]byte, pageKeys*16-len(w.page))...)
		w.seal()
	}
	return w.write()
}

func (w *writer) seal() {
	w.out = w.r.aead.Seal(w.out, w.nonce(len(w.firsts)-1), w.page, nil)
	w.page = w.page[:0]
}

func (w *writer) write() error {
	_, err := w.f.Write(w.out)
	w.out = w.out[:0]
	return err
}
