package envelopetest

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/internal/form"
)

// A Vector is one file of the test vectors of the format: bytes with one fault
// or none, and what a reader must answer. The vectors and how to run them in any
// language are described in envelope/testdata/vectors/README.md.
//
// As a file it is a header of lines "name: value" in the order of the fields
// below, the first of which is "segel-vector/1", then an empty line, then the
// bytes as they are.
type Vector struct {
	Name    string          // kind/name of the file; not in the header
	Comment string          // the one thing that is wrong, or what is shown
	Kind    string          // what the bytes are: see [VectorKinds]
	Expect  envelope.Reason // "" if it must be opened; in the file "opened"
	Layer   string          // which layer gives that answer: see [VectorLayers]
	Answer  string          // what its bringer is told, if it is brought to a receiver
	At      time.Time       // the present
	As      envelope.Party  // who opens; "" where nobody in particular does
	Purpose purpose.Code    // what the opener states; "" where nothing is stated
	Keys    string          // the opener's keys, a file in keys; "" if it needs none
	// Directory is the directory in force, a file in directories; "" if it needs
	// none.
	Directory string
	Sent      string   // at a receipt: what the sender remembers, as the README says
	Seen      []string // what the reader's store holds already, as the README says
	Handler   string   // what the receiving application does: "rejects", "fails"; "" if it accepts
	Result    string   // if opened, what came of it, as the README says
	Released  string   // of a body that is refused, the hash of what one pass hands out before that
	Data      []byte   // the bytes
}

// VectorKinds are the kinds of vectors, each of which has a folder of its name.
func VectorKinds() []string {
	return []string{"envelope", "body", "receipt", "question", "directory", "agreement", "public-key", "private-keys"}
}

// VectorLayers are the layers that answer. A layer below the one named opens the
// bytes: [envelope.Open] alone knows no agreement and remembers nothing.
func VectorLayers() []string { return []string{"format", "agreement", "receiver"} }

// vectorMagic is the first line of every vector.
const vectorMagic = "segel-vector/1\n"

// answers are what a bringer can be told.
var answers = []string{"receipt", "receipt, not final", "malformed", "cannot_open", "too_large", "try_later"}

var (
	vectorName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	storedName = regexp.MustCompile(`^([a-z0-9]+(-[a-z0-9]+)*(\.jwks)?)?$`)
)

// header is the fields in their order. A field whose text is empty has no line.
func (v *Vector) header() [][2]string {
	expect := string(v.Expect)
	if expect == "" {
		expect = "opened"
	}
	h := [][2]string{
		{"comment", v.Comment}, {"kind", v.Kind}, {"expect", expect}, {"layer", v.Layer}, {"answer", v.Answer},
		{"at", v.At.UTC().Format(time.RFC3339)}, {"as", string(v.As)}, {"purpose", string(v.Purpose)}, {"keys", v.Keys},
		{"directory", v.Directory}, {"sent", v.Sent},
	}
	for _, s := range v.Seen {
		h = append(h, [2]string{"seen", s})
	}
	return append(h, [2]string{"handler", v.Handler}, [2]string{"result", v.Result}, [2]string{"released", v.Released})
}

// Marshal returns the vector as a file.
func (v *Vector) Marshal() []byte {
	out := []byte(vectorMagic)
	for _, line := range v.header() {
		if line[1] != "" {
			out = append(out, line[0]+": "+line[1]+"\n"...)
		}
	}
	return append(append(out, '\n'), v.Data...)
}

// ParseVector reads a vector file strictly: the file is exactly what
// [Vector.Marshal] writes. Its errors name the fault and no value.
func ParseVector(file []byte) (*Vector, error) {
	head, data, found := bytes.Cut(file, []byte("\n\n"))
	rest, ours := strings.CutPrefix(string(head)+"\n", vectorMagic)
	if !found || !ours {
		return nil, fmt.Errorf("not a vector: first line or end of the header")
	}
	v := &Vector{Data: data}
	for i, line := range strings.Split(strings.TrimSuffix(rest, "\n"), "\n") {
		name, value, ok := strings.Cut(line, ": ")
		if !ok || !v.set(name, value) {
			return nil, fmt.Errorf("not a vector: line %d", i+2)
		}
	}
	if fault := v.fault(); fault != "" {
		return nil, fmt.Errorf("not a vector: %s", fault)
	}
	if !bytes.Equal(v.Marshal(), file) {
		return nil, fmt.Errorf("not a vector: lines twice, out of order, or not in their one form")
	}
	return v, nil
}

func (v *Vector) set(name, value string) bool {
	texts := map[string]*string{
		"comment": &v.Comment, "kind": &v.Kind, "layer": &v.Layer, "answer": &v.Answer, "as": (*string)(&v.As),
		"purpose": (*string)(&v.Purpose), "keys": &v.Keys, "directory": &v.Directory, "sent": &v.Sent,
		"handler": &v.Handler, "result": &v.Result, "released": &v.Released, "expect": (*string)(&v.Expect),
	}
	switch field, known := texts[name]; {
	case value == "" || strings.TrimSpace(value) != value || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
		return false
	case known:
		*field = value
	case name == "seen":
		v.Seen = append(v.Seen, value)
	case name == "at":
		at, err := time.Parse(time.RFC3339, value)
		v.At = at.UTC()
		return err == nil
	default:
		return false
	}
	if name == "expect" && value == "opened" {
		v.Expect = ""
	}
	return true
}

