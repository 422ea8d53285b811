UPDATE segel.marks SET clock = $1
