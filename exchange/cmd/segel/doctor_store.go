package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/journal"
	"github.com/segel-id/segel/exchange/store/bolt"
)

// stores looks into the store and its outbox.
func (d *diagnosis) stores(ctx context.Context) {
	if d.store == "" {
		d.say(warning, "store", "tanpa --store tidak diperiksa, dan tidak ada yang mengingat apa yang sudah dibuka", "not looked at without --store, and without one nothing remembers what was opened")
		return
	}
	switch err := present(d.store); {
	case errors.Is(err, fs.ErrNotExist):
		d.say(warning, "store", "belum ada; dibuat saat pertama dipakai", "not there yet; it is made by its first use")
		return
	case err != nil:
		d.fail("store", err)
		return
	}
	s, err := openBolt(d.store)
	if e, ok := errors.AsType[*stopped](err); ok && strings.HasSuffix(e.detail, heldStore) {
		d.say(warning, "store", "dipegang proses lain, jadi tidak dapat diperiksa; bila itu segel serve Anda, tidak apa-apa", "another process holds it, so it cannot be looked into; if that is your segel serve, all is well")
		return
	}
	if err != nil {
		d.fail("store", err)
		return
	}
	defer s.Close()
	_, marks, err := s.Lookup(ctx, exchange.Key{})
	if err != nil {
		d.fail("store", err)
		return
	}
	if marks.Party != "" && marks.Party != d.me.party {
		d.say(wrong, "store", "store ini milik %s; setiap pihak memakai store sendiri", "this store is %s's; every party has its own", marks.Party)
		return
	}
	d.say(fine, "store", "dapat dibuka, milik pihak ini", "it opens, and is this party's")
	d.rollback(marks)
	d.mark(marks)
	d.unsettled(ctx, s)
	d.outbox(ctx, s.Outbox())
}

// rollback holds the directory against the one that the store has seen last.
func (d *diagnosis) rollback(marks exchange.Marks) {
	dir := d.me.trusted
	if dir == nil || marks.Directory == 0 {
		return
	}
	switch dir.Follows(marks.Directory, marks.DirectoryDigest) {
	case nil:
		d.say(fine, "store.directory", "store terakhir memakai versi %d; direktori ini boleh menggantikannya", "the store has used version %d last; this directory may take its place", marks.Directory)
	default:
		if dir.Version() < marks.Directory {
			d.say(wrong, "store.directory", "direktori ini versi %d, tetapi store sudah memakai versi %d; ambil yang terbaru", "this directory is version %d, but the store has used version %d; fetch the current one", dir.Version(), marks.Directory)
			return
		}
		d.say(wrong, "store.directory", "direktori ini bukan lanjutan dari versi %d (digest %s) yang sudah dipakai store; tanyakan kepada pengelola direktori",
			"this directory does not continue version %d (digest %s), which the store has used; ask the keeper of the directory", marks.Directory, marks.DirectoryDigest)
	}
}

// mark holds the clock against the latest time that the store has seen.
func (d *diagnosis) mark(marks exchange.Marks) {
	at := marks.Clock.UTC().Format(time.RFC3339)
	switch {
	case marks.Clock.IsZero():
		d.say(fine, "clock.store", "store ini belum menerima apa pun", "this store has received nothing yet")
	case d.now.Before(marks.Clock.Add(-exchange.DefaultClockBack)):
		d.say(wrong, "clock.store", "jam ini mundur dari %s yang sudah dilihat store; setel jam, atau bila benar, --acknowledge-clock sekali", "this clock is behind %s, which the store has seen; set it, or if it is right, --acknowledge-clock once", at)
	case d.now.After(marks.Clock.Add(exchange.DefaultClockForward)):
		d.say(wrong, "clock.store", "jam ini jauh sesudah %s yang terakhir dilihat store; periksa jam, dan bila benar, --acknowledge-clock sekali", "this clock is far beyond %s, which the store has seen last; look at it, and if it is right, --acknowledge-clock once", at)
	default:
		d.say(fine, "clock.store", "jam ini cocok dengan %s yang terakhir dilihat store", "this clock agrees with %s, which the store has seen last", at)
	}
}

// unsettled counts what was admitted and is not settled.
func (d *diagnosis) unsettled(ctx context.Context, s *bolt.Store) {
	lasting, err := s.Lasting(ctx)
	if err != nil {
		d.fail("store.unsettled", err)
		return
	}
	if len(lasting) == 0 {
		d.say(fine, "store.unsettled", "tidak ada penerimaan yang menggantung", "nothing that was received is unsettled")
	}
	for _, p := range slices.Sorted(maps.Keys(lasting)) {
		d.say(warning, "store.unsettled "+string(p), "%d segel belum selesai, atau dibatalkan sebelum tiba; yang belum selesai diproses lagi saat pengirim mengirim ulang, yang dibatalkan tidak memerlukan apa pun",
			"%d envelopes are not settled, or were cancelled before they came; what is not settled is handled again when its sender sends it again, what was cancelled needs nothing", lasting[p])
	}
}

