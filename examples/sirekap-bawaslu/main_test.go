package main

import "github.com/segel-id/segel/examples/memorandum"

func Example_indonesian() {
	memorandum.Tell("id", tell)
	// Output:
	// 1. Sirekap (KPU) mengirim hasil satu TPS, seperti yang dipublikasikan.
	//   ! A1: Suara sah (200) ditambah suara tidak sah (6) tidak sama dengan suara total (205).
	//   ✓ bawaslu/pengawasan menerima, dengan tanda terima yang ditandatangani.
	// 2. Bawaslu menandatangani laporan kelengkapan.
	// 3. KPU memeriksa tanda tangan dan daftarnya.
	//   belum melapor: TPS 3199011001002
	//   belum melapor: TPS 3199011001901
	//   bertentangan dengan tanda terima: 0 TPS
}

func Example_english() {
	memorandum.Tell("en", tell)
	// Output:
	// 1. Sirekap (KPU) sends the result of one station, as published.
	//   ! A1: Valid votes (200) plus invalid votes (6) do not equal total votes (205).
	//   ✓ bawaslu/pengawasan accepts, by a signed receipt.
	// 2. Bawaslu signs a report on completeness.
	// 3. KPU verifies the signature and the list.
	//   has not reported: station 3199011001002
	//   has not reported: station 3199011001901
	//   against a receipt: 0 stations
}
