SELECT sender, sum(n)::bigint FROM segel.lasting GROUP BY sender HAVING sum(n) > 0
