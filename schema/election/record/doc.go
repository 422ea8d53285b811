// Package record reads the records of a dataset into Go structs that were
// generated from its definition.
//
// # The idea
//
// A published count may be a number, null, or absent, and the three differ: a
// station that has not reported is not a station with no votes. Go's zero
// value would make them one, so a member that may be null or absent is a
// [Field], which tells them apart; a member that the definition requires and
// that is never null is a plain value. A number that some sources write as
// text is a [Scalar], which keeps it as it was written, and an object whose
// members are named by numbers (candidates, parties) is a [Numbered].
//
// [Decode] takes a member only by its exact name. The standard library would
// also take "NIK" for "nik", and a handler would then act on a value that no
// check has seen.
//
// # Use
//
// Check first, then read: [All] expects records that a check of the same
// definition accepted, gives each of them once, and drops nothing but members
// that the definition does not declare. The bytes are what both sides signed;
// a struct is a convenience for reading them and is never sent in their place.
package record
