package postgres

import (
	"bytes"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// scanRow reads the columns of rows_get.
func scanRow(r scanner) (*exchange.Row, error) {
	var row exchange.Row
	var lease, at *time.Time
	var outcome, reason *string
	var receipt []byte
	err := r.Scan(&row.Sender, &row.ID, &row.Digest, &row.Root, &row.AdmittedAt, &row.Directory, &row.Agreement, &row.KeepUntil, &row.Place.Channel,
		&row.Fence, &lease, &row.Superseded, &outcome, &reason, &at, &receipt)
	if err != nil {
		return nil, err
	}
	row.AdmittedAt, row.KeepUntil, row.LeaseUntil = row.AdmittedAt.UTC(), row.KeepUntil.UTC(), timeOf(lease)
	settled := outcome != nil
	if row.Digest == "" || settled != (reason != nil) || settled != (at != nil) || settled != (receipt != nil) || settled && (*outcome == "" || len(receipt) == 0 || lease != nil) {
		return nil, unusable("a row is damaged")
	}
	if settled {
		row.Settlement = &exchange.Settlement{Outcome: exchange.Outcome(*outcome), Reason: envelope.Reason(*reason), At: at.UTC(), Receipt: receipt}
	}
	return &row, nil
}

func clone(s exchange.Settlement) exchange.Settlement {
	s.Receipt = bytes.Clone(s.Receipt)
	return s
}

// rowArgs are rows as the columns of rows_add or rows_put.
type rowArgs struct {
	sender, id, digest, root, agreement, channel []string
	admitted, keep                               []time.Time
	directory, fence                             []int64
	state                                        rowStates
}

// rowStates are the columns that change.
type rowStates struct {
	lease, at       []*time.Time
	superseded      []bool
	outcome, reason []*string
	receipt         [][]byte
}

func (a *rowArgs) add(r *exchange.Row) {
	a.sender, a.id, a.digest, a.root = append(a.sender, string(r.Sender)), append(a.id, r.ID), append(a.digest, r.Digest), append(a.root, r.Root)
	a.agreement, a.channel = append(a.agreement, r.Agreement), append(a.channel, r.Place.Channel)
	a.admitted, a.keep = append(a.admitted, r.AdmittedAt), append(a.keep, r.KeepUntil)
	a.directory, a.fence = append(a.directory, r.Directory), append(a.fence, int64(r.Fence))
	a.state.lease, a.state.superseded = append(a.state.lease, timeArg(r.LeaseUntil)), append(a.state.superseded, r.Superseded)
	var outcome, reason *string
	var at *time.Time
	var receipt []byte
	if s := r.Settlement; s != nil {
		outcome, reason, at, receipt = (*string)(&s.Outcome), (*string)(&s.Reason), &s.At, s.Receipt
	}
	a.state.outcome, a.state.reason = append(a.state.outcome, outcome), append(a.state.reason, reason)
	a.state.at, a.state.receipt = append(a.state.at, at), append(a.state.receipt, receipt)
}

// claimArgs are rows as the columns of rows_claim.
type claimArgs struct {
	places                           map[common]int32
	sender, root, agreement, channel []string // by place
	directory                        []int64
	place                            []int32 // of each row, from 1 on
	id, digest                       []string
	admitted, keep                   []time.Time
	fence                            []int64
	lease                            []*time.Time
}

// common is what rows often have in common.
type common struct {
	sender                   envelope.Party
	root, agreement, channel string
	directory                int64
}

func (a *claimArgs) add(r *exchange.Row) {
	c := common{r.Sender, r.Root, r.Agreement, r.Place.Channel, r.Directory}
	if a.places == nil {
		a.places = map[common]int32{}
	}
	if a.places[c] == 0 {
		a.sender, a.root, a.agreement = append(a.sender, string(c.sender)), append(a.root, c.root), append(a.agreement, c.agreement)
		a.channel, a.directory = append(a.channel, c.channel), append(a.directory, c.directory)
		a.places[c] = int32(len(a.sender))
	}
	a.place, a.id, a.digest = append(a.place, a.places[c]), append(a.id, r.ID), append(a.digest, r.Digest)
	a.admitted, a.keep = append(a.admitted, r.AdmittedAt), append(a.keep, r.KeepUntil)
	a.fence, a.lease = append(a.fence, int64(r.Fence)), append(a.lease, timeArg(r.LeaseUntil))
}

func (a *claimArgs) all() []any {
	return []any{a.sender, a.root, a.directory, a.agreement, a.channel, a.place, a.id, a.digest, a.admitted, a.keep, a.fence, a.lease}
}

// all are the arguments of rows_add.
func (a *rowArgs) all() []any {
	s := &a.state
	return []any{a.sender, a.id, a.digest, a.root, a.admitted, a.directory, a.agreement, a.keep, a.channel,
		a.fence, s.lease, s.superseded, s.outcome, s.reason, s.at, s.receipt}
}

// changes are the arguments of rows_put.
func (a *rowArgs) changes() []any {
	s := &a.state
	return []any{a.sender, a.id, a.fence, s.lease, s.superseded, s.outcome, s.reason, s.at, s.receipt}
}
