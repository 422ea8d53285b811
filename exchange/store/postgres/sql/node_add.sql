INSERT INTO segel.nodes (id, commit) VALUES ($1, 0) ON CONFLICT DO NOTHING
