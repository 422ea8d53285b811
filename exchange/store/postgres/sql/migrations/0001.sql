-- Version 1. All text is compared as bytes. Times have microseconds.
--
-- Whoever locks takes, in this order: marks, senders, numbers, rows, parcels,
-- lasting, nodes; in each of them by key. So nobody waits in a circle.

CREATE TABLE segel.marks (
    one              boolean PRIMARY KEY DEFAULT true CHECK (one),
    clock            timestamptz,              -- beside those of the nodes
    directory        bigint NOT NULL DEFAULT 0,
    directory_digest text COLLATE "C" NOT NULL DEFAULT '',
    purged           timestamptz,
    party            text COLLATE "C" NOT NULL DEFAULT ''
);
INSERT INTO segel.marks DEFAULT VALUES;

-- What a process writes in each transaction: so that no two wait for each other
-- because of the clock mark, which is the highest of all; and so that one who has
-- lost the connection in a commit can ask what became of it.
CREATE TABLE segel.nodes (
    id     text COLLATE "C" PRIMARY KEY,
    clock  timestamptz,
    commit bigint NOT NULL,                    -- which one was the last, by the node's own count
    used   timestamptz NOT NULL DEFAULT now()  -- by the database's clock
) WITH (fillfactor = 20);

-- Who locks a sender may admit what is new of it, and put parcels of it.
CREATE TABLE segel.senders (
    sender text COLLATE "C" PRIMARY KEY
);

-- How many rows of a sender last: the sum of n, of which single ones may be below 0.
CREATE TABLE segel.lasting (
    sender text COLLATE "C" NOT NULL,
    slot   smallint NOT NULL,
    n      bigint NOT NULL,
    PRIMARY KEY (sender, slot)
) WITH (fillfactor = 50);

CREATE TABLE segel.rows (
    sender      text COLLATE "C" NOT NULL,
    id          text COLLATE "C" NOT NULL,
    digest      text COLLATE "C" NOT NULL CHECK (digest <> ''),
    root        text COLLATE "C" NOT NULL,
    admitted_at timestamptz NOT NULL,
    directory   bigint NOT NULL,
    agreement   text COLLATE "C" NOT NULL,
    keep_until  timestamptz NOT NULL,
    channel     text COLLATE "C" NOT NULL,
    fence       bigint NOT NULL CHECK (fence >= 0),
    lease_until timestamptz,
    superseded  boolean NOT NULL,
    outcome     text COLLATE "C" CHECK (outcome <> ''),
    reason      text COLLATE "C",
    settled_at  timestamptz,
    receipt     bytea CHECK (length(receipt) > 0),
    PRIMARY KEY (sender, id),
    CHECK (num_nulls(outcome, reason, settled_at, receipt) IN (0, 4)),
    CHECK (outcome IS NULL OR lease_until IS NULL)
);
CREATE INDEX rows_ends ON segel.rows (keep_until) WHERE outcome IS NOT NULL OR superseded;

CREATE TABLE segel.lines (
    sender     text COLLATE "C" NOT NULL,
    channel    text COLLATE "C" NOT NULL,
    first      text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    revision   bigint NOT NULL CHECK (revision > 0),
    keep_until timestamptz NOT NULL,
    PRIMARY KEY (sender, channel, first)
);
CREATE INDEX lines_ends ON segel.lines (keep_until);

CREATE TABLE segel.channels (
    sender   text COLLATE "C" NOT NULL,
    channel  text COLLATE "C" NOT NULL,
    arrivals text NOT NULL,                    -- JSON
    PRIMARY KEY (sender, channel)
) WITH (fillfactor = 50);

CREATE TABLE segel.numbers (
    channel text COLLATE "C" PRIMARY KEY,
    epoch   text COLLATE "C" NOT NULL DEFAULT '',  -- '' until the first number was taken
    last    bigint NOT NULL DEFAULT 0,
    taken   text NOT NULL DEFAULT '{}',            -- JSON: number to time
    void    text NOT NULL DEFAULT '[]'             -- JSON
) WITH (fillfactor = 50);

CREATE TABLE segel.parcels (
    sender        text COLLATE "C" NOT NULL,
    id            text COLLATE "C" NOT NULL,
    recipient     text COLLATE "C" NOT NULL,
    digest        text COLLATE "C" NOT NULL CHECK (digest <> ''),
    issued_at     timestamptz NOT NULL,
    expires       timestamptz NOT NULL,
    dataset       text COLLATE "C" NOT NULL,
    purpose       text COLLATE "C" NOT NULL,
    agreement     text COLLATE "C" NOT NULL,
    posted_at     timestamptz NOT NULL,
    channel       text COLLATE "C" NOT NULL,
    epoch         text COLLATE "C" NOT NULL,
    number        bigint NOT NULL,
    first         text COLLATE "C" NOT NULL,
    line_revision bigint NOT NULL,
    state         text COLLATE "C" NOT NULL CHECK (state IN ('queued', 'unknown', 'settled', 'given_up')),
    cancel        boolean NOT NULL,
    attempts      bigint NOT NULL CHECK (attempts >= 0),
    next          timestamptz NOT NULL,
    deadline      timestamptz NOT NULL,
    reason        text COLLATE "C" NOT NULL,
    outcome       text COLLATE "C",
    settled_at    timestamptz,
    receipt       bytea,
    revision      bigint NOT NULL CHECK (revision > 0),
    root          text COLLATE "C" NOT NULL,
    body          bigint NOT NULL CHECK (body >= 0),
    upload        text COLLATE "C" NOT NULL,
    file          bytea,                       -- until it is settled
    offered_to    text COLLATE "C" NOT NULL,   -- the node that is about to send it
    offered_until timestamptz NOT NULL,
    PRIMARY KEY (sender, id, recipient),
    CHECK (num_nulls(outcome, settled_at, receipt) = CASE state WHEN 'settled' THEN 0 ELSE 3 END),
    CHECK ((file IS NULL) = (state = 'settled'))
);
ALTER TABLE segel.parcels ALTER file SET STORAGE EXTERNAL; -- it is encrypted: nothing compresses it
CREATE INDEX parcels_due ON segel.parcels (recipient, next, sender, id) WHERE state IN ('queued', 'unknown');
CREATE INDEX parcels_deadline ON segel.parcels (deadline, sender, id, recipient) WHERE state IN ('queued', 'unknown');
CREATE INDEX parcels_settled ON segel.parcels (settled_at) WHERE state = 'settled';
