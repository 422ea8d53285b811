package main

import "github.com/segel-id/segel/examples/memorandum"

func Example_indonesian() {
	memorandum.Tell("id", tell)
	// Output:
	// 1. KPU mengirim koordinat TPS kepada Kominfo.
	//   ✓ kominfo/jaringan menerima, dengan tanda terima yang ditandatangani.
	// 2. Kominfo menjawab dengan kelas jaringannya.
	//   TPS 3199011001001: kuat
	//   TPS 3199011001901: ?
	//   ✓ kpu/sirekap menerima, dengan tanda terima yang ditandatangani.
}

func Example_english() {
	memorandum.Tell("en", tell)
	// Output:
	// 1. KPU sends the coordinates of stations to Kominfo.
	//   ✓ kominfo/jaringan accepts, by a signed receipt.
	// 2. Kominfo answers with the class of the network.
	//   station 3199011001001: kuat
	//   station 3199011001901: ?
	//   ✓ kpu/sirekap accepts, by a signed receipt.
}
