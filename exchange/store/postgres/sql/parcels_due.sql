-- Offers what is due to the node that asks, and to no other for a while: several
-- share the work, none of them waits for another. An offer is a hint; what a
-- parcel's next change begins from decides.
WITH open AS (
    SELECT p.sender, p.id, p.recipient FROM segel.parcels p
    WHERE p.recipient = $1 AND p.state IN ('queued', 'unknown') AND p.next <= $2
      AND (p.offered_to IN ('', $4) OR p.offered_until <= $2 OR p.offered_until > $5
           OR NOT EXISTS (SELECT 1 FROM segel.nodes n WHERE n.id = p.offered_to))
    ORDER BY p.next, p.sender, p.id LIMIT $3 FOR UPDATE SKIP LOCKED
), offered AS (
    UPDATE segel.parcels p SET offered_to = $4, offered_until = $5 FROM open
    WHERE p.sender = open.sender AND p.id = open.id AND p.recipient = open.recipient
    RETURNING p.*
)
SELECT p.sender, p.id, p.recipient, p.digest, p.issued_at, p.expires, p.dataset, p.purpose, p.agreement, p.posted_at, p.channel, p.epoch, p.number,
       p.first, p.line_revision, p.state, p.cancel, p.attempts, p.next, p.deadline, p.reason, p.outcome, p.settled_at, p.receipt, p.revision,
       p.root, p.body, p.upload
FROM offered p ORDER BY p.next, p.sender, p.id
