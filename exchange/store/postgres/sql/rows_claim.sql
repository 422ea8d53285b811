-- As rows_add, for what is claimed: nearly all that is new. What many have in
-- common is said once; k.c tells which.
INSERT INTO segel.rows (sender, id, digest, root, admitted_at, directory, agreement, keep_until, channel, fence, lease_until, superseded)
SELECT ($1::text[])[k.c], k.id, k.digest, ($2::text[])[k.c], k.admitted_at, ($3::bigint[])[k.c], ($4::text[])[k.c], k.keep_until, ($5::text[])[k.c],
       k.fence, k.lease_until, false
FROM unnest($6::int[], $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::bigint[], $12::timestamptz[])
     k (c, id, digest, admitted_at, keep_until, fence, lease_until)
