package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/completeness"
	"github.com/segel-id/segel/schema"
)

// register reads the codes of a register.
func (a *app) register(u units) (*completeness.Register, error) {
	f, err := a.input(u.register)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	codes, err := codesOf(f, u.field)
	if err != nil {
		return nil, err
	}
	r, err := completeness.NewRegister(slices.Values(codes))
	if err != nil {
		return nil, cannot("bukan register: setiap kode harus ada, sah dan muncul sekali; periksa --register dan --field",
			"not a register: each code must be there, of the right form, and once; check --register and --field", u.register)
	}
	return r, nil
}

// codesOf returns what the records have in one member; "" where it is no text.
func codesOf(r io.Reader, field string) ([]string, error) {
	var codes []string
	for src := schema.NDJSON(r); ; {
		record, err := src.Next()
		if err == io.EOF {
			return codes, nil
		}
		if err != nil {
			return nil, err
		}
		var members map[string]json.RawMessage
		var code string
		if json.Unmarshal(record, &members) == nil {
			_ = json.Unmarshal(members[field], &code)
		}
		codes = append(codes, code)
	}
}

// arrived is what the statement beside received records says.
type arrived struct {
	Sender     envelope.Party         `json:"sender"`
	ID         string                 `json:"id"`
	Digest     string                 `json:"digest"`
	AsOf       string                 `json:"as_of"`
	JudgedAsOf time.Time              `json:"judged_as_of"`
	Dataset    string                 `json:"dataset"`
	Retracts   bool                   `json:"retracts"`
	Supersedes *envelope.Supersession `json:"supersedes"`

	path string // of the statement
}

func (s arrived) arrival() completeness.Arrival {
	line := exchange.Line{First: s.ID}
	if s.Supersedes != nil {
		line = exchange.Line{First: s.Supersedes.First, Revision: s.Supersedes.Revision}
	}
	return completeness.Arrival{Key: exchange.Key{Sender: s.Sender, ID: s.ID}, Line: line, Digest: s.Digest, At: s.JudgedAsOf}
}

// addInboxes adds what serve has written of the expected dataset, in the order in
// which it came.
func addInboxes(t *completeness.Tally, dirs []string, e completeness.Expectation, field string) error {
	var all []arrived
	for _, dir := range dirs {
		if info, err := os.Stat(dir); err != nil {
			return err
		} else if !info.IsDir() {
			return cannot("bukan folder", "not a folder", dir)
		}
		found, err := filepath.Glob(filepath.Join(dir, "*", "*.json"))
		if err != nil {
			return cannot("nama folder ini tidak dapat dipakai", "this name of a folder cannot be used", dir)
		}
		for _, path := range found {
			s, err := statementIn(path)
			if err != nil {
				return err
			}
			if s.Dataset == e.Dataset && (s.AsOf == "" || s.AsOf == e.LegalDate) {
				all = append(all, s)
			}
		}
	}
	slices.SortFunc(all, func(a, b arrived) int {
		x, y := a.arrival(), b.arrival()
		return cmp.Or(a.JudgedAsOf.Compare(b.JudgedAsOf), cmp.Compare(x.Revision, y.Revision), cmp.Compare(a.ID, b.ID))
	})
	for _, s := range all {
		var codes []string
		if !s.Retracts {
			var err error
			if codes, err = codesIn(strings.TrimSuffix(s.path, ".json")+".ndjson", field); err != nil {
				return err
			}
		}
		if err := t.Add(s.arrival(), codes...); err != nil {
			return notStatement(s.path)
		}
	}
	return nil
}

func statementIn(path string) (s arrived, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	if json.Unmarshal(text, &s) != nil {
		return s, notStatement(path)
	}
	s.path = path
	return s, nil
}

func notStatement(path string) error {
	return cannot("bukan pernyataan dari segel serve", "not a statement by segel serve", path)
}

func codesIn(path, field string) ([]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, cannot("rekamannya tidak ada lagi; laporan kelengkapan membutuhkannya", "its records are no longer there; a completeness report needs them", path)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return codesOf(f, field)
}
