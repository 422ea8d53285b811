// Package election holds the definitions of the datasets that the named
// systems exchange. Each is a pair of embedded files, system/name.json and
// system/name.texts.json, in the grammar of package schema; what follows says
// why they are as they are. Beside them stand what is generated from them, a Go
// struct for each dataset (package sirekap and so on, read with package record)
// and pages in Indonesian and English (folder docs), and files of synthetic
// records (package electiontest).
//
//	sipol/profil-partai     profile of a party                              KPU to Ditjen AHU
//	sipol/kepengurusan      one board of a party at one level               KPU to Ditjen AHU and back
//	sipol/keanggotaan       one membership of a party                       within KPU
//	sipol/kantor            one permanent office of a party                 within KPU
//	ahu/badan-hukum         decree on a party's legal status                Ditjen AHU to KPU
//	ahu/permintaan-status   which party's legal status is asked for         KPU to Ditjen AHU
//	ahu/perubahan-adart     decree on a change of a party's statutes        Ditjen AHU to KPU
//	ahu/kepengurusan-pusat  decree on a party's central board               Ditjen AHU to KPU
//	silon/calon             one candidate, or one pair                      KPU to Bawaslu, the public
//	silon/daftar            one list by gender, without names               KPU to Bawaslu, the public
//	sidapil/dapil           one electoral district, its areas and seats     KPU to all
//	sirekap/hasil-tps       result of one polling station                   KPU to Bawaslu, MK, the public
//	sirekap/dokumen-tps     one original document of such a result          KPU to Bawaslu, MK
//	sirekap/rekapitulasi    result of one area                              KPU to Bawaslu, MK, the public
//	sirekap/lokasi-tps      place of one polling station                    KPU to Kominfo
//	kominfo/jaringan-tps    place and network coverage of a station         Kominfo to KPU
//	kominfo/konten          one reported item and what was done about it    Kominfo, Bawaslu, KPU
//	kominfo/informasi-publik one public statement                           Kominfo, KPU, Bawaslu
//	bssn/insiden            one report of a cyber incident                  BSSN and KPU
//	bawaslu/temuan          one finding, or one report of a violation       Bawaslu to KPU, DKPP
//	dkpp/putusan            one decision of the ethics council              DKPP to KPU
//	lkpp/paket-pengadaan    one procurement package                         LKPP and KPU
//	referensi/wilayah       one area code and how long it is valid          all
//	referensi/register-tps  one polling station that must report            KPU to all
//
// # The first day
//
// Find your dataset above; its page in folder docs has its fields, its purposes
// and its rules. Then check a file of it:
//
//	segel check --dataset sirekap/hasil-tps --against referensi/register-tps=register.ndjson results.ndjson
//
// or, in Go, with [Registry], Definition.Check and, for rules about other
// datasets, schema.NewIndex. The example of this package does so. What a rule
// needed and did not get is in Report.NotJudged and under "not judged".
//
// # Rules over several records and datasets
//
// Rules over a group are about what is in one file. They do not know whether a
// list is whole there: a text says "in the file". These rules look something up:
//
//	kelurahan-dikenal, wilayah-dikenal   an area in referensi/wilayah, in the code of Kemendagri, on the record's legal date
//	tps-terdaftar                        a station in referensi/register-tps
//	dapil-dikenal, kursi-dapil           a district, and its seats, in sidapil/dapil
//	tps-*, bagian-*                      the parts of a recapitulation in sirekap/hasil-tps, or one level below
//
// All of them are notices but those that compare numbers: what is not in a
// register may be an error of the register, as with 62 stations of Papua in 2024.
// A dated rule over a group (the women's quota) judges a list by the legal date
// in its records; where they have none, by the day that the check states; and
// without either it is not judged, and the report says for how many records.
// Nothing is judged by the law of the day on which somebody happens to check.
//
// # What holds for all
//
// Only what identifies a record is required, and what a source has always had.
// What was never seen in a published file or read in a regulation is optional.
// Null, absent and zero are three different things. Members that a definition
// does not know are kept and not judged. Names are stored as given, odd blanks
// and line feeds included.
//
// Lists that a regulation or a system may lengthen at any time are text with a
// notice for an unknown value; an enumeration stands only where a rule or the
// shape depends on it (the election, a level, L and P). A rule cites a
// regulation only if somebody has read it, and its dates are data. Where a rule
// is dated the record's day is required, so that no file is judged by the law of
// the day on which somebody happens to check it.
//
// Area codes are KPU's: the digits of Kemendagri without dots, and two letters
// in the codes of some missions overseas (99AA to 99BE). kode_partai is KPU's id
// of a party, which is not its number on the ballot (PKB: 8 and 1). Numbers in
// hours and days that a rule bounds are stated by the sender: the rules do not
// compute with times.
//
// A later version of a dataset accepts what the earlier one accepted and finds
// in it what that found; the earlier one stays, as system/name@version.json,
// for as long as somebody may have to open what was sent with it. So rules,
// members and elections may be added, which raises the second number (1.0.0 to
// 1.1.0); a change of texts alone is no new version. What accepts less, or finds
// something no longer, is another dataset, or a first number that nobody may
// take for the same.
//
// # sirekap/hasil-tps
//
// Close to the JSON that Sirekap published in 2024, with the code, the
// election and the polling date, which there stand in the path, as members.
// For president, DPD and the heads of regions chart holds numbers; for DPR and
// the councils it holds, by the number of the party, an object with the total
// and the party's own votes, and caleg has the candidates' votes. One published
// file of DPR has numbers by candidate id instead; it is accepted, and the rules
// about parties have nothing to say in it.
// Every count may be null, which is not zero; chart and administrasi may be
// absent, each on its own; members that the definition does not know ("mode",
// the literal name "null" in chart) are kept. ts is when a batch was
// published: never the legal date. A corrected row of the same station, day
// and election belongs in a delivery of its own that supersedes the first.
//
// Rules A1 to A4 and A5_* are sums that the form itself demands; B1 to B5 are
// bounds between its parts; C1 to C4 look for what a reader of handwriting
// gets wrong. A4, B5, C3 and calon-lain are about the three pairs of 2024, as
// version 1.0.0 had them; A4_calon, B5_calon, C3_calon and C4_calon are the same
// for DPD and heads of regions, and those with _partai and A4_caleg for DPR and
// councils. A presidential election with other pairs needs a new version. B3
// (spare ballots of 2 %, rounded up per station) is a warning, because voters
// from elsewhere may use spare ballots; in the elections of governors, regents
// and mayors the reserve is 2.5 % (B3_pilkada; the regulation was read in its
// first text only, so none is cited, and rounding up is our reading). B4 (300
// voters) and C4 do not apply overseas, and B4 is in force for the elections of
// February 2024 only: heads of regions are elected at larger stations. R6 to R9
// are about ballot papers and voters with a disability, which the form has and
// Sirekap did not publish. Purposes: the recapitulation, its supervision, and
// disputes.
//
// # sirekap/rekapitulasi
//
// The numbers of one area at one level, from village to nation, in the form of
// hasil-tps, with how many stations are in them. The bounds that belong to one
// station (300 voters, the reserve) are not among its rules. persen is kept as published: in 2024
// it contradicted its own numbers.
//
// That it is the sum of its parts needs the parts: the stations' results (rules
// tps-*, for every level) or the recapitulations one level below (bagian-*), of
// the same election, day and kode_dapil. They are compared candidate by candidate,
// party by party and administration number by administration number, if as many
// stations are in the parts as progres says that came in; if not, tps-lengkap or
// bagian-lengkap says so. Beside each candidate the sum over all of them is
// compared (tps-suara, bagian-suara and those of parties), because a candidate
// whom the recapitulation leaves out has no number to be compared there. A part without a number leaves the sum unknown, because
// null is not zero. An area of which no part is there is reported as not judged.
// Who has not reported at all is for package completeness to prove.
//
// # sirekap/dokumen-tps
//
// What was published is evidence only as exact bytes, so a record does not
// describe a document: it holds it, in base64, with its length and SHA-256. A
// document that is too large for a record (a photographed form) travels as a
// body of its own, in its own media type, and its record has isi null; so the
// list of documents is always records, and can be checked for what is missing.
// Whether isi has that SHA-256 is for the handler to see.
// Photographed forms bear handwriting and signatures: isi is declared sensitive.
//
// # sirekap/lokasi-tps
//
// Where KPU says that a station is; what Kominfo measured there is
// kominfo/jaringan-tps. Sources exist that number stations in a system of their
// own (id_sumber) and do not know their codes; one of the two is required.
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
// ahu/perubahan-adart and ahu/kepengurusan-pusat are those decrees in full. A
// change of statutes without the letter of the party's court that there is no
// dispute makes a notice; the regulation is cited by its number in the state
// gazette, because its own number was not verified.
//
// # sipol/profil-partai, sipol/keanggotaan, sipol/kantor
//
// A membership is one card of one person: the same NIK with two cards, or one
// card counted in two areas, are two records, because finding such pairs is what
// the data is exchanged for. ganda says of what sort a duplicate is, and never
// who the other is. Thresholds per regency are not computed here: sources
// contradict each other, and the list of KPU decides. Members are for
// verification and duplicates, not for matching legal status. A taxpayer number
// with 15 digits is noticed from 1 July 2024 on.
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
// # silon/calon and silon/daftar
//
// A candidate is known by list, election, area or district, party, number and
// name: two candidates with one number are two records, and the matter of a rule
// over the list (nomor-urut-ganda), which is the records of one file with the same
// list, election, day, area, district and party. A gap in the numbers is only a
// notice, because candidates who are struck off leave one. The quota counts those
// whose gender is not given as women, so that it finds only what is certain: an
// agreement may leave genders out. DPD has no party, pairs have a second, and KOLOM KOSONG stands
// beside a sole pair. Consent to publication belongs to each candidate; where it
// was refused, fields of the profile make a notice. The address of a photograph
// must not end in a NIK, which 28,627 published ones did.
//
// silon/daftar is the same list with nothing but the genders in their order:
// the women's quota can be tested without a single name. It is judged by the
// law of the day on which the list was decided: 30 % rounded to the nearest
// number from 18 April 2023 on, when the regulation was promulgated, rounded up
// from 29 August 2023 on. Lists of before are judged by neither: which law held
// was not read. Version 1 had the first rule from the beginning of that year.
// Seats are optional.
//
// One woman in each three is meant by the numbers, 1 to 3, 4 to 6 and so on: where
// one was struck off, nobody can say whether three had a woman among them.
//
// # sidapil/dapil
//
// pemilu is part of the key, because DPR and the two kinds of councils number
// their districts apart. An area that is split over districts stands in each of
// them with the same code (pecahan); so codes of areas are not unique. 3 to 10
// seats for DPR and 3 to 12 for regencies and cities are warnings; for provinces
// no bound was read. 84 districts of DPR, and no fewer, must have 580 seats
// together, from 2024 on; the districts of one regency or city 55 at most. That
// every area is in one district only, unless it is split, was read nowhere and
// makes a notice. A population of -1, which the files of 2019 have for
// unknown, makes a notice.
//
// # referensi/wilayah and referensi/register-tps
//
// A code says whose it is: Kemendagri's has dots, KPU's has not, and the one of
// BPS looks like KPU's and is another. versi is the published list in which it
// stands, so several lists fit into one file. A code with an end makes a notice
// and no more: former codes stay good in former data.
//
// The register is what must report; it is also where the kind of a station
// stands (TPS, TPSLN, KSK, POS, lokasi khusus). Overseas the end of the code is
// not the printed number, so the two are not compared.
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
//
// # kominfo/konten and kominfo/informasi-publik
//
// A record is one item (an address) with its issue, the request about it and
// what came of it. There is no place for the holder of an account. Requests must
// be acted on within 24 hours, urgent ones within 4. AWAS-TEMUAN is among its
// purposes because such an item may become a finding of Bawaslu.
//
// # bssn/insiden, bawaslu/temuan, dkpp/putusan, lkpp/paket-pengadaan
//
// An incident of vital infrastructure must be reported within 24 hours, and
// persons be told of a breach within 72. A report of a violation is made within
// 7 days; who made it may be withheld, so its absence is not remarked. A decision
// says whether it is the official text: copies of the site may not be referred
// to. Codes of LKPP are numbers in some sources and text in others, and kd_rup
// may hold several.
package election
