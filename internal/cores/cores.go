// Package cores keeps the cores at work while threads wait for the disk.
//
// A thread that waits for the disk keeps its place among the GOMAXPROCS that may
// run until the runtime takes it away, and to the runtime the time that an SSD
// takes to synchronise is short: on a machine with two cores, two files that are
// synchronised at the same time leave nobody to work. So a program that makes much
// durable has one place more for each file that it synchronises. Carrying
// envelopes on two cores became half as fast again by two places more.
package cores

import (
	"os"
	"runtime"
)

// Spare gives the program so many places more than it has, and returns what takes
// them back. If the environment sets GOMAXPROCS, that stands. From then on the
// runtime no longer follows changes of a container's limits by itself. It is for
// programs, not for packages.
func Spare(files int) (back func()) {
	if os.Getenv("GOMAXPROCS") != "" {
		return func() {}
	}
	had := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(had + files)
	return func() { runtime.GOMAXPROCS(had) }
}
