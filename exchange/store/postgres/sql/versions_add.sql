INSERT INTO segel.versions (version) VALUES ($1)
