package envelope

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/limits"
)

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

// readFile reads the prefix of a file and returns the tokens. The body, if
// there is one, is what r still holds. Every length is checked before memory is
// spent, and memory grows with what really arrives.
func readFile(r *bufio.Reader) (tokens [][]byte, err error) {
	var head [len(fileMagic) + 2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, readFault(err)
	}
	count := int(binary.BigEndian.Uint16(head[len(fileMagic):]))
	if string(head[:len(fileMagic)]) != fileMagic || count < 1 || count > limits.Recipients {
		return nil, refuse(ReasonMalformed, "file")
	}
	for range count {
		var size [4]byte
		if _, err := io.ReadFull(r, size[:]); err != nil {
			return nil, readFault(err)
		}
		n := binary.BigEndian.Uint32(size[:])
		if n == 0 {
			return nil, refuse(ReasonMalformed, "file")
		}
		if n > limits.Token {
			return nil, refuse(ReasonTooLarge, "token")
		}
		token, err := io.ReadAll(io.LimitReader(r, int64(n)))
		if err != nil {
			return nil, readFault(err)
		}
		if len(token) != int(n) {
			return nil, refuse(ReasonMalformed, "the file is cut short")
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}

// atEnd reports whether nothing follows, as after the token of inline content.
func atEnd(r *bufio.Reader) error {
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
	raw, err := readFile(br)
	if err != nil {
		return nil, 0, err
	}
	for _, t := range raw {
		seen, err := jose.PeekJWE(typeEnvelope, t, limits.Token)
		if err != nil {
			return nil, 0, refused(err, ReasonMalformed)
		}
		tokens = append(tokens, TokenInfo{seen.Alg, seen.Enc, seen.KeyID, seen.Bytes})
	}
	body, err = io.Copy(io.Discard, br)
	if err != nil {
		return nil, 0, readFault(err)
	}
	return tokens, body, nil
}
