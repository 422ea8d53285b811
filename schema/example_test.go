package schema_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"strings"

	"github.com/segel-id/segel/schema"
)

const norm = `{
  "segel": "definition/1", "id": "contoh/kotak", "version": "1.0.0", "classification": "public",
  "purposes": ["REKAP-UMUM"], "keys": ["/kode"], "sensitive": [],
  "schema": {
    "type": "object", "required": ["kode"],
    "properties": {
      "kode": {"type": "string", "pattern": "^[0-9]{3}$"},
      "pemilu": {"enum": ["ppwp", null]},
      "sah": {"$ref": "#/$defs/n"}, "tidak_sah": {"$ref": "#/$defs/n"}, "total": {"$ref": "#/$defs/n"}
    },
    "$defs": {"n": {"type": ["integer", "null"], "minimum": 0}}
  },
  "values": {"sah": "/sah", "tidak_sah": "/tidak_sah", "total": "/total"},
  "rules": [{"id": "A1", "kind": "rule", "severity": "error", "require": {"=": [{"sum": ["sah", "tidak_sah"]}, "total"]}}]
}`

const texts = `{
  "title": {"id": "Kotak contoh", "en": "Example box"},
  "rules": {"A1": {"id": "{sah} + {tidak_sah} bukan {total}.", "en": "{sah} + {tidak_sah} is not {total}."}}
}`

// A file is checked against a definition: structure errors refuse it, broken
// rules are findings beside it.
func Example() {
	d, err := schema.ParseDefinition([]byte(norm), []byte(texts))
	if err != nil {
		log.Fatal(err)
	}
	file := `{"kode":"001","sah":200,"tidak_sah":5,"total":205}
{"kode":"002","sah":2,"tidak_sah":5,"total":207}
{"kode":"003","sah":null,"total":0}
{"kode":"00x"}
`
	report, err := d.Check(context.Background(), schema.NDJSON(strings.NewReader(file)), schema.CheckOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range report.Details {
		fmt.Println(f.Record, f.Rule, f.Pointer, f.Text.ID)
	}
	summary, err := json.Marshal(report)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(summary))
	// Output:
	// 2 A1  2 + 5 bukan 207.
	// 4 structure/pattern /kode Bentuk nilai salah.
	// {"records":4,"errors":1,"findings":1,"by_rule":{"A1":1},"records_with_findings":1,"notices":{}}
}

// Columns become members of a record by a mapping. An empty cell is null.
func ExampleCSV() {
	d, err := schema.ParseDefinition([]byte(norm), []byte(texts))
	if err != nil {
		log.Fatal(err)
	}
	m, err := schema.ParseMapping([]byte(`{
	  "dataset": "contoh/kotak",
	  "columns": {
	    "TPS": {"to": "/kode", "type": "string"},
	    "VALID": {"to": "/sah", "type": "integer"},
	    "INVALID": {"to": "/tidak_sah", "type": "integer"}
	  },
	  "constants": {"/pemilu": "ppwp"},
	  "ignore": ["NOTE"]
	}`))
	if err != nil {
		log.Fatal(err)
	}
	src, err := schema.CSV(strings.NewReader("TPS,NOTE,VALID,INVALID\n001,x,200,5\n002,,0,\n"), m, d)
	if err != nil {
		log.Fatal(err)
	}
	for {
		record, err := src.Next()
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(string(record))
	}
	_, err = schema.CSV(strings.NewReader("TPS,VALID,INVALID,PHONE\n"), m, d)
	fmt.Println(err)
	// Output:
	// {"kode":"001","pemilu":"ppwp","sah":200,"tidak_sah":5}
	// {"kode":"002","pemilu":"ppwp","sah":0,"tidak_sah":null}
	// EOF
	// unmapped_column: a column is neither mapped nor ignored (column 4)
}
