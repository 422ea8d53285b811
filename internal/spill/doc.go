// Package spill is an exact set of any number of hashes in bounded memory, for
// whoever must know at once whether something came before.
//
// What was added last stands in a table in memory. When the table is full, its
// keys go sorted into a temporary file, a run, and the table is empty again. A
// Bloom filter of a fixed size knows all keys of all runs: most new keys are not
// in it, and so new. For the others the runs are asked, one page each. Sixteen
// runs of one size are merged into one, so that there are never many to ask.
//
//	table    2 MiB, 98,304 keys
//	filter   8 MiB, made with the first run: one key in 200 is looked up in vain
//	         if there are 6 million, one in 25 if there are 10 million
//	runs     16 bytes a key on the disk, in os.TempDir; in memory 16 bytes a page
//	         of 255 keys
//
// A set that never fills its table touches no disk.
//
// # The temporary files
//
// They are their owner's alone and have no name any more where the system allows
// that, so that nothing is left behind a process that was killed. Pages are
// encrypted and authenticated (AES-256-GCM; the nonce is the number of the run and
// of the page) under a key that exists in memory alone: nobody can read anything
// from a disk, and a page that a disk has changed is an error, not a wrong answer.
package spill
