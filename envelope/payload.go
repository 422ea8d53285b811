package envelope

import (
	"bytes"
	"fmt"
	"iter"
	"log/slog"
	"strconv"
)

// MediaRecords is the media type of content that is a sequence of records, one
// JSON text a line (NDJSON).
const MediaRecords = "application/x-ndjson"

// A Payload is content to be sealed: a sequence of records or one document. It
// holds the caller's bytes; they must not change until [Seal] has returned.
type Payload struct {
	media   string
	records int64
	content hidden
}

func newPayload(media string, records int64, content []byte) Payload {
	return Payload{media, records, hide(content)}
}

// bytes returns the content, nil for the zero value.
func (p Payload) bytes() []byte { return p.content.bytes() }

// String returns the media type and the size, never the content.
func (p Payload) String() string { return p.media + ", " + strconv.Itoa(len(p.bytes())) + " bytes" }

// Format prints String for every verb.
func (p Payload) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(p.String())) }

// LogValue logs String.
func (p Payload) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Records returns content that is a sequence of records. ndjson holds each
// record followed by one line feed and nothing else, or is empty for no
// records; an empty line has [ReasonMalformed]. The bytes are sealed and handed
// out exactly as they are. Whether a record is valid is for package schema.
func Records(ndjson []byte) (Payload, error) {
	n, ok := countRecords(ndjson)
	if !ok {
		return Payload{}, refuse(ReasonMalformed, "a record is one line that ends in a line feed")
	}
	return newPayload(MediaRecords, n, ndjson), nil
}

// Document returns content that is one document of another media type
// (type/subtype in lower case, without parameters). An empty document, or a
// media type that is not one, has [ReasonMalformed].
func Document(media string, data []byte) (Payload, error) {
	if !mediaForm.MatchString(media) || media == MediaRecords || len(data) == 0 {
		return Payload{}, refuse(ReasonMalformed, "document")
	}
	return newPayload(media, 1, data), nil
}

// countRecords returns the number of lines, each of which must have at least
// one byte and end in a line feed.
func countRecords(ndjson []byte) (n int64, ok bool) {
	for len(ndjson) > 0 {
		i := bytes.IndexByte(ndjson, '\n')
		if i < 1 {
			return 0, false
		}
		n, ndjson = n+1, ndjson[i+1:]
	}
	return n, true
}

// lines yields the records without their line feeds, as parts of ndjson.
func lines(ndjson []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for len(ndjson) > 0 {
			record, rest, _ := bytes.Cut(ndjson, []byte{'\n'})
			if !yield(record[:len(record):len(record)]) {
				return
			}
			ndjson = rest
		}
	}
}

// matches reports whether the content has the number of records that the
// manifest states.
func (c *Content) matches(content []byte) bool {
	if c.Media != MediaRecords {
		return c.Records == 1 && len(content) > 0
	}
	n, ok := countRecords(content)
	return ok && n == c.Records
}

// inline is what the manifest says of the payload.
func (p Payload) inline(commit []byte) Content {
	return Content{
		Form: formInline, Media: p.media, Bytes: int64(len(p.bytes())), Records: p.records, MAC: contentMAC(commit, p.bytes()),
	}
}
