package schema

// plainByte reports whether c stands for itself in a JSON text.
func plainByte(c int) bool { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' }

// ranges gives two ranges of plain bytes that lead from one state to another,
// first that of c.
func (p *matcher) ranges(from, to uint8, c byte) (r [4]byte) {
	leads := func(c int) bool { return plainByte(c) && p.table[from][c] == to }
	n := 0
	for low := 0; low < 0x80; low++ {
		if !leads(low) {
			continue
		}
		high := low
		for leads(high + 1) {
			high++
		}
		switch mine := low <= int(c) && int(c) <= high; {
		case mine:
			r[0], r[1] = byte(low), byte(high)
		case n == 0 || high-low > int(r[3]-r[2]):
			r[2], r[3] = byte(low), byte(high)
			n++
		}
		low = high
	}
	if n == 0 {
		r[2], r[3] = r[0], r[1]
	}
	return r
}

// open reports whether anything may follow on a state.
func (p *matcher) open(s uint8) bool {
	for _, to := range p.table[s][:0x80] {
		if to != stateAlways {
			return false
		}
	}
	return true
}

// fork is where a text may go on in several ways that meet again behind two bytes.
type fork struct {
	to  uint8
	set pairSet
}

// newFork finds one behind a state; nil: there is none.
func (p *matcher) newFork(s uint8, work *int) *fork {
	if *work < 0 || p.straight(s) {
		return nil
	}
	*work -= 8 * len(pairSet{}) // a step for each byte of it
	f := &fork{}
	for a := range 0x80 {
		t := p.table[s][a]
		if t == stateNever || !plainByte(a) {
			continue
		}
		for b := range 0x80 {
			u := p.table[t][b]
			switch {
			case u == stateNever || !plainByte(b):
				continue
			case f.to == stateNever:
				f.to = u
			case u != f.to:
				return nil
			}
			f.set.add(byte(a), byte(b))
		}
	}
	if f.to == stateNever {
		return nil
	}
	return f
}

// straight reports whether all plain bytes lead on to one state, or one of them to
// what needs no more.
func (p *matcher) straight(s uint8) bool {
	first := uint8(stateNever)
	for c, to := range p.table[s][:0x80] {
		switch {
		case to == stateNever || !plainByte(c):
		case to == stateAlways:
			return true
		case first == stateNever:
			first = to
		case to != first:
			return false
		}
	}
	return true
}
