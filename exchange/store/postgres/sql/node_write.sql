UPDATE segel.nodes SET clock = greatest(clock, $2), commit = $3, used = now() WHERE id = $1
