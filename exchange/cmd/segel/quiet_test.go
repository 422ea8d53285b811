package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"io/fs"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The canary has the shape of a NIK, and the mark shows whether a planted line
// feed began a line of ours. Neither may come out of the program but in the
// records themselves.
const (
	nik    = "3174015512990001"
	mark   = "REFUSED-NOTHING"
	canary = nik + "\n" + mark
)

// quoted is the canary inside a JSON string.
const quoted = nik + `\n` + mark

// TestQuiet plants the canary in everything that somebody else writes, lets
// every command meet it, and looks for it in all that the program says: both
// streams, reports and journals.
func TestQuiet(t *testing.T) {
	good := `{"kode_tps":"3101011001001","pemilu":"ppwp","tanggal_pemungutan":"2024-02-14","administrasi":{"suara_sah":2,"suara_tidak_sah":5,"suara_total":9}}` + "\n"
	hidden := strings.Replace(good, `"administrasi"`, `"nama_tps":"`+quoted+`","`+quoted+`":"`+quoted+`","administrasi"`, 1)
	const header = "kode_tps,suara_sah"
	const mapping = `{"dataset":"sirekap/hasil-tps","columns":{"kode_tps":{"to":"/kode_tps","type":"string"},"suara_sah":{"to":"/administrasi/suara_sah","type":"integer"}},"constants":{"/pemilu":"ppwp","/tanggal_pemungutan":"2024-02-14"}}`

	check := func(w *world, text string) []string {
		return []string{"check", "--dataset", "sirekap/hasil-tps", "--report", w.path("report.json"), w.write("in", text)}
	}
	csv := func(w *world, mapping, text string) []string {
		return []string{"check", "--dataset", "sirekap/hasil-tps", "--map", w.write("map", mapping), "--report", w.path("report.json"), w.write("in", text)}
	}
	seal := func(w *world, text string) []string {
		return w.seal("--in", w.write("in", text), "--out", w.path("out.segel"))
	}
	opens := func(w *world, file string) []string {
		return w.open("--in", w.write("in.segel", file), "--report", w.path("report.json"), "--out", w.path("out.ndjson"))
	}
	show := func(what string) func(*world, string) []string {
		return func(w *world, text string) []string { return []string{what, "show", w.write("in", text)} }
	}
	sign := func(w *world, text string) []string {
		return []string{"agreement", "sign", "--in", w.write("in", text), "--as", "kpu/sirekap", "--keys", w.path("kpu/kpu-sirekap.private.jwks"), "--out", w.path("out.pks")}
	}
	inspect := func(w *world, file string) []string { return []string{"inspect", w.write("in.segel", file)} }

	for _, test := range []struct {
		name string
		want int
		args func(w *world) []string
	}{
		{"check: in a sound record", exitOK, func(w *world) []string { return check(w, hidden) }},
		{"check: in a line that is not JSON", exitRefused, func(w *world) []string { return check(w, canary+"\n") }},
		{"check: behind a record", exitRefused, func(w *world) []string { return check(w, strings.TrimSpace(good)+canary+"\n") }},
		{"check: as a value of the wrong form", exitRefused, func(w *world) []string { return check(w, strings.Replace(good, "3101011001001", quoted, 1)) }},
		{"check: as a value of the wrong type", exitRefused, func(w *world) []string { return check(w, strings.Replace(good, `:2,`, `:"`+quoted+`",`, 1)) }},
		{"check: as a repeated member", exitRefused, func(w *world) []string {
			return check(w, strings.Replace(good, "{", `{"`+quoted+`":1,"`+quoted+`":2,`, 1))
		}},
		{"check: as a number", exitRefused, func(w *world) []string { return check(w, strings.Replace(good, `:2,`, `:`+nik+nik+`,`, 1)) }},
		{"check: as a repeated key", exitRefused, func(w *world) []string { return check(w, good+good) }},
		{"check: in a CSV cell", exitRefused, func(w *world) []string { return csv(w, mapping, header+"\n3101011001001,\""+canary+"\"\n") }},
		{"check: in a CSV header", exitCannot, func(w *world) []string { return csv(w, mapping, header+",\""+canary+"\"\n3101011001001,1,1\n") }},
		{"check: in a CSV row that is too long", exitRefused, func(w *world) []string { return csv(w, mapping, header+"\n3101011001001,1,"+nik+"\n") }},
		{"check: in quotes that do not end", exitCannot, func(w *world) []string { return csv(w, mapping, header+"\n\""+canary) }},
		{"check: in a mapping's column", exitCannot, func(w *world) []string {
			return csv(w, strings.Replace(mapping, `"suara_sah":`, `"`+quoted+`":`, 1), header+"\n3101011001001,1\n")
		}},
		{"check: in a mapping's pointer", exitCannot, func(w *world) []string {
			return csv(w, strings.Replace(mapping, "/administrasi/suara_sah", "/"+quoted, 1), header+"\n3101011001001,1\n")
		}},
		{"check: in a mapping's dataset", exitCannot, func(w *world) []string {
			return csv(w, strings.Replace(mapping, "sirekap/hasil-tps", quoted, 1), header+"\n3101011001001,1\n")
		}},
		{"check: a mapping that is not JSON", exitCannot, func(w *world) []string { return csv(w, canary, header+"\n") }},
		{"seal: in a sound record", exitOK, func(w *world) []string { return seal(w, hidden) }},
		{"seal: in a broken record", exitRefused, func(w *world) []string { return seal(w, strings.Replace(good, "3101011001001", quoted, 1)) }},
		{"seal: in the directory", exitRefused, func(w *world) []string { w.write("directory", canary); return seal(w, good) }},
		{"seal: in the directory's first line", exitRefused, func(w *world) []string {
			w.write("directory", "segel-directory/"+canary)
			return seal(w, good)
		}},
		{"seal: in the anchor", exitCannot, func(w *world) []string { w.write("anchor/anchor.public.jwks", canary); return seal(w, good) }},
		{"seal: in the key file", exitCannot, func(w *world) []string {
			w.write("kpu/kpu-sirekap.private.jwks", `{"keys":[{"kty":"`+quoted+`"}]}`)
			return seal(w, good)
		}},
		{"seal: in the journal", exitCannot, func(w *world) []string {
			if err := os.Mkdir(w.path("kpu/kpu-sirekap.journal"), 0o700); err != nil {
				w.t.Fatal(err)
			}
			w.write("kpu/kpu-sirekap.journal/journal.ndjson", canary+"\n")
			return seal(w, good)
		}},
		{"open: in sound records", exitOK, func(w *world) []string {
			command(w.t, exitOK, w.seal("--in", w.write("in", hidden), "--out", w.path("in.segel"))...)
			return w.open("--store", w.path("store.db"), "--in", w.path("in.segel"), "--report", w.path("report.json"), "--out", w.path("out.ndjson"))
		}},
		{"open: instead of an envelope", exitRefused, func(w *world) []string { return opens(w, canary) }},
		{"open: in a token's header", exitRefused, func(w *world) []string {
			return opens(w, token(`{"alg":"`+quoted+`","enc":"`+quoted+`","kid":"`+quoted+`"}`))
		}},
		{"open: as a token", exitRefused, func(w *world) []string { return opens(w, file(canary)) }},
		{"inspect: in a token's header", exitRefused, func(w *world) []string { return inspect(w, token(`{"alg":"`+quoted+`"}`)) }},
		{"inspect: as a token", exitRefused, func(w *world) []string { return inspect(w, file(canary)) }},
		{"inspect: instead of an envelope", exitRefused, func(w *world) []string { return inspect(w, canary) }},
		{"agreement: in its id", exitRefused, func(w *world) []string { return sign(w, strings.Replace(pks, "PKS-UJI", quoted, 1)) }},
		{"agreement: in its title", exitRefused, func(w *world) []string { return sign(w, strings.Replace(pks, "Pertukaran", quoted, 1)) }},
		{"agreement: as a party", exitRefused, func(w *world) []string { return sign(w, strings.Replace(pks, "kpu/sirekap", quoted, 1)) }},
		{"agreement: as a purpose", exitRefused, func(w *world) []string { return sign(w, strings.Replace(pks, "AWAS-TAHAPAN", quoted, 1)) }},
		{"agreement: as a time", exitRefused, func(w *world) []string {
			return sign(w, strings.Replace(pks, "2026-01-01T00:00:00+07:00", quoted, 1))
		}},
		{"agreement: as a member", exitRefused, func(w *world) []string { return sign(w, strings.Replace(pks, `"id"`, `"`+quoted+`":1,"id"`, 1)) }},
		{"agreement show: not JSON", exitRefused, func(w *world) []string { return show("agreement")(w, canary) }},
		{"agreement show: in its title", exitRefused, func(w *world) []string {
			return show("agreement")(w, strings.Replace(pks, "Pertukaran", quoted, 1))
		}},
		{"agreement show: as a signature", exitRefused, func(w *world) []string { return show("agreement")(w, "segel-agreement/1\n"+canary+"\n") }},
		{"directory show: not a directory", exitRefused, func(w *world) []string { return show("directory")(w, canary) }},
		{"directory show: as a signature", exitRefused, func(w *world) []string { return show("directory")(w, "segel-directory/1\n"+canary+"\n") }},
		{"directory init: as a public set", exitRefused, func(w *world) []string {
			w.write("kpu/kpu-sirekap.public.jwks", `{"keys":[],"party":"`+quoted+`","possession":"`+quoted+`"}`)
			return []string{"directory", "init", "--anchor-out", w.path("new"), "--out", w.path("new.directory"), "--parties", "kpu/sirekap", "--public", w.path("kpu"), "--agreement", w.path("pks")}
		}},
		{"send: in a sound record", exitOK, func(w *world) []string { return w.send("--wait", "0s", "--in", w.write("in", hidden)) }},
		{"send: in a broken record", exitRefused, func(w *world) []string {
			return w.send("--in", w.write("in", strings.Replace(good, "3101011001001", quoted, 1)))
		}},
		{"send: in the file of --ca", exitCannot, func(w *world) []string {
			return w.send("--ca", w.write("ca", "-----BEGIN CERTIFICATE-----\n"+canary+"\n-----END CERTIFICATE-----\n"), "--in", w.write("in", good))
		}},
		{"send: in the certificate", exitCannot, func(w *world) []string {
			return w.send("--cert", w.write("cert", canary), "--key", w.write("key", canary), "--in", w.write("in", good))
		}},
		{"send: in the store", exitCannot, func(w *world) []string { w.write("outbox.db", canary); return w.send("--in", w.write("in", good)) }},
		{"seal: in the reference", exitCannot, func(w *world) []string {
			return w.seal("--in-reply-to", canary, "--in", w.write("in", good), "--out", w.path("out.segel"))
		}},
		{"seal: in the id of a correction", exitCannot, func(w *world) []string {
			return w.seal("--supersedes", canary, "--reason", "x", "--in", w.write("in", good), "--out", w.path("out.segel"))
		}},
		{"outbox: as an id", exitCannot, func(w *world) []string {
			command(w.t, exitOK, w.send("--wait", "0s", "--in", w.write("in", good))...)
			return []string{"outbox", "show", "--store", w.path("outbox.db"), canary}
		}},
		{"directory: in an endpoint", exitCannot, func(w *world) []string {
			return []string{"directory", "update", "--directory", w.path("directory"), "--anchor-keys", w.path("anchor/anchor.private.jwks"),
				"--endpoint", "bawaslu/pengawasan=https://" + canary, "--out", w.path("directory.2")}
		}},
		{"doctor: in the directory", exitRefused, func(w *world) []string { w.write("directory", canary); return w.doctor() }},
		{"doctor: in the directory's first line", exitRefused, func(w *world) []string {
			w.write("directory", "segel-directory/"+canary)
			return w.doctor()
		}},
		{"doctor: in the anchor", exitRefused, func(w *world) []string { w.write("anchor/anchor.public.jwks", canary); return w.doctor() }},
		{"doctor: in the key file", exitRefused, func(w *world) []string {
			w.write("kpu/kpu-sirekap.private.jwks", `{"keys":[{"kty":"`+quoted+`"}]}`)
			return w.doctor()
		}},
		{"doctor: in the store", exitRefused, func(w *world) []string { w.write("outbox.db", canary); return w.doctor() }},
		{"doctor: as the purpose", exitRefused, func(w *world) []string { return w.doctor("--purpose", canary) }},
		{"doctor: as the party", exitCannot, func(w *world) []string { return w.doctor("--as", canary) }},
		{"config: as the party", exitCannot, func(w *world) []string {
			return []string{"seal", "--config", w.write("config", `{"directory":"d","anchor":"a","keys":"k","as":"`+quoted+`"}`), "--to", "bawaslu/pengawasan",
				"--dataset", "sirekap/hasil-tps", "--purpose", "AWAS-TAHAPAN", "--agreement", "PKS-UJI", "--in", w.write("in", good), "--out", w.path("out.segel")}
		}},
		{"config: as a member", exitCannot, func(w *world) []string {
			return []string{"--config", w.write("config", `{"`+quoted+`":"`+quoted+`"}`), "purpose", "list"}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			args := test.args(w)
			var out, errs bytes.Buffer
			now := func() time.Time { return time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC) }
			if got := run(context.Background(), args, strings.NewReader(""), &out, &errs, now); got != test.want {
				t.Errorf("exit code %d, want %d\n%s", got, test.want, errs.String())
			}
			if test.want != exitOK && errs.Len() == 0 {
				t.Error("refused without a word")
			}
			silent(t, "standard output", out.Bytes())
			silent(t, "standard error", errs.Bytes())
			for _, name := range w.said() {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if !(strings.HasPrefix(test.name, "seal: in the journal") && filepath.Base(name) == "journal.ndjson") {
					silent(t, filepath.Base(name), text)
				}
			}
			_, err := os.Stat(w.path("out.ndjson"))
			if opened := err == nil; opened != (test.name == "open: in sound records") {
				t.Errorf("records written: %v", opened)
			}
		})
	}
}

