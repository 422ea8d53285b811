INSERT INTO segel.parcels (sender, id, recipient, digest, issued_at, expires, dataset, purpose, agreement, posted_at, channel, epoch, number,
       first, line_revision, state, cancel, attempts, next, deadline, reason, outcome, settled_at, receipt, revision,
       root, body, upload, file, offered_to, offered_until)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[], $9::text[],
       $10::timestamptz[], $11::text[], $12::text[], $13::bigint[], $14::text[], $15::bigint[], $16::text[], $17::boolean[], $18::bigint[],
       $19::timestamptz[], $20::timestamptz[], $21::text[], $22::text[], $23::timestamptz[], $24::bytea[], $25::bigint[],
       $26::text[], $27::bigint[], $28::text[], $29::bytea[], $30::text[], $31::timestamptz[])