// fault returns what is wrong with the fields, or "".
func (v *Vector) fault() string {
	switch {
	case v.Comment == "":
		return "comment"
	case !slices.Contains(VectorKinds(), v.Kind):
		return "kind"
	case v.Expect != "" && !slices.Contains(envelope.Reasons(), v.Expect):
		return "expect"
	case !slices.Contains(VectorLayers(), v.Layer):
		return "layer"
	case v.Answer != "" && !slices.Contains(answers, v.Answer), (v.Answer == "") != (v.Kind != "envelope" && v.Kind != "question"):
		return "answer"
	case v.At.IsZero():
		return "at"
	case v.As != "" && !form.Party(string(v.As)):
		return "as"
	case v.Purpose != "" && !v.Purpose.Valid():
		return "purpose"
	case !storedName.MatchString(v.Keys), !storedName.MatchString(v.Directory):
		return "keys, directory"
	case (v.Kind == "envelope" || v.Kind == "body") && (v.As == "" || v.Purpose == "" || v.Keys == "" || v.Directory == ""):
		return "an envelope without as, purpose, keys or directory"
	case v.Handler != "" && v.Handler != "rejects" && v.Handler != "fails":
		return "handler"
	case (v.Expect == "") != (v.Result != ""):
		return "result"
	case (v.Kind == "body" && v.Expect != "") != (v.Released != ""):
		return "released"
	}
	for _, s := range v.Seen {
		if _, err := ParseSeen(s); err != nil {
			return "seen"
		}
	}
	if v.Kind == "receipt" || v.Sent != "" {
		if _, err := ParseSent(v.Sent); err != nil {
			return "sent"
		}
	}
	return ""
}

// Seen is one thing that a store holds before a vector is brought to it.
type Seen struct {
	// State is how far it came: "admitted" (no claim is held), "claimed" (a lease
	// runs), "settled" (accepted), "cancelled"; or "clock", the latest time that
	// the store was told, or "directory", the version that was used last.
	State    string
	Sender   envelope.Party // of the envelope
	ID       string         // the envelope's
	Digest   string         // its manifest digest, or a directory's
	First    string         // first of its line, "" if it supersedes nothing
	Revision int64          // in that line
	Version  int64          // of a directory
	Time     time.Time      // that the store was told
}

// ParseSeen reads one seen line of a vector.
func ParseSeen(text string) (Seen, error) {
	fault := fmt.Errorf("seen: not STATE SENDER ID DIGEST [FIRST REVISION], clock TIME or directory VERSION DIGEST")
	f := strings.Split(text, " ")
	s := Seen{State: f[0]}
	var err error
	switch {
	case s.State == "clock" && len(f) == 2:
		s.Time, err = time.Parse(time.RFC3339, f[1])
	case s.State == "directory" && len(f) == 3:
		s.Digest = f[2]
		s.Version, err = strconv.ParseInt(f[1], 10, 64)
	case slices.Contains([]string{"admitted", "claimed", "settled", "cancelled"}, s.State) && (len(f) == 4 || len(f) == 6):
		s.Sender, s.ID, s.Digest = envelope.Party(f[1]), f[2], f[3]
		if len(f) == 6 {
			s.First = f[4]
			s.Revision, err = strconv.ParseInt(f[5], 10, 64)
		}
		if !form.Party(f[1]) || !form.ID(s.ID) || s.First != "" && !form.ID(s.First) {
			return Seen{}, fault
		}
	default:
		return Seen{}, fault
	}
	if err != nil || s.State != "clock" && !form.Digest(s.Digest) {
		return Seen{}, fault
	}
	return s, nil
}

// Sent is what a sender remembers of the envelope that a receipt is for.
type Sent struct {
	Sender    envelope.Party // who sealed it
	ID        string         // its UUIDv7
	Digest    string         // its manifest digest
	Recipient envelope.Party // who is to sign the receipt
	IssuedAt  time.Time      // when it was sealed
}

// ParseSent reads the sent line of a vector: SENDER ID DIGEST RECIPIENT TIME.
func ParseSent(text string) (Sent, error) {
	f := strings.Split(text, " ")
	if len(f) != 5 || !form.Party(f[0]) || !form.ID(f[1]) || !form.Digest(f[2]) || !form.Party(f[3]) {
		return Sent{}, fmt.Errorf("sent: not SENDER ID DIGEST RECIPIENT TIME")
	}
	at, err := time.Parse(time.RFC3339, f[4])
	return Sent{envelope.Party(f[0]), f[1], f[2], envelope.Party(f[3]), at.UTC()}, err
}

// ReadVectors reads all vectors in the folder envelope/testdata/vectors, in the
// order of their names.
func ReadVectors(folder fs.FS) ([]*Vector, error) {
	var all []*Vector
	for _, kind := range VectorKinds() {
		entries, err := fs.ReadDir(folder, kind)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			name := path.Join(kind, e.Name())
			file, err := fs.ReadFile(folder, name)
			if err != nil {
				return nil, err
			}
			v, err := ParseVector(file)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if v.Name = name; v.Kind != kind || !vectorName.MatchString(e.Name()) {
				return nil, fmt.Errorf("%s: not a vector of this folder, or not a name", name)
			}
			all = append(all, v)
		}
	}
	return all, nil
}
