package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/schema"
)

// indonesian translates the descriptions of fields, which stand in the
// definitions in English. They are not part of the definitions' texts, so that
// a better wording changes no digest.
//
//go:embed indonesian.json
var indonesian []byte

// A language has the words of a page and picks one of two texts.
type language struct {
	code  string
	words map[string]string // by the English word; nil for English
	about map[string]string
}

func (l *language) word(english string) string {
	if w, ok := l.words[english]; ok {
		return w
	}
	return english
}

func (l *language) pick(t purpose.Text) string {
	if l.code == "id" {
		return t.ID
	}
	return t.EN
}

// describe gives a field's description. A missing translation is an error,
// because a page half in another language looks finished.
func (l *language) describe(english string) (string, error) {
	if l.code == "en" || english == "" {
		return english, nil
	}
	if t, ok := l.about[english]; ok {
		return t, nil
	}
	return "", fmt.Errorf("no Indonesian text for the description %q", english)
}

const (
	fieldsAre = "The fields of one record. A field that is not a must may be absent; null, absent and zero are three different things. Members that are not listed are kept and not judged."
	rulesDo   = "Rules never refuse a record: they make findings that travel beside it. What is refused is a record that does not have the form above. A rule about another dataset is judged if that is at hand (segel check --against, or CheckOptions.Against), and otherwise reported as not judged."
)

// words translates the template.
var words = map[string]string{
	"Datasets": "Dataset", "Dataset": "Dataset", "Title": "Judul", "Version": "Versi", "Digest": "Digest", "Classification": "Klasifikasi",
	"public": "publik", "restricted": "terbatas", "Key": "Kunci", "Legal date": "Tanggal hukum", "none: the check states the day": "tidak ada: pemeriksa menyebut harinya",
	"Go type": "Tipe Go", "Purposes": "Tujuan", "Code": "Kode", "Label": "Nama", "Fields": "Isian", "Field": "Isian", "Type": "Jenis", "Must": "Wajib", "Limits": "Batas",
	"Meaning": "Arti", "Personal data": "Data pribadi", "Kind": "Macam", "yes": "ya", "Rules": "Aturan", "Rule": "Aturan",
	"In force": "Berlaku", "always": "selalu", "Citation": "Dasar", "Text": "Teks",
	"rule": "aturan", "notice": "catatan", "error": "kesalahan", "warning": "peringatan", "info": "info",
	"Generated from the definition; do not edit.": "Dibuat dari definisi; jangan diubah.",
	"About": "Tentang", "one record": "satu rekaman", "records that belong together": "rekaman yang sekelompok", "a record and": "rekaman dan",
	"none": "tidak ada", "Other language": "Bahasa lain", "from": "sejak", "before": "sebelum",
	rulesDo: "Aturan tidak pernah menolak rekaman: aturan membuat temuan yang berjalan di sampingnya. Yang ditolak adalah rekaman yang tidak berbentuk seperti di atas. Aturan tentang dataset lain dinilai bila dataset itu diberikan (segel check --against, atau CheckOptions.Against), dan selain itu dilaporkan sebagai tidak dinilai.",
	"text":  "teks", "whole number": "bilangan bulat", "number": "bilangan", "true or false": "ya atau tidak", "object": "objek", "list": "daftar",
	"number or text": "bilangan atau teks", "object by number": "objek menurut nomor", "number, or total and party": "bilangan, atau jumlah dan partai", "day": "hari",
	"or null": "atau null", "one of": "salah satu dari", "form": "bentuk", "at least": "paling sedikit", "at most": "paling banyak", "characters": "karakter", "elements": "unsur",
	fieldsAre: "Isian satu rekaman. Isian yang tidak wajib boleh tidak ada; null, tidak ada dan nol adalah tiga hal berbeda. Anggota yang tidak terdaftar disimpan dan tidak dinilai.",
}

// pages gives two pages for each dataset and two indexes.
func pages(all []*dataset) (map[string][]byte, error) {
	var about map[string]string
	if err := json.Unmarshal(indonesian, &about); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, l := range []*language{{code: "id", words: words, about: about}, {code: "en"}} {
		var index strings.Builder
		fmt.Fprintf(&index, "# %s\n\n%s\n\n| %s | %s | %s | %s |\n|---|---|---|---|\n", l.word("Datasets"), l.word("Generated from the definition; do not edit."), l.word("Dataset"), l.word("Title"), l.word("Version"), l.word("Classification"))
		for _, d := range all {
			page, err := l.page(d)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", d.id, err)
			}
			name := pageName(d, l.code)
			files[filepath.Join("docs", name)] = []byte(page)
			fmt.Fprintf(&index, "| [%s](%s) | %s | %s | %s |\n", d.id, name, l.pick(d.def.Title()), d.def.Ref().Version, l.word(string(d.def.Classification())))
		}
		files[filepath.Join("docs", "README."+l.code+".md")] = []byte(index.String())
	}
	return files, nil
}

func pageName(d *dataset, code string) string {
	return d.system() + "-" + d.name() + "." + code + ".md"
}

