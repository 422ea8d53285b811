//go:build race

package endtoend

// underRace: the stories in full are for the other run, because signatures are ten
// times slower under the race detector.
const underRace = true
