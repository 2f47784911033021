-- How far each projection of this database has come, and what it had to put aside. Needs nothing before it.
CREATE TABLE position (
    projection  text        NOT NULL,
    topic       text        NOT NULL,
    partition   integer     NOT NULL,
    run         integer     NOT NULL DEFAULT 0,
    next_offset bigint      NOT NULL DEFAULT 0,
    last_seq    bigint      NOT NULL DEFAULT 0,
    moved_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (projection, topic, partition)
);

COMMENT ON COLUMN position.run IS 'incarnation of the topic; 0 before the first record';
COMMENT ON COLUMN position.last_seq IS 'last dense number taken; the next one taken is this plus one';

-- Last version of each stream, for projections that keep it nowhere else.
CREATE TABLE stream_version (
    projection text    NOT NULL,
    stream     uuid    NOT NULL,
    version    integer NOT NULL,
    PRIMARY KEY (projection, stream)
);

-- Everything recorded before w is in the projection.
CREATE TABLE watermark (
    projection text        NOT NULL,
    topic      text        NOT NULL,
    run        integer     NOT NULL,
    w          timestamptz NOT NULL,
    PRIMARY KEY (projection, topic)
);

-- Streams that wait for a repair, and their facts in order. Nothing is ever dropped.
CREATE TABLE blocked (
    projection text        NOT NULL,
    stream     text        NOT NULL,
    reason     text        NOT NULL,
    since      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (projection, stream)
);

CREATE TABLE parked (
    projection     text        NOT NULL,
    stream         text        NOT NULL,
    version        integer     NOT NULL,
    topic          text        NOT NULL,
    run            integer     NOT NULL,
    seq            bigint      NOT NULL,
    partition      integer     NOT NULL,
    log_offset     bigint      NOT NULL,
    event_id       text        NOT NULL,
    type           text        NOT NULL,
    schema_version integer     NOT NULL,
    subject        text        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    payload        bytea,
    correlation_id text,
    causation_id   text,
    traceparent    text,
    reason         text        NOT NULL,
    parked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (projection, stream, version)
);

-- Records that are no facts of ours: kept as they came.
CREATE TABLE unreadable (
    projection text        NOT NULL,
    topic      text        NOT NULL,
    partition  integer     NOT NULL,
    log_offset bigint      NOT NULL,
    found_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    key        bytea,
    headers    jsonb       NOT NULL,
    value      bytea,
    reason     text        NOT NULL,
    PRIMARY KEY (projection, topic, partition, log_offset, found_at)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON position, stream_version, watermark, blocked, parked, unreadable TO :app_role;
GRANT SELECT ON position, stream_version, watermark, blocked TO :reader_role;
