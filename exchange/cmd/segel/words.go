package main

import "regexp"

// indonesian holds the details, beside the sentences of closed codes, that a
// person may meet at this command. The packages below have them in English
// only; # stands for a number.
var indonesian = map[string]string{
	"# of # records": "# dari # rekaman",

	"agreement: empty":      "perjanjian kosong",
	"agreement: id":         "perjanjian: id",
	"agreement: title":      "perjanjian: title",
	"agreement: parties":    "perjanjian: parties",
	"agreement: grants":     "perjanjian: grants",
	"agreement: validFrom":  "perjanjian: validFrom",
	"agreement: validUntil": "perjanjian: validUntil",
	"agreement: not exactly the members id, title, parties, grants, validFrom, validUntil": "perjanjian: anggotanya harus persis id, title, parties, grants, validFrom, validUntil",
	"agreement: grant #: from is not a party":                                              "perjanjian: izin #: from bukan pihak",
	"agreement: grant #: to is not another party":                                          "perjanjian: izin #: to bukan pihak lain",
	"agreement: grant #: dataset":                                                          "perjanjian: izin #: dataset",
	"agreement: grant #: purposes":                                                         "perjanjian: izin #: purposes",
	"agreement: grant #: a purpose that the vocabulary does not have, or forbids":          "perjanjian: izin #: tujuan yang tidak ada dalam kosakata, atau terlarang",

	"document: first line":                                                          "dokumen: baris pertama",
	"document: no signature, or no line feed at the end":                            "dokumen: tanpa tanda tangan, atau tanpa ganti baris di akhir",
	"document: signatures are not in order, or a key has two":                       "dokumen: urutan tanda tangan salah, atau satu kunci dua kali",
	"document: the signatures are not over the same payload":                        "dokumen: tanda tangan tidak atas isi yang sama",
	"directory: signed by a key that is not an anchor":                              "direktori: ditandatangani kunci yang bukan jangkar",
	"directory: signed by too few anchors":                                          "direktori: ditandatangani terlalu sedikit jangkar",
	"directory: agreement #: not signed by every party with keys of this directory": "direktori: perjanjian #: belum ditandatangani semua pihak dengan kunci dalam direktori ini",
	"directory: a statement of possession is about another key":                     "direktori: pernyataan kepemilikan tentang kunci lain",
	"directory: an anchor's key is also a party's":                                  "direktori: kunci jangkar juga kunci pihak",
	"past its expiry": "sudah lewat masa berlakunya",
	"public set: not exactly the members keys (two), party, possession": "berkas kunci publik: anggotanya harus persis keys (dua), party, possession",
	"public set: the two keys are one":                                  "berkas kunci publik: kedua kunci sama",
	"public set: key # is not a valid public key":                       "berkas kunci publik: kunci # tidak sah",

	"a record breaks the schema; the report says which":               "ada rekaman yang melanggar skema; laporan menyebutkan yang mana",
	"inline content is at most # MiB":                                 "isi paling banyak # MiB",
	"the directory accepts none of this party's own signing keys now": "direktori kini tidak menerima satu pun kunci tanda tangan pihak ini",
	"the directory does not hold it":                                  "tidak ada dalam direktori",
	"the agreement at hand has another digest":                        "perjanjian yang ada di sini berdigest lain",
	"the party has no encryption key at that time":                    "pihak itu tidak punya kunci enkripsi pada waktu itu",
	"a correction has records, a retraction has none":                 "koreksi memuat rekaman, penarikan tidak",
	"the journal could not be written":                                "jurnal tidak dapat ditulis",
	"the store failed":                                                "store gagal",
	"the records cannot be read":                                      "rekaman tidak dapat dibaca",
	"the check was interrupted":                                       "pemeriksaan terhenti",
	"the file is cut short":                                           "berkas terpotong",
	"the file cannot be read":                                         "berkas tidak dapat dibaca",
	"something follows the content":                                   "ada sesuatu sesudah isi",
	"it stepped back":                                                 "jam mundur",
	"it jumped forward, or this receiver rested for long":             "jam melompat maju, atau penerima ini lama tidak bekerja",
	"the body is cut short":                                           "badan segel terpotong",
	"the body cannot be read":                                         "badan segel tidak dapat dibaca",
	"a document of a media type that is not expected":                 "dokumen dengan jenis yang tidak diharapkan",
	"the document cannot be read":                                     "dokumen tidak dapat dibaca",
	"shipment: an empty document, or not a media type":                "dokumen kosong, atau bukan jenis media",
	"two bodies under one manifest":                                   "dua badan di bawah satu manifes",
}

var digits = regexp.MustCompile(`[0-9]+`)

// inIndonesian returns a detail in Indonesian, "" if it has only one text.
func inIndonesian(detail string) string {
	text, ok := indonesian[digits.ReplaceAllString(detail, "#")]
	if !ok {
		return ""
	}
	numbers := digits.FindAllString(detail, -1)
	return hash.ReplaceAllStringFunc(text, func(string) string {
		next := numbers[0]
		numbers = numbers[1:]
		return next
	})
}

var hash = regexp.MustCompile(`#`)
