INSERT INTO segel.senders (sender) SELECT k.sender FROM unnest($1::text[]) k (sender) ORDER BY 1 ON CONFLICT DO NOTHING
