SELECT n.channel, n.epoch, n.last, n.taken, n.void FROM unnest($1::text[]) k (channel)
CROSS JOIN LATERAL (SELECT * FROM segel.numbers n WHERE n.channel = k.channel FOR UPDATE) n
