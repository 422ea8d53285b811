package schema

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/segel-id/segel/envelope/purpose"
)

// Input is a number that a rule looked at: a count, never anything else. Null
// says that the record has none; Value is 0 then and means nothing. A number
// is left out of a finding, and its text says so, if it or any number of the
// record that it was computed from is beyond ±999,999,999.
type Input struct {
	Name  string // as the definition's values have it
	Value int64  // exact, within ±999,999,999
	Null  bool   // the record has no such number
}

// MarshalJSON gives {"name", "value"}, value null where there is none.
func (in Input) MarshalJSON() ([]byte, error) {
	out := struct {
		Name  string `json:"name"`
		Value *int64 `json:"value"`
	}{Name: in.Name}
	if !in.Null {
		out.Value = &in.Value
	}
	return json.Marshal(out)
}

// Finding is one broken rule of one record. It holds no value of the record
// but the counts in Inputs: Pointer consists of names that the definition
// declares, of indexes, and of * for every other name.
type Finding struct {
	Rule     string       `json:"rule"`               // the rule's id, structure/ and what is wrong, or leak/ and what was seen
	Kind     Kind         `json:"kind"`               // structure, rule or notice
	Record   int          `json:"record"`             // number in the file, from 1
	Pointer  string       `json:"pointer"`            // where; empty: the whole record
	Inputs   []Input      `json:"inputs,omitempty"`   // the numbers that the rule compared
	Severity Severity     `json:"severity"`           // for people
	From     string       `json:"from,omitempty"`     // as in [Rule]
	Until    string       `json:"until,omitempty"`    // as in [Rule]
	Citation string       `json:"citation,omitempty"` // as in [Rule]
	Text     purpose.Text `json:"text"`               // one sentence with the numbers in it
}

// Report sums up a check. Counts are complete; Details holds the first
// findings and Cut says how many more there were.
type Report struct {
	Dataset             Ref            // the definition that was checked against
	Records             int            // records read
	Errors              int            // records with at least one structure error
	Findings            int            // broken rules of kind rule, at most one per rule and record, or group
	RecordsWithFindings int            // records with at least one of them; a group's is its first record, or the one that repeats
	ByRule              map[string]int // of kind rule, by id, without zeros
	Notices             map[string]int // of kind notice, by id, without zeros; those of the leak guard are leak/nik, leak/nkk and leak/phone
	Structure           map[string]int // structure errors by id, without zeros; of one record at most 50, a place and an id once; structure/unexplained behind many
	Details             []Finding      // in record order, behind them those of groups by rule and record
	Cut                 int            // findings that Details leaves out
	NotJudged           []NotJudged    // rules that could not be judged, in their order
	Against             []Against      // the other datasets that were at hand
	GroupsPartial       bool           // rules over groups were judged without the records that have structure errors

	max int
}

func newReport(ref Ref, max int) *Report {
	return &Report{Dataset: ref, ByRule: map[string]int{}, Notices: map[string]int{}, Structure: map[string]int{}, max: max}
}

// add counts the findings of one record.
func (r *Report) add(found []Finding) {
	structure, rules := false, false
	for _, f := range found {
		switch f.Kind {
		case KindStructure:
			r.Structure[f.Rule]++
			structure = true
		case KindRule:
			r.ByRule[f.Rule]++
			r.Findings++
			rules = true
		case KindNotice:
			r.Notices[f.Rule]++
		}
	}
	if structure {
		r.Errors++
	}
	if rules {
		r.RecordsWithFindings++
	}
	room := min(len(found), r.max-len(r.Details))
	r.Details = append(r.Details, found[:room]...)
	r.Cut += len(found) - room
}

// addLate counts a finding behind those of single records. fresh says that its
// record had none of kind rule.
func (r *Report) addLate(f Finding, fresh bool) {
	records := r.RecordsWithFindings
	r.add([]Finding{f})
	r.RecordsWithFindings = records
	if fresh {
		r.RecordsWithFindings++
	}
}

type summary struct {
	Records             int            `json:"records"`
	Errors              int            `json:"errors"`
	Findings            int            `json:"findings"`
	ByRule              map[string]int `json:"by_rule"`
	RecordsWithFindings int            `json:"records_with_findings"`
	Notices             map[string]int `json:"notices"`
}

func (r *Report) summary() summary {
	s := summary{r.Records, r.Errors, r.Findings, r.ByRule, r.RecordsWithFindings, r.Notices}
	if s.ByRule == nil {
		s.ByRule = map[string]int{}
	}
	if s.Notices == nil {
		s.Notices = map[string]int{}
	}
	return s
}

// MarshalJSON gives the summary, and nothing else, as one object:
// {"records","errors","findings","by_rule":{…},"records_with_findings","notices":{…}}.
// The counts of structure errors by id, the findings, and what was not judged are
// in [Report.DetailsJSON].
func (r *Report) MarshalJSON() ([]byte, error) { return json.Marshal(r.summary()) }

// DetailsJSON gives the whole report: {"dataset","summary","structure",
// "details","cut"}, and "groups_partial" if it is true,
// "not_judged" and "against" unless they are empty.
func (r *Report) DetailsJSON() ([]byte, error) {
	return json.MarshalIndent(struct {
		Dataset   Ref            `json:"dataset"`
		Summary   summary        `json:"summary"`
		Structure map[string]int `json:"structure"`
		Details   []Finding      `json:"details"`
		Cut       int            `json:"cut"`
		Partial   bool           `json:"groups_partial,omitempty"`
		NotJudged []NotJudged    `json:"not_judged,omitempty"`
		Against   []Against      `json:"against,omitempty"`
	}{r.Dataset, r.summary(), r.Structure, append([]Finding{}, r.Details...), r.Cut, r.GroupsPartial, r.NotJudged, r.Against}, "", "  ")
}

// enter puts a structure error of one record, whose errors begin at first, where it
// belongs by place and id: in the same order in every run, each once, and the first
// ones only. There may be tens of thousands.
func enter(found []Finding, first int, id, pointer string) []Finding {
	at, is := slices.BinarySearchFunc(found[first:], pointer, func(f Finding, pointer string) int {
		return cmp.Or(strings.Compare(f.Pointer, pointer), strings.Compare(f.Rule, id))
	})
	if is || at == maxPerRecord {
		return found
	}
	if len(found)-first == maxPerRecord {
		found = found[:len(found)-1]
	}
	return slices.Insert(found, first+at, structural(id, pointer))
}
