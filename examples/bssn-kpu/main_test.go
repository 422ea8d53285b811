package main

import "github.com/segel-id/segel/examples/memorandum"

func Example_indonesian() {
	memorandum.Tell("id", tell)
	// Output:
	// 1. KPU melaporkan insiden kepada BSSN.
	//   ! lapor-lewat-24-jam: Insiden pada infrastruktur informasi vital dilaporkan sesudah 30 jam, lebih dari 1 x 24 jam.
	//   BSSN: insiden pada Sirekap, infrastruktur vital: true
	//   ✓ bssn/insiden menerima, dengan tanda terima yang ditandatangani.
	// 2. BSSN menjawab dengan indikator.
	//   KPU: 1 indikator, TLP:AMBER
	//   ✓ kpu/keamanan menerima, dengan tanda terima yang ditandatangani.
}

func Example_english() {
	memorandum.Tell("en", tell)
	// Output:
	// 1. KPU reports an incident to BSSN.
	//   ! lapor-lewat-24-jam: An incident of vital information infrastructure was reported after 30 hours, more than 1 x 24.
	//   BSSN: incident at Sirekap, vital infrastructure: true
	//   ✓ bssn/insiden accepts, by a signed receipt.
	// 2. BSSN answers with indicators.
	//   KPU: 1 indicator, TLP:AMBER
	//   ✓ kpu/keamanan accepts, by a signed receipt.
}
