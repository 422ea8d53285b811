INSERT INTO segel.numbers (channel) SELECT k.channel FROM unnest($1::text[]) k (channel) ORDER BY 1 ON CONFLICT DO NOTHING
