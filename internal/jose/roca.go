package jose

import "math/big"

// weakGenerator reports whether a modulus looks like those of a smart-card
// library whose keys can be factored (ROCA, CVE-2017-15361): its primes were
// powers of 65537 modulo a product of small primes, so the modulus is one too.
// An honest modulus looks so once in more than a hundred million.
// Source: Nemec, Sys, Svenda, Klinec, Matyas, "The Return of Coppersmith's
// Attack" (2017), section 2.
func weakGenerator(n *big.Int) bool {
	var p, rest big.Int
	for _, small := range [...]int64{
		3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103,
		107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
	} {
		r := rest.Mod(n, p.SetInt64(small)).Int64()
		power := int64(1)
		for power != r {
			if power = power * 65537 % small; power == 1 {
				return false // r is no power of 65537
			}
		}
	}
	return true
}
