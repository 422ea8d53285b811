package envelopetest

import (
	"bytes"
	"context"
	"testing"

	"github.com/segel-id/segel/envelope"
)

// FuzzParseVector: what is read as a vector is exactly one text.
func FuzzParseVector(f *testing.F) {
	_, all := vectors(f)
	for _, v := range all {
		if len(v.Data) < 4<<10 {
			f.Add(v.Marshal())
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		v, err := ParseVector(file)
		if err == nil && !bytes.Equal(v.Marshal(), file) {
			t.Fatal("two texts of one vector")
		}
	})
}

// FuzzVectors feeds the entry points of package envelope, from the vectors: what
// opens is what one of them holds, and a key is one of theirs or says itself which
// it is.
func FuzzVectors(f *testing.F) {
	folder, all := vectors(f)
	kinds := []string{"envelope", "public-key", "private-keys"}
	opens := map[string]bool{} // the contents that somebody with a key has sealed
	contexts := map[string]*Vector{}
	for _, v := range all {
		for i, kind := range kinds {
			if v.Kind != kind || len(v.Data) > 16<<10 {
				continue
			}
			f.Add(uint8(i), v.Data)
			// Everything is tried in the world of the first vector of its kind.
			if contexts[kind] == nil {
				contexts[kind] = &Vector{Kind: kind, At: Now(), As: "kpu/sirekap", Purpose: "TPS-JARINGAN", Keys: "kpu-sirekap.jwks", Directory: "current"}
			}
			tried := *contexts[kind]
			tried.Data = v.Data
			reason, result, err := folder.Try(context.Background(), &tried)
			if err != nil {
				f.Fatal(err)
			}
			if reason == "" {
				opens[result] = true
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		name := kinds[int(kind)%len(kinds)]
		v := *contexts[name]
		v.Data = data
		reason, result, err := folder.Try(context.Background(), &v)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case reason == "" && name == "envelope" && !opens[result]:
			t.Fatal("opened what nobody has sealed")
		case reason != "" && name != "envelope" && reason != envelope.ReasonMalformed && reason != envelope.ReasonTooLarge && reason != envelope.ReasonMisuse:
			t.Fatalf("a key is refused as %s", reason)
		}
	})
}
