package bolt

import (
	"context"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

var _ exchange.Tallier = (*Store)(nil)

// Lasting returns how many rows of each sender last.
func (s *Store) Lasting(ctx context.Context) (counts map[envelope.Party]int, err error) {
	err = s.view(ctx, func(t *tx) error {
		counts = map[envelope.Party]int{}
		return t.lasting().ForEach(func(sender, _ []byte) error {
			n, err := t.lastingOf(envelope.Party(sender))
			if n > 0 {
				counts[envelope.Party(sender)] = int(n)
			}
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}
