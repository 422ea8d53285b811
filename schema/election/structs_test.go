package election_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"path"
	"reflect"
	"strings"
	"testing"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election"
	"github.com/segel-id/segel/schema/election/ahu"
	"github.com/segel-id/segel/schema/election/bawaslu"
	"github.com/segel-id/segel/schema/election/bssn"
	"github.com/segel-id/segel/schema/election/dkpp"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/kominfo"
	"github.com/segel-id/segel/schema/election/lkpp"
	"github.com/segel-id/segel/schema/election/record"
	"github.com/segel-id/segel/schema/election/referensi"
	"github.com/segel-id/segel/schema/election/sidapil"
	"github.com/segel-id/segel/schema/election/silon"
	"github.com/segel-id/segel/schema/election/sipol"
	"github.com/segel-id/segel/schema/election/sirekap"
)

// structs has the struct of every dataset, as a pointer to a new one.
var structs = map[string]func() any{
	"ahu/badan-hukum":          func() any { return new(ahu.BadanHukum) },
	"ahu/kepengurusan-pusat":   func() any { return new(ahu.KepengurusanPusat) },
	"ahu/permintaan-status":    func() any { return new(ahu.PermintaanStatus) },
	"ahu/perubahan-adart":      func() any { return new(ahu.PerubahanADART) },
	"bawaslu/temuan":           func() any { return new(bawaslu.Temuan) },
	"bssn/insiden":             func() any { return new(bssn.Insiden) },
	"dkpp/putusan":             func() any { return new(dkpp.Putusan) },
	"kominfo/informasi-publik": func() any { return new(kominfo.InformasiPublik) },
	"kominfo/jaringan-tps":     func() any { return new(kominfo.JaringanTPS) },
	"kominfo/konten":           func() any { return new(kominfo.Konten) },
	"lkpp/paket-pengadaan":     func() any { return new(lkpp.PaketPengadaan) },
	"referensi/register-tps":   func() any { return new(referensi.RegisterTPS) },
	"referensi/wilayah":        func() any { return new(referensi.Wilayah) },
	"sidapil/dapil":            func() any { return new(sidapil.Dapil) },
	"silon/calon":              func() any { return new(silon.Calon) },
	"silon/daftar":             func() any { return new(silon.Daftar) },
	"sipol/kantor":             func() any { return new(sipol.Kantor) },
	"sipol/keanggotaan":        func() any { return new(sipol.Keanggotaan) },
	"sipol/kepengurusan":       func() any { return new(sipol.Kepengurusan) },
	"sipol/profil-partai":      func() any { return new(sipol.ProfilPartai) },
	"sirekap/dokumen-tps":      func() any { return new(sirekap.DokumenTPS) },
	"sirekap/hasil-tps":        func() any { return new(sirekap.HasilTPS) },
	"sirekap/lokasi-tps":       func() any { return new(sirekap.LokasiTPS) },
	"sirekap/rekapitulasi":     func() any { return new(sirekap.Rekapitulasi) },
}

// TestStructsHoldEverything: what is written of a struct is what was read into
// it, with every null where it was, nothing added, and nothing gone but members
// that the definition does not declare; and the definition finds the same in it.
func TestStructsHoldEverything(t *testing.T) {
	registry := election.Registry()
	records := 0
	for _, d := range registry.All() {
		id := d.Ref().ID
		if structs[id] == nil {
			t.Errorf("%s: no struct in the table", id)
			continue
		}
		if of, ok := structs[id]().(interface{ Dataset() string }); !ok || of.Dataset() != id {
			t.Errorf("%s: its struct says that it is for another dataset", id)
		}
		files, err := fs.Glob(electiontest.FS(), path.Join(id, "*", "*.ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.Contains(file, "/invalid/") {
				continue
			}
			undeclared := map[string]bool{"null": true}
			if path.Base(file) == "unknown-members.ndjson" {
				undeclared = map[string]bool{"null": true, "mode": true, "versi": true}
			}
			data, err := fs.ReadFile(electiontest.FS(), file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(data) {
				records++
				v := structs[id]()
				if err := record.Decode(line, v); err != nil {
					t.Errorf("%s: %v", file, err)
					continue
				}
				written, err := json.Marshal(v)
				if err != nil {
					t.Errorf("%s: %v", file, err)
					continue
				}
				want, got := decode(t, line), decode(t, written)
				without(want, undeclared)
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s:\ngot  %v\nwant %v", file, got, want)
				}
				if a, b := found(t, registry, id, line), found(t, registry, id, written); !reflect.DeepEqual(a, b) {
					t.Errorf("%s: found %v in the struct, %v in the file", file, b, a)
				}
			}
		}
	}
	if records < 150 {
		t.Errorf("only %d records were read", records)
	}
}

func without(v any, names map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, below := range v {
			if names[name] {
				delete(v, name)
				continue
			}
			without(below, names)
		}
	case []any:
		for _, below := range v {
			without(below, names)
		}
	}
}

func found(t *testing.T, registry *schema.Registry, id string, record []byte) *schema.Report {
	t.Helper()
	d, err := registry.Latest(id)
	if err != nil {
		t.Fatal(err)
	}
	report, err := d.Check(context.Background(), schema.NDJSON(bytes.NewReader(record)), schema.CheckOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestFixturesShowEveryMember: an integrator finds each member of a dataset in
// some sound record, with a value.
func TestFixturesShowEveryMember(t *testing.T) {
	for id, struct_ := range structs {
		shown := map[string]bool{} // by the member's pointer: whether some record has it
		files, err := fs.Glob(electiontest.FS(), path.Join(id, "valid", "*.ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := fs.ReadFile(electiontest.FS(), file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(data) {
				v := struct_()
				if err := record.Decode(line, v); err != nil {
					t.Fatal(file, err)
				}
				show(reflect.ValueOf(v).Elem(), "", shown)
			}
		}
		for at, is := range shown {
			if !is && id+at != "referensi/wilayah/berlaku_sampai" { // whose every value makes a notice
				t.Errorf("%s: no record has %s", id, at)
			}
		}
	}
}

func show(v reflect.Value, at string, shown map[string]bool) {
	if get := v.MethodByName("Get"); get.IsValid() {
		if out := get.Call(nil); out[1].Bool() {
			shown[at] = true
			show(out[0], at, shown)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if name == "" {
				continue
			}
			below := at + "/" + name
			shown[below] = shown[below] || !v.Field(i).MethodByName("Get").IsValid()
			show(v.Field(i), below, shown)
		}
	case reflect.Slice:
		for i := range v.Len() {
			show(v.Index(i), at+"/*", shown)
		}
	}
}
