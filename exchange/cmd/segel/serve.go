package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/spool"
	"github.com/segel-id/segel/exchange/transport/http"
	"github.com/segel-id/segel/internal/cores"
	"github.com/segel-id/segel/schema/election"
)

// serving is one run of segel serve.
type serving struct {
	a                         *app
	me                        side
	codes                     []string // --purpose, which is to be one
	media                     []string // of documents that may come
	code, store, listen, out  string
	tlsCert, tlsKey, clientCA string
	looked                    bool // at the clock, and it is right

	log      *slog.Logger
	receiver *exchange.Receiver
	files    inbox
}

func (a *app) serve() *cobra.Command {
	s := serving{a: a}
	cmd := &cobra.Command{
		Use: "serve --directory F --anchor A --as P --keys K --purpose P --store FILE --listen ADDR --out DIR\n" +
			"      [--media TYPE,...] [--tls-cert F --tls-key F [--client-ca F]] [--journal DIR] [--acknowledge-clock]",
		Short: "Receive over HTTP, once each, into files / menerima lewat HTTP",
		Long: `Receives envelopes for one purpose and writes the records of each that it accepts
to DIR/<agency>-<system>/<id>.ndjson, and beside it <id>.json, which says what was
proven and found, and what the envelope corrects, retracts or answers. No file is
ever overwritten or deleted. It listens until it is told to stop (SIGTERM,
Ctrl-C), logs JSON lines to standard error, and takes a newer directory as soon
as the file changes. Plain HTTP is for literal loopback addresses only.`,
		Args: cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, _ []string) error {
			if err := s.check(cmd); err != nil {
				return err
			}
			if err := s.me.load(a); err != nil {
				return err
			}
			return s.run(cmd.Context())
		}),
	}
	s.me.flags(cmd)
	cmd.Flags().StringSliceVar(&s.codes, "purpose", nil, "what the records will be used for, as AWAS-TAHAPAN; one")
	cmd.Flags().StringSliceVar(&s.media, "media", nil, "media types of documents that may come beside records, as application/pdf")
	cmd.Flags().StringVar(&s.store, "store", "", "file that remembers what was received; made if it is missing")
	cmd.Flags().StringVar(&s.listen, "listen", "", "address and port, as 127.0.0.1:8443; port 0 takes a free one")
	cmd.Flags().StringVar(&s.out, "out", "", "folder for what is received; made if it is missing")
	cmd.Flags().StringVar(&s.tlsCert, "tls-cert", "", "certificate in PEM, for https")
	cmd.Flags().StringVar(&s.tlsKey, "tls-key", "", "private key of --tls-cert, in PEM")
	cmd.Flags().StringVar(&s.clientCA, "client-ca", "", "certificates in PEM: senders must show one that these have signed")
	cmd.Flags().BoolVar(&s.looked, "acknowledge-clock", false, "somebody has looked at this computer's clock, and it is right")
	return cmd
}

// check refuses a command line that cannot be meant.
func (s *serving) check(cmd *cobra.Command) error {
	if err := s.a.need(cmd, "directory", "anchor", "as", "keys", "purpose", "store", "listen", "out"); err != nil {
		return err
	}
	if len(s.codes) != 1 {
		return cannot("segel serve menerima untuk satu tujuan; tujuan lain memerlukan server dan store lain", "segel serve receives for one purpose; another takes another server and store", "")
	}
	s.code = s.codes[0]
	if err := known(purpose.Code(s.code), s.a.now()); err != nil {
		return err
	}
	switch {
	case (s.tlsCert == "") != (s.tlsKey == ""):
		return cannot("--tls-cert dan --tls-key disebut bersama", "--tls-cert and --tls-key go together", "")
	case s.clientCA != "" && s.tlsCert == "":
		return cannot("--client-ca hanya berarti bersama --tls-cert", "--client-ca means something with --tls-cert only", "")
	case s.tlsCert == "" && !loopback(s.listen):
		return cannot("tanpa TLS, --listen adalah alamat loopback harfiah dengan port, seperti 127.0.0.1:8443; untuk alamat lain pakai --tls-cert dan --tls-key",
			"without TLS, --listen is a literal loopback address with a port, as 127.0.0.1:8443; for others use --tls-cert and --tls-key", "")
	}
	journal := s.me.journalFolder(s.store)
	files := paths{store: s.store, journal: journal, inputs: []string{s.me.keys, s.me.directory, s.me.anchor, s.tlsCert, s.tlsKey, s.clientCA, s.a.config, s.a.passphrase}}
	if err := files.check(); err != nil {
		return err
	}
	if within(s.out, journal) {
		return besideJournal(s.out)
	}
	return nil
}

