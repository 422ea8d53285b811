// Package board is what the crash tests send: one small dataset, which every process
// under test compiles anew. All datasets together would be most of a short life.
package board

import (
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/segel-id/segel/envelope"
	"github.com/segel-id/segel/envelope/purpose"
	"github.com/segel-id/segel/exchange"
	"github.com/segel-id/segel/exchange/exchangetest"
	"github.com/segel-id/segel/schema"
)

const (
	// Dataset is its id.
	Dataset = "sipol/kepengurusan"
	// Purpose is what it is sent for.
	Purpose purpose.Code = "PARPOL-BADANHUKUM"
)

// Definition compiles the dataset, once. It reads the files of package schema/election
// from the folder of a test two levels below the module's, or three.
var Definition = sync.OnceValues(func() (*schema.Definition, error) {
	at := "../../schema/election/" + Dataset
	if _, err := os.Stat(at + ".json"); err != nil {
		at = "../" + at
	}
	norm, err := os.ReadFile(at + ".json")
	texts, err2 := os.ReadFile(at + ".texts.json")
	if err := errors.Join(err, err2); err != nil {
		return nil, err
	}
	return schema.ParseDefinition(norm, texts)
})

// Registry has that definition alone.
func Registry() (*schema.Registry, error) {
	def, err := Definition()
	if err != nil {
		return nil, err
	}
	return schema.NewRegistry(def)
}

// Record is a record, told from others by its number.
func Record(n int) string {
	return fmt.Sprintf(`{"kode_partai":"99","partai":"Partai Contoh","tingkat":"pusat","kode_wilayah":null,"nomor_sk":"M.HH-%05d.AH.11.02 TAHUN 2022","tanggal_sk":"2022-06-01","pengurus":[{"jabatan":"Ketua","nama":"Warga Contoh"}]}`+"\n", n)
}

// Request is what every record is sent by, to one recipient.
func Request(to envelope.Party) exchange.Request {
	return exchange.Request{Dataset: Dataset, Purpose: Purpose, Agreement: exchangetest.Agreement, To: []envelope.Party{to}}
}
