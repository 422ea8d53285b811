UPDATE segel.marks SET directory = $1, directory_digest = $2, purged = $3, party = $4