// TestQuietPeer: whatever answers at a peer's endpoint, nothing of it is repeated.
func TestQuietPeer(t *testing.T) {
	peer := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header()["Date"], w.Header()["Content-Type"] = []string{nik}, []string{"application/problem+json; x=" + nik}
		w.Header().Set("Location", "/"+nik)
		w.Header().Set("Retry-After", nik)
		w.WriteHeader(map[string]int{nethttp.MethodGet: 302, nethttp.MethodPost: 503}[r.Method])
		_, _ = w.Write([]byte(`{"type":"` + quoted + `","title":"` + quoted + `"}`))
	}))
	defer peer.Close()
	w := newWorld(t)
	command(t, exitOK, "directory", "update", "--directory", w.path("directory"), "--anchor-keys", w.path("anchor/anchor.private.jwks"),
		"--endpoint", "bawaslu/pengawasan="+peer.URL, "--out", w.path("next"))
	if err := os.Rename(w.path("next"), w.path("directory")); err != nil {
		t.Fatal(err)
	}
	row := `{"kode_tps":"3101011001001","pemilu":"ppwp","tanggal_pemungutan":"2024-02-14"}` + "\n"
	for _, args := range [][]string{w.send("--wait", "2s", "--in", w.write("in", row)), w.doctor()} {
		want := exitPending
		if args[0] == "doctor" {
			want = exitRefused
		}
		stdout, stderr := command(t, want, args...)
		silent(t, args[0], []byte(stdout+stderr))
	}
	for _, name := range w.said() {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		silent(t, filepath.Base(name), text)
	}
}

// said lists the files by which the program speaks: reports, journals, stores.
func (w *world) said() (names []string) {
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() &&
			(d.Name() == "report.json" || d.Name() == "store.db" || d.Name() == "outbox.db" && !bytes.HasPrefix(head(path), []byte(nik)) || strings.HasSuffix(filepath.Dir(path), ".journal")) {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return names
}

// head is how a file begins: one that a test made is not what the program says.
func head(path string) []byte {
	text, _ := os.ReadFile(path)
	return text[:min(len(text), 64)]
}

func silent(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, word := range []string{nik, mark} {
		if bytes.Contains(text, []byte(word)) {
			t.Errorf("%s says %s:\n%s", where, word, text)
		}
	}
}

// file is an envelope file with one token.
func file(token string) string {
	head := binary.BigEndian.AppendUint16([]byte("segel/1\n"), 1)
	head = binary.BigEndian.AppendUint32(head, uint32(len(token)))
	return string(head) + token
}

// token is a file with a token that has this header and nothing behind it.
func token(header string) string {
	return file(base64.RawURLEncoding.EncodeToString([]byte(header)) + ".AAAA.AAAA.AAAA.AAAA")
}
