package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/internal/strictjson"
)

// maxSettings bounds a config file.
const maxSettings = 64 << 10

// settings is the config file: what would repeat on every command line. Every
// member is optional; an unknown one is refused.
type settings struct {
	Directory string `json:"directory,omitempty"`
	Anchor    string `json:"anchor,omitempty"`
	As        string `json:"as,omitempty"`
	Keys      string `json:"keys,omitempty"`
	Store     string `json:"store,omitempty"`
	Journal   string `json:"journal,omitempty"`
}

// loadSettings reads a config file; no path, no settings. Paths in it are
// relative to the file, so that it can be used from anywhere.
func loadSettings(path string) (settings, error) {
	var s settings
	if path == "" {
		return s, nil
	}
	data, err := read(path, maxSettings)
	if err != nil {
		return settings{}, err
	}
	if strictjson.Unmarshal(data, &s) != nil {
		return settings{}, cannot("bukan berkas konfigurasi yang sah", "not a valid config file", path)
	}
	for _, p := range []*string{&s.Directory, &s.Anchor, &s.Keys, &s.Store, &s.Journal} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(filepath.Dir(path), *p)
		}
	}
	return s, nil
}

// a member of settings and the flag that has the same name.
type setting struct {
	flag string
	from *string
}

// fill gives flags that were not set the value of the config file.
func (a *app) fill(cmd *cobra.Command) error {
	for _, s := range []setting{
		{"directory", &a.settings.Directory}, {"anchor", &a.settings.Anchor}, {"as", &a.settings.As},
		{"keys", &a.settings.Keys}, {"store", &a.settings.Store}, {"journal", &a.settings.Journal},
	} {
		f := cmd.Flags().Lookup(s.flag)
		if f == nil || f.Changed || *s.from == "" {
			continue
		}
		if err := cmd.Flags().Set(s.flag, *s.from); err != nil {
			return err
		}
	}
	return nil
}

// need fills flags from the config file and refuses the command if one of the
// named ones is still empty: empty never means any.
func (a *app) need(cmd *cobra.Command, flags ...string) error {
	if err := a.fill(cmd); err != nil {
		return err
	}
	var missing []string
	for _, name := range flags {
		if v := cmd.Flags().Lookup(name).Value.String(); v == "" || v == "[]" {
			missing = append(missing, "--"+name)
		}
	}
	if len(missing) > 0 {
		return cannot("ada pilihan yang belum diisi", "flags are missing", strings.Join(missing, ", "))
	}
	return nil
}

// party checks a party that was given on the command line.
func party(s string) (envelope.Party, error) {
	p, err := envelope.ParseParty(s)
	if err != nil {
		return "", cannot("pihak ditulis instansi/sistem dengan huruf kecil", "a party is written agency/system in lower case", "")
	}
	return p, nil
}

// parties checks a list of them.
func parties(list []string) ([]envelope.Party, error) {
	var all []envelope.Party
	for _, s := range list {
		p, err := party(s)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}
