package synthetic

// datasets lists what can be made, by id.
func datasets() []dataset {
	return []dataset{
		badanHukum(),
		permintaanStatus(),
		jaringanTPS(),
		kepengurusan(),
		hasilTPS(),
	}
}
