-- In the order of the keys, which the caller has sorted.
SELECT s.sender FROM unnest($1::text[]) k (sender)
CROSS JOIN LATERAL (SELECT s.sender FROM segel.senders s WHERE s.sender = k.sender FOR UPDATE) s
