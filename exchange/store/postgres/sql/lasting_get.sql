SELECT sender, sum(n)::bigint FROM segel.lasting WHERE sender = ANY ($1) GROUP BY sender
