package jose

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/hex"
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
