-- As marks, and the lane is locked: from here on, whoever asks what became of this
-- transaction waits for its end.
SELECT greatest(m.clock, (SELECT max(n.clock) FROM segel.nodes n)), m.directory, m.directory_digest, m.purged, m.party,
       (SELECT max(v.version) FROM segel.versions v),
       current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'),
       (SELECT true FROM segel.nodes n WHERE n.id = $1 FOR UPDATE)
FROM segel.marks m WHERE m.one
