// Package synthetic makes records of the datasets of package election that look
// like real ones and describe nobody, for trials, demonstrations and
// measurements: as many as are wanted, the same bytes for the same seed on
// every machine.
//
// # The idea
//
// A dataset has a writer, which puts one sound record together from its number
// and a stream of chance, and a list of defects. What identifies the record is
// made from its number alone, so no two records of a file have the same key;
// the rest is chance, seeded with the dataset, the seed and the number. So
// record 17 is the same whether 100 records are made or a million.
//
// A [Defect] is a change to the finished text of a sound record: a number
// altered, a member dropped, a line cut off. Which findings it must lead to is
// written beside it, and nothing else may be found in that record. That makes a
// file whose every finding is known beforehand: a checker must find all of
// them, and no other.
//
// A sound record has no structure error, breaks no rule and gives no notice,
// whatever the seed.
//
// # Nobody
//
// Names are strung together from syllables that mean nothing. Codes of areas
// begin with those of real provinces; a NIK lies in a regency that does not
// exist (99). URLs end in .invalid (RFC 2606).
//
// # Not promised
//
// That the numbers are spread like real ones: they have the shape of published
// rows, not their statistics. That a later version makes the same bytes: a new
// version of a definition may want other records. Within one version they stay.
package synthetic
