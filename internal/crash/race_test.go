//go:build race

package crash

// underRace: fewer points and envelopes under the race detector, which makes
// signatures ten times slower.
const underRace = true