// outbox counts what is on its way.
func (d *diagnosis) outbox(ctx context.Context, box *bolt.Outbox) {
	all, err := listParcels(ctx, box)
	if err != nil {
		d.fail("outbox", err)
		return
	}
	type held struct {
		to     envelope.Party
		reason envelope.Reason // what the recipient says, "" if it has not answered
	}
	open, given := map[held]int{}, map[envelope.Party]int{}
	for i := range all {
		switch {
		case all[i].Open():
			h := held{all[i].Recipient, all[i].Reason}
			if h.reason == envelope.ReasonUnavailable {
				h.reason = ""
			}
			open[h]++
		case all[i].State == exchange.ParcelGivenUp:
			given[all[i].Recipient]++
		}
	}
	if len(open)+len(given) == 0 {
		d.say(fine, "outbox", "%d kiriman, semuanya sudah dijawab", "%d parcels, all of them answered", len(all))
	}
	inOrder := func(a, b held) int { return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.reason, b.reason)) }
	for _, h := range slices.SortedFunc(maps.Keys(open), inOrder) {
		check, text := "outbox "+string(h.to), h.reason.Text()
		switch h.reason {
		case "":
			d.say(warning, check, "%d kiriman menunggu jawaban; segel outbox run mengantarnya", "%d parcels wait for an answer; segel outbox run carries them", open[h])
		case envelope.ReasonPurposeMismatch:
			text.ID, text.EN = otherPurposeID, otherPurposeEN
			fallthrough
		default:
			d.tell(warning, check, fmt.Sprintf("%d kiriman belum diterima: %s: %s", open[h], h.reason, text.ID), fmt.Sprintf("%d parcels are not accepted: %s: %s", open[h], h.reason, text.EN))
		}
	}
	for _, p := range slices.Sorted(maps.Keys(given)) {
		d.say(warning, "outbox "+string(p), "%d kiriman tidak dikirim lagi; segel outbox retry ID atau cancel ID memastikan nasibnya", "%d parcels were given up; segel outbox retry ID or cancel ID settles them", given[p])
	}
	d.missing(all)
}

// missing tells the numbers that recipients lack by their latest receipts, and that
// this outbox does not carry or know the end of.
func (d *diagnosis) missing(all []exchange.Parcel) {
	type word struct {
		exchange.Claims
		number int64
	}
	latest := map[stream]word{}
	for i := range all {
		p := &all[i]
		c, ok := p.Claims()
		if !ok || p.Epoch == "" || c.Outcome == exchange.OutcomeCancelled { // that one knows nothing of the channel
			continue
		}
		of := streamOf(p)
		if known, ok := latest[of]; !ok || cmp.Or(cmp.Compare(c.IssuedAt, known.IssuedAt), cmp.Compare(p.Number, known.number)) > 0 {
			latest[of] = word{c, p.Number}
		}
	}
	order := func(a, b stream) int {
		return cmp.Or(cmp.Compare(a.to, b.to), cmp.Compare(a.channel, b.channel), cmp.Compare(a.epoch, b.epoch))
	}
	for _, of := range slices.SortedFunc(maps.Keys(latest), order) {
		given, absent := gaps(latest[of].Missing, of, all)
		if len(given) > 0 {
			d.say(warning, "outbox "+string(of.to), "penerima belum mendapat nomor %[1]s: segel outbox retry --to %[2]s --epoch %[3]s --numbers %[1]s", "the recipient lacks numbers %[1]s: segel outbox retry --to %[2]s --epoch %[3]s --numbers %[1]s", rangesText(given), of.to, of.epoch)
		}
		if len(absent) > 0 {
			d.say(warning, "outbox "+string(of.to), "penerima belum mendapat nomor %s, yang tidak ada di kotak keluar ini: batal, atau dari store lain", "the recipient lacks numbers %s, which this outbox does not hold: void, or of another store", rangesText(absent))
		}
	}
}

// journal verifies the journal, which another process may hold.
func (d *diagnosis) journal() {
	dir := d.me.journalFolder(d.store)
	if _, err := os.Stat(filepath.Join(dir, "journal.ndjson")); errors.Is(err, fs.ErrNotExist) {
		d.say(warning, "journal", "belum ada; dibuat saat pertama dipakai", "not there yet; it is made by its first use")
		return
	}
	head, err := journal.Verify(dir)
	switch envelope.ReasonOf(err) {
	case "":
		d.say(fine, "journal", "utuh, %d baris; catat kepalanya di tempat lain: %s", "it verifies, %d lines; note its head elsewhere: %s", head.Seq, head)
	case envelope.ReasonBadContent:
		e, _ := errors.AsType[*envelope.Error](err)
		d.say(wrong, "journal", "jurnal rusak; biarkan folder ini apa adanya dan minta diperiksa (%s)", "it does not verify; leave the folder as it is and have somebody look (%s)", e.Detail)
	default:
		d.fail("journal", err)
	}
}
