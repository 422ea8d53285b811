package main

import "github.com/segel-id/segel/examples/memorandum"

func Example_indonesian() {
	memorandum.Tell("id", tell)
	// Output:
	// 1. Tanpa jaringan: KPU menaruh hasil dua pemilihan di stik.
	//   amplop di stik: 2
	// 2. Satu berkas rusak di jalan; yang lain tidak terhalang.
	//   Bawaslu mencatat TPS 3199011001001 (ppwp)
	//   Bawaslu mencatat TPS 3199011001901 (ppwp)
	//   ✗ tidak dibaca (damaged)
	// 3. Stik kembali ke KPU, yang menaruh lagi apa yang belum dijawab.
	//   ✓ bawaslu/pengawasan menerima, dengan tanda terima yang ditandatangani.
	//   amplop di stik: 1
	// 4. Stik sampai dua kali, dengan satu akibat.
	//   Bawaslu mencatat TPS 3199011001001 (pdpd)
	//   sudah dijawab: tanda terima yang sama
	// 5. Stik kembali lagi, dan tidak ada yang belum dijawab.
	//   ✓ bawaslu/pengawasan menerima, dengan tanda terima yang ditandatangani.
	//   amplop di stik: 0
}

func Example_english() {
	memorandum.Tell("en", tell)
	// Output:
	// 1. There is no network: KPU puts the results of two elections onto a stick.
	//   envelopes on the stick: 2
	// 2. One file is damaged on the way, and hinders no other.
	//   Bawaslu enters station 3199011001001 (ppwp)
	//   Bawaslu enters station 3199011001901 (ppwp)
	//   ✗ not read (damaged)
	// 3. The stick comes back to KPU, which puts again what has no answer.
	//   ✓ bawaslu/pengawasan accepts, by a signed receipt.
	//   envelopes on the stick: 1
	// 4. The stick arrives twice, to one effect.
	//   Bawaslu enters station 3199011001001 (pdpd)
	//   was answered before: the same receipt
	// 5. The stick comes back again, and nothing is without an answer.
	//   ✓ bawaslu/pengawasan accepts, by a signed receipt.
	//   envelopes on the stick: 0
}
