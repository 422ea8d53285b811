UPDATE segel.rows SET lease_until = NULL, outcome = $3, reason = $4, settled_at = $5, receipt = $6 WHERE sender = $1 AND id = $2
