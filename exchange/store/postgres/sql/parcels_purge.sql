WITH over AS (
    SELECT sender, id, recipient FROM segel.parcels WHERE state = 'settled' AND settled_at < $1 ORDER BY settled_at LIMIT $2
), held AS (
    SELECT p.sender, p.id, p.recipient FROM segel.parcels p JOIN over USING (sender, id, recipient)
    WHERE p.state = 'settled' AND p.settled_at < $1 ORDER BY p.sender, p.id, p.recipient FOR UPDATE OF p
), gone AS (
    DELETE FROM segel.parcels p USING held WHERE p.sender = held.sender AND p.id = held.id AND p.recipient = held.recipient RETURNING 1
)
SELECT (SELECT count(*) FROM over), (SELECT count(*) FROM gone)
