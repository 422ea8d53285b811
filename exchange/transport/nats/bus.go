package nats

import (
	"context"
	"crypto/tls"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/form"
)

// Defaults of a [Config].
const (
	DefaultPrefix     = "segel"
	DefaultWait       = 30 * time.Second
	DefaultMaxMessage = 512 << 10 // bytes
)

const (
	maxInline   = 16 << 20 // bytes of a file that is held in memory
	dialTimeout = 10 * time.Second
	apiTimeout  = 10 * time.Second
	ping        = 15 * time.Second // a broker that has lost its power says no goodbye: after three of these it is given up
)

// A Config says how a broker is reached. It is not modified after [Dial].
type Config struct {
	// URLs are the broker's servers, as "tls://nats.example.go.id:4222", without user
	// and password. nats:// needs TLS, or a literal loopback address. Mandatory.
	URLs []string
	// TLS holds what the servers' certificates are verified against, and the client's
	// own certificate. Verification cannot be turned off. nil: the system's roots.
	TLS *tls.Config
	// PlainUnsafe allows nats:// to every address without TLS: everybody on the way sees
	// who exchanges with whom.
	PlainUnsafe bool
	// Credentials is the path of a credentials file (JWT and NKey); "": none.
	Credentials string
	// UserInfo returns user and password; nil: none.
	UserInfo func() (user, password string)
	// Prefix begins every subject and name at the broker: lower-case letters and
	// digits. "": DefaultPrefix.
	Prefix string
	// Wait is how long Deliver and Ask wait for an answer. 0: DefaultWait.
	Wait time.Duration
	// MaxMessage is up to how many bytes a file is one message; larger ones go through
	// the object store. The broker's own limit comes first. 0: DefaultMaxMessage.
	MaxMessage int
}

// A Bus is a connection to a broker. It is an [exchange.Transport] for a sender, and
// [Bus.Serve] works for a recipient. It reconnects by itself. It may be used concurrently.
type Bus struct {
	cfg  Config
	conn *natsgo.Conn
	js   jetstream.JetStream

	streams sync.Map // by name: jetstream.Stream

	life context.Context // ends with the connection
}

var prefixForm = regexp.MustCompile(`^[a-z][a-z0-9]{0,31}$`)

// Dial connects to a broker. The error has [envelope.ReasonMisuse] for a configuration
// that cannot be meant and [envelope.ReasonUnavailable] if no server can be reached.
func Dial(ctx context.Context, cfg Config) (*Bus, error) {
	if cfg.Prefix == "" {
		cfg.Prefix = DefaultPrefix
	}
	if cfg.Wait == 0 {
		cfg.Wait = DefaultWait
	}
	if cfg.MaxMessage == 0 {
		cfg.MaxMessage = DefaultMaxMessage
	}
	switch {
	case len(cfg.URLs) == 0:
		return nil, refuse(envelope.ReasonMisuse, "config: missing URLs")
	case cfg.Wait < 0, cfg.MaxMessage < 0, cfg.MaxMessage > maxInline:
		return nil, refuse(envelope.ReasonMisuse, "config: Wait or MaxMessage")
	case !prefixForm.MatchString(cfg.Prefix):
		return nil, refuse(envelope.ReasonMisuse, "config: Prefix")
	case cfg.TLS != nil && cfg.TLS.InsecureSkipVerify:
		return nil, refuse(envelope.ReasonMisuse, "config: TLS without verification")
	}
	for _, u := range cfg.URLs {
		if !cfg.reaches(u) {
			return nil, refuse(envelope.ReasonMisuse, "config: URLs are tls:// without user, path and query; nats:// with TLS or to a literal loopback address only")
		}
	}
	if ctx.Err() != nil {
		return nil, ended
	}
	life, end := context.WithCancel(context.Background())
	options := []natsgo.Option{
		natsgo.ClosedHandler(func(*natsgo.Conn) { end() }),
		natsgo.Name("segel"), natsgo.Timeout(dialTimeout), natsgo.MaxReconnects(-1),
		natsgo.PingInterval(ping), natsgo.MaxPingsOutstanding(2),
		natsgo.IgnoreAuthErrorAbort(),                                           // who changes passwords locks everybody out for a while
		natsgo.ErrorHandler(func(*natsgo.Conn, *natsgo.Subscription, error) {}), // its text is the broker's
	}
	if cfg.TLS != nil {
		options = append(options, natsgo.Secure(cfg.TLS.Clone()))
	}
	if cfg.Credentials != "" {
		options = append(options, natsgo.UserCredentials(cfg.Credentials))
	}
	if cfg.UserInfo != nil {
		options = append(options, natsgo.UserInfoHandler(cfg.UserInfo))
	}
	conn, err := natsgo.Connect(strings.Join(cfg.URLs, ","), options...)
	if err != nil {
		end()
		return nil, refuse(envelope.ReasonUnavailable, "the broker cannot be reached, or lets nobody in")
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, refuse(envelope.ReasonUnavailable, "the broker has no JetStream")
	}
	return &Bus{cfg: cfg, conn: conn, js: js, life: life}, nil
}

// reaches reports whether a URL is one that may be connected to.
func (c *Config) reaches(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || strings.Contains(raw, ",") {
		return false
	}
	switch u.Scheme {
	case "tls":
		return true
	case "nats":
		address, err := netip.ParseAddr(u.Hostname())
		return c.TLS != nil || c.PlainUnsafe || err == nil && address.Unmap().IsLoopback()
	}
	return false
}

// Close ends the connection. What is under way fails, which loses nothing.
func (b *Bus) Close() { b.conn.Close() }

// names are those of one recipient at the broker.
type names struct {
	stream, answers, bodies string
	to, answer, now         string // subjects, without what follows
}

func (b *Bus) names(p envelope.Party) (n names, ok bool) {
	if !form.Party(string(p)) {
		return n, false
	}
	prefix := b.cfg.Prefix
	flat, dotted := strings.Replace(string(p), "/", "_", 1), strings.Replace(string(p), "/", ".", 1)
	n.stream = prefix + "_" + flat
	n.answers, n.bodies = n.stream+"_answers", n.stream+"_bodies"
	n.to, n.answer, n.now = prefix+".to."+dotted+".", prefix+".answer."+dotted+".", prefix+".now."+dotted+"."
	return n, true
}

// The kinds of messages in a queue.
const (
	kindEnvelope = "envelope"
	kindBody     = "body"
	kindQuestion = "question"
)

var (
	ended   = refuse(envelope.ReasonUnavailable, "the context ended before an answer came")
	silent  = refuse(envelope.ReasonUnavailable, "no answer came")
	noQueue = refuse(envelope.ReasonUnavailable, "the broker has no queue of that party, or does not answer")
	badFile = refuse(envelope.ReasonUnavailable, "the file cannot be read")
	closed  = refuse(envelope.ReasonUnavailable, "the connection was closed")
	noParty = refuse(envelope.ReasonMisuse, "not a party")
)

func refuse(r envelope.Reason, detail string) *envelope.Error {
	return &envelope.Error{Reason: r, Detail: detail}
}
