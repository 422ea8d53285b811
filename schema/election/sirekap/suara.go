package sirekap

import (
	"encoding/json"

	"github.com/segel-id/segel/schema/election/record"
)

// Suara is what one member of a chart holds: the votes of a candidate, or, for
// DPR and DPRD, the votes of a party's candidates and of the party itself. It
// is the one type that is not generated, because a chart holds numbers in some
// elections and objects in others.
type Suara struct {
	Jumlah record.Field[int64] // the votes; of a party with those of its candidates; null if the chart has null
	Partai record.Field[int64] // those for the party itself; absent where the chart holds one number
	Daftar bool                // the chart held an object, so this is a party's list
}

// object is the form in which Sirekap published a party's votes.
type object struct {
	Jumlah record.Field[int64] `json:"jml_suara_total,omitzero"`
	Partai record.Field[int64] `json:"jml_suara_partai,omitzero"`
}

// UnmarshalJSON reads a number, null, or an object with a party's votes. The
// error is [record.ErrForm].
func (s *Suara) UnmarshalJSON(data []byte) error {
	*s = Suara{}
	if len(data) > 0 && data[0] == '{' {
		var o object
		if err := record.Decode(data, &o); err != nil {
			return err
		}
		*s = Suara{Jumlah: o.Jumlah, Partai: o.Partai, Daftar: true}
		return nil
	}
	return record.Decode(data, &s.Jumlah)
}

// MarshalJSON writes what UnmarshalJSON reads.
func (s Suara) MarshalJSON() ([]byte, error) {
	if s.Daftar {
		return json.Marshal(object{s.Jumlah, s.Partai})
	}
	return json.Marshal(s.Jumlah)
}
