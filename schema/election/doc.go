// Package election holds the definitions of the datasets that the named
// systems exchange. Each is a pair of embedded files, system/name.json and
// system/name.texts.json, in the grammar of package schema; what follows says
// why they are as they are.
//
//	sirekap/hasil-tps     presidential result of one polling station    KPU to Bawaslu, MK, the public
//	sipol/kepengurusan    one board of a party at one level             KPU to Ditjen AHU and back
//	ahu/permintaan-status which party's legal status is asked for       KPU to Ditjen AHU
//	ahu/badan-hukum       decree on a party's legal status              Ditjen AHU to KPU
//	kominfo/jaringan-tps  place and network coverage of a station       KPU and Kominfo
//
// # sirekap/hasil-tps
//
// Close to the JSON that Sirekap published in 2024, with the code, the
// election and the polling date, which there stand in the path, as members.
// Every count may be null, which is not zero; chart and administrasi may be
// absent, each on its own; members that the definition does not know ("mode",
// the literal name "null" in chart) are kept. ts is when a batch was
// published: never the legal date. A corrected row of the same station, day
// and election belongs in a delivery of its own that supersedes the first.
//
// Rules A1 to A4 and A5_* are sums that the form itself demands; B1 to B5 are
// bounds between its parts; C1 to C4 look for what a reader of handwriting
// gets wrong. B3 (spare ballots of 2 %, rounded up per station) is a warning,
// because voters from elsewhere may use spare ballots; B4 (300 voters) and C4
// do not apply overseas, and B4 is in force for 2024 only, because it belongs
// to that year's election. Purposes: the recapitulation, its supervision, and
// disputes.
//
// # sipol/kepengurusan and ahu/badan-hukum
//
// A record is one board with its officers, or one decree. kode_wilayah has as
// many digits as its level says, in Kemendagri's code without dots, which KPU
// uses too; the code of BPS looks like it and is another. A decree is known by
// its number and date: a party that has not registered with KPU has no
// kode_partai. Changes of the statutes (AD/ART) and of the central board are
// decrees of their own, named beside the first one. NIK and gender are optional; a NIK of the
// wrong length is an error, an odd date or area in it only a notice, because a
// NIK is never issued again and former areas stay in it. Decree numbers are
// text with a notice if they do not look like one: older and newer decrees
// may differ. All five purposes of the group PARPOL may carry both.
//
// # ahu/permintaan-status
//
// A record asks for the legal status of one party, by its name and, if one
// decree is meant, that decree's number and date. It is answered with
// ahu/badan-hukum, so it is for the same five purposes: a question for a purpose
// that its answer may not serve would be in vain. There is no place in it for a
// person. It is restricted all the same, because whom an authority asks about
// tells what it is working on.
//
// # kominfo/jaringan-tps
//
// Coordinates are decimal degrees, as numbers or as text (both occur, and the
// same bounds hold for both). surveyed_at is a day, or a day and a time without
// zone as the published files have it.
// Signal classes and technologies are open lists. The one purpose is
// TPS-JARINGAN: coordinates are sensitive before polling day, and no other
// purpose needs them. Supervision is not among them as long as no verified
// legal basis names them.
package election
