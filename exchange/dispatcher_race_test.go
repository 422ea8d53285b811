//go:build race

package exchange_test

// underRace: floods are smaller under the race detector, which makes signatures
// ten times slower.
const underRace = true
