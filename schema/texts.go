package schema

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/segel-id/segel/envelope/purpose"
)

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// parseTexts reads the texts of a definition: {"title": {"id","en"}, "rules":
// {"A1": {"id","en"}, …}}, one entry per rule, none more. A text may hold
// {name} for a named value that the rule's require mentions.
func (d *Definition) parseTexts(r *reader, texts []byte) {
	doc, bad := scan(texts)
	if bad != nil {
		r.fail("texts: " + bad.id)
		return
	}
	m := r.object(doc, "texts: ", "title", "rules")
	d.title = r.both(m["title"], "texts: /title")
	rules := r.dict(m["rules"], "texts: /rules")
	all := d.all()
	if len(rules) != len(all) {
		r.fail("texts: /rules")
	}
	for i, rule := range all {
		where := "texts: " + index("/rules", i)
		rule.Text = r.both(rules[rule.ID], where)
		for _, s := range []string{rule.Text.ID, rule.Text.EN} {
			for _, found := range placeholder.FindAllStringSubmatch(s, -1) {
				if !slices.Contains(rule.inputs, found[1]) {
					r.fail(where)
				}
			}
		}
	}
}

// fill puts the numbers of a finding into its text, or says that one is not
// shown.
func fill(t purpose.Text, inputs []Input) purpose.Text {
	put := func(s, hidden string) string {
		var b strings.Builder
		from := 0
		for _, at := range placeholder.FindAllStringIndex(s, -1) {
			b.WriteString(s[from:at[0]])
			name := s[at[0]+1 : at[1]-1]
			i := slices.IndexFunc(inputs, func(in Input) bool { return in.Name == name })
			switch {
			case i >= 0 && inputs[i].Null:
				b.WriteString("null")
			case i >= 0:
				b.WriteString(strconv.FormatInt(inputs[i].Value, 10))
			case strings.Count(s[:at[0]], "(") > strings.Count(s[:at[0]], ")"):
				b.WriteString(hidden) // in brackets already
			default:
				b.WriteString("(" + hidden + ")")
			}
			from = at[1]
		}
		b.WriteString(s[from:])
		return b.String()
	}
	return purpose.Text{ID: put(t.ID, "tidak ditampilkan"), EN: put(t.EN, "not shown")}
}

// structureTexts explain the findings that no definition declares. They name
// no value: the place is in the finding's pointer.
var structureTexts = map[string]purpose.Text{
	"structure/json":             both("Baris ini bukan JSON yang sah.", "This line is not valid JSON."),
	"structure/trailing-data":    both("Ada data sesudah rekaman.", "There is data behind the record."),
	"structure/duplicate-member": both("Anggota objek ini muncul dua kali.", "This member appears twice."),
	"structure/duplicate-key":    both("Kunci rekaman ini sudah dipakai rekaman lain dalam berkas.", "Another record of the file has the same key."),
	"structure/utf8":             both("Teks ini bukan UTF-8 yang sah.", "This text is not valid UTF-8."),
	"structure/surrogate":        both("Teks ini memuat surogat tanpa pasangan.", "This text holds an unpaired surrogate."),
	unexplainedID:                both("Rekaman ini tidak memenuhi skema; rinciannya tidak dicari lagi setelah begitu banyak rekaman lain.", "This record does not meet the schema; after so many others, why is no longer looked for."),
	"structure/depth":            both("Rekaman ini bersarang terlalu dalam.", "This record is nested too deeply."),
	"structure/size":             both("Rekaman ini terlalu besar.", "This record is too large."),
	"structure/number-range":     both("Angka ini di luar rentang yang dapat dipertukarkan dengan tepat.", "This number is out of the range that can be exchanged exactly."),
	"structure/cell":             both("Isi sel tidak sesuai jenis kolomnya.", "The cell does not have the type of its column."),
	"structure/row":              both("Baris CSV tidak sesuai dengan judul kolom.", "The CSV row does not fit the header."),
	"structure/type":             both("Jenis nilai salah.", "The value has the wrong type."),
	"structure/required":         both("Isian wajib tidak ada.", "A required member is missing."),
	"structure/enum":             both("Nilai tidak termasuk daftar yang diizinkan.", "The value is not on the list of allowed values."),
	"structure/const":            both("Nilai bukan nilai yang ditetapkan.", "The value is not the one that is fixed."),
	"structure/pattern":          both("Bentuk nilai salah.", "The value has the wrong form."),
	"structure/format":           both("Format nilai salah.", "The value has the wrong format."),
	"structure/minimum":          both("Angka terlalu kecil.", "The number is too small."),
	"structure/maximum":          both("Angka terlalu besar.", "The number is too large."),
	"structure/min-length":       both("Teks terlalu pendek.", "The text is too short."),
	"structure/max-length":       both("Teks terlalu panjang.", "The text is too long."),
	"structure/min-items":        both("Daftar terlalu pendek.", "The list is too short."),
	"structure/max-items":        both("Daftar terlalu panjang.", "The list is too long."),
}

// structureText falls back to a general sentence for the keywords that have
// none of their own.
func structureText(id string) purpose.Text {
	if t, ok := structureTexts[id]; ok {
		return t
	}
	return both("Nilai tidak memenuhi skema.", "The value does not meet the schema.")
}

func both(id, en string) purpose.Text {
	return purpose.Text{ID: id, EN: en}
}
