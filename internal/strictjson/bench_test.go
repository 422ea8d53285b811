package strictjson

import (
	"encoding/json"
	"testing"
)

// BenchmarkUnmarshal measures an object of the size of a manifest beside what
// encoding/json alone needs for it.
func BenchmarkUnmarshal(b *testing.B) {
	type part struct {
		ID      string `json:"id"`
		Version string `json:"version"`
		Digest  string `json:"digest"`
	}
	type whole struct {
		V        int               `json:"v"`
		ID       string            `json:"jti"`
		Issuer   string            `json:"iss"`
		IssuedAt int64             `json:"iat"`
		From     int64             `json:"nbf"`
		Until    int64             `json:"exp"`
		To       []string          `json:"aud"`
		Keys     []string          `json:"rcpt"`
		Dataset  part              `json:"dataset"`
		Purpose  string            `json:"purpose"`
		Commit   string            `json:"commit"`
		Reply    *part             `json:"inReplyTo,omitempty"`
		AsOf     string            `json:"asOf,omitempty"`
		More     map[string]string `json:"more,omitempty"`
	}
	const digest = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
	text, err := json.Marshal(whole{
		1, "018da7f0-0000-7000-8000-000000000001", "kpu/sirekap", 1707962400, 1707962400, 1708048800, []string{"bawaslu/pengawasan"}, []string{digest},
		part{"sirekap/hasil-tps", "1.0.0", digest}, "AWAS-TAHAPAN", digest, nil, "2024-02-14", nil,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("strict", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := Unmarshal(text, &whole{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := json.Unmarshal(text, &whole{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
