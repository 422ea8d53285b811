SELECT max(version) FROM segel.versions
