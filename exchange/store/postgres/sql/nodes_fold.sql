-- What processes have left that ended long ago.
WITH old AS (
    DELETE FROM segel.nodes n USING (SELECT id FROM segel.nodes WHERE used < now() - interval '1 day' ORDER BY id FOR UPDATE SKIP LOCKED) o
    WHERE n.id = o.id RETURNING n.clock
)
UPDATE segel.marks SET clock = greatest(clock, (SELECT max(old.clock) FROM old)) WHERE EXISTS (SELECT 1 FROM old WHERE old.clock IS NOT NULL)
