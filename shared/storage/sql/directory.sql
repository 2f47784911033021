-- A service's own copy of the directory: authorities and who may call. Written by the projection of mla.directory only
-- (in the requests service also by the command itself, in the transaction of its facts).
CREATE TABLE authority (
    id            text        PRIMARY KEY,
    stream        uuid        NOT NULL UNIQUE,
    version       integer     NOT NULL,
    state         text        NOT NULL,
    name          text        NOT NULL,
    role          text,
    time_zone     text        NOT NULL,
    calendar      text,
    member        boolean     NOT NULL,
    languages     text[]      NOT NULL,
    channels      text[]      NOT NULL,
    declarations  jsonb       NOT NULL,
    contacts      jsonb       NOT NULL,
    hours         text,
    phone         text,
    registered_at timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);

CREATE TABLE api_key (
    id         text        PRIMARY KEY,
    authority  text        NOT NULL REFERENCES authority (id),
    hash       text        NOT NULL,
    role       text        NOT NULL,
    desk       text,
    label      text,
    issued_at  timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX api_key_authority ON api_key (authority, id);

GRANT SELECT, INSERT, UPDATE, DELETE ON authority, api_key TO :app_role;
GRANT SELECT ON authority TO :reader_role;
GRANT SELECT (id, authority, role, desk, label, issued_at, revoked_at) ON api_key TO :reader_role;
