-- The metrics service: its copy of the directory, and the facts that figures are counted from, with both times of each.

-- include: shared/storage/sql/clock.sql
-- include: shared/storage/sql/positions.sql
-- include: shared/storage/sql/directory.sql

-- The facts of requests, as far as figures read their members. Written by the projection of mla.requests only; never changed.
CREATE TABLE request_fact (
    request     uuid        NOT NULL,
    version     integer     NOT NULL,
    id          uuid        NOT NULL,
    type        text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    members     jsonb       NOT NULL,
    PRIMARY KEY (request, version)
);

CREATE INDEX request_fact_recorded_at ON request_fact (recorded_at);

-- The same for mla.escalations: a stream of its own beside each request.
CREATE TABLE escalation_fact (
    stream      uuid        NOT NULL,
    version     integer     NOT NULL,
    request     uuid        NOT NULL,
    id          uuid        NOT NULL,
    type        text        NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    members     jsonb       NOT NULL,
    PRIMARY KEY (stream, version)
);

CREATE INDEX escalation_fact_request ON escalation_fact (request);

-- Every authority that a fact ever named as one of the two sides: where to look for the requests of one authority.
CREATE TABLE involved (
    authority text NOT NULL,
    request   uuid NOT NULL,
    PRIMARY KEY (authority, request)
);

-- What the directory said of an authority, and when: figures use the time zone as known at their moment.
CREATE TABLE authority_said (
    authority   text        NOT NULL,
    version     integer     NOT NULL,
    recorded_at timestamptz NOT NULL,
    state       text        NOT NULL,
    time_zone   text        NOT NULL,
    member      boolean     NOT NULL,
    PRIMARY KEY (authority, version)
);

GRANT SELECT, INSERT, DELETE, TRUNCATE ON request_fact, escalation_fact, involved, authority_said TO :app_role;
GRANT SELECT ON request_fact, escalation_fact, involved, authority_said TO :reader_role;
GRANT SELECT ON schema_migration TO :app_role;
