package main

import "github.com/segel-id/segel/examples/memorandum"

func Example_indonesian() {
	memorandum.Tell("id", tell)
	// Output:
	// 1. DKPP mengirim salinan dari situsnya.
	//   ! bukan-rujukan-resmi: Ini salinan; situs DKPP menyatakan bahwa salinan tidak dapat dipergunakan sebagai rujukan resmi.
	//   ✗ kpu/hukum menolak untuk seterusnya (rejected not_official).
	// 2. DKPP mengirim putusan resmi.
	//   99-PKE-DKPP/I/2099, Anggota Contoh: teguran
	//   99-PKE-DKPP/I/2099, Anggota Contoh: rehabilitasi
	//   ✓ kpu/hukum menerima, dengan tanda terima yang ditandatangani.
}

func Example_english() {
	memorandum.Tell("en", tell)
	// Output:
	// 1. DKPP sends the copy from its web site.
	//   ! bukan-rujukan-resmi: This is a copy; the site of DKPP says that copies may not be used as an official reference.
	//   ✗ kpu/hukum refuses for good (rejected not_official).
	// 2. DKPP sends the official decision.
	//   99-PKE-DKPP/I/2099, Anggota Contoh: teguran
	//   99-PKE-DKPP/I/2099, Anggota Contoh: rehabilitasi
	//   ✓ kpu/hukum accepts, by a signed receipt.
}
