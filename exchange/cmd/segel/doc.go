// Command segel does an exchange by hand: it makes keys, signs agreements and
// directories, checks datasets, seals them and opens them again, carries them
// over HTTP or on a stick and receives them. It is a thin hand on package exchange, which decides everything; what it refuses, a
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
// The agreement, here pks.json, is JSON that people write; this one to copy is
// examples/agreement.json.
// "segel dataset list" has the datasets with the purposes that may carry them.
//
//	{
//	  "id": "PKS-UJI",
//	  "title": "Pertukaran hasil TPS untuk pengawasan",
//	  "parties": ["kpu/sirekap", "bawaslu/pengawasan"],
//	  "grants": [
//	    {
//	      "from": "kpu/sirekap",
//	      "to": "bawaslu/pengawasan",
//	      "dataset": "sirekap/hasil-tps",
//	      "purposes": ["AWAS-TAHAPAN", "AWAS-TEMUAN"]
//	    }
//	  ],
//	  "validFrom": "2026-01-01T00:00:00+07:00",
//	  "validUntil": "2027-01-01T00:00:00+07:00"
//	}
//
// Both sign it, in any order, the second in place:
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
// # The same over HTTP
//
// The directory says where a party receives. For a trial on one machine that is
// plain HTTP on a loopback address; between machines it is https.
//
//	segel directory init … --endpoint bawaslu/pengawasan=http://127.0.0.1:8443
//	segel serve … --purpose AWAS-TAHAPAN --store bawaslu/store.db --listen 127.0.0.1:8443 --out received
//	segel send … --to bawaslu/pengawasan … --store kpu/store.db --in rows.ndjson
//
// Send ends when Bawaslu's receipt is there; the records are then in
// received/kpu-sirekap. If Bawaslu was away, "segel outbox run" goes on later, and
// "segel doctor" says what is wrong.
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
// the text stays as it is, but for a byte order mark that an editor put before
// it. Package exchange/agreement has the format. If K ends in ".private.jwks" and
// the ".public.jwks" file is beside it, the keys must be P's by that file. Show
// prints what it says; it cannot say who signed it, because that takes the
// directory.
//
//	directory init --anchor-out DIR --out FILE --parties A,B --public DIR --agreement FILE [--endpoint PARTY=URL]
//	directory update --directory F --anchor-keys K [--parties A,B --public DIR] [--agreement FILE] [--endpoint PARTY=URL] --out FILE
//	directory show [--anchor A] FILE
//
// Init makes an anchor, DIR/anchor.private.jwks (keep it offline) and
// DIR/anchor.public.jwks (hand it to everybody by another way than the
// directory), and a directory that it signs: version 1, for 365 days, with the
// keys in the parties' agency-system.public.jwks, which --public folders hold,
// from now on and as long as the directory. --endpoint says under which base URL a
// party receives, repeated in order of preference, at most eight for each: https,
// or http to a literal loopback address.
//
// Update makes the next version under the same anchor, for 365 days from now, of
// a directory that may have expired: what is listed stays, each key with its
// window. --parties come in with their keys; a listed party gets new keys beside
// the former ones. --agreement adds an agreement, or new signatures to a listed
// one; another text wants another id. --endpoint takes the place of all endpoints
// that the party had. Everybody replaces the file; envelopes and
// stores go on as before.
//
// A second init is a new world: its anchor is another, nothing sealed under the
// first directory opens under it, and it needs new stores. A store remembers the
// highest version of the directory that it was used with, and refuses an older
// one, another of the same version, and a next one that follows another.
//
// Show prints a directory, and with an anchor verifies it first. Several anchors,
// other times and the withdrawal of keys and parties are made with package
// exchange/trust.
//
//	check --dataset D [--map MAPFILE] [--against D2=FILE]... [--against-map D2=MAPFILE]... [--as-of DATE] [--format text|json] [--report FILE] FILE
//
// Checks records against the newest definition of the dataset. With --map the
// input is CSV (schema.ParseMapping has the format), without it NDJSON; gzip is
// recognised; "-" is standard input. Records are numbered from 1. In NDJSON the
// number is that of the line. In CSV the header has none, so record 1 stands on
// line 2, and later where a cell in quotes holds line breaks. Exit code 0: the structure is sound,
// whatever the arithmetic rules found; 1: records with structure errors; 2:
// cannot be checked. With --format json standard output is one object:
//
//	{"records","errors","findings","by_rule":{"A1":N,…},"records_with_findings","notices":{…}}
//
// where errors counts records with structure errors, by_rule the arithmetic
// rules and notices everything else. Rules that could not be judged are named on
// standard error. --report gets them too, and the findings one by one, the first
// 100,000 of them, without any value of a record but the counts that a rule
// compared.
//
// A rule that looks something up in another dataset needs that dataset: an area
// in referensi/wilayah, a station in referensi/register-tps, a district in
// sidapil/dapil, the parts of a recapitulation in sirekap/hasil-tps or
// sirekap/rekapitulasi itself. --against brings each of them, as NDJSON or with
// --against-map as CSV. It must be sound, and where a rule asks whether something is
// in it, have no members of another dataset; it is not sent anywhere. --as-of is
// the day whose law judges records that state none. What is missing makes no
// error and no finding: the rule stands under "not judged".
//
//	schema show --dataset D
//
// What the dataset is checked against: the definition's version and digest, who
// may see it and for which purposes, the fields that identify a record and those
// that hold personal data, and every rule with its dates and its text.
//
//	generate --dataset D --records N --seed S [--defects SHARE] --out FILE
//
// Writes N synthetic records as NDJSON, for trials and measurements: the same
// bytes for the same seed, and nobody's data (package schema/election/synthetic
// has more). Without --defects a check finds nothing in them. With it that share
// of the records gets one defect each; standard output says how many of which,
// and how often a check must find what. FILE appears whole or not at all.
//
//	seal --directory F --anchor A --as P --keys K --to P,… --dataset D --purpose P --agreement ID
//	     [--map MAPFILE | --media TYPE] [--valid-for 24h] [--as-of DATE] [--journal DIR] [--report FILE]
//	     [--supersedes ID --reason R [--retract]] [--in-reply-to ID:DIGEST] [--allow-empty]
//	     [--inline-limit BYTES] [--compress zstd|none] --in FILE --out FILE.segel
//
// Checks and seals records as they are, in one pass and whatever their size; CSV
// becomes NDJSON first. Memory is flat: hashes of the keys of more than 98,304 records,
// by which a key that stands twice is found, go into a temporary file (TMPDIR),
// encrypted, 16 bytes a record. Up to --inline-limit, 65536 bytes if nothing is said, the
// content travels within the token; beyond, as a body, which --compress stores with
// zstd or as it is. By itself only public data is compressed: the size of what was
// compressed tells something of it. --media seals one document of that type instead,
// as application/pdf, byte for byte and checked by nobody. --agreement names one of the directory's agreements. --valid-for is 1s to
// 720h; openers add two minutes, for clocks that differ. The summary on standard
// error tells id, digest, expiry and findings; --report gets the findings one by
// one, as that of check, and also if the structure of records refuses them. An input
// without a record is not sealed, unless --allow-empty says that it is meant so.
//
// Nothing that was sealed is ever edited. --supersedes seals a correction of an
// earlier envelope, of the same dataset and for the same recipients; with --retract
// and without --in it retracts that one and puts nothing in its place. --reason, one
// line of at most 200 characters, stands in the envelope for the people who open it.
// The earlier envelope is looked up in the outbox, by send, and in the journal. Only
// the latest of a line can be superseded. A recipient that has a later one refuses
// every earlier one as superseded, however late that arrives. --in-reply-to names
// the request that the envelope answers, by its id and digest.
//
//	inspect [--format text|json] FILE.segel
//
// What anybody can see, without any key: algorithms, thumbprints of the
// recipients' keys, padded sizes. Nothing else is to be seen, and none of it is
// proven, as the output says.
//
//	open --directory F --anchor A --as P --keys K --purpose P [--store FILE [--acknowledge-clock]]
//	     [--journal DIR] [--report FILE] [--media TYPE] --in FILE.segel --out FILE
//
// Verifies everything, enters "released" in the journal, checks the records
// itself, and writes them as NDJSON, exactly the bytes that were sealed. An envelope of
// any size is read once, from standard input too: what was not verified to the end
// grows under another name, for its owner alone, and if the process dies the next run
// removes it. A document is opened only if --media names its type.
// Standard error tells what was proven and what was not, and the findings;
// --report gets the same as JSON. With --store, a file that is made if it is
// missing, an envelope opens once: a second time it is refused as replayed and
// nothing is written. Without --store everything is checked but that, and the
// command says so. A store remembers the latest time that it has seen, and
// nothing is opened with a clock that lies two minutes before it or sixty days
// after it. If the store has only rested that long, somebody looks at the clock
// and says so by --acknowledge-clock, once; the journal records it.
//
// If the envelope corrects, retracts or answers another, the command says so.
//
//	send --directory F --anchor A --as P --keys K --to P,… --dataset D --purpose P --agreement ID
//	     [--map MAPFILE | --media TYPE] [--valid-for 24h] [--as-of DATE] [--journal DIR] [--report FILE]
//	     [--supersedes ID --reason R [--retract]] [--in-reply-to ID:DIGEST] [--allow-empty]
//	     [--inline-limit BYTES] [--compress zstd|none] --store FILE [--wait 1m] [--ca FILE] [--cert F --key F] --in FILE
//
// Seals as seal does, gives the envelope the next number of its channel (this
// dataset to these recipients), puts it into the outbox in the file --store, and
// carries it to the endpoints of the directory until every recipient has answered
// with a receipt that verifies, or --wait is over ("0s" only puts it there). What
// each recipient says goes to standard output. What else is open in that outbox is
// carried along. Exit code 0: accepted by all, or with --wait 0s: safe in the outbox;
// 1: refused by somebody; 3: not yet known: the envelope stays in the outbox, whatever
// happens to this process, and must not be sealed anew until it is settled or
// cancelled. --ca are certificates in PEM that peers' are verified against, in place
// of the system's; --cert and --key are for peers that want a client's certificate.
//
//	outbox list --store FILE [--format text|json]
//	outbox show --store FILE [--format text|json] ID
//	outbox retry --directory F --anchor A --as P --keys K --store FILE [--wait 1m] ID [--to P]
//	outbox retry … --to P --epoch E --numbers 5-9,12
//	outbox cancel --directory F --anchor A --as P --keys K --store FILE [--to P] [--wait 1m] ID
//	outbox run --directory F --anchor A --as P --keys K --store FILE [--for 1m]
//	outbox renumber --store FILE
//
// List has a line for each recipient of each envelope: queued (never sent),
// unknown (sent, not answered), cancelling, accepted, refused, cancelled, given_up.
// Show adds what the receipts say, and which numbers of the channel the recipient
// lacks. Run carries what is open, with pauses that grow while a recipient is silent;
// it ends when nothing is open or --for is over. Retry sends at once, the same
// bytes, also what was given up a week after its expiry; or the numbers that a
// receipt lacks. Cancel asks to settle or cancel: a recipient answers with its
// receipt, or promises with its signature never to accept the envelope, and only
// then may the same data be sealed anew. Exit codes are those of send; for cancel, 0
// says that nobody has accepted it and nobody will, and 1 that somebody had.
// Renumber is for once after an older copy of the file was put back. All but list,
// show and renumber take --journal, --ca, --cert and --key too.
//
//	drop export --directory F --anchor A --as P --keys K --store FILE --to DIR
//	drop import --directory F --anchor A --as P --keys K --store FILE --from DIR
//	       [--purpose P --out DIR [--media TYPE,…]] [--acknowledge-clock]
//
// For where there is no network: DIR is a folder on a stick, or a share (package
// exchange/transport/filedrop has the form). It must be there; neither makes it.
// Export puts every envelope of the outbox there that nobody has answered, import on the
// other side receives what is for it, into files as serve does, and puts its receipts
// beside them; the stick goes back, and the sender's import, or next export, takes them
// in and removes from the stick what they settle. "send --wait 0s" fills the outbox, and
// needs no endpoint of the recipient.
//
// Each step may be repeated and interrupted, the stick may be pulled out or copied, and
// several senders and recipients may share it; segel-drop.txt on it is a list of what it
// is to hold, with sizes and digests. What was put stays in the outbox, and may go over
// the network too: a recipient handles it once. Import reads plain files of the drop's
// own names, up to 64 GiB each, and follows no link. FAT32 cannot hold 4 GiB in one file;
// exFAT can. Without --out, import takes receipts in and receives nothing.
//
//	serve --directory F --anchor A --as P --keys K --purpose P --store FILE --listen ADDR --out DIR
//	      [--media TYPE,…] [--tls-cert F --tls-key F [--client-ca F]] [--journal DIR] [--acknowledge-clock]
//
// Receives over HTTP (package exchange/transport/http has the protocol) and prints
// the address that it listens on. Each envelope that it accepts becomes two files,
// whole and safe on the disk before the receipt is signed:
//
//	DIR/agency-system/ID.ndjson   the records, exactly the bytes that were sealed
//	DIR/agency-system/ID.json     what was proven and found, as the report of open
//
// (a document, which only comes if --media names its type, is ID.pdf, ID.jpg, ID.png or
// ID.document) in the folder of the sender (hyphens within the agency become underscores there).
// The second file comes last: where it is, the first is whole. Whoever works on
// them takes the records away and leaves the statement, by which a repeat after a
// crash is known. A correction or retraction says in its own statement, under
// supersedes, retracts and remarks, what it takes the place of, with the sender's
// reason; files that are there are never changed, replaced or deleted.
//
// Plain HTTP is for literal loopback addresses; elsewhere --tls-cert and --tls-key are
// needed, and --client-ca lets only clients in whose certificate it has signed. Log
// lines are JSON, on standard error. The directory file is read again when it
// changes, within ten seconds, or at once on SIGHUP; a bad one is logged and the
// former stays in force. SIGTERM and Ctrl-C end it, once running deliveries have
// ended. Hourly it forgets what can no longer be replayed. Of memory that it needs no
// longer it lets 64 MiB more lie than other programs in Go, because that is quicker;
// where that is too much, GOGC or GOMEMLIMIT in the environment (package runtime) says
// how much there may be.
//
// A server receives for one purpose: records are used for what they were handed over
// for. Whoever seals for another one is told purpose_mismatch, which is no refusal of
// the envelope: it stays open with its sender. A party that receives for two purposes
// runs two servers, each with a store and an endpoint of its own, as two parties
// (agency/system) in the directory.
//
// One process holds a store and its journal at a time; another is told so and ends
// with 2. A party that sends and serves on one machine therefore has a store for each:
// serve holds its own as long as it runs; send and "outbox run" take turns with the
// other, as "send --wait 0s" whenever there is something, and "outbox run" every few
// minutes from cron. Where that is not enough, one application that runs all the time
// holds the outbox (exchange.Dispatcher).
//
//	doctor --directory F --anchor A --as P --keys K [--purpose P] [--store FILE] [--journal DIR]
//	       [--ca FILE] [--cert F --key F] [--format text|json]
//
// Says what is wrong with a set-up and what to do, a line for each check on standard
// output: ok; warning, where somebody should look; or wrong, where something will
// be refused or not arrive. It looks at the private keys (who can read them,
// whether the directory gives them to this party, for how long, and whether one
// was marked compromised), the directory (signature, end, whether the store has seen
// a later one), the party's agreements and --purpose, the endpoints, the clock
// (against the store, and against the peers that answer), the store and the outbox
// (whose, held by another process, unsettled, waiting, given up, numbers that
// recipients lack), the journal, and every endpoint of those with whom there is an
// agreement: it asks for their /healthz, and names what is wrong with TLS. What ends
// within 30 days is a warning. With --format json each line is an object with check,
// verdict, id and en. It changes nothing. Exit code 0: nothing is wrong; 1: something
// is; 2: cannot run.
//
//	completeness expect --register FILE [--field F] --dataset D --as-of DAY --due TIME --directory F --anchor A --as P --keys K --out FILE
//	completeness report --expectation FILE --register FILE [--field F] --inbox DIR --directory F --anchor A --as P --keys K [--level N] --out FILE
//	completeness show --report FILE --register FILE [--field F] --directory F --anchor A [--level N] [--missing FILE [--below CODE]]
//	completeness excerpt --report FILE --register FILE [--field F] --unit CODE --directory F --anchor A --out FILE
//	completeness prove --excerpt FILE --directory F --anchor A
//
// Who has not reported, so that both sides can check it (package
// exchange/completeness). A register is NDJSON with one record for each unit, whose
// code is in the member that --field names, kode_tps if nothing is said. Whoever keeps it signs
// with expect which units must report, of which legal date and until when. The
// receiver signs with report a line for every unit, from what serve has written
// into its folder, with the records still there: reported, superseded, retracted or
// missing, and since when. Show verifies a report against the register, sums it up,
// with --level by the first so many characters of the code, and lists who is
// missing. Excerpt takes out the proof for one unit; prove verifies it without
// register and report.
//
//	purpose list
//	dataset list
//
// The codes to use, and which purposes may carry which dataset.
//
// # Files
//
// An output file appears whole or not at all, which standard output cannot
// promise: "--out -" is refused. It replaces a regular file of that name, as cp
// and mv do, and nothing but a report is written after a refusal: an older file
// then stays as it was. Refused before any work are names that end in
// ".private.jwks" or ".public.jwks", files that hold JSON Web Keys, keys in PEM or
// a store, whatever their name, places in a journal, and every other file of the
// same command; "agreement sign" alone may write where it reads. Content, reports
// and private keys are readable by their owner alone. On a terminal, whatever takes
// longer than a second shows how far it is. A private key file that others can read is not
// used (Windows says nothing about that, so nothing is checked there).
//
// # Passphrases
//
//	keygen --passphrase-file FILE …
//
// A private key file may be encrypted under a passphrase of 12 bytes or more; package
// envelope has the format (EncryptPrivateKeys). Keygen and "directory init" encrypt
// what they make if --passphrase-file names a file that holds the passphrase in one
// line and is readable by its owner alone, or if somebody at a terminal types one
// twice; an empty answer there, and no terminal, leaves the file unencrypted. Every
// command that reads private keys takes the same flag, or asks at a terminal. To
// name a passphrase for a file that is not encrypted is an error. A wrong passphrase
// and a damaged file are the same to the command. Opening the file takes 128 MiB of
// memory and about half a second.
//
// The outbox lies in the store of send. Back up the store with the journal. Bodies are
// too large for a store: send keeps those that are not settled in a folder of the
// store's name with ".outgoing" added, and serve what has arrived of uploads in one with
// ".incoming", which needs no backup. An upload that was cut goes on where it stopped.
//
// The journal is a folder: --journal, else the store's name with ".journal"
// added, else the private key file's name with ".journal" in place of
// ".private.jwks". Every sealing and opening writes to it first. A store is one
// party's.
//
// # Config file
//
// --config FILE, or the environment variable SEGEL_CONFIG, names a JSON object
// with what repeats; flags win. Paths are relative to the file. Other members
// are refused. A byte order mark before it is skipped, as before a mapping.
//
//	{"directory": "directory", "anchor": "anchor.public.jwks", "as": "kpu/sirekap",
//	 "keys": "kpu-sirekap.private.jwks", "store": "store.db", "journal": "journal",
//	 "purpose": "AWAS-TAHAPAN", "listen": "127.0.0.1:8443",
//	 "ca": "ca.pem", "cert": "client.pem", "key": "client-key.pem"}
//
// The purpose is that of open, serve and doctor; seal and send say theirs each time.
//
// # Exit codes and messages
//
//	0  done
//	1  refused: the data, a document or the envelope; "refused: REASON: …" on standard error
//	2  cannot run: usage, files, permissions, a failing store; "cannot run: …"
//	3  not yet known: it is in the outbox, do not seal it anew; "pending: …"
//
// Only send and outbox run, retry and cancel end with 3. After 2 nothing was sealed
// or changed by send, and the same command may be given again; after 3 go on with
// "segel outbox run", whatever else the line says.
//
// REASON is the closed code that package envelope documents, each with what an
// operator does. Every message is in Indonesian and in English; what stands in
// brackets behind it may be in English only, or in the operating system's words,
// and help and this manual are in English. Lines that begin with "hint" or "note"
// judge nothing. Messages hold codes, public identifiers, counts and paths that the
// user gave, the latter cut if they are long and without control characters, never
// a value of a record or a text that somebody else wrote; only "agreement show"
// prints an agreement's title, which holds no control characters.
package main
