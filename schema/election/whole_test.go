package election_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/segel-id/segel/schema/election"
	"github.com/segel-id/segel/schema/election/electiontest"
	"github.com/segel-id/segel/schema/election/synthetic"
)

// TestEveryDatasetIsWhole: what an integrator finds of one dataset is there of
// all of them: a definition, a struct, a page in each language, fixtures of each
// sort, a generator and an example. That each is right is for other tests.
func TestEveryDatasetIsWhole(t *testing.T) {
	asked := []string{ // of the systems that the memoranda name
		"sipol/profil-partai", "sipol/kepengurusan", "sipol/keanggotaan", "sipol/kantor",
		"ahu/badan-hukum", "ahu/perubahan-adart", "ahu/kepengurusan-pusat", "silon/calon", "sidapil/dapil",
		"sirekap/hasil-tps", "sirekap/dokumen-tps", "sirekap/rekapitulasi", "sirekap/lokasi-tps",
		"kominfo/jaringan-tps", "kominfo/konten", "kominfo/informasi-publik",
		"bssn/insiden", "bawaslu/temuan", "dkpp/putusan", "lkpp/paket-pengadaan", "referensi/wilayah", "referensi/register-tps",
	}
	has := map[string]bool{}
	example := regexp.MustCompile(`(?m)^func Example([A-Za-z0-9]+)\(`)
	for _, d := range election.Registry().All() {
		id := d.Ref().ID
		if has[id] {
			continue
		}
		has[id] = true
		for _, lang := range []string{"id", "en"} {
			if _, err := os.Stat("docs/" + strings.Replace(id, "/", "-", 1) + "." + lang + ".md"); err != nil {
				t.Error(err)
			}
		}
		for _, sort := range []string{"valid", "finding", "invalid"} {
			if _, err := electiontest.FS().Open(id + "/" + sort); err != nil {
				t.Error(err)
			}
		}
		if _, err := synthetic.New(id, 1, 0); err != nil {
			t.Errorf("%s: no generator: %v", id, err)
		}
		if structs[id] == nil {
			t.Errorf("%s: no struct", id)
			continue
		}
		var shown strings.Builder
		system, _, _ := strings.Cut(id, "/")
		files, err := filepath.Glob(system + "/*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range example.FindAllSubmatch(text, -1) {
				shown.WriteString(" " + string(m[1]) + " ")
			}
		}
		if name := reflect.TypeOf(structs[id]()).Elem().Name(); !strings.Contains(shown.String(), " "+name+" ") {
			t.Errorf("%s: no example of %s", id, name)
		}
	}
	for _, id := range asked {
		if !has[id] {
			t.Errorf("%s is not there", id)
		}
	}
}
