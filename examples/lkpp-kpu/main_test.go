package main

import "github.com/segel-id/segel/examples/memorandum"

func Example_indonesian() {
	memorandum.Tell("id", tell)
	// Output:
	// 1. LKPP mengirim paket pengadaan.
	//   ! hps-melebihi-pagu: HPS (tidak ditampilkan) melebihi pagu (tidak ditampilkan).
	//   ✓ kpu/logistik menerima, dengan tanda terima yang ditandatangani.
	// 2. LKPP mengoreksi HPS.
	//   ✓ kpu/logistik menerima, dengan tanda terima yang ditandatangani.
	// 3. KPU menyimpan satu paket: HPS 999000000, 2 RUP.
}

func Example_english() {
	memorandum.Tell("en", tell)
	// Output:
	// 1. LKPP sends a procurement package.
	//   ! hps-melebihi-pagu: The owner's estimate (not shown) exceeds the budget (not shown).
	//   ✓ kpu/logistik accepts, by a signed receipt.
	// 2. LKPP corrects the owner's estimate.
	//   ✓ kpu/logistik accepts, by a signed receipt.
	// 3. KPU keeps one package: estimate 999000000, 2 plans.
}
