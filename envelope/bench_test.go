package envelope

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"testing"
)

// BenchmarkSeal and BenchmarkOpen time one recipient, ES256 and P-256.
func BenchmarkSeal(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			w := newWorld()
			draft := w.draft()
			draft.Recipients = draft.Recipients[:1]
			payload := newPayload(MediaRecords, 1, append(bytes.Repeat([]byte{'a'}, size-1), '\n'))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Seal(w.sign, draft, payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			w := newWorld()
			draft := w.draft()
			draft.Recipients = draft.Recipients[:1]
			sealed, err := Seal(w.sign, draft, newPayload(MediaRecords, 1, append(bytes.Repeat([]byte{'a'}, size-1), '\n')))
			if err != nil {
				b.Fatal(err)
			}
			file := sealed.File()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.open(b, file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFloor is the signature alone and the key agreement alone, the least
// that sealing can cost.
func BenchmarkFloor(b *testing.B) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	digest := make([]byte, 32)
	for b.Loop() {
		if _, err := ecdsa.SignASN1(rand.Reader, key, digest); err != nil {
			b.Fatal(err)
		}
		secret, err := key.ECDH()
		if err != nil {
			b.Fatal(err)
		}
		if _, err := secret.ECDH(secret.PublicKey()); err != nil {
			b.Fatal(err)
		}
	}
}
