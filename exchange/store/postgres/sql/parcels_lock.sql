SELECT p.sender, p.id, p.recipient, p.digest, p.issued_at, p.expires, p.dataset, p.purpose, p.agreement, p.posted_at, p.channel, p.epoch, p.number,
       p.first, p.line_revision, p.state, p.cancel, p.attempts, p.next, p.deadline, p.reason, p.outcome, p.settled_at, p.receipt, p.revision,
       p.root, p.body, p.upload
FROM unnest($1::text[], $2::text[], $3::text[]) k (sender, id, recipient)
CROSS JOIN LATERAL (SELECT * FROM segel.parcels p WHERE p.sender = k.sender AND p.id = k.id AND p.recipient = k.recipient FOR UPDATE) p
