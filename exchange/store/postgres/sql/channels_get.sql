SELECT c.sender, c.channel, c.arrivals FROM unnest($1::text[], $2::text[]) k (sender, channel)
CROSS JOIN LATERAL (SELECT * FROM segel.channels c WHERE c.sender = k.sender AND c.channel = k.channel) c
