package exchange

import (
	"context"
	"errors"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/schema"
)

// errInline stops a check when the records no longer fit into a token and there is
// nowhere to put a body.
var errInline = refuse(envelope.ReasonTooLarge, "inline content is at most 4 MiB")

// check judges records under a definition. The error has ReasonStructure, with
// the report, if a record breaks the schema.
func check(ctx context.Context, def *schema.Definition, src schema.Source, asOf string, blocks func([]byte, bool) error) (*schema.Report, error) {
	opt := schema.CheckOptions{Blocks: blocks}
	if asOf != "" {
		day, err := time.Parse(time.DateOnly, asOf)
		if err != nil {
			return nil, refuse(envelope.ReasonMisuse, "the legal date is written YYYY-MM-DD")
		}
		opt.AsOf = day
	}
	report, err := def.Check(ctx, src, opt)
	if sealing, ok := errors.AsType[*sealingError](err); ok {
		return nil, sealing.err
	}
	switch e, isSchema := errors.AsType[*schema.Error](err); {
	case isSchema && e.Reason == schema.ReasonRead:
		return nil, refuse(envelope.ReasonUnavailable, "the records cannot be read")
	case isSchema && e.Reason == schema.ReasonTemporary:
		return nil, refuse(envelope.ReasonUnavailable, "a temporary file of the check failed")
	case isSchema && e.Reason == schema.ReasonTooLarge:
		return nil, refuse(envelope.ReasonTooLarge, "records")
	case isSchema:
		// The schema's own texts name places in definitions and mappings, never
		// values.
		return nil, refuse(envelope.ReasonStructure, e.Error())
	case err != nil:
		return nil, refuse(envelope.ReasonUnavailable, "the check was interrupted")
	case report.Errors > 0:
		return report, refuse(envelope.ReasonStructure, "a record breaks the schema; the report says which")
	}
	return report, nil
}