func loopback(address string) bool {
	a, err := netip.ParseAddrPort(address)
	return err == nil && a.Addr().Unmap().IsLoopback()
}

func (s *serving) run(ctx context.Context) error {
	s.log = slog.New(slog.NewJSONHandler(s.a.err, nil))
	secure, err := s.tls()
	if err != nil {
		return err
	}
	journal, err := s.me.openJournal(s.store)
	if err != nil {
		return err
	}
	defer journal.Close()
	store, err := openStore(s.store)
	if err != nil {
		return err
	}
	defer store.Close()
	defer cores.Spare(2)() // for the store and the journal
	defer cores.Garbage()()
	// Behind the store's lock: only leftovers of processes that have ended go.
	if s.files, err = openInbox(s.out); err != nil {
		return err
	}
	bodies, err := spool.Open(s.store+incoming, spool.Limits{}, s.a.now())
	if err != nil {
		return err
	}
	s.receiver, err = exchange.NewReceiver(exchange.ReceiverConfig{
		Party: s.me.party, Keys: s.me.private, Purpose: purpose.Code(s.code), Directory: s.me.trusted, Definitions: election.Registry(),
		Store: store, Journal: journal, Handle: s.handle, Spool: bodies, Documents: append([]string{}, s.media...), Clock: s.a.now, Logger: s.log,
	})
	if err != nil {
		return otherWorld(ctx, store, &s.me, err)
	}
	if s.looked {
		if err := s.receiver.AcknowledgeClock(ctx); err != nil {
			return err
		}
	}
	// With a clock that cannot be trusted nothing would be received: better not
	// to begin.
	if _, err := s.receiver.Purge(ctx); err != nil {
		if envelope.ReasonOf(err) == envelope.ReasonClock {
			clockHint(s.a.err)
		}
		return err
	}
	return s.serve(ctx, secure)
}

// serve listens until ctx ends.
func (s *serving) serve(ctx context.Context, secure *tls.Config) error {
	handler, err := http.NewHandler(http.HandlerConfig{Receiver: s.receiver, Log: s.log})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", s.listen)
	if err != nil {
		return unheard(s.listen, err)
	}
	scheme := "http"
	if secure != nil {
		scheme = "https"
	}
	fmt.Fprintf(s.a.out, "mendengarkan / listening: %s://%s\n", scheme, l.Addr())
	s.log.Info("listening", "address", scheme+"://"+l.Addr().String(), "party", s.me.party, "purpose", s.code, "directory", s.me.trusted.Version())
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		s.keep(ctx)
	}()
	err = http.Serve(ctx, l, handler, http.ServerConfig{TLS: secure, Log: s.log})
	stop()
	<-kept
	s.log.Info("stopped")
	return err
}

// unheard says why nothing can listen, in the operating system's words.
func unheard(address string, err error) error {
	why := address
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		why += ": " + e.Error()
	}
	return cannot("alamat --listen tidak dapat dipakai", "cannot listen on the address of --listen", why)
}

// tls reads the certificate, nil if there is none.
func (s *serving) tls() (*tls.Config, error) {
	if s.tlsCert == "" {
		return nil, nil
	}
	pair, err := keyPair(s.tlsCert, s.tlsKey)
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, Time: s.a.now, Certificates: []tls.Certificate{pair}}
	if s.clientCA != "" {
		if cfg.ClientCAs, err = certificates(s.clientCA); err != nil {
			return nil, err
		}
		cfg.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return cfg, nil
}

// handle writes what was received, inside the receiver's claim: it counts as
// received only once the files are safe on the disk.
func (s *serving) handle(ctx context.Context, d *exchange.Delivery) error {
	m := d.Proof().Manifest
	attrs := []any{"sender", m.Sender, "id", m.ID, "dataset", m.Dataset.ID, "records", d.Report().Records, "findings", d.Report().Findings}
	if m.Supersedes != nil {
		attrs = append(attrs, "supersedes", m.Supersedes.ID, "retracts", d.Retracts())
	}
	if m.InReplyTo != nil {
		attrs = append(attrs, "in_reply_to", m.InReplyTo.ID)
	}
	if err := s.files.write(d); err != nil {
		attrs = append(attrs, "error", ending(err).en)
		if e, ok := errors.AsType[syscall.Errno](err); ok {
			attrs = append(attrs, "system", e.Error())
		}
		s.log.ErrorContext(ctx, "not written", attrs...)
		return err
	}
	s.log.InfoContext(ctx, "written", attrs...)
	return nil
}
