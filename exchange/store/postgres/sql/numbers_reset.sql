WITH held AS (SELECT channel FROM segel.numbers ORDER BY channel FOR UPDATE)
UPDATE segel.numbers n SET epoch = '', last = 0, taken = '{}', void = '[]' FROM held WHERE n.channel = held.channel
