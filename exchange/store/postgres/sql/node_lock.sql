-- From here on, whoever asks what became of this transaction waits for its end.
SELECT 1 FROM segel.nodes WHERE id = $1 FOR UPDATE
