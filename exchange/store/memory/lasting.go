package memory

import (
	"context"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

var _ exchange.Tallier = (*Store)(nil)

// Lasting returns how many rows of each sender last.
func (s *Store) Lasting(ctx context.Context) (map[envelope.Party]int, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[envelope.Party]int{}
	for sender, n := range s.lasting {
		if n > 0 {
			counts[sender] = n
		}
	}
	return counts, nil
}
