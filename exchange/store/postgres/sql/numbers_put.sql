UPDATE segel.numbers SET epoch = $2, last = $3, taken = $4, void = $5 WHERE channel = $1
