package envelope

import (
	"bytes"
	"testing"

	"github.com/segel-id/segel/internal/body"
	"github.com/segel-id/segel/internal/jose"
	"github.com/segel-id/segel/internal/limits"
)

// FuzzOpen feeds Open whole files. What opens must be the honest content: the
// fuzzer has no key.
func FuzzOpen(f *testing.F) {
	w := newWorld()
	honest := w.file(f)
	f.Add(honest)
	f.Add([]byte("segel/2\n"))
	f.Add([]byte(fileMagic + "\x00\x01\x00\x00\x00\x09e30.e30.A"))
	f.Fuzz(func(t *testing.T, file []byte) {
		opened, err := w.open(t, file)
		if err == nil && !bytes.Equal(opened.Content(), w.content) {
			t.Fatal("opened something else")
		}
		_, _, seen := Inspect(bytes.NewReader(file))
		for _, err := range []error{err, seen} {
			later := ReasonOf(err) == ReasonNewerVersion && !bytes.HasPrefix(file, []byte(fileMagic))
			if err != nil && ReasonOf(err).Kind() != KindDamage && !later {
				t.Fatalf("damage answered with %v", err)
			}
		}
	})
}

// FuzzManifest feeds the manifest parser signed texts of any kind.
func FuzzManifest(f *testing.F) {
	w := newWorld()
	f.Add([]byte(`{"v":2}`))
	f.Add([]byte(`{"v":1,"jti":"018da7d3-ac00-7000-8000-000000000001"}`))
	_, honest, err := jose.Peek(typeManifest, w.signed(f), limits.Manifest)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(honest)
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := parseManifest(payload)
		if err != nil {
			return
		}
		if m.fault() != "" || m.Version != Version || m.Purpose == "" || len(m.Recipients) != len(m.Keys) {
			t.Fatal("accepted what Seal would not sign")
		}
	})
}

// FuzzSecret feeds the splitter of a token's plaintext.
func FuzzSecret(f *testing.F) {
	f.Add([]byte("a.b.c~"), int64(0))
	f.Add(joinSecret([]byte("a.b.c"), make([]byte, seedLen), []byte("{}\n")), int64(3))
	f.Fuzz(func(t *testing.T, plaintext []byte, n int64) {
		jws, seed, padded, ok := splitSecret(plaintext)
		if !ok || n < 0 {
			return
		}
		if content, ok := unpad(padded, n); ok && !bytes.Equal(joinSecret(jws, seed, content), plaintext) {
			t.Fatal("two plaintexts for one envelope")
		}
	})
}

// TestEveryByteCounts changes every byte of an honest file in turn, and cuts it
// at every byte. (The exhaustive form, all 255 values, is a long run.)
func TestEveryByteCounts(t *testing.T) {
	w := newWorld()
	honest := w.file(t)
	for i := range honest {
		mutant := bytes.Clone(honest)
		mutant[i] ^= 1
		if _, err := w.open(t, mutant); err == nil {
			t.Errorf("byte %d changed, and it opens", i)
		}
		if _, err := w.open(t, honest[:i]); err == nil {
			t.Errorf("cut at byte %d, and it opens", i)
		}
	}
}

func TestPadme(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 1, 2: 2, 3: 3, 9: 10, 23: 24, 1000: 1024, 1025: 1088, 1 << 20: 1 << 20, 1<<20 + 1: 1<<20 + 1<<15} {
		if got := body.Padme(n); got != want {
			t.Errorf("body.Padme(%d) = %d, want %d", n, got, want)
		}
	}
	for n := range 1 << 16 {
		if p := body.Padme(n); p < n || float64(p) > 1.12*float64(n)+1 || body.Padme(p) != p {
			t.Fatalf("body.Padme(%d) = %d", n, p)
		}
	}
}
