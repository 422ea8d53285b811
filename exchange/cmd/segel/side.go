package main

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/store/bolt"
	"github.com/segel-id/segel/exchange/store/memory"
	"github.com/segel-id/segel/exchange/trust"
)

// side is one end of an exchange: who, with which keys, trusting whom, and with
// the record of its own.
type side struct {
	directory, anchor, as, keys, journal string // flags

	party   envelope.Party
	private []*envelope.PrivateKey
	trusted *trust.Directory
}

func (s *side) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.directory, "directory", "", "signed directory")
	cmd.Flags().StringVar(&s.anchor, "anchor", "", "anchor.public.jwks: whose signature the directory needs")
	cmd.Flags().StringVar(&s.as, "as", "", "own party, as kpu/sirekap")
	cmd.Flags().StringVar(&s.keys, "keys", "", "own private key file")
	cmd.Flags().StringVar(&s.journal, "journal", "", "folder of the journal")
}

// load reads what the flags name and verifies the directory.
func (s *side) load(a *app) (err error) {
	if s.party, err = party(s.as); err != nil {
		return err
	}
	if s.private, err = privateKeys(s.keys); err != nil {
		return err
	}
	anchors, err := readAnchors(s.anchor)
	if err != nil {
		return err
	}
	file, err := readDocument(s.directory)
	if err != nil {
		return err
	}
	s.trusted, err = trust.Open(file, anchors, a.now())
	return err
}

// openJournal opens the journal where --journal says, or beside a file.
func (s *side) openJournal(beside string) (*journal.File, error) {
	dir := s.journal
	if dir == "" {
		dir = strings.TrimSuffix(beside, privateEnding) + ".journal"
	}
	f, err := journal.Open(dir)
	if e, ok := errors.AsType[*envelope.Error](err); ok {
		if e.Reason == envelope.ReasonBadContent {
			return nil, cannot("jurnal rusak; biarkan folder ini apa adanya dan minta diperiksa",
				"the journal does not verify; leave the folder as it is and have somebody look", dir+": "+e.Detail)
		}
		return nil, cannot("jurnal tidak dapat dipakai", "the journal cannot be used", dir+": "+e.Detail)
	}
	return f, err
}

// store is a store that is closed when the command ends.
type store interface {
	exchange.Store
	io.Closer
}

// forgetful is the store of a command without --store.
type forgetful struct{ *memory.Store }

func (forgetful) Close() error { return nil }

// openStore opens the store in a file, or one that forgets.
func openStore(path string) (store, error) {
	if path == "" {
		return forgetful{memory.New()}, nil
	}
	s, err := bolt.Open(path)
	if e, ok := errors.AsType[*envelope.Error](err); ok {
		return nil, cannot("store tidak dapat dipakai", "the store cannot be used", path+": "+e.Detail)
	}
	return s, err
}
