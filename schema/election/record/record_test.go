package record_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"testing"

	"github.com/segel-id/segel/schema"
	"github.com/segel-id/segel/schema/election/record"
)

type box struct {
	Kode  string                               `json:"kode"`
	N     record.Field[int64]                  `json:"n,omitzero"`
	Lat   record.Field[record.Scalar]          `json:"lat,omitzero"`
	Chart record.Numbered[record.Field[int64]] `json:"chart,omitzero"`
	List  record.Field[[]record.Field[string]] `json:"list,omitzero"`
	Below record.Field[struct {
		X int64 `json:"x"`
	}] `json:"below,omitzero"`
}

// A station that has not counted, one that counted nobody, and one that does
// not say.
func Example() {
	rows := `{"kode":"A","n":null}
{"kode":"B","n":0}
{"kode":"C"}
`
	for b, err := range record.All[box](schema.NDJSON(strings.NewReader(rows))) {
		if err != nil {
			log.Fatal(err)
		}
		n, ok := b.N.Get()
		fmt.Println(b.Kode, n, ok, b.N.IsNull(), b.N.IsZero())
	}
	// Output:
	// A 0 false true false
	// B 0 true false false
	// C 0 false false true
}

func TestDecode(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", `{}`, `{"kode":""}`},
		{"zero", `{"kode":"A","n":0}`, `{"kode":"A","n":0}`},
		{"whole number with a fraction", `{"kode":"A","n":-7.0}`, `{"kode":"A","n":-7}`},
		{"whole number with an exponent", `{"kode":"A","n":7e2,"chart":{"1":90e-1}}`, `{"kode":"A","n":700,"chart":{"1":9}}`},
		{"null", `{"kode":"A","n":null}`, `{"kode":"A","n":null}`},
		{"another case is another member", `{"kode":"A","KODE":"B","N":7,"Lat":1}`, `{"kode":"A"}`},
		{"number keeps its digits", `{"kode":"A","lat":106.6343611234567890}`, `{"kode":"A","lat":106.6343611234567890}`},
		{"number as text keeps its quotes", `{"kode":"A","lat":"-6.10"}`, `{"kode":"A","lat":"-6.10"}`},
		{"members that are no numbers", `{"kode":"A","chart":{"100025":3,"null":null,"x":"y","7":null}}`, `{"kode":"A","chart":{"100025":3,"7":null}}`},
		{"list with nulls", `{"kode":"A","list":["x",null]}`, `{"kode":"A","list":["x",null]}`},
		{"empty list and null list", `{"kode":"A","list":[]}`, `{"kode":"A","list":[]}`},
		{"object", `{"kode":"A","below":{"x":5,"y":6}}`, `{"kode":"A","below":{"x":5}}`},
		{"object null", `{"kode":"A","below":null}`, `{"kode":"A","below":null}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b box
			if err := record.Decode([]byte(c.in), &b); err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(b)
			if err != nil || string(got) != c.want {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct{ name, in string }{
		{"no object", `[]`}, {"null", `null`}, {"nothing", ``}, {"not JSON", `{"kode":`},
		{"number for text", `{"kode":1}`}, {"null for what is never null", `{"kode":null}`}, {"text for number", `{"n":"1"}`},
		{"fraction for a whole number", `{"n":1.5}`}, {"beyond exact numbers", `{"n":1e16}`}, {"list for a scalar", `{"lat":[1]}`}, {"null within a scalar's list", `{"chart":null}`},
		{"object for a list", `{"list":{}}`}, {"text for an object", `{"below":"x"}`}, {"a wrong member below", `{"below":{"x":"5"}}`}, {"a wrong candidate", `{"chart":{"1":"x"}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b box
			if err := record.Decode([]byte(c.in), &b); !errors.Is(err, record.ErrForm) {
				t.Errorf("got %v, want %v", err, record.ErrForm)
			}
		})
	}
	if err := record.Decode([]byte(`{}`), box{}); !errors.Is(err, record.ErrForm) {
		t.Errorf("a target that is no pointer: got %v", err)
	}
	if err := record.Decode([]byte(`{}`), (*box)(nil)); !errors.Is(err, record.ErrForm) {
		t.Errorf("a nil target: got %v", err)
	}
}

func TestFieldsCompare(t *testing.T) {
	zero, null, absent := record.Of(0), record.Null[int](), record.Field[int]{}
	if zero == null || null == absent || zero == absent {
		t.Error("zero, null and absent are not told apart")
	}
	if again := record.Of(0); zero != again {
		t.Error("two equal values are not equal")
	}
	if record.Null[int]().Or(7) != 7 || record.Of(0).Or(7) != 0 {
		t.Error("Or")
	}
	if f, err := (record.Scalar{Text: "-6.25", Quoted: true}).Float(); f != -6.25 || err != nil {
		t.Errorf("got %v, %v", f, err)
	}
	if _, err := json.Marshal(record.Scalar{Text: "x"}); err == nil {
		t.Error("a text that is no number was written as one")
	}
}

// steps is a source of records and errors.
type steps []any

func (s *steps) Next() ([]byte, error) {
	if len(*s) == 0 {
		return nil, io.EOF
	}
	first := (*s)[0]
	*s = (*s)[1:]
	if err, ok := first.(error); ok {
		return nil, err
	}
	return []byte(first.(string)), nil
}

func TestAll(t *testing.T) {
	src := &steps{`{"kode":"A"}`, `{"kode":1}`, `{"kode":"C"}`, &schema.Error{Reason: schema.ReasonBadRow, Record: 4}, `{"kode":"E"}`,
		&schema.Error{Reason: schema.ReasonTooLarge}, `{"kode":"never"}`}
	var got []string
	for b, err := range record.All[box](src) {
		var e *schema.Error
		if errors.As(err, &e) {
			got = append(got, fmt.Sprint(e.Reason, e.Record, b.Kode))
			continue
		}
		got = append(got, b.Kode)
	}
	want := "A|malformed2|C|bad_row4|E|too_large0"
	if strings.Join(got, "|") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
	}
}

func TestAllStopsWhenTheLoopDoes(t *testing.T) {
	src := &steps{`{"kode":1}`, `{"kode":"B"}`, `{"kode":"C"}`}
	for range record.All[box](src) {
		break
	}
	for range record.All[box](src) {
		break
	}
	if len(*src) != 1 {
		t.Errorf("%d records are left, want 1", len(*src))
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"kode":"A","n":null,"lat":"1","chart":{"1":2,"null":null},"list":[null],"below":{"x":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var b, again box
		if record.Decode(data, &b) != nil {
			return
		}
		written, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		if err := record.Decode(written, &again); err != nil {
			t.Fatal(err)
		}
		twice, err := json.Marshal(again)
		if err != nil || string(twice) != string(written) {
			t.Fatalf("got %s, then %s, %v", written, twice, err)
		}
	})
}
