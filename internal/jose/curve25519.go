package jose

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/hex"
	"math/big"
	"slices"
)

// smallOrderEd25519 lists the y coordinates (little-endian, sign bit cleared)
// of the points of order 1, 2, 4 and 8, in canonical and non-canonical form.
// Under such a key one signature verifies many messages, or all of them.
// Source: "Taming the many EdDSAs" (Chalkias, Garillot, Nikolaenko, 2020),
// table 6, and libsodium's ge25519_has_small_order.
var smallOrderEd25519 = [...]string{
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
}

func smallOrder(pub ed25519.PublicKey) bool {
	var y [ed25519.PublicKeySize]byte
	copy(y[:], pub)
	y[31] &= 0x7f
	text := hex.EncodeToString(y[:])
	for _, bad := range smallOrderEd25519 {
		if text == bad {
			return true
		}
	}
	return false
}

// lowOrder reports whether an X25519 public key can only yield the all-zero
// secret. crypto/ecdh refuses that secret (RFC 7748 section 6.1), so one
// exchange with any private key tells: every private key is a multiple of 8.
func lowOrder(pub *ecdh.PublicKey) bool {
	probe, err := ecdh.X25519().NewPrivateKey(make([]byte, 32))
	if err != nil {
		return true
	}
	_, err = probe.ECDH(pub)
	return err != nil
}

// fieldPrime returns p = 2^255 − 19, and littleEndian the number that 32 bytes
// stand for.
func fieldPrime() *big.Int {
	p := new(big.Int).Lsh(big.NewInt(1), 255)
	return p.Sub(p, big.NewInt(19))
}

func littleEndian(b []byte) *big.Int {
	r := slices.Clone(b)
	slices.Reverse(r)
	return new(big.Int).SetBytes(r)
}

// fieldElement reports whether b is the one encoding of a number below p. RFC
// 7748 section 5 has readers take others too; here one key would then have two
// thumbprints.
func fieldElement(b []byte) bool { return littleEndian(b).Cmp(fieldPrime()) < 0 }

// onEdwards reports whether pub is the one encoding of a point of edwards25519:
// y below p, and x² = (y²−1)/(dy²+1) a square (RFC 8032 section 5.1.3). The
// verifier would refuse other keys too, but only when somebody signs.
func onEdwards(pub ed25519.PublicKey) bool {
	y := slices.Clone([]byte(pub))
	y[31] &= 0x7f
	if !fieldElement(y) {
		return false
	}
	p := fieldPrime()
	y2 := littleEndian(y)
	y2.Mul(y2, y2).Mod(y2, p)
	// d = −121665/121666, so x² is a square exactly if
	// (y²−1)·(121666−121665y²)·121666 is one or zero.
	u := new(big.Int).Sub(y2, big.NewInt(1))
	v := new(big.Int).Mul(y2, big.NewInt(121665))
	v.Sub(big.NewInt(121666), v)
	u.Mul(u, v).Mul(u, big.NewInt(121666)).Mod(u, p)
	return big.Jacobi(u, p) >= 0
}
