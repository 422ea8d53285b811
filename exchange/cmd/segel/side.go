package main

import (
	"errors"
	"io"
	"slices"
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
	if s.private, err = a.privateKeys(s.keys); err != nil {
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
	if s.trusted, err = openDirectory(file, anchors, a.now()); err != nil {
		return err
	}
	return s.listed()
}

// listed refuses keys that the directory does not give to this party: with
// them everything would be refused, for reasons that lead elsewhere.
func (s *side) listed() error {
	entry, ok := s.trusted.Party(s.party)
	if !ok {
		return cannot("pihak ini tidak ada di direktori: periksa --as dan --directory", "the directory does not list this party: check --as and --directory", string(s.party))
	}
	for _, k := range s.private {
		if k.Public().Use() == envelope.UseSign && slices.ContainsFunc(entry.Keys, func(l trust.Key) bool { return l.Public.ID() == k.Public().ID() }) {
			return nil
		}
	}
	return cannot("menurut direktori, kunci ini bukan milik pihak ini: periksa --keys dan --as",
		"these keys are not this party's in the directory: check --keys and --as", string(s.party))
}

// journalFolder is where the journal is: where --journal says, else beside the
// store, else beside the keys.
func (s *side) journalFolder(store string) string {
	switch {
	case s.journal != "":
		return s.journal
	case store != "":
		return store + ".journal"
	}
	return strings.TrimSuffix(s.keys, privateEnding) + ".journal"
}

// openJournal opens the journal of a command with that store.
func (s *side) openJournal(store string) (*journal.File, error) {
	dir := s.journalFolder(store)
	f, err := journal.Open(dir)
	if e, ok := errors.AsType[*envelope.Error](err); ok {
		if e.Reason == envelope.ReasonBadContent {
			return nil, cannot("jurnal rusak; biarkan folder ini apa adanya dan minta diperiksa",
				"the journal does not verify; leave the folder as it is and have somebody look", dir+": "+e.Detail)
		}
		if strings.Contains(e.Detail, "another process holds it") {
			return nil, cannot("jurnal tidak dapat dipakai; bila segel serve Anda memakainya, beri perintah ini --store dan --journal sendiri",
				"the journal cannot be used; if your segel serve uses it, give this command a --store and --journal of its own", dir+": "+e.Detail)
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
	return openBolt(path)
}

// openBolt opens the store in a file, which holds the outbox too.
func openBolt(path string) (*bolt.Store, error) {
	s, err := bolt.Open(path)
	e, ok := errors.AsType[*envelope.Error](err)
	switch {
	case !ok:
		return s, err
	case strings.HasSuffix(e.Detail, heldStore):
		return nil, cannot("store tidak dapat dipakai; bila segel serve Anda memakainya, beri perintah ini --store sendiri",
			"the store cannot be used; if your segel serve uses it, give this command a --store of its own", path+": "+e.Detail)
	case strings.HasSuffix(e.Detail, "damaged"), strings.HasSuffix(e.Detail, "cannot be opened as a store"):
		return nil, cannot("berkas ini rusak atau bukan store; periksa --store, atau pulihkan store dan jurnal bersama dari cadangan, lalu segel outbox renumber",
			"this file is damaged, or not a store; check --store, or restore store and journal together from the backup, then segel outbox renumber", path+": "+e.Detail)
	}
	return nil, cannot("store tidak dapat dipakai", "the store cannot be used", path+": "+e.Detail)
}

// heldStore ends what package bolt says of a store that somebody else has open.
const heldStore = "another process holds the file"
