-- Waits for the transaction that may still hold it.
SELECT commit FROM segel.nodes WHERE id = $1 FOR UPDATE
