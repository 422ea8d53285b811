package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
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
	Purpose   string `json:"purpose,omitempty"` // of those who receive
	Listen    string `json:"listen,omitempty"`
	CA        string `json:"ca,omitempty"`
	Cert      string `json:"cert,omitempty"`
	Key       string `json:"key,omitempty"`
}

// loadSettings reads a config file; no path, no settings. Paths in it are
// relative to the file, so that it can be used from anywhere.
func loadSettings(path string) (settings, error) {
	var s settings
	if path == "" {
		return s, nil
	}
	data, err := readWritten(path, maxSettings)
	if err != nil {
		return settings{}, err
	}
	if strictjson.Unmarshal(data, &s) != nil {
		id, en := misset(data)
		return settings{}, cannot("bukan berkas konfigurasi yang sah"+id, "not a valid config file"+en, path)
	}
	for _, p := range []*string{&s.Directory, &s.Anchor, &s.Keys, &s.Store, &s.Journal, &s.CA, &s.Cert, &s.Key} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(filepath.Dir(path), *p)
		}
	}
	return s, nil
}

// members are the names that a config file may have.
var members = []string{"directory", "anchor", "as", "keys", "store", "journal", "purpose", "listen", "ca", "cert", "key"}

// misset says which member of a config file is wrong. It names no member that
// is not one of ours: the file may be anything.
func misset(data []byte) (id, en string) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') {
		return ": bukan objek JSON", ": not a JSON object"
	}
	seen := map[string]bool{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return ": bukan JSON", ": not JSON"
		}
		member, _ := name.(string)
		if !slices.Contains(members, member) {
			return ": anggota yang tidak dikenal; yang dikenal: " + strings.Join(members, ", "), ": a member that is not known; known are " + strings.Join(members, ", ")
		}
		var value any
		if dec.Decode(&value) != nil {
			return ": bukan JSON, pada " + member, ": not JSON, at " + member
		}
		if text, ok := value.(string); !ok || text == "" {
			return ": " + member + " bukan teks yang berisi", ": " + member + " is not a text with something in it"
		}
		if seen[member] {
			return ": " + member + " muncul dua kali", ": " + member + " is there twice"
		}
		seen[member] = true
	}
	return ": bukan JSON", ": not JSON"
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
		{"purpose", &a.settings.Purpose}, {"listen", &a.settings.Listen},
		{"ca", &a.settings.CA}, {"cert", &a.settings.Cert}, {"key", &a.settings.Key},
	} {
		f := cmd.Flags().Lookup(s.flag)
		if f == nil || f.Changed || *s.from == "" {
			continue
		}
		if s.flag == "purpose" && cmd.Flags().Lookup("dataset") != nil {
			continue // whoever seals says for what, each time
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

// parties checks a list of them, in which each stands once.
func parties(list []string) ([]envelope.Party, error) {
	var all []envelope.Party
	for _, s := range list {
		p, err := party(s)
		if err != nil {
			return nil, err
		}
		if slices.Contains(all, p) {
			return nil, cannot("pihak ini disebut dua kali", "this party is named twice", string(p))
		}
		all = append(all, p)
	}
	return all, nil
}
