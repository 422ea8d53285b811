SELECT l.sender, l.channel, l.first, l.id, l.revision, l.keep_until FROM unnest($1::text[], $2::text[], $3::text[]) k (sender, channel, first)
CROSS JOIN LATERAL (SELECT * FROM segel.lines l WHERE l.sender = k.sender AND l.channel = k.channel AND l.first = k.first) l
