package exchange_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/envelopetest"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/schema"
	other "github.com/segel-id/segel/schema/election/ahu"
	"github.com/segel-id/segel/schema/election/record"
	data "github.com/segel-id/segel/schema/election/sipol"
)

// A handler reads the boards that it gets. A member that may be absent is asked
// for: no NIK is another thing than an empty one.
func ExampleRecords() {
	world := exchangetest.NewWorld()
	world.Receiver(envelopetest.BadanHukum(), "PARPOL-BADANHUKUM", func(_ context.Context, d *exchange.Delivery) error {
		for board, err := range exchange.Records[data.Kepengurusan](d) {
			if err != nil {
				return err
			}
			for _, officer := range board.Pengurus {
				_, known := officer.NIK.Get()
				fmt.Println(board.Tingkat, officer.Jabatan, officer.JenisKelamin.Or("-"), known)
			}
		}
		return nil
	})
	board := `{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat","kode_wilayah":null,"nomor_sk":"M.HH-999.AH.11.02 TAHUN 2022","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"Ketua Umum","nama":"Warga Contoh A","jenis_kelamin":"P"},{"jabatan":"Sekretaris","nama":"Warga Contoh B"}]}`
	request := world.Request("sipol/kepengurusan", "PARPOL-BADANHUKUM", envelopetest.BadanHukum())
	receipt, err := world.Exchange(context.Background(), envelopetest.Sipol(), request, []byte(board))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(receipt.Claims().Outcome)
	// Output:
	// pusat Ketua Umum P false
	// pusat Sekretaris - false
	// accepted
}

// one is a struct of one's own, with some of the members.
type one struct {
	Decree string               `json:"nomor_sk"`
	Area   record.Field[string] `json:"kode_wilayah"`
}

func TestRecordsAreTyped(t *testing.T) {
	for _, c := range []struct {
		name    string
		records int
		limit   int
	}{{"none", 0, 0}, {"inline", 20, 0}, {"a body", 20, 100}, {"a body of several chunks", 2000, 0}} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t)
			count := 0
			s.handler = func(_ context.Context, d *exchange.Delivery) error {
				for range 2 { // as often as one likes
					count = 0
					for board, err := range exchange.Records[data.Kepengurusan](d) {
						if err != nil {
							return err
						}
						if board.NomorSK != fmt.Sprintf("M.HH-%06d.AH.11.02 TAHUN 2022", count) || !board.KodeWilayah.IsNull() || len(board.Pengurus) != 1 {
							t.Errorf("record %d is not what was sealed", count+1)
						}
						count++
					}
				}
				for own, err := range exchange.Records[one](d) {
					if err != nil || own.Decree != "M.HH-000000.AH.11.02 TAHUN 2022" || !own.Area.IsNull() {
						t.Errorf("a struct of one's own: %v", err)
					}
					break
				}
				return d.Err()
			}
			sent := s.ship(exchange.Shipment{Records: source(boards(c.records)), InlineLimit: c.limit})
			file := sent.File()
			if sent.Closing() != nil {
				file = sent.delivery(t)
			}
			if (sent.Closing() != nil) != (c.name[0] == 'a') {
				t.Fatal("another form than meant")
			}
			s.accepted(s.receive(file))
			if count != c.records {
				t.Errorf("%d records, want %d", count, c.records)
			}
		})
	}
}

// TestRecordsFailClosed: a handler that passes over the error does not accept.
func TestRecordsFailClosed(t *testing.T) {
	form := func(err error) bool {
		e, ok := errors.AsType[*schema.Error](err)
		return ok && e.Reason == schema.ReasonMalformed && e.Record == 1
	}
	misuse := func(err error) bool { return envelope.ReasonOf(err) == envelope.ReasonMisuse }
	for _, c := range []struct {
		name string
		read func(d *exchange.Delivery) (records int, failed []error)
		want func(error) bool
	}{
		{"another dataset's struct", all[other.BadanHukum], misuse},
		{"a member of another type", all[struct {
			Decree int64 `json:"nomor_sk"`
		}], form},
		{"null where nothing may be null", all[struct {
			Area string `json:"kode_wilayah"`
		}], form},
	} {
		for _, limit := range []int{0, 100} {
			t.Run(fmt.Sprint(c.name, ", limit ", limit), func(t *testing.T) {
				s := newScene(t)
				s.handler = func(_ context.Context, d *exchange.Delivery) error {
					records, failed := c.read(d)
					if records != 0 || len(failed) != 1 || !c.want(failed[0]) || d.Err() != failed[0] {
						t.Errorf("%d records, then %v", records, failed)
					}
					return nil
				}
				sent := s.ship(exchange.Shipment{Records: source(boards(3)), InlineLimit: limit})
				file := sent.File()
				if sent.Closing() != nil {
					file = sent.delivery(t)
				}
				a := s.receive(file)
				if a.Reason != envelope.ReasonHandlerFailed || a.Settlement != nil {
					t.Errorf("%q, settled %v", a.Reason, a.Settlement != nil)
				}
				s.called(1)
			})
		}
	}
}

// all reads on whatever happens, as nobody should.
func all[T any](d *exchange.Delivery) (records int, failed []error) {
	for _, err := range exchange.Records[T](d) {
		if err != nil {
			failed = append(failed, err)
		} else {
			records++
		}
	}
	return records, failed
}

func TestRecordsOfWhatCannotBeRead(t *testing.T) {
	t.Run("staged", func(t *testing.T) {
		s := newScene(t)
		s.restart(func(c *exchange.ReceiverConfig) {
			c.Stage = func(context.Context, envelope.Proof) (exchange.Stage, error) { return new(stage), nil }
		})
		s.handler = func(_ context.Context, d *exchange.Delivery) error {
			if records, failed := all[data.Kepengurusan](d); records != 0 || len(failed) != 1 || envelope.ReasonOf(failed[0]) != envelope.ReasonMisuse {
				t.Errorf("%d records, then %v", records, failed)
			}
			return nil
		}
		sent := s.ship(exchange.Shipment{Records: source(boards(20)), InlineLimit: 100})
		if a := s.r.Receive(context.Background(), stream{bytes.NewReader(sent.delivery(t))}); a.Settlement != nil {
			t.Error("accepted, although nothing was read")
		}
		s.called(1)
	})
	t.Run("a document", func(t *testing.T) {
		s := newScene(t)
		s.restart(func(c *exchange.ReceiverConfig) { c.Documents = []string{"application/pdf"} })
		s.handler = func(_ context.Context, d *exchange.Delivery) error {
			if records, failed := all[data.Kepengurusan](d); records != 0 || len(failed) != 0 {
				t.Errorf("%d records, then %v", records, failed)
			}
			return nil
		}
		sent := s.ship(exchange.Shipment{Document: bytes.NewReader([]byte("%PDF")), Media: "application/pdf"})
		s.accepted(s.receive(sent.File()))
		s.called(1)
	})
	t.Run("over before its end", func(t *testing.T) {
		s := newScene(t)
		var kept *exchange.Delivery
		s.restart(func(c *exchange.ReceiverConfig) { c.Spool = newSpool(t) })
		s.handler = func(_ context.Context, d *exchange.Delivery) error { kept = d; return nil }
		sent := s.ship(exchange.Shipment{Records: source(boards(2000))})
		s.accepted(s.r.Receive(context.Background(), stream{bytes.NewReader(sent.delivery(t))}))
		if records, failed := all[data.Kepengurusan](kept); records == 2000 || len(failed) != 1 || failed[0] != kept.Err() {
			t.Errorf("%d records, then %v", records, failed)
		}
	})
}
