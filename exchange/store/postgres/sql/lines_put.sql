INSERT INTO segel.lines (sender, channel, first, id, revision, keep_until)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[])
ON CONFLICT (sender, channel, first) DO UPDATE SET id = excluded.id, revision = excluded.revision, keep_until = excluded.keep_until
