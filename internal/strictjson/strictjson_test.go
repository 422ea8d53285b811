package strictjson

import (
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

type inner struct {
	Count int64  `json:"count"`
	Name  string `json:"name,omitempty"`
}

type outer struct {
	V     int                    `json:"v"`
	When  time.Time              `json:"when,omitzero"`
	Items []inner                `json:"items,omitempty"`
	Map   map[string]bool        `json:"map,omitempty"`
	Raw   json.RawMessage        `json:"raw,omitempty"`
	Ptr   *inner                 `json:"ptr,omitempty"`
	Small uint32                 `json:"small,omitempty"`
	Own   own                    `json:"own,omitzero"`
	Text  netip.Addr             `json:"text,omitzero"`
	Many  []map[string][]*string `json:"many,omitempty"`
}

// own reads any value by itself.
type own struct{ text string }

func (o *own) UnmarshalJSON(text []byte) error {
	o.text = string(text)
	if o.text == `"refused"` {
		return errors.New("refused")
	}
	return nil
}

func (o own) MarshalJSON() ([]byte, error) { return []byte(o.text), nil }

func TestUnmarshalAccepts(t *testing.T) {
	for _, text := range []string{
		`{"v":1}`,
		` {"v":1,"items":[{"count":9007199254740991,"name":"\ud83d\ude00"}]}` + "\n  ",
		"{ \"v\" :\t-1 ,\r\n\"items\" : [ { \"count\" : 0 } , {\"count\":1} ] }",
		`{"v":1,"raw":` + strings.Repeat("[", 15) + "1" + strings.Repeat("]", 15) + `}`,
		`{"v":1,"small":4294967295,"own":{"a":[1.50,"\u0041"]},"text":"10.0.0.1","many":[{},{"\u0061":[],"b":["x","\"\\"]}]}`,
		`{"v":-1,"when":"2024-02-14T00:00:00Z","map":{"a":true},"raw":{"x":[1.5,"y"]},"ptr":{"count":0,"name":"\\\"}"}}`,
	} {
		var got, want outer
		if err := Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if err := json.Unmarshal([]byte(text), &want); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, encoding/json has %+v, %v", text, got, want, err)
		}
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":                 ``,
		"negative for unsigned": `{"v":1,"small":-1}`,
		"beyond 2^32":           `{"v":1,"small":4294967296}`,
		"refused by its type":   `{"v":1,"own":"refused"}`,
		"refused text":          `{"v":1,"text":"ten"}`,
		"number for a text":     `{"v":1,"text":1}`,
		"null in its own":       `{"v":1,"own":[null]}`,
		"duplicate in its own":  `{"v":1,"own":{"a":1,"\u0061":2}}`,
		"null in a list":        `{"v":1,"many":[{"a":[null]}]}`,
		"missing member":        `{}`,
		"duplicate member":      `{"v":1,"v":1}`,
		"escaped duplicate":     `{"v":1,"\u0076":1}`,
		"letter case":           `{"V":1}`,
		"unknown member":        `{"v":1,"w":1}`,
		"null member":           `{"v":null}`,
		"null optional":         `{"v":1,"ptr":null}`,
		"null inside raw":       `{"v":1,"raw":{"x":null}}`,
		"trailing data":         `{"v":1}{}`,
		"trailing comma":        `{"v":1,}`,
		"fraction":              `{"v":1.0}`,
		"exponent":              `{"v":1e0}`,
		"minus zero":            `{"v":-0}`,
		"beyond 2^53":           `{"v":9007199254740992}`,
		"below -2^53":           `{"v":-9007199254740992}`,
		"string for integer":    `{"v":"1"}`,
		"object for array":      `{"v":1,"items":{}}`,
		"duplicate in map":      `{"v":1,"map":{"a":true,"a":true}}`,
		"duplicate inside raw":  `{"v":1,"raw":{"a":1,"a":1}}`,
		"lone high surrogate":   `{"v":1,"ptr":{"count":1,"name":"\ud83d"}}`,
		"lone low surrogate":    `{"v":1,"ptr":{"count":1,"name":"\ude00"}}`,
		"two high surrogates":   `{"v":1,"ptr":{"count":1,"name":"\ud83d\ud83d"}}`,
		"invalid UTF-8":         "{\"v\":1,\"ptr\":{\"count\":1,\"name\":\"\xff\"}}",
		"byte order mark":       "\ufeff{\"v\":1}",
		"too deep":              `{"v":1,"raw":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`,
		"not a time":            `{"v":1,"when":"yesterday"}`,
		"array at the top":      `[]`,
		"missing inner member":  `{"v":1,"items":[{}]}`,
		"unknown inner member":  `{"v":1,"items":[{"count":1,"x":1}]}`,
		"number beyond int64":   `{"v":99999999999999999999}`,
		"boolean for string":    `{"v":1,"ptr":{"count":1,"name":true}}`,
		"string for bool":       `{"v":1,"map":{"a":"true"}}`,
		"number for the time":   `{"v":1,"when":1}`,
		"null at the top level": `null`,
		"empty optional string": `{"v":1,"ptr":{"count":1,"name":""}}`,
		"empty optional array":  `{"v":1,"items":[]}`,
		"empty optional object": `{"v":1,"map":{ }}`,
		"empty optional raw":    `{"v":1,"raw":{}}`,
		"plus sign":             `{"v":+1}`,
		"leading zero":          `{"v":01}`,
		"object for integer":    `{"v":{}}`,
		"string for object":     `{"v":1,"ptr":"{}"}`,
		"17 levels":             `{"v":1,"raw":` + strings.Repeat("[", 16) + "1" + strings.Repeat("]", 16) + `}`,
	} {
		var got outer
		if err := Unmarshal([]byte(text), &got); !errors.Is(err, Err) {
			t.Errorf("%s: got %v, want Err", name, err)
		}
	}
}

// BenchmarkHostile is the costliest text per byte that was found.
func BenchmarkHostile(b *testing.B) {
	text := []byte(`{"v":1,"raw":[` + strings.Repeat("{},", 1<<19) + `1]}`)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		var got outer
		if err := Unmarshal(text, &got); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"v":1,"items":[{"count":1}],"raw":{"\ud83d\ude00":[]}}`))
	f.Add([]byte(`{"v":1,"\ud83d":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var got, other outer
		if Unmarshal(data, &got) != nil {
			return
		}
		if err := json.Unmarshal(data, &other); err != nil || !reflect.DeepEqual(got, other) {
			t.Fatalf("got %+v, encoding/json has %+v, %v", got, other, err)
		}
		// What is accepted must mean the same after a round trip.
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		var second outer
		if err := Unmarshal(again, &second); err != nil {
			t.Fatalf("own output refused: %v", err)
		}
	})
}
