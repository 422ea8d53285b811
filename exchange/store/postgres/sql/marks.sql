-- The marks, the version of the tables, and what makes a commit durable: whoever
-- reads the one sees the other.
SELECT greatest(m.clock, (SELECT max(n.clock) FROM segel.nodes n)), m.directory, m.directory_digest, m.purged, m.party,
       (SELECT max(v.version) FROM segel.versions v),
       current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes')
FROM segel.marks m WHERE m.one
