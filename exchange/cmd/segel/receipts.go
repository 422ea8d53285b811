package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// What to do about a server that receives for another purpose.
const (
	otherPurposeID = "server penerima menerima untuk tujuan lain; tanyakan kepadanya, atau batalkan dengan segel outbox cancel"
	otherPurposeEN = "the recipient's server receives for another purpose: ask them, or cancel with segel outbox cancel"
)

// receipts prints on standard output what is known of parcels, a line for each
// recipient. all is what else the outbox holds.
func (a *app) receipts(parcels, all []exchange.Parcel) {
	for i := range parcels {
		p := &parcels[i]
		fmt.Fprintf(a.out, "%s: %s\n", p.Recipient, fate(p))
		if p.Open() && p.Reason == envelope.ReasonPurposeMismatch {
			fmt.Fprintf(a.out, "  petunjuk / hint: %s / %s\n", otherPurposeID, otherPurposeEN)
		}
		claims, ok := p.Claims()
		if !ok {
			continue
		}
		if f := claims.Findings; f != nil && f.Findings+f.Errors > 0 {
			fmt.Fprintf(a.out, "  penerima memeriksa / the recipient found: temuan / findings %d, galat struktur / structure errors %d\n", f.Findings, f.Errors)
		}
		if claims.Code != "" {
			fmt.Fprintf(a.out, "  kode penerima / the recipient's code: %s\n", claims.Code)
		}
		given, absent := gaps(claims.Missing, streamOf(p), all)
		if len(absent) > 0 {
			fmt.Fprintf(a.out, "  nomor yang belum tiba, dan tidak ada di kotak keluar ini / numbers that have not come, and are not in this outbox: %s\n", rangesText(absent))
		}
		if len(given) > 0 {
			fmt.Fprintf(a.out, "  nomor yang belum tiba / numbers that have not come: %s\n", rangesText(given))
			fmt.Fprintf(a.out, "  petunjuk / hint: segel outbox retry --to %s --epoch %s --numbers %s\n", p.Recipient, p.Epoch, rangesText(given))
		}
	}
}

// fate says how far a parcel has come.
func fate(p *exchange.Parcel) string {
	switch {
	case p.State == exchange.ParcelSettled && p.Outcome == exchange.OutcomeAccepted:
		return "diterima / accepted " + p.SettledAt.Format(time.RFC3339)
	case p.State == exchange.ParcelSettled && p.Outcome == exchange.OutcomeCancelled:
		return "dibatalkan / cancelled " + p.SettledAt.Format(time.RFC3339)
	case p.State == exchange.ParcelSettled:
		text := p.Reason.Text()
		return fmt.Sprintf("ditolak / refused %s: %s: %s / %s", p.SettledAt.Format(time.RFC3339), p.Reason, text.ID, text.EN)
	case p.State == exchange.ParcelGivenUp:
		return "tidak dikirim lagi, kecuali dengan segel outbox retry / given up, but for segel outbox retry" + why(p.Reason)
	case p.Cancel:
		return "belum diketahui, pembatalan diminta / not yet known, cancellation asked for" + tried(p)
	case p.State == exchange.ParcelQueued:
		return "belum dikirim / not sent yet" + tried(p)
	}
	return "belum diketahui / not yet known" + tried(p)
}

func tried(p *exchange.Parcel) string {
	return fmt.Sprintf("; percobaan / attempts %d, berikutnya / next %s", p.Attempts, p.Next.Format(time.RFC3339)) + why(p.Reason)
}

func why(r envelope.Reason) string {
	if r == "" {
		return ""
	}
	text := r.Text()
	return fmt.Sprintf("; %s: %s / %s", r, text.ID, text.EN)
}

// tally counts parcels by what is known of them.
type tally struct {
	accepted, refused, cancelled, unknown int
	reasons                               []envelope.Reason // of refusals, each once
}

func count(parcels []exchange.Parcel) (t tally) {
	for _, p := range parcels {
		switch {
		case p.State != exchange.ParcelSettled:
			t.unknown++
		case p.Outcome == exchange.OutcomeAccepted:
			t.accepted++
		case p.Outcome == exchange.OutcomeCancelled:
			t.cancelled++
		default:
			t.refused++
			if !slices.Contains(t.reasons, p.Reason) {
				t.reasons = append(t.reasons, p.Reason)
			}
		}
	}
	return t
}

// outcome is how a command ends that was to deliver: nil if everybody has
// accepted.
func (a *app) outcome(parcels []exchange.Parcel, store string) error {
	t := count(parcels)
	if t.refused+t.cancelled > 0 {
		if t.unknown > 0 {
			a.goOn(t.unknown, store)
		}
		s := &stopped{code: exitRefused, detail: fmt.Sprintf("%d of %d recipients", t.refused+t.cancelled, len(parcels)),
			id: "Ada penerima yang menolak.", en: "A recipient has refused."}
		if t.refused == 0 {
			s.id, s.en = "Pengiriman ini dibatalkan.", "This delivery was cancelled."
		}
		var reasons []string
		for _, r := range t.reasons {
			reasons = append(reasons, string(r))
		}
		s.reason = strings.Join(reasons, ", ")
		return s
	}
	return notYet(t, store, len(parcels))
}

// settledOrCancelled is how a command ends that was to cancel: nil if nobody has
// accepted and nobody will.
func (a *app) settledOrCancelled(parcels []exchange.Parcel, store string) error {
	t := count(parcels)
	if t.accepted > 0 {
		if t.unknown > 0 {
			a.goOn(t.unknown, store)
		}
		return &stopped{code: exitRefused, detail: fmt.Sprintf("%d of %d recipients", t.accepted, len(parcels)),
			id: "Ada penerima yang sudah menerimanya sebelum pembatalan.", en: "A recipient had accepted it before it was cancelled."}
	}
	return notYet(t, store, len(parcels))
}

// notYet is how a command ends if something is not known yet, and says how to go
// on.
func notYet(t tally, store string, all int) error {
	if t.unknown == 0 {
		return nil
	}
	return &stopped{code: exitPending, detail: "--store " + store,
		id: fmt.Sprintf("belum semua penerima menjawab (%d dari %d); segelnya tetap di kotak keluar, jangan menyegel baru, lanjutkan dengan segel outbox run", t.unknown, all),
		en: fmt.Sprintf("not every recipient has answered (%d of %d); it stays in the outbox, do not seal it anew, go on with segel outbox run", t.unknown, all)}
}

func (a *app) goOn(unknown int, store string) {
	fmt.Fprintf(a.err, "catatan / note: %d penerima belum menjawab; lanjutkan dengan segel outbox run --store %s / %[1]d recipients have not answered; go on with segel outbox run --store %[2]s\n", unknown, printable(short(store)))
}

// rangesText writes numbers as --numbers reads them.
func rangesText(ranges []exchange.Range) string {
	var parts []string
	for _, r := range ranges {
		if r.From == r.To {
			parts = append(parts, fmt.Sprint(r.From))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", r.From, r.To))
		}
	}
	return strings.Join(parts, ",")
}
