package schema

import (
	"context"
	"errors"
	"runtime"
	"sync"
)

// blocks is a source that gives many rows at once, so that several goroutines
// can work on them.
type blocks interface {
	block(buf []byte) ([]byte, error)
	slow() bool        // the input may let us wait
	total() int        // bytes that there are at least
	reader() rowReader // for one goroutine
}

func (s *ndjson) block(buf []byte) ([]byte, error) { return s.in.block(buf) }

func (s *ndjson) slow() bool { return s.in.short }

func (s *csv) slow() bool { return s.in.short }

func (s single) slow() bool { return true }

func (s *ndjson) total() int { return s.in.total() }

func (s *csv) total() int { return s.in.total() }

func (s single) total() int { return 0 }

func (s *ndjson) reader() rowReader {
	return func(c *cursor, out []byte) ([]byte, []byte, error) {
		record, err := ndjsonRow(c)
		return record, out, err
	}
}

func (s *csv) block(buf []byte) ([]byte, error) { return s.in.block(buf) }

func (s *csv) reader() rowReader {
	rows := csvRows{m: s.m, width: s.rows.width, cell: s.rows.cell}
	return func(c *cursor, out []byte) ([]byte, []byte, error) {
		rest, err := rows.next(c, out)
		if err != nil {
			return nil, out, err
		}
		return rest[len(out):], append(rest, '\n'), nil
	}
}

// single is any other source: a block is one record.
type single struct{ Source }

// errOne says that the block is one record, whatever is in it.
var errOne = errors.New("one record")

func (s single) block([]byte) ([]byte, error) {
	record, err := s.Next()
	if err == nil {
		err = errOne
	}
	return record, err
}

func (s single) reader() rowReader {
	return func(c *cursor, out []byte) ([]byte, []byte, error) {
		err := c.end
		c.end = errMore
		if err == errOne {
			rest := append(append(out, c.data...), '\n')
			return rest[len(out) : len(rest)-1], rest, nil
		}
		return nil, out, err
	}
}

// run checks the whole source. The calling goroutine reads blocks and enters
// what was found in them into the report, in order; the work between is its
// own too as long as there is little of it, else that of others.
func (c *check) run(ctx context.Context, src Source) error {
	in, whole := src.(blocks)
	if !whole {
		in = single{src}
	}
	c.in = in
	w := c.worker(in)
	defer w.release()
	b := newBatch(nil)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.data, b.end = in.block(b.buffer())
		if cores := runtime.GOMAXPROCS(0); whole && cores > 1 && len(b.data) >= blockBytes/2 && b.end == errMore {
			return c.spread(ctx, in, w, b, cores)
		}
		w.do(b)
		if done, err := c.settle(ctx, b); done || err != nil {
			return err
		}
	}
}

// settle enters a batch into the report and hands its records on.
func (c *check) settle(ctx context.Context, b *batch) (done bool, err error) {
	done, err = c.take(ctx, b)
	if err != nil || c.opt.Blocks == nil {
		return done, err
	}
	if b.broken {
		return done, c.opt.Blocks(nil, false)
	}
	records := b.data
	if b.made {
		records = b.out
	} else if n := len(b.data); n > 0 && b.data[n-1] != '\n' { // the last line
		b.data = append(b.data, '\n')
		records = b.data
	}
	if len(records) == 0 {
		return done, nil
	}
	return done, c.opt.Blocks(records, true)
}

// spread goes on behind a first block with several workers. One of them is the
// calling goroutine, while it has nothing else to do: there are no more workers
// than cores then, so nobody waits for a core.
func (c *check) spread(ctx context.Context, in blocks, w *worker, first *batch, cores int) error {
	var all sync.WaitGroup
	work := make(chan *batch, 2*cores)
	defer all.Wait()
	defer close(work)
	for range cores - 1 {
		w := c.worker(in)
		all.Go(func() {
			defer w.release()
			for b := range work {
				w.try(b)
				b.done <- struct{}{}
			}
		})
	}
	idle := make([]*batch, 2*cores-1)
	for i := range idle {
		idle[i] = newBatch(make([]byte, 0, blockBytes))
	}
	queue := []*batch{first} // in the order of the input
	work <- first
	ended, slow := false, in.slow()
	for {
		// What a slow input has given so far is reported before it is asked for
		// more.
		if len(idle) > 0 && !ended && (!slow || len(queue) == 0) {
			if err := ctx.Err(); err != nil {
				return err
			}
			b := idle[len(idle)-1]
			idle = idle[:len(idle)-1]
			b.data, b.end = in.block(b.buffer())
			ended = b.end != errMore && b.end != errLong
			slow = in.slow()
			queue = append(queue, b)
			work <- b
			continue
		}
		b := queue[0]
		if len(b.done) == 0 {
			select {
			case mine := <-work:
				w.try(mine)
				mine.done <- struct{}{}
				continue
			default: // all of it is in hand
			}
		}
		<-b.done
		queue = append(queue[:0], queue[1:]...)
		if b.panic != nil {
			panic(b.panic)
		}
		if done, err := c.settle(ctx, b); done || err != nil {
			return err
		}
		idle = append(idle, b)
	}
}
