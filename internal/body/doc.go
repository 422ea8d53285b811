// Package body is the core of an envelope's body: chunks, their cryptography,
// their order, and the pipeline that works on several of them at once. The format
// is specified in the documentation of package envelope; this package holds what
// needs no token, no manifest and no authority.
//
//	Keys      what the seed and the manifest digest give: cipher, commitments
//	Shape     chunk size, codec and media kind, which the manifest states
//	Sealer    bytes in, sealed chunks out, in order
//	Opener    sealed chunks in, verified and decoded chunks out, in order
//	Tally     what both count: chunks, bytes, records, and the tree of the content root
//
// # Work
//
// Chunks are worked on in their order by as many goroutines as there are processors,
// which begin with the work and end with it, and only a few chunks are under way at
// a time: twice as many as there are processors, and fewer if the chunks are large
// or compressed ([Shape.depth]). Reading, writing and everything else that depends on
// the order happens in the caller's goroutine. So nothing runs that nobody waits for:
// who stops early leaves a few chunks behind that finish by themselves, and
// nothing has to be closed.
//
// A chunk is encrypted and decrypted in the buffer in which it is read or
// written, or decrypted from where it is if the body is in memory; the buffers are
// used again.
package body
