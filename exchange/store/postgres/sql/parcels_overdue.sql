SELECT p.sender, p.id, p.recipient, p.digest, p.issued_at, p.expires, p.dataset, p.purpose, p.agreement, p.posted_at, p.channel, p.epoch, p.number,
       p.first, p.line_revision, p.state, p.cancel, p.attempts, p.next, p.deadline, p.reason, p.outcome, p.settled_at, p.receipt, p.revision,
       p.root, p.body, p.upload
FROM segel.parcels p WHERE p.state IN ('queued', 'unknown') AND p.deadline <= $1
ORDER BY p.deadline, p.sender, p.id, p.recipient LIMIT $2
