WITH over AS (
    SELECT sender, id FROM segel.rows WHERE (outcome IS NOT NULL OR superseded) AND keep_until <= $1
    ORDER BY keep_until LIMIT $2
), held AS (
    SELECT r.sender, r.id FROM segel.rows r JOIN over USING (sender, id)
    WHERE (r.outcome IS NOT NULL OR r.superseded) AND r.keep_until <= $1
    ORDER BY r.sender, r.id FOR UPDATE OF r
), gone AS (
    DELETE FROM segel.rows r USING held WHERE r.sender = held.sender AND r.id = held.id RETURNING 1
)
SELECT (SELECT count(*) FROM over), (SELECT count(*) FROM gone)
