// Package journal keeps the record that the law asks for: an append-only file
// of what was sealed, released, settled and refused, each line chained to the
// one before it by its hash.
//
// # The file
//
// The folder holds journal.ndjson, one JSON object a line, each line ended by a
// line feed, with the members
//
//	seq        1 for the first line, then one more each
//	time       RFC 3339, UTC, six digits of a fraction
//	event      what happened: sealed, released, settled, refused, conflict, receipt,
//	           clock, question, directory
//	party      whose journal it is
//	sender, to, id, digest, dataset, purpose, agreement, outcome, reason
//	           public identifiers and codes of the envelope; absent if not known
//	prev       the hash of the line before
//
// in this order and without blanks. An event may stand more than once: after a
// failure nobody knows whether it was entered, and it is entered again. The hash
// of a line is
//
//	base64url(SHA-256("segel/1 journal" LF ‖ the line without its line feed))
//
// and prev of the first line is the hash of an empty line. A file head beside
// it holds the number and the hash of the last line; it is there before the
// first line, is written after each one is durable, and may lag behind after a
// crash, never run ahead.
//
// # What it proves
//
// [Verify] finds a line that was changed, removed, inserted, reordered, or cut
// off at the end, and a head that is gone. Who may write both files can rewrite
// all of it: whoever wants
// to rely on a journal notes the [Head] now and then at a place that its keeper
// cannot reach, and [Verify] says whether the chain still leads through it.
//
// # After a crash
//
// A line is durable (fsync) before Append returns; lines of callers that append
// at the same time are written at once and share the fsync. If the process died
// in the middle of that, nobody was told that they were written: those that are
// whole stay, and [Open] cuts a torn one off. Everything else that does not verify makes Open fail: nobody
// goes on writing behind damage.
//
// There is no content in a journal. Append refuses an entry whose fields do not
// have their closed forms. Files have mode 0600. One process holds a journal at
// a time, by a lock on the file lock. If somebody takes that file away, a second
// process can get in; then both append, nobody's line is written over, the one
// that finds the file longer than it left it stops, and Open finds a chain that
// is broken.
package journal
