package schema

import (
	"strconv"

	"github.com/segel-id/segel/envelope/purpose"
)

// NotJudged is a rule that could not be judged, for the whole file or for some
// of its records: that it found nothing there does not say that nothing is
// wrong. It is no fault of the file.
type NotJudged struct {
	Rule    string       `json:"rule"`              // the rule's id
	Missing Missing      `json:"missing"`           // what was missing
	Dataset string       `json:"dataset,omitempty"` // id of the other dataset, of a rule about one
	Records int          `json:"records,omitempty"` // for how many records; 0 for MissingDataset, which is for all
	Text    purpose.Text `json:"text"`              // one sentence
}

// Missing says why a rule could not be judged.
type Missing string

const (
	// MissingDataset: the rule is about another dataset, which is not among
	// [CheckOptions.Against].
	MissingDataset Missing = "dataset"
	// MissingDate: what the rule says depends on the day, the record has no
	// legal date and [CheckOptions.AsOf] is zero.
	MissingDate Missing = "date"
	// MissingParts: the rule compares a record with what belongs to it in the
	// other dataset, and that is not there, not all there, or there twice.
	MissingParts Missing = "parts"
)

// missings are what a contribution may lack, by its number.
var missings = [...]Missing{1: MissingDate, 2: MissingParts}

// missed counts the records for which one rule lacked one thing.
type missed struct {
	records, last int
}

// miss notes it of record n.
func (c *check) miss(p *contribution, n int) {
	if c.missing == nil {
		c.missing = map[contribution]*missed{}
	}
	m := c.missing[*p]
	if m == nil {
		m = &missed{}
		c.missing[*p] = m
	}
	if m.last != n { // of several elements, once
		m.records, m.last = m.records+1, n
	}
}

// notJudged puts into the report what could not be judged, by the order of the
// rules.
func (c *check) notJudged() {
	add := func(i int, r *rule) {
		for lack, why := range missings {
			if m := c.missing[contribution{rule: int32(i), lacks: uint8(lack)}]; m != nil {
				c.report.NotJudged = append(c.report.NotJudged, NotJudged{r.ID, why, r.Against, m.records, why.text(r.Against, m.records)})
			}
		}
	}
	for i := range c.d.groups {
		add(i, &c.d.groups[i].rule)
	}
	for i, r := range c.d.references {
		if c.tables == nil || c.tables[i] == nil {
			c.report.NotJudged = append(c.report.NotJudged, NotJudged{r.ID, MissingDataset, r.Against, 0, MissingDataset.text(r.Against, 0)})
			continue
		}
		add(len(c.d.groups)+i, &r.rule)
	}
}

func (m Missing) text(dataset string, records int) purpose.Text {
	n := strconv.Itoa(records)
	switch m {
	case MissingDate:
		return both("Tidak dinilai untuk "+n+" rekaman, karena tanggal hukumnya tidak disebut.", "Not judged for "+n+" records, because their legal date is not stated.")
	case MissingParts:
		return both("Tidak dinilai untuk "+n+" rekaman, karena yang ada untuknya dalam "+dataset+" yang diberikan tidak lengkap atau tidak tunggal.", "Not judged for "+n+" records, because what the "+dataset+" that was given has for them is not complete, or not unique.")
	}
	return both("Tidak dinilai, karena "+dataset+" tidak diberikan.", "Not judged, because "+dataset+" was not given.")
}
