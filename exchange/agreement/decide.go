package agreement

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/internal/form"
)

// A Request is one exchange that somebody wants to make. Nothing has a default.
type Request struct {
	From    envelope.Party   // the sender
	To      []envelope.Party // all recipients of the envelope
	Dataset string           // id, as "sirekap/hasil-tps"
	Purpose purpose.Code     // exact code
	At      time.Time        // the moment as of which it is judged
}

// A Decision is the answer to a [Request]. The zero value allows nothing.
type Decision struct {
	// Allowed says whether the exchange may be made.
	Allowed bool
	// Reason is the closed code of a refusal, "" if it is allowed.
	Reason envelope.Reason
	// Why says what was decided and Help what would change a refusal. They name
	// codes of the vocabulary and identifiers that stand in the agreement, never
	// a text of the request that does not.
	Why, Help purpose.Text
}

// Err returns nil if the exchange is allowed, else an [*envelope.Error] with the
// decision's reason and its English text.
func (d Decision) Err() error {
	switch {
	case d.Allowed:
		return nil
	case d.Reason == "":
		return refuse(envelope.ReasonMisuse, "no decision was made")
	}
	return refuse(d.Reason, d.Why.EN)
}

// Decide says whether the agreement allows a request: every recipient must be
// granted this dataset from this sender for this purpose, by exact comparison,
// at that time. The sealing and the opening side both ask this and nothing else.
//
// The reasons of a refusal, in the order in which they are looked for, are
// ReasonNoAgreement (a is nil), ReasonMisuse (no time, no or repeated
// recipients), ReasonPurposeUnknown, ReasonNotYetValid (before ValidFrom),
// ReasonAgreementInactive (from ValidUntil on) and ReasonNotGranted.
func (a *Agreement) Decide(r Request) Decision {
	if a == nil || a.terms == nil {
		return Decision{Reason: envelope.ReasonNoAgreement,
			Why:  both("Tidak ada perjanjian.", "There is no agreement."),
			Help: both("Sebutkan perjanjian yang ditandatangani semua pihaknya.", "Name an agreement that all of its parties have signed.")}
	}
	if r.At.IsZero() || len(r.To) == 0 || !form.Unique(r.To) {
		return Decision{Reason: envelope.ReasonMisuse,
			Why:  both("Permintaan tidak menyebut waktu dan penerima, masing-masing satu kali.", "The request does not state a time and its recipients, each once."),
			Help: both("Perbaiki program yang bertanya.", "Mend the program that asks.")}
	}
	if d, ok := decidePurpose(r.Purpose, r.At); !ok {
		return d
	}
	if d, ok := a.terms.decideTime(r.At); !ok {
		return d
	}
	for i, to := range r.To {
		if d, ok := a.terms.decideRecipient(r, i, to); !ok {
			return d
		}
	}
	from, to, code := string(r.From), join(r.To), string(r.Purpose)
	return Decision{Allowed: true, Why: both( // joined, not formatted: every envelope comes here, twice
		"Perjanjian "+a.terms.ID+" mengizinkan "+from+" mengirim "+r.Dataset+" kepada "+to+" untuk "+code+".",
		"Agreement "+a.terms.ID+" allows "+from+" to send "+r.Dataset+" to "+to+" for "+code+".")}
}

func decidePurpose(code purpose.Code, at time.Time) (Decision, bool) {
	_, err := purpose.Default().Lookup(code, at)
	if err == nil {
		return Decision{}, true
	}
	d := Decision{Reason: envelope.ReasonPurposeUnknown}
	e, _ := errors.AsType[*purpose.Error](err)
	switch reasonOf(err) {
	case purpose.ReasonForbidden:
		d.Why = both(fmt.Sprintf("Tujuan %s terlarang.", e.Code), fmt.Sprintf("The purpose %s is forbidden.", e.Code))
		d.Help = both("Tidak ada: tujuan ini tidak pernah diizinkan.", "Nothing: this purpose is never allowed.")
	case purpose.ReasonNotYetValid:
		d.Why = both(fmt.Sprintf("Tujuan %s belum berlaku pada waktu itu.", e.Code), fmt.Sprintf("The purpose %s is not valid yet at that time.", e.Code))
		d.Help = both("Tunggu sampai tujuan ini berlaku.", "Wait until it is.")
	case purpose.ReasonNoLongerValid:
		d.Why = both(fmt.Sprintf("Tujuan %s tidak berlaku lagi pada waktu itu.", e.Code), fmt.Sprintf("The purpose %s is no longer valid at that time.", e.Code))
		d.Help = both("Pakai tujuan penggantinya, dengan perjanjian yang mengizinkannya.", "Use the purpose that replaced it, under an agreement that grants it.")
	default:
		d.Why = both("Tujuan itu tidak ada dalam kosakata.", "The vocabulary does not have that purpose.")
		d.Help = both("Tulis kode persis seperti dalam kosakata, misalnya REKAP-KIRIM.", "Write the code exactly as the vocabulary does, as REKAP-KIRIM.")
	}
	return d, false
}

