package envelope

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/limits"
)

// roomAtOnce is how much memory a token gets before more than that has arrived.
const roomAtOnce = 128 << 10

// fileMagic is the first line of every envelope file.
const fileMagic = "segel/1\n"

// marshalFile writes the prefix of a file: magic, count, lengths and tokens.
func marshalFile(tokens [][]byte) []byte {
	size := len(fileMagic) + 2
	for _, t := range tokens {
		size += 4 + len(t)
	}
	out := append(make([]byte, 0, size), fileMagic...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(tokens)))
	for _, t := range tokens {
		out = binary.BigEndian.AppendUint32(out, uint32(len(t)))
		out = append(out, t...)
	}
	return out
}

// readTokens reads the prefix of a file and shows visit each token with what
// the gate saw of it. The body, if there is one, is what r still holds. What visit
// does not keep is overwritten: whatever the file claims, one token at a time is in
// memory beside those that were kept, and no more of it than has arrived.
func readTokens(r *bufio.Reader, visit func(seen jose.Outside) (keep bool)) error {
	if first, _ := r.Peek(16); laterMagic("segel/", first) {
		return refuse(ReasonNewerVersion, "file")
	}
	var head [len(fileMagic) + 2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return readFault(err)
	}
	count := int(binary.BigEndian.Uint16(head[len(fileMagic):]))
	if string(head[:len(fileMagic)]) != fileMagic || count < 1 || count > limits.Recipients {
		return refuse(ReasonMalformed, "file")
	}
	var token bytes.Buffer
	for range count {
		var size [4]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return readFault(err)
		}
		n := binary.BigEndian.Uint32(size[:])
		if n > limits.Token {
			return refuse(ReasonTooLarge, "token")
		}
		token.Reset()
		token.Grow(min(int(n), roomAtOnce) + bytes.MinRead)
		if _, err := io.CopyN(&token, r, int64(n)); err != nil {
			return readFault(err)
		}
		seen, err := jose.PeekJWE(typeEnvelope, token.Bytes(), limits.Token)
		if err != nil {
			return refused(err, ReasonMalformed)
		}
		if visit(seen) {
			token = bytes.Buffer{}
		}
	}
	return nil
}

// laterMagic reports whether a file begins with the first line of a version
// that is not known here: its name, as "segel/", a number above 1, LF.
func laterMagic(name string, head []byte) bool {
	rest, ours := bytes.CutPrefix(head, []byte(name))
	number, _, whole := bytes.Cut(rest, []byte{'\n'})
	if !ours || !whole || len(number) == 0 || number[0] == '0' || string(number) == "1" {
		return false
	}
	return !bytes.ContainsFunc(number, func(c rune) bool { return c < '0' || c > '9' })
}

// atEnd reports whether nothing follows, as after the token of inline content.
func atEnd(r io.ByteReader) error {
	switch _, err := r.ReadByte(); err {
	case io.EOF:
		return nil
	case nil:
		return refuse(ReasonMalformed, "something follows the content")
	default:
		return readFault(err)
	}
}

// readFault tells a file that ends too early from a reader that failed.
func readFault(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(ReasonMalformed, "the file is cut short")
	}
	return refuse(ReasonUnavailable, "the file cannot be read")
}

// TokenInfo is what anybody can see of one token, unproven: it is what the
// token's maker wrote, and the recipient's key thumbprint is a hint only.
type TokenInfo struct {
	Algorithm  string `json:"alg"`   // of the recipient's key
	Encryption string `json:"enc"`   // of the content, always A256GCM
	KeyID      string `json:"kid"`   // thumbprint of the recipient's key
	Bytes      int    `json:"bytes"` // of the ciphertext; manifest and content are padded
}

// Inspect returns what an outsider can see of an envelope file, without any
// key: nothing about the sender, the purpose or the dataset. The body's size is
// that of what follows the tokens. The error is that of [Open] for a file whose
// form is wrong.
func Inspect(r io.Reader) (tokens []TokenInfo, body int64, err error) {
	br := bufio.NewReader(r)
	err = readTokens(br, func(seen jose.Outside) bool {
		tokens = append(tokens, TokenInfo{seen.Alg, seen.Enc, seen.KeyID, seen.Bytes})
		return false
	})
	if err != nil {
		return nil, 0, err
	}
	body, err = io.Copy(io.Discard, br)
	if err != nil {
		return nil, 0, readFault(err)
	}
	return tokens, body, nil
}
