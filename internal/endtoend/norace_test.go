//go:build !race

package endtoend

const underRace = false
