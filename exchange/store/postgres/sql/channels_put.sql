INSERT INTO segel.channels (sender, channel, arrivals)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT (sender, channel) DO UPDATE SET arrivals = excluded.arrivals
