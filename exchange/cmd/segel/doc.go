// Command segel does an exchange by hand: it makes keys, signs agreements and
// directories, checks datasets, seals them and opens them again. It is a thin
// hand on package exchange, which decides everything; what it refuses, a
// program that uses the package refuses too, with the same reason.
//
//	go install github.com/segel-id/segel/exchange/cmd/segel@latest
//
// # One exchange, from nothing
//
// Each agency makes its keys on its own machine and keeps the private file
// there:
//
//	segel keygen --party kpu/sirekap --out kpu
//	segel keygen --party bawaslu/pengawasan --out bawaslu
//
// Both sign the agreement, in any order, the second in place:
//
//	segel agreement sign --in pks.json --as kpu/sirekap --keys kpu/kpu-sirekap.private.jwks --out pks.signed
//	segel agreement sign --in pks.signed --as bawaslu/pengawasan --keys bawaslu/bawaslu-pengawasan.private.jwks --out pks.signed
//
// Somebody whom both trust makes the directory from the two public files:
//
//	segel directory init --anchor-out anchor --out directory --parties kpu/sirekap,bawaslu/pengawasan --public kpu,bawaslu --agreement pks.signed
//
// KPU seals, Bawaslu opens:
//
//	segel seal --directory directory --anchor anchor/anchor.public.jwks --as kpu/sirekap --keys kpu/kpu-sirekap.private.jwks \
//	    --to bawaslu/pengawasan --dataset sirekap/hasil-tps --purpose AWAS-TAHAPAN --agreement PKS-UJI --in rows.ndjson --out rows.segel
//	segel open --directory directory --anchor anchor/anchor.public.jwks --as bawaslu/pengawasan --keys bawaslu/bawaslu-pengawasan.private.jwks \
//	    --purpose AWAS-TAHAPAN --store bawaslu/store.db --in rows.segel --out rows.ndjson
//
// # Commands
//
// Flags that hold lists may be repeated and take commas.
//
//	keygen --party P --out DIR
//
// A signing key (ES256) and an encryption key (ECDH-ES+A256KW on P-256) for the
// party agency/system: DIR/agency-system.private.jwks, readable by its owner
// alone, and DIR/agency-system.public.jwks with a proof of possession. DIR is
// made if it is missing. Neither file is written if one is there.
//
//	agreement sign --in FILE --as P --keys K --out FILE
//	agreement show FILE
//
// Sign adds P's signature to an agreement that is plain JSON or already signed;
// the text stays as it is. Package exchange/agreement has the format. Show
// prints what it says; it cannot say who signed it, because that takes the
// directory.
//
//	directory init --anchor-out DIR --out FILE --parties A,B --public DIR --agreement FILE
//	directory show [--anchor A] FILE
//
// Init makes an anchor, DIR/anchor.private.jwks (keep it offline) and
// DIR/anchor.public.jwks (hand it to everybody by another way than the
// directory), and a directory that it signs: version 1, for 365 days, with the
// keys in the parties' agency-system.public.jwks, which --public folders hold,
// from now on and as long as the directory. Show prints it, and with an anchor
// verifies it first. Later versions, several anchors, rotation and withdrawal of
// keys are made with package exchange/trust.
//
//	check --dataset D [--map MAPFILE] [--format text|json] [--report FILE] [--as-of DATE] FILE
//
// Checks records against the newest definition of the dataset. With --map the
// input is CSV (schema.ParseMapping has the format), without it NDJSON; gzip is
// recognised; "-" is standard input. Exit code 0: the structure is sound,
// whatever the arithmetic rules found; 1: records with structure errors; 2:
// cannot be checked. With --format json standard output is one object:
//
//	{"records","errors","findings","by_rule":{"A1":N,…},"records_with_findings","notices":{…}}
//
// where errors counts records with structure errors, by_rule the arithmetic
// rules and notices everything else. --report gets the findings one by one, the
// first 100,000 of them, without any value of a record but the counts that a
// rule compared.
//
//	seal --directory F --anchor A --as P --keys K --to P,… --dataset D --purpose P --agreement ID
//	     [--map MAPFILE] [--valid-for 24h] [--as-of DATE] [--journal DIR] --in FILE --out FILE.segel
//
// Checks and seals up to 4 MiB of records as they are; CSV becomes NDJSON first.
// --agreement names one of the directory's agreements. --valid-for is 1s to
// 720h. The summary on standard error tells id, digest, expiry and findings.
//
//	inspect [--format text|json] FILE.segel
//
// What anybody can see, without any key: algorithms, thumbprints of the
// recipients' keys, padded sizes. Nothing else is to be seen, and none of it is
// proven.
//
//	open --directory F --anchor A --as P --keys K --purpose P [--store FILE] [--journal DIR]
//	     [--report FILE] --in FILE.segel --out FILE
//
// Verifies everything, enters "released" in the journal, checks the records
// itself, and writes them as NDJSON, exactly the bytes that were sealed.
// Standard error tells what was proven and what was not, and the findings;
// --report gets the same as JSON. With --store, a file that is made if it is
// missing, an envelope opens once: a second time it is refused as replayed and
// nothing is written. Without --store everything is checked but that, and the
// command says so.
//
//	purpose list
//	dataset list
//
// The codes to use, and which purposes may carry which dataset.
//
// # Files
//
// An output file appears whole or not at all. It replaces a regular file of
// that name, as cp and mv do, but never an input of the same command, and
// nothing is written after a refusal: an older file then stays as it was. Key
// and anchor files are never replaced. Content, reports and private keys are
// readable by their owner alone. A private key file that others can read is not
// used (Windows says nothing about that, so nothing is checked there).
//
// The journal is a folder: --journal, else the store's name with ".journal"
// added, else the private key file's name with ".journal" in place of
// ".private.jwks". Every sealing and opening writes to it first.
//
// # Config file
//
// --config FILE, or the environment variable SEGEL_CONFIG, names a JSON object
// with what repeats; flags win. Paths are relative to the file. Other members
// are refused.
//
//	{"directory": "directory", "anchor": "anchor.public.jwks", "as": "kpu/sirekap",
//	 "keys": "kpu-sirekap.private.jwks", "store": "store.db", "journal": "journal"}
//
// # Exit codes and messages
//
//	0  done
//	1  refused: the data, a document or the envelope; "refused: REASON: …" on standard error
//	2  cannot run: usage, files, permissions, a failing store; "cannot run: …"
//
// REASON is the closed code that package envelope documents, each with what an
// operator does. Every message is in Indonesian and in English. Messages hold
// codes, public identifiers, counts and paths that the user gave, never a value
// of a record or a text that somebody else wrote; only "agreement show" prints
// an agreement's title, which holds no control characters.
package main
