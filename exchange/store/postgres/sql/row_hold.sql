SELECT sender, id, digest, root, admitted_at, directory, agreement, keep_until, channel,
       fence, lease_until, superseded, outcome, reason, settled_at, receipt
FROM segel.rows WHERE sender = $1 AND id = $2 FOR UPDATE
