package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/term"

	"github.com/segel-id/segel/envelope"
)

// asker returns what asks the person at the terminal for a passphrase, without
// showing it, or nil if standard input is no terminal.
func asker(ctx context.Context, in io.Reader, out io.Writer) func(prompt string) ([]byte, error) {
	f, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	fd := int(f.Fd())
	return func(prompt string) ([]byte, error) {
		before, err := term.GetState(fd)
		if err != nil {
			return nil, err
		}
		type answer struct {
			text []byte
			err  error
		}
		answers := make(chan answer, 1)
		fmt.Fprint(out, prompt)
		go func() {
			text, err := term.ReadPassword(fd)
			answers <- answer{text, err}
		}()
		select {
		case a := <-answers:
			fmt.Fprintln(out)
			if a.err == io.EOF {
				return nil, cannot("tidak ada jawaban", "there was no answer", "")
			}
			return a.text, a.err
		case <-ctx.Done():
			_ = term.Restore(fd, before) // or what is typed next would stay unseen
			fmt.Fprintln(out)
			return nil, ctx.Err()
		}
	}
}

// openPassphrase returns the passphrase of an encrypted key file: from the file
// that --passphrase-file names, else from the person at the terminal.
func (a *app) openPassphrase(path string) ([]byte, error) {
	switch {
	case a.passphrase != "":
		return readPassphrase(a.passphrase)
	case a.ask != nil:
		return a.ask("frasa sandi / passphrase, " + short(path) + ": ")
	}
	return nil, cannot("berkas kunci ini dienkripsi; sebutkan --passphrase-file", "this key file is encrypted; name --passphrase-file", path)
}

// newPassphrase returns the passphrase for a new key file, or nil if it is not
// to be encrypted. At a terminal it is typed twice.
func (a *app) newPassphrase() ([]byte, error) {
	var first []byte
	var err error
	switch {
	case a.passphrase != "":
		if first, err = readPassphrase(a.passphrase); err != nil {
			return nil, err
		}
	case a.ask != nil:
		if first, err = a.ask("frasa sandi baru, kosong untuk tanpa enkripsi / new passphrase, empty for no encryption: "); err != nil || len(first) == 0 {
			return nil, err
		}
	default:
		return nil, nil
	}
	if len(first) < envelope.MinPassphrase {
		clear(first)
		return nil, cannot(fmt.Sprintf("frasa sandi sekurangnya %d bita", envelope.MinPassphrase), fmt.Sprintf("a passphrase has at least %d bytes", envelope.MinPassphrase), "")
	}
	if a.passphrase != "" {
		return first, nil
	}
	second, err := a.ask("sekali lagi / once more: ")
	if err != nil {
		return nil, err
	}
	defer clear(second)
	if !bytes.Equal(first, second) {
		clear(first)
		return nil, cannot("kedua frasa sandi berbeda", "the two passphrases differ", "")
	}
	return first, nil
}

// maxPassphrase bounds a passphrase's file: the longest passphrase and a line
// end.
const maxPassphrase = 1<<10 + 2

// readPassphrase reads a passphrase from its file: one line, whose end is not
// part of it. A file that others can read is refused, as that of keys is.
func readPassphrase(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, cannot("berkas frasa sandi dapat dibaca orang lain; jalankan chmod 600, dan pertimbangkan frasa baru",
			"others can read this passphrase file; run chmod 600 on it, and consider a new passphrase", path)
	}
	text, err := readAll(f, path, maxPassphrase)
	if err != nil {
		return nil, err
	}
	text = bytes.TrimSuffix(bytes.TrimSuffix(text, []byte{'\n'}), []byte{'\r'})
	if len(text) == 0 || bytes.ContainsAny(text, "\r\n") {
		return nil, cannot("berkas frasa sandi memuat tepat satu baris", "a passphrase file holds exactly one line", path)
	}
	return text, nil
}

// parseKeys parses a private key file, encrypted or not. Whoever names a
// passphrase believes that the file is encrypted, and should learn if it is not.
func (a *app) parseKeys(path string, data []byte) ([]*envelope.PrivateKey, error) {
	notKeys := cannot("bukan berkas kunci pribadi yang sah", "not a valid private key file", path)
	if !envelope.PrivateKeysEncrypted(data) {
		keys, err := envelope.ParsePrivateKeys(data)
		if err != nil {
			return nil, notKeys
		}
		if a.passphrase != "" {
			return nil, cannot("berkas kunci ini tidak dienkripsi; --passphrase-file tidak berlaku untuknya", "this key file is not encrypted; --passphrase-file does not apply to it", path)
		}
		return keys, nil
	}
	passphrase, err := a.openPassphrase(path)
	if err != nil {
		return nil, err
	}
	defer clear(passphrase)
	keys, err := envelope.DecryptPrivateKeys(passphrase, data)
	switch envelope.ReasonOf(err) {
	case "":
		return keys, nil
	case envelope.ReasonCannotOpen, envelope.ReasonMisuse:
		return nil, cannot("frasa sandi salah, atau berkas kunci rusak", "a wrong passphrase, or a damaged key file", path)
	case envelope.ReasonNewerVersion:
		return nil, cannot("berkas kunci ini dibuat oleh versi Segel yang lebih baru", "a later version of Segel made this key file", path)
	}
	return nil, notKeys
}

// marshalKeys writes private keys as a file, encrypted if there is a passphrase.
func marshalKeys(passphrase []byte, keys []*envelope.PrivateKey) ([]byte, error) {
	if passphrase == nil {
		return envelope.MarshalPrivateKeys(keys...)
	}
	return envelope.EncryptPrivateKeys(passphrase, keys...)
}
