package schema

// pile is a list that grows without being copied: rules over groups have many that
// become long.
type pile[T any] struct {
	blocks [][]T // the first one grows as lists do
	n      int
}

const pileBlock = 512

func (p *pile[T]) add(v T) {
	last := int(uint(p.n) / pileBlock)
	if last == len(p.blocks) {
		var block []T
		if last > 0 {
			block = make([]T, 0, pileBlock)
		}
		p.blocks = append(p.blocks, block)
	}
	p.blocks[last] = append(p.blocks[last], v)
	p.n++
}

func (p *pile[T]) at(k int) *T { return &p.blocks[uint(k)/pileBlock][uint(k)%pileBlock] }
