package main

import "github.com/segel-id/segel/examples/memorandum"

func Example_indonesian() {
	memorandum.Tell("id", tell)
	// Output:
	// 1. Bawaslu melaporkan konten kepada Kominfo.
	//   Kominfo menerima konten K-1, mendesak: true
	//   ✓ kominfo/konten menerima, dengan tanda terima yang ditandatangani.
	// 2. Kominfo memberi tahu Bawaslu dan KPU apa yang dilakukan.
	//   ✓ bawaslu/pengawasan menerima, dengan tanda terima yang ditandatangani.
	//   ✓ kpu/humas menerima, dengan tanda terima yang ditandatangani.
	// 3. Keduanya melihat: diputus, dan temuan yang sama.
	//   ! tindakan-lewat-4-jam: Permintaan mendesak ditindak sesudah 5 jam, lebih dari 4 jam.
}

func Example_english() {
	memorandum.Tell("en", tell)
	// Output:
	// 1. Bawaslu reports content to Kominfo.
	//   Kominfo gets item K-1, urgent: true
	//   ✓ kominfo/konten accepts, by a signed receipt.
	// 2. Kominfo tells Bawaslu and KPU what was done.
	//   ✓ bawaslu/pengawasan accepts, by a signed receipt.
	//   ✓ kpu/humas accepts, by a signed receipt.
	// 3. Both see: diputus, and the same finding.
	//   ! tindakan-lewat-4-jam: An urgent request was acted on after 5 hours, more than 4.
}
