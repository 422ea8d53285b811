-- As rows_add, for what is claimed: nearly all that is new.
INSERT INTO segel.rows (sender, id, digest, root, admitted_at, directory, agreement, keep_until, channel, fence, lease_until, superseded)
SELECT k.*, false FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bigint[], $7::text[], $8::timestamptz[], $9::text[],
                              $10::bigint[], $11::timestamptz[]) k
