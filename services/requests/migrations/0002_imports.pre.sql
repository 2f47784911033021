-- Registers that were uploaded: what would become of each row, then what became of it.

-- The file is sealed with a data key of its own and erased when the import is done, at the latest when it is forgotten: it may hold personal data.
CREATE TABLE import (
    id            uuid        PRIMARY KEY,
    authority     text        NOT NULL,
    key_id        text        NOT NULL,
    role          text        NOT NULL,
    desk          text,
    name          text        NOT NULL,
    fingerprint   bytea       NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    state         text        NOT NULL CHECK (state IN ('checked', 'committing', 'committed')),
    mapping       text,
    content       text,
    content_key   bytea,
    unused        text[]      NOT NULL,
    rows          integer     NOT NULL,
    done_row      integer     NOT NULL DEFAULT 0,
    claimed_until timestamptz,
    committed_at  timestamptz
);

CREATE INDEX import_authority ON import (authority, created_at, id);

CREATE TABLE import_row (
    import    uuid    NOT NULL REFERENCES import ON DELETE CASCADE,
    row       integer NOT NULL,
    outcome   text    NOT NULL CHECK (outcome IN ('taken', 'doubled', 'refused')),
    reference text,
    request   uuid,
    faults    jsonb   NOT NULL,
    remarks   text[]  NOT NULL,
    PRIMARY KEY (import, row)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON import, import_row TO :app_role;
