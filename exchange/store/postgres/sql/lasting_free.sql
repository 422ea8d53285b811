INSERT INTO segel.lasting (sender, slot, n) VALUES ($1, $2, -1)
ON CONFLICT (sender, slot) DO UPDATE SET n = lasting.n - 1
