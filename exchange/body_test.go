package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/spool"
)

// boards returns n valid boards, each of about 1 KiB.
func boards(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat",%s"kode_wilayah":null,"nomor_sk":"M.HH-%06d.AH.11.02 TAHUN 2022","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"Ketua","nama":"Warga Contoh"}]}`+"\n",
			strings.Repeat(" ", 800), i)
	}
	return b.Bytes()
}

// A shipped is a sealed envelope with what its Body got.
type shipped struct {
	*envelope.Sealed
	file []byte // with the tokens of all recipients
}

// delivery is what crosses the line for AHU.
func (s shipped) delivery(t testing.TB) []byte {
	t.Helper()
	head, err := s.Delivery(ahu.Party)
	if err != nil {
		t.Fatal(err)
	}
	return append(head, s.file[len(s.File()):]...)
}

func (s *scene) ship(shipment exchange.Shipment) shipped {
	s.Helper()
	return s.shipBy(s.Sender(sipol), shipment)
}

func (s *scene) shipBy(sender *exchange.Sender, shipment exchange.Shipment) shipped {
	s.Helper()
	var file bytes.Buffer
	shipment.Request, shipment.Body = s.Request(dataset, code, ahu), &file
	sealed, _, err := sender.Seal(context.Background(), shipment)
	if err != nil {
		s.Fatal(err)
	}
	if (sealed.Closing() != nil) != (file.Len() > 0) || !bytes.HasPrefix(file.Bytes(), sealed.File()[:min(file.Len(), len(sealed.File()))]) {
		s.Fatalf("Body got %d bytes, closing %v", file.Len(), sealed.Closing())
	}
	return shipped{sealed, file.Bytes()}
}

// stream hides that an input can be read twice.
type stream struct{ io.Reader }

func newSpool(t testing.TB) *spool.Folder {
	t.Helper()
	f, err := spool.Open(t.TempDir(), spool.Limits{}, envelopetest.Now())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// stage keeps content in memory.
type stage struct {
	bytes.Buffer
	discarded int
}

func (s *stage) Discard() { s.discarded++ }

// ways are the ways in which a receiver takes a body.
var ways = []struct {
	name   string
	change func(*testing.T, *exchange.ReceiverConfig)
	wrap   func(io.Reader) io.Reader
}{
	{"from an input that is read twice", nil, nil},
	{"from the spool", func(t *testing.T, c *exchange.ReceiverConfig) { c.Spool = newSpool(t) }, func(r io.Reader) io.Reader { return stream{r} }},
	{"staged in one pass", func(t *testing.T, c *exchange.ReceiverConfig) {
		c.Stage = func(context.Context, envelope.Proof) (exchange.Stage, error) { return new(stage), nil }
	}, func(r io.Reader) io.Reader { return stream{r} }},
}

// everyWay runs a test once for each of the ways.
func everyWay(t *testing.T, test func(s *scene, take func([]byte) exchange.Answer)) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			s := newScene(t)
			if way.change != nil {
				s.restart(func(c *exchange.ReceiverConfig) { way.change(t, c) })
			}
			test(s, func(file []byte) exchange.Answer {
				var in io.Reader = bytes.NewReader(file)
				if way.wrap != nil {
					in = way.wrap(in)
				}
				return s.r.Receive(context.Background(), in)
			})
		})
	}
}

// read reads all that a delivery has, by whatever way.
func read(d *exchange.Delivery) ([]byte, error) {
	if s, ok := d.Stage().(*stage); ok {
		return s.Bytes(), nil
	}
	var records bytes.Buffer
	for r := range d.Records() {
		records.Write(r)
		records.WriteByte('\n')
	}
	content, err := io.ReadAll(d.Content())
	if err == nil && !bytes.Equal(content, records.Bytes()) && records.Len() > 0 {
		err = errors.New("Records and Content differ")
	}
	return content, errors.Join(err, d.Err())
}

func TestBodyIsExchanged(t *testing.T) {
	everyWay(t, func(s *scene, take func([]byte) exchange.Answer) {
		records := boards(2000)
		var got []byte
		s.handler = func(_ context.Context, d *exchange.Delivery) (err error) {
			if e := s.Journal(ahu).Entries(); len(e) != 1 || e[0].Event != exchange.EventReleased {
				s.Errorf("the journal has %+v when the handler is called", e)
			}
			if d.Report().Records != 2000 || d.Size() != int64(len(records)) || d.Retracts() {
				s.Errorf("%d records, %d bytes, retracts %v", d.Report().Records, d.Size(), d.Retracts())
			}
			got, err = read(d)
			return err
		}
		sent := s.ship(exchange.Shipment{Records: source(records)})
		if sent.Closing() == nil {
			s.Fatal("no body")
		}
		a := take(sent.delivery(s))
		s.accepted(a)
		if !bytes.Equal(got, records) {
			s.Errorf("%d bytes came out, %d went in", len(got), len(records))
		}
		c := s.receipt(a, sent.Sealed).Claims()
		if c.Root != sent.Closing().Root || c.Findings.Records != 2000 {
			s.Errorf("the receipt says %+v", c)
		}
		if row := s.row(sent.Sealed); row.Root != sent.Closing().Root {
			s.Errorf("the row has root %q", row.Root)
		}
		again := take(sent.delivery(s))
		if !again.Repeat() || string(again.Settlement.Receipt) != string(a.Settlement.Receipt) {
			s.Errorf("a repeat: %q (%v)", again.Reason, again.Err())
		}
		s.called(1)
	})
}

func TestSmallContentStaysInline(t *testing.T) {
	for _, tt := range []struct {
		name     string
		shipment exchange.Shipment
		inline   bool
	}{
		{"at the limit", exchange.Shipment{InlineLimit: len(boards(10))}, true},
		{"a byte beyond", exchange.Shipment{InlineLimit: len(boards(10)) - 1}, false},
		{"by default", exchange.Shipment{}, true},
		{"no records", exchange.Shipment{InlineLimit: 1}, true},
	} {
		everyWay(t, func(s *scene, take func([]byte) exchange.Answer) {
			records := boards(10)
			if tt.name == "no records" {
				records = nil
			}
			var got []byte
			s.handler = func(_ context.Context, d *exchange.Delivery) (err error) { got, err = read(d); return err }
			tt.shipment.Records = source(records)
			sent := s.ship(tt.shipment)
			if (sent.Closing() == nil) != tt.inline {
				s.Errorf("%s: inline %v", tt.name, !tt.inline)
			}
			file := sent.File()
			if !tt.inline {
				file = sent.delivery(s)
			}
			s.accepted(take(file))
			if !bytes.Equal(got, records) {
				s.Errorf("%s: %d bytes, want %d", tt.name, len(got), len(records))
			}
		})
	}
}

func TestWithoutABodyThereIsALimit(t *testing.T) {
	s := newScene(t)
	_, _, err := s.Sender(sipol).Seal(context.Background(), exchange.Shipment{Request: s.Request(dataset, code, ahu), Records: source(boards(4500))})
	if envelope.ReasonOf(err) != envelope.ReasonTooLarge {
		t.Errorf("%v", err)
	}
	sent := s.ship(exchange.Shipment{Records: source(boards(100))})
	if a := s.r.Receive(context.Background(), stream{bytes.NewReader(sent.delivery(t))}); a.Reason != envelope.ReasonTooLarge || a.Settlement != nil {
		t.Errorf("a receiver without a spool: %q", a.Reason)
	}
	s.untouched(sent.Sealed)
}

func TestDocuments(t *testing.T) {
	for _, size := range []int{1, 200 << 10} {
		everyWay(t, func(s *scene, take func([]byte) exchange.Answer) {
			pdf := bytes.Repeat([]byte{'%', 'P', 0, '\n'}, size)
			sent := s.ship(exchange.Shipment{Document: bytes.NewReader(pdf), Media: "application/pdf", Codec: envelope.CodecZstd})
			file := sent.File()
			if size > 1 {
				file = sent.delivery(s)
			}
			s.refused(take(file), envelope.ReasonStructure, true)
		})
	}
	everyWay(t, func(s *scene, take func([]byte) exchange.Answer) {
		s.restart(func(c *exchange.ReceiverConfig) { c.Documents = []string{"image/jpeg"} })
		for _, size := range []int{1, 100 << 10} {
			sent := s.ship(exchange.Shipment{Document: bytes.NewReader(make([]byte, size)), Media: "application/pdf"})
			file := sent.File()
			if size > 1 {
				file = sent.delivery(s)
			}
			s.refused(take(file), envelope.ReasonUnknownDefinition, false)
		}
	})
	s := newScene(t)
	pdf := bytes.Repeat([]byte{'%', 'P', 0, '\n'}, 100<<10)
	s.restart(func(c *exchange.ReceiverConfig) { c.Documents = []string{"image/jpeg", "application/pdf"} })
	var got []byte
	s.handler = func(_ context.Context, d *exchange.Delivery) (err error) { got, err = read(d); return err }
	sent := s.ship(exchange.Shipment{Document: bytes.NewReader(pdf), Media: "application/pdf"})
	a := s.receive(sent.delivery(t))
	s.accepted(a)
	if !bytes.Equal(got, pdf) || s.receipt(a, sent.Sealed).Claims().Findings != nil {
		t.Error("the document, or what the receipt says of it")
	}
}

// Whatever is wrong with a body, nobody sees a record of it and nothing durable
// comes of it.
func TestDamagedBodies(t *testing.T) {
	everyWay(t, func(s *scene, take func([]byte) exchange.Answer) {
		sent := s.ship(exchange.Shipment{Records: source(boards(3000)), Codec: envelope.CodecNone})
		whole := sent.delivery(s)
		flip := func(at int) []byte { f := bytes.Clone(whole); f[at] ^= 1; return f }
		for _, tt := range []struct {
			name string
			file []byte
			want envelope.Reason
		}{
			{"no body", sent.File(), envelope.ReasonMalformed},
			{"cut in the first chunk", whole[:len(sent.File())+1000], envelope.ReasonMalformed},
			{"cut before the closing", whole[:len(whole)-600], envelope.ReasonMalformed},
			{"cut by a byte", whole[:len(whole)-1], envelope.ReasonMalformed},
			{"a byte more", append(bytes.Clone(whole), 0), envelope.ReasonMalformed},
			{"a bit in the last data chunk", flip(len(whole) - 2000), envelope.ReasonCannotOpen},
			{"a bit in the closing", flip(len(whole) - 10), envelope.ReasonCannotOpen},
		} {
			a := take(tt.file)
			s.refused(a, tt.want, false)
			if a.Key.ID != "" || a.Reply().Receipt != nil {
				s.Errorf("%s: the answer tells %v", tt.name, a)
			}
			if s.row(sent.Sealed) != nil {
				s.Errorf("%s: there is a row", tt.name)
			}
		}
		s.accepted(take(whole))
	})
}

func TestABrokenRecordInABodyIsRefused(t *testing.T) {
	broken := append(boards(1000), []byte("{\"kode_partai\":17}\n")...)
	t.Run("by its sender, who goes on for the report", func(t *testing.T) {
		s := newScene(t)
		var file bytes.Buffer
		_, report, err := s.Sender(sipol).Seal(context.Background(), exchange.Shipment{
			Request: s.Request(dataset, code, ahu), Body: &file, Records: source(append(bytes.Clone(broken), boards(1)...)),
		})
		if envelope.ReasonOf(err) != envelope.ReasonStructure || report == nil || report.Records != 1002 || report.Errors != 2 {
			t.Fatalf("%v, %+v", err, report)
		}
		if n := len(s.Journal(sipol).Entries()); n != 0 {
			t.Errorf("%d entries", n)
		}
		s.refused(s.receive(file.Bytes()), envelope.ReasonMalformed, false) // no closing statement
	})
	everyWay(t, func(s *scene, take func([]byte) exchange.Answer) {
		var file bytes.Buffer
		w, err := envelope.NewWriter(context.Background(), &file, sipol.Signing, s.draft(), envelope.Layout{Media: envelope.MediaRecords})
		if err == nil {
			_, err = w.Write(broken)
		}
		if err = errors.Join(err, w.Close()); err != nil {
			s.Fatal(err)
		}
		a := take(file.Bytes())
		s.refused(a, envelope.ReasonStructure, true)
		if c := s.receipt(a, w.Sealed()).Claims(); c.Root != w.Sealed().Closing().Root || c.Findings.Errors != 1 {
			s.Errorf("the receipt says %+v", c)
		}
	})
}

// What a handler did not see to the end it cannot accept.
func TestAHandlerCannotAcceptWhatItCouldNotRead(t *testing.T) { cannotJudge(t, nil) }

// Records that are missing are no ground to refuse an envelope for good.
func TestAHandlerCannotRejectWhatItCouldNotRead(t *testing.T) {
	cannotJudge(t, exchange.Reject("records_missing"))
}

func cannotJudge(t *testing.T, verdict error) {
	s := newScene(t)
	sent := s.ship(exchange.Shipment{Records: source(boards(3000)), Codec: envelope.CodecNone})
	in := bytes.NewReader(sent.delivery(t))
	file := &fading{ReadSeeker: in, at: in}
	s.handler = func(_ context.Context, d *exchange.Delivery) error {
		file.gone = int64(in.Len()) + envelope.DefaultChunk*3/2
		n := 0
		for range d.Records() {
			n++
		}
		if n == 0 || n == 3000 || d.Err() == nil {
			t.Errorf("%d records, %v", n, d.Err())
		}
		return verdict
	}
	a := s.r.Receive(context.Background(), file)
	if a.Reason != envelope.ReasonHandlerFailed || a.Settlement != nil {
		t.Errorf("got %q", a.Reason)
	}
	s.handler = nil
	s.accepted(s.receive(sent.delivery(t)))
}

// fading is a file that loses its end.
type fading struct {
	io.ReadSeeker
	at   io.ReaderAt
	gone int64
}

func (f *fading) ReadAt(p []byte, off int64) (int, error) {
	if f.gone > 0 && off+int64(len(p)) > f.gone {
		return 0, errors.New("disk on fire")
	}
	return f.at.ReadAt(p, off)
}

func TestStageIsDiscarded(t *testing.T) {
	s := newScene(t)
	var stages []*stage
	s.restart(func(c *exchange.ReceiverConfig) {
		c.Stage = func(context.Context, envelope.Proof) (exchange.Stage, error) {
			stages = append(stages, new(stage))
			return stages[len(stages)-1], nil
		}
	})
	sent := s.ship(exchange.Shipment{Records: source(boards(1000))})
	s.refused(s.receive(sent.delivery(t)[:600<<10]), envelope.ReasonMalformed, false)
	s.handler = func(context.Context, *exchange.Delivery) error { return errors.New("not now") }
	if a := s.receive(sent.delivery(t)); a.Reason != envelope.ReasonHandlerFailed {
		t.Errorf("%q", a.Reason)
	}
	if len(stages) != 2 || stages[0].discarded == 0 || stages[1].discarded == 0 {
		t.Errorf("%d stages", len(stages))
	}
}

// What somebody else has read a handler has not.
func TestAHandlerCannotAcceptTheRecordsOfAStage(t *testing.T) {
	s := newScene(t)
	s.restart(func(c *exchange.ReceiverConfig) {
		c.Stage = func(context.Context, envelope.Proof) (exchange.Stage, error) { return new(stage), nil }
	})
	s.handler = func(_ context.Context, d *exchange.Delivery) error {
		for range d.Records() {
			t.Error("a record")
		}
		if envelope.ReasonOf(d.Err()) != envelope.ReasonMisuse {
			t.Errorf("got %v", d.Err())
		}
		return nil
	}
	sent := s.ship(exchange.Shipment{Records: source(boards(20)), InlineLimit: 100})
	a := s.r.Receive(context.Background(), stream{bytes.NewReader(sent.delivery(t))})
	if a.Reason != envelope.ReasonHandlerFailed || a.Settlement != nil {
		t.Errorf("got %q", a.Reason)
	}
	s.called(1)
}
