package main

import "github.com/segel-id/segel/examples/memorandum"

func Example_indonesian() {
	memorandum.Tell("id", tell)
	// Output:
	// 1. Silon (KPU) keliru mengirim calon dengan NIK dan alamat.
	//   ✗ bawaslu/pengawasan menolak untuk seterusnya (rejected more_than_agreed).
	// 2. Calon yang sama, sebatas yang disepakati.
	//   Bawaslu melihat calon nomor 1, dapil 3199
	//   ✓ bawaslu/pengawasan menerima, dengan tanda terima yang ditandatangani.
	// 3. Keterwakilan perempuan diuji tanpa nama.
	//   ! kuota-perempuan: Calon perempuan (2) kurang dari 30 % daftar, dibulatkan ke atas, yaitu 3.
	//   ✓ bawaslu/pengawasan menerima, dengan tanda terima yang ditandatangani.
}

func Example_english() {
	memorandum.Tell("en", tell)
	// Output:
	// 1. Silon (KPU) sends a candidate with NIK and address, by mistake.
	//   ✗ bawaslu/pengawasan refuses for good (rejected more_than_agreed).
	// 2. The same candidate, within what was agreed.
	//   Bawaslu sees candidate number 1, district 3199
	//   ✓ bawaslu/pengawasan accepts, by a signed receipt.
	// 3. The women's quota is tested without names.
	//   ! kuota-perempuan: Women on the list (2) are fewer than 30 % of it, rounded up, that is 3.
	//   ✓ bawaslu/pengawasan accepts, by a signed receipt.
}
