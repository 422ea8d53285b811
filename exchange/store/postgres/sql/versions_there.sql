SELECT to_regnamespace($1) IS NOT NULL, to_regclass('segel.versions') IS NOT NULL
