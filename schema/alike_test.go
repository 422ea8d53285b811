package schema

import "testing"

// TestScalarsOfTwoTypes: rules that differ in the type of a scalar alone are two.
func TestScalarsOfTwoTypes(t *testing.T) {
	const norm = `{"segel": "definition/1", "id": "uji/tipe", "version": "1.0.0", "classification": "public", "purposes": ["REKAP-UMUM"],
  "keys": ["/kode"], "sensitive": [],
  "schema": {"type": "object", "required": ["kode"], "properties": {"kode": {"type": "string"}, "x": {"type": ["integer", "string", "null"]}}},
  "values": {}, "rules": [
   {"id": "A", "kind": "rule", "severity": "error", "require": {"in": ["/x", 1]}},
   {"id": "B", "kind": "rule", "severity": "error", "require": {"in": ["/x", "1"]}}]}`
	d := defined(t, norm, "A", "B")
	for _, r := range []string{`{"kode":"a","x":1}`, `{"kode":"a","x":"1"}`} {
		fast, slow, _ := verdicts(t, d, CheckOptions{}, []string{r})
		if fast != slow {
			t.Errorf("%s\ncompiled %s\nreference %s", r, fast, slow)
		}
	}
}

func TestElementNameInRecord(t *testing.T) {
	d := defined(t, sumNorm, sumIDs...)
	fast, slow, _ := verdicts(t, d, CheckOptions{}, []string{`{"kode":"31","\u0000":"3299990101900001","daerah":[{"kode":"31"}]}`})
	if fast != slow {
		t.Errorf("compiled %s\nreference %s", fast, slow)
	}
	x, err := NewIndex(t.Context(), d, d, records(`{"kode":"31"}`))
	if err != nil {
		t.Fatal(err)
	}
	fast, slow, _ = verdicts(t, d, CheckOptions{Against: map[string]*Index{"uji/rekap": x}}, []string{`{"kode":"31","\u0000":"3299990101900001","daerah":[{"kode":"31"}],"suara":{"1":2}}`})
	if fast != slow {
		t.Errorf("against: compiled %s\nreference %s", fast, slow)
	}
}
