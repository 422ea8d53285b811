//go:build race

package shared

// Race: the test runs under the race detector.
const Race = true
