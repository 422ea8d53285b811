package spill

// merge makes one run of the last ones if so many have the same level.
func (r *runs) merge() error {
	for {
		first := len(r.all) - fan
		if first < 0 || r.all[first].level != r.all[len(r.all)-1].level {
			return nil
		}
		if err := r.unite(first); err != nil {
			return err
		}
	}
}

// unite merges all runs from the first one on.
func (r *runs) unite(first int) error {
	from := r.all[first:]
	w, err := r.create(from[0].level + 1)
	if err != nil {
		return err
	}
	err = r.copy(w, from)
	for _, one := range from {
		one.close()
	}
	clear(from)
	r.all = append(r.all[:first], w.run)
	return err
}

// copy writes the keys of some runs in their order.
func (r *runs) copy(w *writer, from []*run) error {
	heads := make([]head, 0, len(from))
	for _, one := range from {
		h := head{run: one, buf: make([]byte, pageLen)}
		if _, err := h.step(r); err != nil {
			return err
		}
		heads = append(heads, h)
	}
	for len(heads) > 0 {
		least := 0
		for i := 1; i < len(heads); i++ {
			if heads[i].next.before(heads[least].next) {
				least = i
			}
		}
		h := &heads[least]
		if err := w.add(h.next); err != nil {
			return err
		}
		more, err := h.step(r)
		if err != nil {
			return err
		}
		if !more {
			heads = append(heads[:least], heads[least+1:]...)
		}
	}
	return w.flush()
}

// head is where the merge stands in one run.
type head struct {
	run  *run
	page int // the next one
	rest keys
	next Key
	buf  []byte
}

// step goes to the next key; there may be none.
func (h *head) step(r *runs) (more bool, err error) {
	if len(h.rest) == 0 {
		if h.page == len(h.run.firsts) {
			return false, nil
		}
		if h.rest, err = r.read(h.run, h.page, h.buf); err != nil {
			return false, err
		}
		h.page++
	}
	h.next, h.rest = h.rest.at(0), h.rest[16:]
	return true, nil
}
