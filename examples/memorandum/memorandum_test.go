package memorandum

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/agreement"
)

const (
	lkpp    envelope.Party = "lkpp/pengadaan"
	kpu     envelope.Party = "kpu/logistik"
	dataset                = "lkpp/paket-pengadaan"
	tender                 = `{"tahun_anggaran":2023,"kd_lpse":999,"kd_tender":9999999,"nama_paket":"Contoh kotak suara"}`
)

func grants() []agreement.Grant {
	return []agreement.Grant{{From: lkpp, To: kpu, Dataset: dataset, Purposes: []purpose.Code{"LOGISTIK-ADA"}}}
}

// Two agencies sign, and one sends to the other.
func Example() {
	Tell("en", func(ctx context.Context, s *Story) error {
		if err := s.Sign(grants()...); err != nil {
			return err
		}
		s.Receive(kpu, "LOGISTIK-ADA", func(_ context.Context, d *exchange.Delivery) error {
			s.Say("KPU tiba: %d", "at KPU: %d", d.Report().Records)
			return nil
		})
		if _, _, err := s.Dispatcher(lkpp).Send(ctx, Shipment(dataset, "LOGISTIK-ADA", tender, kpu)); err != nil {
			return err
		}
		return s.Carry(ctx, lkpp)
	})
	// Output:
	// at KPU: 1
	//   ✓ kpu/logistik accepts, by a signed receipt.
}

// TestWhatGoesWrongIsTold: a story that does not go as told fails the test of its
// example and the program.
func TestWhatGoesWrongIsTold(t *testing.T) {
	for _, c := range []struct {
		name, want string
		handle     exchange.Handler
		changed    string
	}{
		{"sound", "", func(context.Context, *exchange.Delivery) error { return nil }, tender},
		{"a handler that fails", "has not answered", func(context.Context, *exchange.Delivery) error { return errors.New("x") }, tender},
		{"nobody receives", "has not answered", nil, tender},
		{"a record of another form", "error: structure", nil, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			code := tell(&out, "en", func(ctx context.Context, s *Story) error {
				if err := s.Sign(grants()...); err != nil {
					return err
				}
				if c.handle != nil {
					s.Receive(kpu, "LOGISTIK-ADA", c.handle)
				}
				if _, _, err := s.Dispatcher(lkpp).Send(ctx, Shipment(dataset, "LOGISTIK-ADA", c.changed, kpu)); err != nil {
					return err
				}
				return s.Carry(ctx, lkpp)
			})
			if (code == 0) != (c.want == "") || !strings.Contains(out.String(), c.want) {
				t.Errorf("code %d, told %q", code, out.String())
			}
		})
	}
}

// TestEveryExampleIsIndexed: the README names each program and no other, and each
// has a test.
func TestEveryExampleIsIndexed(t *testing.T) {
	index, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	programs, err := filepath.Glob("../*/main.go")
	if err != nil || len(programs) < 9 {
		t.Fatal(len(programs), err)
	}
	for _, p := range programs {
		name := filepath.Base(filepath.Dir(p))
		if !strings.Contains(string(index), fmt.Sprintf("go run ./examples/%s`", name)) && !strings.Contains(string(index), fmt.Sprintf("[%s](%s)", name, name)) {
			t.Errorf("README.md has no line about %s", name)
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(p), "main_test.go")); err != nil {
			t.Error(err)
		}
	}
	for _, part := range strings.Split(string(index), "go run ./examples/")[1:] {
		name, _, _ := strings.Cut(part, "`")
		if _, err := os.Stat(filepath.Join("..", name, "main.go")); err != nil {
			t.Errorf("README.md runs what is not there: %v", err)
		}
	}
}
