-- As rows_lock, and the latest revision of each of these lines.
SELECT r.sender, r.id, r.digest, r.root, r.admitted_at, r.directory, r.agreement, r.keep_until, r.channel,
       r.fence, r.lease_until, r.superseded, r.outcome, r.reason, r.settled_at, r.receipt
FROM (
    SELECT u.sender, u.id FROM unnest($1::text[], $2::text[]) u (sender, id)
    UNION
    SELECT l.sender, l.id FROM unnest($3::text[], $4::text[], $5::text[]) u (sender, channel, first)
    CROSS JOIN LATERAL (SELECT * FROM segel.lines l WHERE l.sender = u.sender AND l.channel = u.channel AND l.first = u.first) l
    ORDER BY 1, 2
) k
CROSS JOIN LATERAL (SELECT * FROM segel.rows r WHERE r.sender = k.sender AND r.id = k.id FOR UPDATE) r
