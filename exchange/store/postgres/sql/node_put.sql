INSERT INTO segel.nodes (id, clock, commit) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET clock = greatest(nodes.clock, excluded.clock), commit = excluded.commit, used = now()
