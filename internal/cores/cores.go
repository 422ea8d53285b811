// Package cores keeps the cores at work while threads wait for the disk.
//
// A thread that waits for the disk keeps its place among the GOMAXPROCS that may
// run until the runtime takes it away, and to the runtime the time that an SSD
// takes to synchronise is short: on a machine with two cores, two files that are
// synchronised at the same time leave nobody to work. So a program that makes much
// durable has one place more for each file that it synchronises. Carrying
// envelopes on two cores became half as fast again by two places more.
//
// And they should not be at work for the collector alone. What a server keeps in
// memory is little, and the collector goes through all of it each time that as much
// garbage has been made, which a server does many times in a second. So a program
// that may have a little more memory lets garbage lie until there is some.
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

// garbage is what a server lets lie: with it the collector runs 2.6 times for a thousand
// envelopes, without it 17 times.
const garbage = 64 << 20

// Garbage lets 64 MiB of garbage lie besides what the collector would let lie by
// itself, and returns what ends that. The program takes that much more memory at most, whatever it keeps: a percentage would multiply what a busy hour keeps, and a
// limit would have the collector never rest once that is beyond it. If the
// environment sets GOGC or GOMEMLIMIT, that stands. It is for programs, not for
// packages.
func Garbage() (end func()) {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	// Kept, so the collector waits for as much garbage on its account; never touched,
	// so it takes no memory; and without pointers, so nothing is looked for in it.
	ballast := make([]byte, garbage)
	return func() { runtime.KeepAlive(ballast) }
}
