WITH held AS (SELECT id FROM segel.nodes ORDER BY id FOR UPDATE)
UPDATE segel.nodes n SET clock = NULL FROM held WHERE n.id = held.id
