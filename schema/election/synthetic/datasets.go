package synthetic

// datasets lists what can be made, by id.
func datasets() []dataset {
	return []dataset{
		badanHukum(),
		kepengurusanPusat(),
		permintaanStatus(),
		perubahanADART(),
		temuan(),
		insiden(),
		putusan(),
		informasiPublik(),
		jaringanTPS(),
		konten(),
		paketPengadaan(),
		registerTPS(),
		wilayah(),
		dapil(),
		calon(),
		daftar(),
		kantor(),
		keanggotaan(),
		kepengurusan(),
		profilPartai(),
		dokumenTPS(),
		hasilTPS(),
		lokasiTPS(),
		rekapitulasi(),
	}
}
