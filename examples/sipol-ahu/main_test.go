package main

import "github.com/segel-id/segel/examples/memorandum"

func Example_indonesian() {
	memorandum.Tell("id", tell)
	// Output:
	// 1. Sipol (KPU) mengirim susunan pengurus pusat kepada Ditjen AHU.
	//   ✓ ahu/badan-hukum menerima, dengan tanda terima yang ditandatangani.
	// 2. AHU menjawab dengan keputusan yang tercatat padanya.
	//   = Ketua Umum: Sipol dan SK M.HH-99.AH.11.02 TAHUN 2022
	//   ≠ Sekretaris Jenderal: Sipol dan SK M.HH-99.AH.11.02 TAHUN 2022
	//   ✓ kpu/sipol menerima, dengan tanda terima yang ditandatangani.
}

func Example_english() {
	memorandum.Tell("en", tell)
	// Output:
	// 1. Sipol (KPU) sends a central board to Ditjen AHU.
	//   ✓ ahu/badan-hukum accepts, by a signed receipt.
	// 2. AHU answers with the decree that it has on record.
	//   = Ketua Umum: Sipol and decree M.HH-99.AH.11.02 TAHUN 2022
	//   ≠ Sekretaris Jenderal: Sipol and decree M.HH-99.AH.11.02 TAHUN 2022
	//   ✓ kpu/sipol accepts, by a signed receipt.
}
