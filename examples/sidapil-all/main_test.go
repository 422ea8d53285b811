package main

import "github.com/segel-id/segel/examples/memorandum"

func Example_indonesian() {
	memorandum.Tell("id", tell)
	// Output:
	// 1. Untuk pengawasan kepada ketiganya: tidak disepakati.
	//   ✗ tidak disegel: not_granted
	// 2. Untuk penataan dapil: satu segel, tiga penerima.
	//   ✓ 2 dapil disegel sekali
	//   ✓ bawaslu/pengawasan menerima, dengan tanda terima yang ditandatangani.
	//   ✓ kpu/silon menerima, dengan tanda terima yang ditandatangani.
	//   ✓ kpu/sirekap menerima, dengan tanda terima yang ditandatangani.
	// 3. Kursi menurut masing-masing: [12 12 12]
}

func Example_english() {
	memorandum.Tell("en", tell)
	// Output:
	// 1. For supervision, to all three: not agreed.
	//   ✗ not sealed: not_granted
	// 2. For districting: one seal, three recipients.
	//   ✓ 2 districts are sealed once
	//   ✓ bawaslu/pengawasan accepts, by a signed receipt.
	//   ✓ kpu/silon accepts, by a signed receipt.
	//   ✓ kpu/sirekap accepts, by a signed receipt.
	// 3. Seats, as each of them counts: [12 12 12]
}
