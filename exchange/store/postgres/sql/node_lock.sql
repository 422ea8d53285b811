-- From here on, whoever asks what became of this transaction waits for its end, as in
-- plan.sql.
SELECT set_config('idle_in_transaction_session_timeout', '40s', true) FROM segel.nodes WHERE id = $1 FOR UPDATE