// page is the one template.
func (l *language) page(d *dataset) (string, error) {
	var b strings.Builder
	other := map[string]string{"id": "en", "en": "id"}[l.code]
	fmt.Fprintf(&b, "# %s\n\n`%s` · [%s](%s)\n\n%s\n\n", l.pick(d.def.Title()), d.id, l.word("Other language"), pageName(d, other), l.word("Generated from the definition; do not edit."))
	date := "none: the check states the day"
	if p := d.norm.at("legalDate"); p.text() != "" {
		date = "`" + p.text() + "`"
	}
	fmt.Fprintf(&b, "| | |\n|---|---|\n")
	for _, row := range [][2]string{
		{"Version", d.def.Ref().Version},
		{"Digest", "`" + d.def.Ref().Digest + "`"},
		{"Classification", l.word(string(d.def.Classification()))},
		{"Key", code(d.def.KeyFields())},
		{"Legal date", l.word(date)},
		{"Go type", "`" + d.system() + "." + camel(d.name()) + "`"},
	} {
		fmt.Fprintf(&b, "| %s | %s |\n", l.word(row[0]), row[1])
	}
	fmt.Fprintf(&b, "\n## %s\n\n| %s | %s |\n|---|---|\n", l.word("Purposes"), l.word("Code"), l.word("Label"))
	for _, c := range d.def.Purposes() {
		p, err := purpose.Default().Lookup(c, time.Date(2024, 2, 14, 0, 0, 0, 0, time.UTC))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "| %s | %s |\n", c, l.pick(p.Label))
	}
	fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| %s | %s | %s | %s | %s |\n|---|---|---|---|---|\n", l.word("Fields"),
		l.word(fieldsAre),
		l.word("Field"), l.word("Type"), l.word("Must"), l.word("Limits"), l.word("Meaning"))
	if err := l.rows(&b, d.fields); err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "\n## %s\n\n", l.word("Personal data"))
	if sensitive := d.norm.at("sensitive"); len(sensitive.list) == 0 {
		fmt.Fprintf(&b, "%s\n", l.word("none"))
	} else {
		fmt.Fprintf(&b, "| %s | %s |\n|---|---|\n", l.word("Field"), l.word("Kind"))
		for _, s := range sensitive.list {
			fmt.Fprintf(&b, "| `%s` | %s |\n", s.at("pointer").text(), s.at("kind").text())
		}
	}
	fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", l.word("Rules"), l.word(rulesDo))
	l.rules(&b, d.def.Rules())
	return b.String(), nil
}

func (l *language) rows(b *strings.Builder, fields []*field) error {
	for _, f := range fields {
		about, err := l.describe(f.about)
		if err != nil {
			return err
		}
		must := ""
		if f.required {
			must = l.word("yes")
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", f.pointer, l.kind(f), must, l.limits(f), cell(about))
		below := f.fields
		for of := f.of; of != nil; of = of.of {
			if of.kind == "object" || of.kind == "votes" {
				below = of.fields
				continue
			}
			if err := l.rows(b, []*field{of}); err != nil {
				return err
			}
			break
		}
		if err := l.rows(b, below); err != nil {
			return err
		}
	}
	return nil
}

func (l *language) kind(f *field) string {
	kind := map[string]string{"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "object": "object", "array": "list",
		"scalar": "number or text", "numbered": "object by number", "votes": "number, or total and party"}[f.kind]
	if f.kind == "string" && f.limits.at("format").text() == "date" {
		kind = "day"
	}
	if f.nullable {
		return l.word(kind) + " " + l.word("or null")
	}
	return l.word(kind)
}

func (l *language) limits(f *field) string {
	var out []string
	if enum := f.limits.at("enum"); enum != nil {
		out = append(out, l.word("one of")+" "+code(slices.DeleteFunc(enum.texts(), func(s string) bool { return s == "" })))
	}
	if p := f.limits.at("pattern"); p != nil {
		out = append(out, l.word("form")+" `"+cell(p.text())+"`")
	}
	for _, k := range []struct{ name, word, unit string }{
		{"minLength", "at least", "characters"}, {"maxLength", "at most", "characters"}, {"minItems", "at least", "elements"}, {"maxItems", "at most", "elements"},
		{"minimum", "at least", ""}, {"maximum", "at most", ""},
	} {
		if v := f.limits.at(k.name); v != nil {
			out = append(out, strings.TrimSpace(l.word(k.word)+" "+v.text()+" "+l.word(k.unit)))
		}
	}
	return strings.Join(out, "; ")
}

func (l *language) rules(b *strings.Builder, rules []schema.Rule) {
	if len(rules) == 0 {
		fmt.Fprintf(b, "%s\n", l.word("none"))
		return
	}
	fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n|---|---|---|---|---|---|\n", l.word("Rule"), l.word("Kind"), l.word("About"), l.word("In force"), l.word("Citation"), l.word("Text"))
	for _, r := range rules {
		force := l.word("always")
		switch {
		case r.From != "" && r.Until != "":
			force = l.word("from") + " " + r.From + ", " + l.word("before") + " " + r.Until
		case r.From != "":
			force = l.word("from") + " " + r.From
		case r.Until != "":
			force = l.word("before") + " " + r.Until
		}
		citation := r.Citation
		if citation == "" {
			citation = "–"
		}
		about := l.word("one record")
		switch r.Scope {
		case schema.ScopeGroup:
			about = l.word("records that belong together")
		case schema.ScopeDataset:
			system, name, _ := strings.Cut(r.Against, "/")
			about = l.word("a record and") + " [" + r.Against + "](" + system + "-" + name + "." + l.code + ".md)"
		}
		fmt.Fprintf(b, "| %s | %s, %s | %s | %s | %s | %s |\n", r.ID, l.word(string(r.Kind)), l.word(string(r.Severity)), about, force, citation, cell(l.pick(r.Text)))
	}
}

func code(list []string) string { return "`" + strings.Join(list, "` `") + "`" }

// cell keeps a text within its cell.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

// stale lists pages of datasets that are no more.
func stale(dir string, files map[string][]byte) ([]string, error) {
	var out []string
	for _, pattern := range []string{"docs/*.md", "*/*.gen.go"} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return nil, err
		}
		for _, file := range found {
			name, err := filepath.Rel(dir, file)
			if err != nil {
				return nil, err
			}
			if _, ok := files[name]; !ok {
				out = append(out, file)
			}
		}
	}
	return out, nil
}

func remove(files []string) error {
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}
