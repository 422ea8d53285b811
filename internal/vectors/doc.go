// Package vectors makes the test vectors of the format, in
// envelope/testdata/vectors, and holds them to what made them. All of it is in
// its tests:
//
//	go test ./internal/vectors -regenerate
//
// writes the folder anew, and without the flag the test fails if that would change
// a byte. So a diff of the folder is a diff of the format, and a change of the
// format shows as one.
//
// That needs tokens which are the same in every run. The maker here is therefore a
// second one, beside the product's: it signs and encrypts with the standard library
// alone, and takes every random byte from a hash of the vector's name. ES256 is
// signed as RFC 6979 says; PS256 and RSA-OAEP-256 are padded here, because the
// library draws their salts and seeds by itself. What is made can have any fault,
// and nothing that reads it had a hand in it.
package vectors
