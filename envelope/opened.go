package envelope

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"time"
)

// Opened is the content of an envelope that was verified and released. Only
// [Open] makes one. It is immutable and may be used concurrently. It prints as
// its identity; the content is never part of that.
type Opened struct {
	proof     Proof
	jws       []byte
	commitKey hidden
	content   hidden
}

// Content returns the exact bytes that were sealed. The slice is shared by all
// callers and must not be modified.
func (o *Opened) Content() []byte { return o.content.bytes() }

// Records yields the records, exactly as sealed, without their line feeds, as
// parts of Content. For content that is a document it yields nothing.
func (o *Opened) Records() iter.Seq[[]byte] {
	if o.proof.Manifest.Content.Media != MediaRecords {
		return func(func([]byte) bool) {}
	}
	return lines(o.content.bytes())
}

// Proof returns what was proven.
func (o *Opened) Proof() Proof { return o.proof.clone() }

// ManifestJWS returns the signed manifest: with CommitKey and the content it is
// evidence for a third party; alone it shows nothing of the content.
func (o *Opened) ManifestJWS() []byte { return bytes.Clone(o.jws) }

// CommitKey returns the key that proves the content against the manifest.
func (o *Opened) CommitKey() []byte { return bytes.Clone(o.commitKey.bytes()) }

// String returns the sender and the id.
func (o Opened) String() string { return identity(o.proof.Manifest) }

// Format prints String for every verb.
func (o Opened) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(o.String())) }

// LogValue logs String.
func (o Opened) LogValue() slog.Value { return slog.StringValue(o.String()) }

// MarshalJSON returns String as a JSON string, never the content.
func (o Opened) MarshalJSON() ([]byte, error) { return json.Marshal(o.String()) }

// identity names an envelope in a display.
func identity(m *Manifest) string {
	if m == nil {
		return "no envelope"
	}
	return "envelope " + string(m.Sender) + " " + m.ID
}

// Proof is what the opening of an envelope proved. A Proof that an
// [Authority] receives describes what it is asked to record.
type Proof struct {
	// Manifest is the signed manifest.
	Manifest *Manifest
	// Digest is the manifest digest.
	Digest string
	// SignedBy is the thumbprint of the sender's key.
	SignedBy string
	// OpenedWith is the thumbprint of the opener's key.
	OpenedWith string
	// Party is the opener.
	Party Party
	// AsOf is the moment as of which the envelope was judged.
	AsOf time.Time
	// Closing is what the sender's closing statement says of a body, after the
	// body was verified to its end. It is nil before that, and for inline content,
	// of which the manifest says it all.
	Closing *Closing
}

// clone returns a copy that shares nothing.
func (p Proof) clone() Proof {
	if p.Manifest != nil {
		p.Manifest = p.Manifest.clone()
	}
	if p.Closing != nil {
		c := *p.Closing
		p.Closing = &c
	}
	return p
}

// A Statement is one thing that an opening proves, or does not.
type Statement struct {
	// Code names the promise: who, for_whom, for_what, whole, fresh, once, valid,
	// true.
	Code string
	// ID and EN say it in one sentence, in Indonesian and in English.
	ID, EN string
}

// Proven returns what an opening by this package proves.
func (p Proof) Proven() []Statement {
	return []Statement{
		{"who", "Penyegel adalah pihak yang tertulis, dengan kunci yang diberikan direktori kepadanya untuk waktu itu.", "It was sealed by the party named, with a key that the directory gave to it for that time."},
		{"for_whom", "Penyegel menujukan segel ini kepada pembuka ini, dengan kunci ini.", "The sealer addressed it to this opener, with this key."},
		{"for_what", "Tujuan penggunaan dan perjanjian tertulis dalam segel dan mengizinkan pembukaan ini.", "Purpose and agreement stand in the seal and allow this opening."},
		{"whole", "Isi sama, byte demi byte, dengan yang disegel.", "The content is, byte for byte, what was sealed."},
		{"fresh", "Segel dibuka dalam masa berlakunya.", "It was opened within its lifetime."},
	}
}

// NotProven returns what an opening by this package alone does not prove.
func (p Proof) NotProven() []Statement {
	return []Statement{
		{"once", "Bahwa segel ini belum pernah dibuka: itu dijaga oleh penyimpanan (store).", "That it was not opened before: a store keeps that."},
		{"valid", "Bahwa setiap rekaman sesuai skema: itu diperiksa terhadap definisi dataset.", "That every record follows the schema: the dataset's definition decides that."},
		{"true", "Bahwa isinya benar: penyegel bertanggung jawab atas isinya.", "That the content is true: the sealer answers for it."},
	}
}

// clone returns a deep copy.
func (m *Manifest) clone() *Manifest {
	c := *m
	c.Recipients, c.Keys = slices.Clone(m.Recipients), slices.Clone(m.Keys)
	c.Commitments = maps.Clone(m.Commitments)
	if m.Sequence != nil {
		s := *m.Sequence
		s.Void = slices.Clone(s.Void)
		c.Sequence = &s
	}
	if m.Supersedes != nil {
		s := *m.Supersedes
		c.Supersedes = &s
	}
	if m.InReplyTo != nil {
		r := *m.InReplyTo
		c.InReplyTo = &r
	}
	if m.Obligations != nil {
		o := *m.Obligations
		o.Onward = slices.Clone(o.Onward)
		c.Obligations = &o
	}
	return &c
}
