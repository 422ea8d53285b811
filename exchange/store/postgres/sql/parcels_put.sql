UPDATE segel.parcels p SET state = k.state, cancel = k.cancel, attempts = k.attempts, next = k.next, deadline = k.deadline, reason = k.reason,
       outcome = k.outcome, settled_at = k.settled_at, receipt = k.receipt, revision = k.revision,
       file = CASE k.state WHEN 'settled' THEN NULL ELSE p.file END
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::bigint[], $7::timestamptz[], $8::timestamptz[], $9::text[],
       $10::text[], $11::timestamptz[], $12::bytea[], $13::bigint[])
     k (sender, id, recipient, state, cancel, attempts, next, deadline, reason, outcome, settled_at, receipt, revision)
WHERE p.sender = k.sender AND p.id = k.id AND p.recipient = k.recipient
