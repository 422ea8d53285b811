package main

import (
	"os"
	"path/filepath"
	"testing"
)

// A world is two agencies in a folder that made their keys, signed an agreement
// and have a directory, all by the commands.
type world struct {
	t   *testing.T
	dir string
}

const pks = `{
  "id": "PKS-UJI",
  "title": "Pertukaran hasil TPS untuk pengawasan",
  "parties": ["kpu/sirekap", "bawaslu/pengawasan"],
  "grants": [{"from": "kpu/sirekap", "to": "bawaslu/pengawasan", "dataset": "sirekap/hasil-tps", "purposes": ["AWAS-TAHAPAN"]}],
  "validFrom": "2026-01-01T00:00:00+07:00",
  "validUntil": "2027-01-01T00:00:00+07:00"
}`

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t, t.TempDir()}
	w.write("pks", pks)
	for party, dir := range map[string]string{"kpu/sirekap": "kpu", "bawaslu/pengawasan": "bawaslu"} {
		command(t, exitOK, "keygen", "--party", party, "--out", w.path(dir))
	}
	command(t, exitOK, "agreement", "sign", "--in", w.path("pks"), "--as", "kpu/sirekap", "--keys", w.path("kpu/kpu-sirekap.private.jwks"), "--out", w.path("pks"))
	command(t, exitOK, "agreement", "sign", "--in", w.path("pks"), "--as", "bawaslu/pengawasan", "--keys", w.path("bawaslu/bawaslu-pengawasan.private.jwks"), "--out", w.path("pks"))
	command(t, exitOK, "directory", "init", "--anchor-out", w.path("anchor"), "--out", w.path("directory"),
		"--parties", "kpu/sirekap,bawaslu/pengawasan", "--public", w.path("kpu"), "--public", w.path("bawaslu"), "--agreement", w.path("pks"),
		"--endpoint", "bawaslu/pengawasan=http://127.0.0.1:9") // where nobody listens
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, filepath.FromSlash(name)) }

func (w *world) write(name, text string) string {
	w.t.Helper()
	if err := os.WriteFile(w.path(name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return w.path(name)
}

// seal is the command line by which KPU seals, with more flags. Later ones win.
func (w *world) seal(more ...string) []string {
	return append([]string{"seal", "--directory", w.path("directory"), "--anchor", w.path("anchor/anchor.public.jwks"),
		"--as", "kpu/sirekap", "--keys", w.path("kpu/kpu-sirekap.private.jwks"), "--to", "bawaslu/pengawasan",
		"--dataset", "sirekap/hasil-tps", "--purpose", "AWAS-TAHAPAN", "--agreement", "PKS-UJI"}, more...)
}

// open is the command line by which Bawaslu opens.
func (w *world) open(more ...string) []string {
	return append([]string{"open", "--directory", w.path("directory"), "--anchor", w.path("anchor/anchor.public.jwks"),
		"--as", "bawaslu/pengawasan", "--keys", w.path("bawaslu/bawaslu-pengawasan.private.jwks"), "--purpose", "AWAS-TAHAPAN"}, more...)
}

// send is the command line by which KPU sends.
func (w *world) send(more ...string) []string {
	args := w.seal(append([]string{"--store", w.path("outbox.db")}, more...)...)
	args[0] = "send"
	return args
}

// doctor is the command line by which KPU looks at its set-up.
func (w *world) doctor(more ...string) []string {
	return append([]string{"doctor", "--directory", w.path("directory"), "--anchor", w.path("anchor/anchor.public.jwks"),
		"--as", "kpu/sirekap", "--keys", w.path("kpu/kpu-sirekap.private.jwks"), "--store", w.path("outbox.db")}, more...)
}
