package exchange

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange/agreement"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
)

// A SenderConfig says who sends, and by what. It is not modified after
// [NewSender].
type SenderConfig struct {
	// Party is the sender. Mandatory.
	Party envelope.Party
	// Keys are its private keys: at least one for signing and one for encryption,
	// with which receipts are opened; former ones may stand beside them. Mandatory.
	Keys []*envelope.PrivateKey
	// Directory is the signed directory in force. Mandatory.
	Directory *trust.Directory
	// Definitions are the datasets that may be sent. Mandatory.
	Definitions *schema.Registry
	// Journal gets "sealed" before an envelope is handed out. Mandatory: there is
	// no sending off the record.
	Journal Journal
	// Transport carries envelopes. nil: [Sender.Seal] works, Deliver does not.
	Transport Transport
	// Clock tells the time. nil: time.Now.
	Clock func() time.Time
	// Observer and Logger are told what is done, for metrics and for people; see
	// [Observer]. A [Dispatcher] tells its sender's observer and a logger of its
	// own. nil: nobody is told.
	Observer Observer
	Logger   *slog.Logger
}

// A Sender seals what agreements allow. It may be used concurrently.
type Sender struct {
	cfg    SenderConfig
	policy *policy
	now    func() time.Time
	watch  *watch
	born   time.Time // by its clock, with the monotonic reading if it has one
	pulse  pulse
}

// NewSender checks the configuration, touches no disk and no network, and
// returns a sender. What is missing has [envelope.ReasonMisuse].
func NewSender(cfg SenderConfig) (*Sender, error) {
	if err := ready(cfg.Party, cfg.Keys, cfg.Directory, cfg.Definitions, cfg.Journal); err != nil {
		return nil, err
	}
	cfg.Keys = slices.Clone(cfg.Keys)
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	return &Sender{
		cfg: cfg, policy: newPolicy(cfg.Directory, cfg.Definitions), now: clock(cfg.Clock), watch: newWatch(cfg.Logger, cfg.Observer), born: cfg.Clock(),
	}, nil
}

// SetDirectory enters a newer directory in the journal and puts it in force. The
// error has the reasons of [trust.Directory.Succeeds], or
// [envelope.ReasonUnavailable] if the journal fails; the former directory then
// stays. A sender has nothing that remembers across a restart which directory
// it has seen: whoever calls [NewSender] sees to it that it gets no older one.
func (s *Sender) SetDirectory(ctx context.Context, d *trust.Directory) error {
	return s.setDirectory(ctx, d, func() error { return nil })
}

// setDirectory enters a directory, has it remembered and puts it in force.
func (s *Sender) setDirectory(ctx context.Context, d *trust.Directory, remember func() error) error {
	if err := s.policy.succeeds(d); err != nil {
		return err
	}
	if err := s.enter(ctx, Entry{Time: s.now(), Event: EventDirectory, Digest: d.Digest()}); err != nil {
		return err
	}
	if err := remember(); err != nil {
		return err
	}
	if err := s.policy.replace(d); err != nil {
		return err
	}
	s.watch.directory(ctx, d)
	return nil
}

// A Request names an exchange that somebody may want to make. Nothing has a
// default.
type Request struct {
	To        []envelope.Party // 1 to 64
	Dataset   string           // id, as "sirekap/hasil-tps"
	Purpose   purpose.Code
	Agreement string // id
}

// Preflight says whether a request would be allowed now, and if not, why and
// what would help, in both languages. It looks at no records, writes nothing and
// asks nobody: [Sender.Seal] decides by the same code.
func (s *Sender) Preflight(_ context.Context, r Request) agreement.Decision {
	_, decision := s.plan(r, s.now())
	return decision
}

// plan is what a request would be sealed with.
type plan struct {
	key        *envelope.PrivateKey
	recipients []envelope.Recipient
	agreement  *agreement.Agreement
	definition *schema.Definition
}

