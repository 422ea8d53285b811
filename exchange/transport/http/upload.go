package http

import (
	"context"
	"io"
	nethttp "net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/exchange"
)

// An Uploader is a [Receiver] that keeps what has arrived of a large file, as an
// [*exchange.Receiver] with a Spool does. One that is wrapped should be an Uploader
// too: else it receives no file that is larger than MaxFile.
type Uploader interface {
	Receiver
	// BeginUpload, ContinueUpload, UploadOffset and MaxBody are those of
	// [exchange.Receiver].
	BeginUpload(ctx context.Context, name string, head io.Reader) exchange.Upload
	ContinueUpload(ctx context.Context, name string, offset int64, last bool, in io.Reader) exchange.Upload
	UploadOffset(name string) (int64, bool)
	MaxBody() int64
}

var _ Uploader = (*exchange.Receiver)(nil)

// The headers of uploads, by draft-ietf-httpbis-resumable-upload. Their values are
// structured fields (RFC 9651): an integer, and a boolean.
const (
	headerOffset   = "Upload-Offset"
	headerComplete = "Upload-Complete"

	yes, no = "?1", "?0"
)

// maxTokens bounds what stands before a body, on the wire.
const maxTokens = 512 << 10

var uploadForm = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// uploadName returns the name of an upload that a path leads to.
func uploadName(path string) (string, bool) {
	name, ok := strings.CutPrefix(path, envelopesPath+"/")
	return name, ok && uploadForm.MatchString(name)
}

// upload serves one upload.
func (h *Handler) upload(a *answerer, r *nethttp.Request) {
	name, _ := uploadName(r.URL.Path)
	switch r.Method {
	case nethttp.MethodHead:
		if offset, ok := h.uploads.UploadOffset(name); ok {
			a.offset(nethttp.StatusNoContent, offset)
			return
		}
		a.nothing(nethttp.StatusNotFound)
	case nethttp.MethodPost:
		h.beginUpload(a, r, name)
	default:
		h.continueUpload(a, r, name)
	}
}

func (h *Handler) beginUpload(a *answerer, r *nethttp.Request, name string) {
	if !only(r.Header, headerComplete, no) {
		h.log.unread(envelope.ReasonMalformed)
		a.refuse(exchange.OutwardMalformed, nethttp.StatusBadRequest)
		return
	}
	var u exchange.Upload
	m := message{media: MediaEnvelope, limit: maxTokens, memory: maxTokens}
	if !h.take(a, r, m, func(ctx context.Context, in *body) exchange.Reply {
		u = h.uploads.BeginUpload(ctx, name, in)
		return u.Answer.Reply()
	}) {
		return
	}
	if u.Open {
		a.offset(nethttp.StatusCreated, u.Offset)
		return
	}
	a.reply(u.Answer.Reply())
}

func (h *Handler) continueUpload(a *answerer, r *nethttp.Request, name string) {
	offset, ok := uploadOffset(r.Header)
	last := only(r.Header, headerComplete, yes)
	if !ok || !last && !only(r.Header, headerComplete, no) {
		h.log.unread(envelope.ReasonMalformed)
		a.refuse(exchange.OutwardMalformed, nethttp.StatusBadRequest)
		return
	}
	var u exchange.Upload
	m := message{media: MediaPartial, limit: h.uploads.MaxBody(), memory: h.cfg.Receiver.MaxFile(), steady: true}
	if !h.take(a, r, m, func(ctx context.Context, in *body) exchange.Reply {
		u = h.uploads.ContinueUpload(ctx, name, offset, last, in)
		return u.Answer.Reply()
	}) {
		return
	}
	switch {
	case u.Gone:
		a.nothing(nethttp.StatusNotFound)
	case u.Open && last:
		a.offset(nethttp.StatusConflict, u.Offset) // not the offset that is kept
	case u.Open:
		a.offset(nethttp.StatusNoContent, u.Offset)
	default:
		a.reply(u.Answer.Reply())
	}
}

// uploadOffset reads where a part begins: an integer of RFC 9651 that is not
// negative.
func uploadOffset(header nethttp.Header) (int64, bool) {
	v := header.Values(headerOffset)
	if len(v) != 1 || len(v[0]) == 0 || len(v[0]) > 15 {
		return 0, false
	}
	n, err := strconv.ParseUint(v[0], 10, 63)
	return int64(n), err == nil
}

// offset answers how much of an upload is kept.
func (a *answerer) offset(status int, offset int64) {
	h := a.w.Header()
	h.Set(headerOffset, strconv.FormatInt(offset, 10))
	h.Set(headerComplete, no)
	a.nothing(status)
}
