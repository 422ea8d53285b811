UPDATE segel.rows r SET fence = k.fence, lease_until = k.lease_until, superseded = k.superseded,
       outcome = k.outcome, reason = k.reason, settled_at = k.settled_at, receipt = k.receipt
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::timestamptz[], $5::boolean[], $6::text[], $7::text[], $8::timestamptz[], $9::bytea[])
     k (sender, id, fence, lease_until, superseded, outcome, reason, settled_at, receipt)
WHERE r.sender = k.sender AND r.id = k.id