func (t *Terms) decideTime(at time.Time) (Decision, bool) {
	var d Decision
	switch {
	case at.Before(t.ValidFrom):
		d.Reason = envelope.ReasonNotYetValid // the same envelope will do then
		from := t.ValidFrom.Format(time.RFC3339Nano)
		d.Why = both(fmt.Sprintf("Perjanjian %s baru berlaku sejak %s.", t.ID, from), fmt.Sprintf("Agreement %s does not hold before %s.", t.ID, from))
		d.Help = both("Tunggu sampai perjanjian berlaku.", "Wait until it holds.")
	case !at.Before(t.ValidUntil):
		d.Reason = envelope.ReasonAgreementInactive
		until := t.ValidUntil.Format(time.RFC3339Nano)
		d.Why = both(fmt.Sprintf("Perjanjian %s sudah berakhir pada %s.", t.ID, until), fmt.Sprintf("Agreement %s ended at %s.", t.ID, until))
		d.Help = both("Para pihak perlu menandatangani perjanjian baru.", "The parties need to sign a new agreement.")
	default:
		return Decision{}, true
	}
	return d, false
}

// decideRecipient decides for the recipient at index i. A text of the request is
// named only once it was found in the agreement.
func (t *Terms) decideRecipient(r Request, i int, to envelope.Party) (Decision, bool) {
	d := Decision{Reason: envelope.ReasonNotGranted}
	if !contains(t.Parties, r.From) {
		d.Why = both(fmt.Sprintf("Pengirim bukan pihak perjanjian %s.", t.ID), fmt.Sprintf("The sender is not a party of agreement %s.", t.ID))
		d.Help = both("Pihaknya: "+join(t.Parties)+".", "Its parties are "+join(t.Parties)+".")
		return d, false
	}
	if !contains(t.Parties, to) {
		d.Why = both(fmt.Sprintf("Penerima ke-%d bukan pihak perjanjian %s.", i+1, t.ID), fmt.Sprintf("Recipient %d is not a party of agreement %s.", i+1, t.ID))
		d.Help = both("Pihaknya: "+join(t.Parties)+".", "Its parties are "+join(t.Parties)+".")
		return d, false
	}
	if t.grants(r, to) {
		return Decision{}, true
	}
	// What it does allow is for people.
	var datasets []string
	var purposes []purpose.Code
	for _, g := range t.Grants {
		if g.From != r.From || g.To != to {
			continue
		}
		datasets = append(datasets, g.Dataset)
		if g.Dataset == r.Dataset {
			purposes = append(purposes, g.Purposes...)
		}
	}
	switch {
	case len(datasets) == 0:
		d.Why = both(fmt.Sprintf("Perjanjian %s tidak mengizinkan %s mengirim apa pun kepada %s.", t.ID, r.From, to),
			fmt.Sprintf("Agreement %s allows %s to send nothing to %s.", t.ID, r.From, to))
		d.Help = both("Periksa arah pengiriman; selain itu, para pihak perlu menandatangani perjanjian yang mengizinkannya.",
			"Check the direction; else the parties need to sign an agreement that grants it.")
	case len(purposes) == 0:
		d.Why = both(fmt.Sprintf("Perjanjian %s tidak mengizinkan %s mengirim dataset itu kepada %s.", t.ID, r.From, to),
			fmt.Sprintf("Agreement %s does not allow %s to send that dataset to %s.", t.ID, r.From, to))
		d.Help = both("Dataset yang diizinkan: "+join(datasets)+".", "It allows the datasets "+join(datasets)+".")
	default:
		d.Why = both(fmt.Sprintf("Perjanjian %s mengizinkan %s mengirim %s kepada %s, tetapi tidak untuk %s.", t.ID, r.From, r.Dataset, to, r.Purpose),
			fmt.Sprintf("Agreement %s allows %s to send %s to %s, but not for %s.", t.ID, r.From, r.Dataset, to, r.Purpose))
		d.Help = both("Tujuan yang diizinkan: "+join(purposes)+".", "It allows the purposes "+join(purposes)+".")
	}
	return d, false
}

// grants reports whether a grant is for just that.
func (t *Terms) grants(r Request, to envelope.Party) bool {
	for i := range t.Grants {
		if g := &t.Grants[i]; g.From == r.From && g.To == to && g.Dataset == r.Dataset && slices.Contains(g.Purposes, r.Purpose) {
			return true
		}
	}
	return false
}

func both(id, en string) purpose.Text { return purpose.Text{ID: id, EN: en} }

// reasonOf returns the vocabulary's reason, "" for no error.
func reasonOf(err error) purpose.Reason {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*purpose.Error](err); ok {
		return e.Reason
	}
	return purpose.ReasonUnknown
}

func contains(list []envelope.Party, p envelope.Party) bool { return slices.Contains(list, p) }

// listed bounds how many identifiers a text for people names.
const listed = 8

// join lists identifiers in order, each once, and the first few only.
func join[T ~string](list []T) string {
	var names []string
	for _, v := range list {
		if slices.Contains(names, string(v)) {
			continue
		}
		if len(names) == listed {
			names = append(names, "…")
			break
		}
		names = append(names, string(v))
	}
	return strings.Join(names, ", ")
}
