WITH over AS (
    SELECT sender, channel, first FROM segel.lines WHERE keep_until <= $1 ORDER BY keep_until LIMIT $2
), held AS (
    SELECT l.sender, l.channel, l.first FROM segel.lines l JOIN over USING (sender, channel, first)
    WHERE l.keep_until <= $1 ORDER BY l.sender, l.channel, l.first FOR UPDATE OF l
), gone AS (
    DELETE FROM segel.lines l USING held WHERE l.sender = held.sender AND l.channel = held.channel AND l.first = held.first RETURNING 1
)
SELECT (SELECT count(*) FROM over), (SELECT count(*) FROM gone)
