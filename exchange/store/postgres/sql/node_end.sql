WITH old AS (DELETE FROM segel.nodes WHERE id = ANY ($1) RETURNING clock)
UPDATE segel.marks SET clock = greatest(clock, (SELECT max(old.clock) FROM old)) WHERE EXISTS (SELECT 1 FROM old WHERE old.clock IS NOT NULL)