func (s *Sender) plan(r Request, now time.Time) (p plan, decision agreement.Decision) {
	d, err := s.policy.current(now)
	if err != nil {
		return p, refusal(err)
	}
	p.agreement, decision = s.policy.decide(d, question{
		from: s.cfg.Party, to: r.To, dataset: r.Dataset, purpose: r.Purpose, agreement: r.Agreement, at: now,
	})
	if !decision.Allowed {
		return p, decision
	}
	if p.definition, err = s.cfg.Definitions.Latest(r.Dataset); err != nil {
		return p, refusal(refuse(envelope.ReasonUnknownDefinition, ""))
	}
	if c := carries(p.definition, r.Purpose); !c.Allowed {
		return p, c
	}
	if p.key, err = signingKey(d, s.cfg.Party, s.cfg.Keys, now); err != nil {
		return p, refusal(err)
	}
	for _, to := range r.To {
		key, err := d.EncryptionKey(to, now)
		if err != nil {
			return p, refusal(err)
		}
		p.recipients = append(p.recipients, envelope.Recipient{Party: to, Key: key})
	}
	return p, decision
}

// A Shipment is what is to be sealed. The members without a stated default are
// mandatory.
type Shipment struct {
	Request
	// Records yields the records, which are sealed exactly as it yields them. They
	// are never in memory as a whole.
	Records schema.Source
	// NotEmpty refuses Records that have none, which is more often a slip than a
	// dataset that is rightly empty.
	NotEmpty bool
	// Document is, in place of Records, one document of the media type Media
	// (type/subtype in lower case, without parameters), sealed byte for byte. A
	// definition describes records, so nothing checks a document. nil and "": there
	// are records.
	Document io.Reader
	Media    string
	// InlineLimit is how many bytes of content travel in the token at most; more
	// become a body. 0: [envelope.DefaultInline], or [envelope.MaxInline] if there is
	// nowhere to put a body.
	InlineLimit int
	// Body gets the envelope file, with the tokens of all recipients, if its content
	// is beyond the limit, and only then. The file is one once sealing has
	// succeeded, and never before. nil: content beyond [envelope.MaxInline] is
	// refused. A [Dispatcher] sets it.
	Body io.Writer
	// Codec is how a body is stored. "": [envelope.CodecZstd] if the dataset's
	// definition is classified as public, else [envelope.CodecNone], because sizes
	// tell something of what was compressed.
	Codec envelope.Codec
	// ID is the envelope's, a UUIDv7 made by [envelope.NewID]; "": a new one. See
	// [Dispatcher.Send].
	ID string
	// ValidFor is how long the envelope lives; 0: [envelope.DefaultLifetime].
	ValidFor time.Duration
	// AsOf is the legal date of records that carry none, as "2024-02-14"; "": not
	// stated.
	AsOf string
	// Corrects names the envelope that this one supersedes; nil: none.
	Corrects *Correction
	// InReplyTo and Obligations stand in the manifest as they are; nil: none.
	InReplyTo   *envelope.Reference
	Obligations *envelope.Obligations
}

// A Correction says which envelope is superseded, and why. The new one is for the
// same recipients and of the same dataset. Nothing is ever edited: a recipient
// that has admitted a correction admits no earlier revision, however late that
// arrives.
type Correction struct {
	Of     Sent   // any of its recipients' will do; see [SentTo] and [Parcel]
	Reason string // for people, at most 200 characters
	// Retracts says that nothing takes its place: the shipment has no record. Else
	// it has one at least, so that an empty input retracts nothing by accident.
	Retracts bool
}

// supersession returns what the manifest says of a correction.
func (s *Sender) supersession(shipment Shipment) (*envelope.Supersession, error) {
	c := shipment.Corrects
	if c == nil {
		return nil, nil
	}
	if s.now().Add(envelope.MaxSkew).Before(c.Of.IssuedAt) {
		return nil, refuse(envelope.ReasonMisuse, "what it corrects was dated ahead of this clock: it could outlive its correction")
	}
	if c.Of.Sender != s.cfg.Party || c.Of.Channel != ChannelOf(s.cfg.Party, shipment.Dataset, shipment.To) || c.Of.Line.First == "" {
		return nil, refuse(envelope.ReasonMisuse, "a correction is for the same recipients and of the same dataset as what it corrects")
	}
	return &envelope.Supersession{
		ID: c.Of.ID, Digest: c.Of.Digest, First: c.Of.Line.First, Revision: c.Of.Line.Revision + 1, Reason: c.Reason,
	}, nil
}

