package filedrop

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
	"syscall"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// block is how much is copied at once, in bytes.
const block = 256 << 10

// put has an envelope file lie in a box, and returns its digest. One that lies there
// is read, and written anew if it is not what it should be.
func (f *Folder) put(ctx context.Context, box *os.Root, file io.Reader) (digest string, err error) {
	if large, ok := file.(exchange.File); ok {
		return f.putLarge(ctx, box, large)
	}
	half := rand.Text() + halfEnding
	w, err := box.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", unwritten(err)
	}
	h := sha256.New()
	if err := copyBlocks(ctx, h, file, w.Write); err != nil {
		w.Close()
		_ = box.Remove(half)
		return "", err
	}
	digest = hex.EncodeToString(h.Sum(nil))
	if f.intact(ctx, box, digest) {
		w.Close()
		_ = box.Remove(half)
		return digest, nil
	}
	return digest, place(box, w, nil, half, digest+envelopeEnding)
}

// putLarge puts a file that can be read again, and goes on with a copy that was cut.
func (f *Folder) putLarge(ctx context.Context, box *os.Root, file exchange.File) (digest string, err error) {
	if digest, err = digestOf(ctx, io.NewSectionReader(file, 0, file.Size())); err != nil {
		return "", err
	}
	if f.intact(ctx, box, digest) {
		return digest, nil
	}
	part := digest + partEnding
	if !f.hold(part) {
		return "", errBusy
	}
	defer f.leave(part)
	w, there, err := openPart(box, part, file.Size())
	if err != nil {
		return "", err
	}
	known, here, at := true, make([]byte, block), int64(0)
	write := func(p []byte) (int, error) {
		off := at
		at += int64(len(p))
		if known = known && at <= there; known {
			if n, _ := w.ReadAt(here[:len(p)], off); n == len(p) && bytes.Equal(here[:n], p) {
				return n, nil
			}
			known = false // from here on it is written
		}
		return w.WriteAt(p, off)
	}
	h := sha256.New()
	err = copyBlocks(ctx, h, io.NewSectionReader(file, 0, file.Size()), write)
	if err == nil && hex.EncodeToString(h.Sum(nil)) != digest {
		err = errFile // it changed while it was read
	}
	if err != nil {
		_ = w.Sync() // what has come so far is gone on with
		w.Close()
		return "", err
	}
	return digest, place(box, w, nil, part, digest+envelopeEnding)
}

// openPart opens what was written of a file, or begins it, and returns how much that
// is. What is not a file of ours alone is replaced, not written to.
func openPart(box *os.Root, part string, size int64) (*os.File, int64, error) {
	if before, err := box.Lstat(part); err == nil {
		if before.Mode().IsRegular() && before.Size() <= size {
			w, err := box.OpenFile(part, os.O_RDWR|syscall.O_NONBLOCK, 0)
			if err != nil {
				return nil, 0, unwritten(err)
			}
			if after, err := w.Stat(); err == nil && os.SameFile(before, after) && alone(w) {
				return w, before.Size(), nil
			}
			w.Close()
		}
		if before.IsDir() || box.Remove(part) != nil {
			return nil, 0, errShape
		}
	}
	w, err := box.OpenFile(part, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, 0, unwritten(err)
	}
	return w, 0, nil
}

// copyBlocks copies a file by blocks and hashes it.
func copyBlocks(ctx context.Context, h hash.Hash, file io.Reader, write func([]byte) (int, error)) error {
	p := make([]byte, block)
	for {
		if ctx.Err() != nil {
			return errEnded
		}
		n, err := io.ReadFull(file, p)
		h.Write(p[:n])
		if n > 0 {
			if _, err := write(p[:n]); err != nil {
				return unwritten(err)
			}
		}
		switch err {
		case nil:
		case io.EOF:
			return nil
		case io.ErrUnexpectedEOF:
			// A short last block, or a reader that broke off: it says so again.
			if n, err := file.Read(p[:1]); n == 0 && err == io.EOF {
				return nil
			}
			return errFile
		default:
			return errFile
		}
	}
}

// digestOf returns the digest of a file.
func digestOf(ctx context.Context, file io.Reader) (string, error) {
	h := sha256.New()
	err := copyBlocks(ctx, h, file, func(p []byte) (int, error) { return len(p), nil })
	return hex.EncodeToString(h.Sum(nil)), err
}

// intact reports whether the envelope file of that digest lies in a box as it should.
func (f *Folder) intact(ctx context.Context, box *os.Root, digest string) bool {
	file, size, err := openFile(box, digest+envelopeEnding, f.limits.MaxFile)
	if err != nil {
		return false
	}
	defer file.Close()
	found, err := digestOf(ctx, io.NewSectionReader(file, 0, size))
	return err == nil && found == digest
}

func (f *Folder) hold(part string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy[part] {
		return false
	}
	f.busy[part] = true
	return true
}

func (f *Folder) leave(part string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.busy, part)
}

// Deliver has an envelope file lie in the folder of a party and returns the answer
// that lies beside it, or [ErrWaits]. The manifest is not written: see
// [Folder.WriteManifest]. The error has [envelope.ReasonUnavailable], or
// [envelope.ReasonMisuse] for what is not a party.
func (f *Folder) Deliver(ctx context.Context, to envelope.Party, file io.Reader) (exchange.Reply, error) {
	v := visit{f: f, put: true}
	return v.Deliver(ctx, to, file)
}

// Ask is Deliver for a signed question.
func (f *Folder) Ask(ctx context.Context, to envelope.Party, question []byte) (exchange.Reply, error) {
	v := visit{f: f, put: true}
	return v.Ask(ctx, to, question)
}

// A visit is one look at the folder for one parcel.
type visit struct {
	f       *Folder
	put     bool   // else only answers are looked for
	digest  string // of what was looked for, and its ending
	ending  string
	refused bool // the answer is a refusal
}

func (v *visit) Deliver(ctx context.Context, to envelope.Party, file io.Reader) (exchange.Reply, error) {
	v.ending = envelopeEnding
	return v.see(ctx, to, func(box *os.Root) (string, error) {
		if v.put {
			return v.f.put(ctx, box, file)
		}
		return digestOf(ctx, file)
	})
}

func (v *visit) Ask(ctx context.Context, to envelope.Party, question []byte) (exchange.Reply, error) {
	v.ending = questionEnding
	return v.see(ctx, to, func(box *os.Root) (string, error) {
		digest := questionDigest(question)
		if v.put {
			return digest, replaceSmall(box, digest+questionEnding, question)
		}
		return digest, nil
	})
}

// see looks into the box of a party, where asked has what is asked lie if it is to,
// and returns its digest.
func (v *visit) see(ctx context.Context, to envelope.Party, asked func(box *os.Root) (digest string, err error)) (exchange.Reply, error) {
	if ctx.Err() != nil {
		return exchange.Reply{}, errEnded
	}
	box, err := v.f.box(to, v.put)
	if err != nil {
		return exchange.Reply{}, err
	}
	if box == nil {
		return exchange.Reply{}, ErrWaits
	}
	defer box.Close()
	if v.digest, err = asked(box); err != nil {
		return exchange.Reply{}, err
	}
	reply, ok := readAnswer(box, v.digest)
	if !ok {
		return exchange.Reply{}, ErrWaits
	}
	v.refused = reply.Receipt == nil
	return reply, nil
}
