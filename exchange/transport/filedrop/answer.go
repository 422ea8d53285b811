package filedrop

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/internal/limits"
)

const (
	answerType  = "segel-answer/1"
	receiptLine = "receipt"
	refusalLine = "refusal"
	maxAnswer   = limits.Statement + 64
)

// writeAnswer puts an answer beside the file of that digest, in place of a former
// one. One that lies there is left alone, and "later" takes the place of no receipt.
func writeAnswer(box *os.Root, digest string, reply exchange.Reply) error {
	if there, ok := readAnswer(box, digest); ok && there.Receipt != nil && reply.Refusal == exchange.OutwardTryLater {
		return nil
	}
	kind, text := refusalLine, string(reply.Refusal)
	if reply.Receipt != nil {
		kind, text = receiptLine, string(reply.Receipt)
	}
	whole := answerType + "\n" + kind + "\n" + text + "\n"
	if there, err := readSmall(box, digest+answerEnding, maxAnswer); err == nil && string(there) == whole {
		return nil
	}
	return replaceSmall(box, digest+answerEnding, []byte(whole))
}

// readAnswer reads the answer to the file of that digest; false if there is none. What
// a receipt says, and whether it is one, is for the sender to find.
func readAnswer(box *os.Root, digest string) (exchange.Reply, bool) {
	text, err := readSmall(box, digest+answerEnding, maxAnswer)
	if err != nil {
		return exchange.Reply{}, false
	}
	line := strings.Split(string(text), "\n")
	if len(line) != 4 || line[0] != answerType || line[2] == "" || line[3] != "" {
		return exchange.Reply{}, false
	}
	switch line[1] {
	case receiptLine:
		return exchange.Reply{Receipt: []byte(line[2])}, true
	case refusalLine:
		switch word := exchange.Outward(line[2]); word {
		case exchange.OutwardMalformed, exchange.OutwardCannotOpen, exchange.OutwardTooLarge, exchange.OutwardTryLater:
			return exchange.Reply{Refusal: word}, true
		}
	}
	return exchange.Reply{}, false
}

// questionDigest is the name of a question: of what it asks, not of its date and
// signature. What is no question of ours has the digest of its bytes.
func questionDigest(question []byte) string {
	asked := string(question)
	if _, payload, err := envelope.PeekToken(envelope.TypeQuestion, question); err == nil {
		var q struct {
			Issuer   string `json:"iss"`
			ID       string `json:"jti"`
			Audience string `json:"aud"`
			Manifest string `json:"manifest"`
		}
		if json.Unmarshal(payload, &q) == nil {
			asked = strings.Join([]string{"segel/1 question", q.Issuer, q.ID, q.Audience, q.Manifest, ""}, "\n")
		}
	}
	digest := sha256.Sum256([]byte(asked))
	return hex.EncodeToString(digest[:])
}

// remove takes a file that was settled, and its answer, out of the folder. What cannot be
// removed, because somebody has put a folder there, say, hinders nothing by staying.
func (v *visit) remove(to envelope.Party) {
	box, err := v.f.box(to, false)
	if err != nil || box == nil {
		return
	}
	defer box.Close()
	for _, ending := range []string{v.ending, answerEnding} {
		_ = box.Remove(v.digest + ending)
	}
}
