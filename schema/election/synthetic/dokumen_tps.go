package synthetic

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// dokumenTPS makes sirekap/dokumen-tps: a small document with its own digest.
func dokumenTPS() dataset {
	return dataset{id: "sirekap/dokumen-tps", write: writeDokumenTPS, defects: common("kode_tps",
		broken("jenis-tak-dikenal", set("jenis", `"catatan"`)),
		broken("dokumen-kosong", set("ukuran", "0")),
		misshapen("kode-tps-lower-case", "pattern", set("kode_tps", `"99aa010001001"`)),
		misshapen("unknown-election", "enum", set("pemilu", `"pilpres"`)),
		misshapen("page-zero", "minimum", set("halaman", "0")),
		misshapen("time-with-zone", "pattern", set("ts", `"2024-02-16T12:00:00Z"`)),
		misshapen("media-type-in-capitals", "pattern", set("media_type", `"APPLICATION/JSON"`)),
		misshapen("digest-in-base64", "pattern", set("sha256", `"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"`)),
		misshapen("content-not-base64", "pattern", set("isi", `"{}"`)),
		misshapen("missing-digest", "required", drop("sha256")),
	)}
}

func writeDokumenTPS(r *row) {
	r.open()
	r.start("kode_tps")
	r.station(r.n, false)
	r.stop()
	r.text("pemilu", "ppwp")
	r.text("tanggal_pemungutan", "2024-02-14")
	r.text("jenis", "sirekap-json")
	r.int("halaman", 1)
	r.start("ts")
	r.add("2024-02-")
	r.pad(r.between(15, 25), 2)
	r.add(" ")
	r.clock(":")
	ts := len(r.b) - 19
	r.stop()
	document := append([]byte(`{"chart":null,"images":[null,null,null],"administrasi":null,"psu":null,"ts":"`), r.b[ts:ts+19]...)
	document = append(document, `","status_suara":false,"status_adm":false}`...)
	sum := sha256.Sum256(document)
	r.text("media_type", "application/json")
	r.int("ukuran", len(document))
	r.start("sha256")
	r.b = hex.AppendEncode(r.b, sum[:])
	r.stop()
	r.start("isi")
	r.b = base64.StdEncoding.AppendEncode(r.b, document)
	r.stop()
	r.end()
}
