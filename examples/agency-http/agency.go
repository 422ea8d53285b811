package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/trust"
	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
)

// An agency is what both servers need: who it is, whom it trusts, and what it
// keeps in its folder. One process at a time works on a folder.
type agency struct {
	party       envelope.Party
	keys        []*envelope.PrivateKey
	directory   *trust.Directory
	definitions *schema.Registry
	store       *bolt.Store // holds the outbox too
	journal     *journal.File
}

// open reads the files that the options name, verifies the directory, and opens
// the folder.
func open(o options) (a *agency, err error) {
	a = &agency{definitions: election.Registry()}
	if a.party, err = envelope.ParseParty(o.party); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(o.keys)
	if err != nil {
		return nil, err
	}
	if a.keys, err = envelope.ParsePrivateKeys(text); err != nil {
		return nil, err
	}
	if text, err = os.ReadFile(o.anchor); err != nil {
		return nil, err
	}
	anchors, err := trust.ParseAnchors(text)
	if err != nil {
		return nil, err
	}
	if text, err = os.ReadFile(o.directory); err != nil {
		return nil, err
	}
	if a.directory, err = trust.Open(text, anchors, time.Now()); err != nil {
		return nil, err
	}
	if o.data == "" {
		return nil, errors.New("-data is missing")
	}
	if a.journal, err = journal.Open(filepath.Join(o.data, "journal")); err != nil {
		return nil, err
	}
	if a.store, err = bolt.Open(filepath.Join(o.data, "store.db")); err != nil {
		return nil, errors.Join(err, a.journal.Close())
	}
	return a, nil
}

func (a *agency) close() { _ = errors.Join(a.store.Close(), a.journal.Close()) }

// certificates returns the TLS configuration of either side, nil without any.
func certificates(o options) (*tls.Config, error) {
	if o.cert == "" && o.ca == "" {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.cert != "" {
		pair, err := tls.LoadX509KeyPair(o.cert, o.key)
		if err != nil {
			return nil, errors.New("-cert and -key cannot be read as a pair")
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if o.ca != "" {
		text, err := os.ReadFile(o.ca)
		if err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(text) {
			return nil, errors.New("-ca holds no certificate")
		}
		config.RootCAs, config.ClientCAs, config.ClientAuth = pool, pool, tls.RequireAndVerifyClientCert
	}
	return config, nil
}

// daily calls purge once a day until ctx ends. What it removes is what can never
// be needed again; that is for the party to say, so no store does it by itself.
func daily(ctx context.Context, log *slog.Logger, purge func(context.Context) (int, error)) {
	tick := time.NewTicker(24 * time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if n, err := purge(ctx); err != nil {
			log.Error("not purged", "reason", envelope.ReasonOf(err))
		} else {
			log.Info("purged", "rows", n)
		}
	}
}
