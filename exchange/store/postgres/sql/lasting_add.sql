INSERT INTO segel.lasting (sender, slot, n) SELECT k.sender, $2, k.n FROM unnest($1::text[], $3::bigint[]) k (sender, n)
ON CONFLICT (sender, slot) DO UPDATE SET n = lasting.n + excluded.n