// Seal decides whether the shipment is allowed, checks its records, enters
// "sealed" in the journal and returns the sealed envelope with the report on
// its records, which is nil for a document. Content beyond the inline limit goes,
// sealed as it is read, to the shipment's Body; then [envelope.Sealed] Closing is
// not nil, and its File is the head of what was written there. Findings change
// nothing. Structure errors refuse with [envelope.ReasonStructure]; the report that
// comes with that error says which records. Every other error has the reason that
// [Sender.Preflight] gives, [envelope.ReasonTooLarge] for more than
// [envelope.MaxInline] bytes without a Body, [envelope.ReasonMisuse], or
// [envelope.ReasonUnavailable] if the journal or Body fails.
func (s *Sender) Seal(ctx context.Context, shipment Shipment) (*envelope.Sealed, *schema.Report, error) {
	return s.seal(ctx, shipment, func(context.Context, string, time.Time) (*envelope.Sequence, error) { return nil, nil })
}

// numbering returns the number of an envelope in its channel, nil for none.
type numbering func(ctx context.Context, channel string, now time.Time) (*envelope.Sequence, error)

// seal seals with the number in its channel that number returns.
func (s *Sender) seal(ctx context.Context, shipment Shipment, number numbering) (sealed *envelope.Sealed, report *schema.Report, err error) {
	began := time.Now()
	defer func() { s.watch.sealed(ctx, began, sealed, report, err) }()
	now := s.now()
	p, decision := s.plan(shipment.Request, now)
	if !decision.Allowed {
		return nil, nil, decision.Err()
	}
	supersedes, err := s.supersession(shipment)
	if err != nil {
		return nil, nil, err
	}
	g := s.gather(ctx, shipment, p, func() (envelope.Draft, error) {
		sequence, err := number(ctx, ChannelOf(s.cfg.Party, shipment.Dataset, shipment.To), s.now()) // reading may have taken long
		return s.draft(shipment, p, now, sequence, supersedes), err
	})
	defer g.abort()
	if report, err = g.take(shipment); err != nil {
		return nil, report, err
	}
	if c := shipment.Corrects; c != nil && c.Retracts != g.empty() {
		return nil, report, refuse(envelope.ReasonMisuse, "a correction has records, a retraction has none")
	}
	if shipment.NotEmpty && report != nil && report.Records == 0 {
		return nil, report, refuse(envelope.ReasonMisuse, "no record at all")
	}
	if sealed, err = g.seal(); err != nil {
		return nil, report, err
	}
	if err := s.enter(ctx, s.policy.entry(EventSealed, sealed.Manifest(), sealed.Digest(), now)); err != nil {
		return nil, report, err
	}
	return sealed, report, nil
}

// draft is what the manifest will say.
func (s *Sender) draft(shipment Shipment, p plan, now time.Time, sequence *envelope.Sequence, supersedes *envelope.Supersession) envelope.Draft {
	ref := p.definition.Ref()
	return envelope.Draft{
		ID: shipment.ID, Sender: s.cfg.Party, Recipients: p.recipients, Sequence: sequence,
		Dataset:   envelope.Dataset{ID: ref.ID, Version: ref.Version, Digest: ref.Digest},
		Purpose:   shipment.Purpose,
		Agreement: envelope.Agreement{ID: p.agreement.ID(), Digest: p.agreement.Digest()},
		IssuedAt:  now, ValidFor: shipment.ValidFor, AsOf: shipment.AsOf,
		InReplyTo: shipment.InReplyTo, Supersedes: supersedes, Obligations: shipment.Obligations,
	}
}

// enter appends to the journal.
func (s *Sender) enter(ctx context.Context, e Entry) error {
	e.Party = s.cfg.Party
	if err := s.cfg.Journal.Append(ctx, e); err != nil {
		return refuse(envelope.ReasonUnavailable, "the journal could not be written")
	}
	return nil
}
