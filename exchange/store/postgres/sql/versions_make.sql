CREATE TABLE IF NOT EXISTS segel.versions (
    version integer PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now()
)
