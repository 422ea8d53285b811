// Package filedrop carries envelopes where there is no network: in a folder, on a
// USB stick or on a share that both sides reach. The sealed file goes one way, the
// receipt comes back, and neither side waits for the other.
//
// # The idea
//
// A sender puts what is open in its outbox into the folder and takes in the receipts
// that lie there; a receiver takes what is for it, and puts its answer beside each
// file. Either may happen any number of times, in any order, on copies of the folder,
// with other files beside it. A file is named by its own digest, so the same envelope
// is the same file whoever copies it, what was damaged on the way is known for that,
// and an answer finds its question by its name alone.
//
// Nothing in the folder is trusted, least of all what it says about itself. The
// envelope is verified by the [exchange.Receiver] as one from a network is, and the
// outbox is settled by a verified receipt and nothing else: not by a file that was
// put, copied, or taken away. A stick that never comes back leaves the parcel open;
// the same bytes go on the next stick, or over the network, to any effect once. What
// is on the stick is sealed. Whoever finds it learns what a network would have told:
// for whom it is, how large, and when it was written.
//
// # The folder
//
//	segel-drop.txt                   the manifest: what is to be here
//	to-AGENCY.SYSTEM/                for one recipient, agency/system
//	    DIGEST.segel                 an envelope file; SHA-256 of it, in hexadecimal
//	    DIGEST.question              a signed settle-or-cancel; SHA-256 of what it asks
//	    DIGEST.answer                what the recipient says to the file of that name
//	    DIGEST.part, NAME.half       what is still being written
//
// The digest of a question is that of the lines "segel/1 question", its iss, jti, aud
// and manifest, each ended by LF: a question that is asked again has another date and
// signature, and takes the place of the first. An answer is three lines: "segel-answer/1",
// then "receipt" or "refusal", then the receipt, a compact JWE, or one of the words of
// [exchange.Outward].
//
// The manifest is "segel-drop/1", then a line with SHA-256, size in bytes and path of
// each envelope, question and answer, in the order of paths, then "end" and how many
// these are. Whoever has written last has written it from what is there. It tells a
// person what the stick is to hold and a recipient what has been lost; nothing is
// judged by it.
//
// # A stick that is pulled out
//
// Every file is written under another name, made durable, and then renamed; the
// manifest comes last. So a file of ours is whole or it is not there. A large file
// that was cut is gone on with when it is put again: what lies there is compared with
// what should, and the copy continues behind the last byte that is right, so no state
// has to be believed. Leftovers of small files are removed by the next who writes.
//
// FAT32 holds no file of 4 GiB or more; for those format the stick as exFAT.
//
// # A stranger's stick
//
// Only names of the forms above are looked at. Links, devices, pipes and folders in
// their place are not followed nor opened, and nothing outside of the folder is ever
// reached. How many entries are read and how large a file may be has limits, which
// are checked before anything is read. Files that fail are reported by what is wrong
// with them, never by what they say, and hinder none of the others.
//
// # Not promised
//
// The folder is no proof of anything. Whoever can write to it can take files away,
// which delays, and can answer with one of the four refusals, which settles nothing.
// One program at a time works on a folder; several on one do no harm but double work.
//
// What to run, what it costs and what happens when something dies is told in
// internal/docs/many-machines.md.
package filedrop
