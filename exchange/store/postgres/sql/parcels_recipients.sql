-- Looks at one parcel of each recipient.
WITH RECURSIVE first AS (
    (SELECT p.recipient, p.next FROM segel.parcels p WHERE p.state IN ('queued', 'unknown') ORDER BY p.recipient, p.next LIMIT 1)
    UNION ALL
    SELECT later.recipient, later.next FROM first CROSS JOIN LATERAL (
        SELECT p.recipient, p.next FROM segel.parcels p
        WHERE p.state IN ('queued', 'unknown') AND p.recipient > first.recipient ORDER BY p.recipient, p.next LIMIT 1
    ) later
)
SELECT recipient, next FROM first
