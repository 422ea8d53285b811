package exchange

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"

	"github.com/segel-id/segel/envelope"
)

// A File is the file of an envelope with a body, as a [Transport] gets it: it can
// be read from anywhere, so that a delivery that was cut goes on where it stopped.
// It may be used concurrently but for Read.
type File interface {
	io.Reader
	io.ReaderAt
	// Size is how many bytes the file has.
	Size() int64
	// Head is how many of them stand before the body: the recipient's token.
	Head() int64
	// Upload is the name under which the recipient keeps what has arrived of the
	// file. Nobody can tell it but this sender and the envelope's recipients: it
	// is 43 characters of base64url.
	Upload() string
}

// uploadName returns the name of an upload: HMAC-SHA256 over the manifest digest
// and the recipient by the commitment key, which whoever captured a file does not
// have, so that nobody else can ask how much has arrived.
func uploadName(commitKey []byte, digest string, to envelope.Party) string {
	h := hmac.New(sha256.New, commitKey)
	h.Write([]byte("segel/1 upload\n" + digest + "\n" + string(to) + "\n"))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// outgoing is a File from a token in memory and a body elsewhere.
type outgoing struct {
	*io.SectionReader
	head   []byte
	body   io.ReaderAt
	upload string
}

var _ File = (*outgoing)(nil)

// newOutgoing returns the file of a head and of size bytes of a body.
func newOutgoing(head []byte, body io.ReaderAt, size int64, upload string) *outgoing {
	o := &outgoing{head: head, body: body, upload: upload}
	o.SectionReader = io.NewSectionReader(joined{o}, 0, int64(len(head))+size)
	return o
}

// Head is the size of the token's part.
func (o *outgoing) Head() int64 { return int64(len(o.head)) }

// Upload is the name of the upload.
func (o *outgoing) Upload() string { return o.upload }

// joined reads head and body as one.
type joined struct{ o *outgoing }

func (j joined) ReadAt(p []byte, off int64) (n int, err error) {
	if head := int64(len(j.o.head)); off < head {
		n = copy(p, j.o.head[off:])
		if n == len(p) {
			return n, nil
		}
		off = head
	}
	more, err := j.o.body.ReadAt(p[n:], off-int64(len(j.o.head)))
	return n + more, err
}

// fileTo returns the file for one recipient of a sealed envelope. whole is what
// [Shipment].Body got, of size bytes; nil if the content is inline.
func fileTo(sealed *envelope.Sealed, to envelope.Party, whole io.ReaderAt, size int64) (io.Reader, int64, error) {
	head, err := sealed.Delivery(to)
	if err != nil {
		return nil, 0, err
	}
	if sealed.Closing() == nil {
		return bytes.NewReader(head), int64(len(head)), nil
	}
	before := int64(len(sealed.File()))
	if whole == nil || size <= before {
		return nil, 0, refuse(envelope.ReasonMisuse, "the envelope has a body, and its file is needed")
	}
	body := io.NewSectionReader(whole, before, size-before)
	o := newOutgoing(head, body, body.Size(), uploadName(sealed.CommitKey(), sealed.Digest(), to))
	return o, o.Size(), nil
}
