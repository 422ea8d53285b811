SELECT r.sender, r.id, r.digest, r.root, r.admitted_at, r.directory, r.agreement, r.keep_until, r.channel,
       r.fence, r.lease_until, r.superseded, r.outcome, r.reason, r.settled_at, r.receipt
FROM unnest($1::text[], $2::text[]) k (sender, id)
CROSS JOIN LATERAL (SELECT * FROM segel.rows r WHERE r.sender = k.sender AND r.id = k.id) r
