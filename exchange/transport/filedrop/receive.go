package filedrop

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/limits"
)

// A Receiver is what takes files; an [exchange.Receiver] is one.
type Receiver interface {
	// Receive and SettleOrCancel are those of [exchange.Receiver]. Receive gets a
	// file that can be read again.
	Receive(ctx context.Context, in io.Reader) exchange.Answer
	SettleOrCancel(ctx context.Context, question []byte) exchange.Answer
}

// A Taken is one file that a receiver has judged.
type Taken struct {
	Path   string // in the folder
	Answer exchange.Answer
}

// A Failed is one file that was not taken.
type Failed struct {
	Path  string // in the folder; of one of the forms in the package doc
	Fault Fault
}

// Received is what came of one call of Receive.
type Received struct {
	Taken  []Taken  // questions first, then envelopes, by name
	Failed []Failed // by path
}

// Receive hands every question and envelope for a party to its receiver and puts the
// answers beside them. Questions come first, so that what is cancelled on the same
// stick is not accepted from it. Nothing is removed, and to receive the same folder
// again is to be answered the same: what a stick lost is put anew, and answers that
// came too late for it are written. The files are read where they lie; a receiver
// needs no room for them.
//
// A file that fails hinders no other, nor does an answer that cannot be written, as on
// a stick that is full: the error then comes at the end, and the answer is written when
// the folder, or another copy of it, is received again. The error has
// [envelope.ReasonUnavailable] if the folder fails or ctx ends, and then what was
// received so far stands beside it; [envelope.ReasonTooLarge] if there are too many
// entries, and [envelope.ReasonMisuse]
// for what is not a party.
func (f *Folder) Receive(ctx context.Context, party envelope.Party, r Receiver) (*Received, error) {
	got := &Received{}
	if r == nil {
		return got, refuse(envelope.ReasonMisuse, "a receiver is needed")
	}
	box, err := f.box(party, false)
	if err != nil || box == nil {
		return got, err
	}
	defer box.Close()
	names, err := f.names(box)
	if err != nil {
		return got, err
	}
	slices.Sort(names)
	var unanswered error
	for _, wanted := range []string{questionEnding, envelopeEnding} {
		for _, name := range names {
			if digest, ending, ok := splitName(name); ok && ending == wanted {
				switch err := f.take(ctx, box, party, digest, ending, r, got); err {
				case nil:
				case errAnswer: // what comes behind it can be received all the same
					unanswered = err
				default:
					return got, err
				}
			}
		}
	}
	got.Failed = append(got.Failed, f.missing(party, names)...)
	slices.SortFunc(got.Failed, func(a, b Failed) int { return compare(a.Path, b.Path) })
	return got, unanswered
}

// take hands one file to the receiver.
func (f *Folder) take(ctx context.Context, box *os.Root, party envelope.Party, digest, ending string, r Receiver, got *Received) error {
	path := boxName(party) + "/" + digest + ending
	max := f.limits.MaxFile
	if ending == questionEnding {
		max = limits.Statement
	}
	file, size, err := openFile(box, digest+ending, max)
	switch fault, ok := errors.AsType[Fault](err); {
	case ok:
		got.Failed = append(got.Failed, Failed{path, fault})
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return nil // taken away since
	case err != nil:
		return errStick
	}
	defer file.Close()
	// Never beyond the size that was held against the limit, should it grow.
	whole := io.NewSectionReader(file, 0, size)
	var answer exchange.Answer
	if ending == questionEnding {
		question, err := io.ReadAll(whole)
		if err != nil {
			return errStick
		}
		if questionDigest(question) != digest {
			got.Failed = append(got.Failed, Failed{path, FaultDamaged})
			return nil
		}
		answer = r.SettleOrCancel(ctx, question)
	} else {
		found, err := digestOf(ctx, whole)
		switch {
		case ctx.Err() != nil:
			return errEnded
		case err != nil, found != digest:
			got.Failed = append(got.Failed, Failed{path, FaultDamaged})
			return nil
		}
		if _, err := whole.Seek(0, io.SeekStart); err != nil {
			return errStick
		}
		answer = r.Receive(ctx, whole)
	}
	if ctx.Err() != nil && answer.Settlement == nil {
		return errEnded // it says nothing of the file
	}
	got.Taken = append(got.Taken, Taken{path, answer})
	if writeAnswer(box, digest, answer.Reply()) != nil {
		return errAnswer
	}
	return nil
}
