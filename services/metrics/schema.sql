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

-- What was ever said to be confidential is found without the other facts.
CREATE INDEX request_fact_confidential ON request_fact (request)
 WHERE 'confidential' IN (members ->> 'confidentiality', members -> 'changes' ->> 'confidentiality', members -> 'values' ->> 'confidentiality');

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
CREATE INDEX escalation_fact_recorded_at ON escalation_fact (recorded_at);

-- Every authority that a fact ever named as one of the two sides: where to look for the requests of one authority.
CREATE TABLE involved (
    authority text NOT NULL,
    request   uuid NOT NULL,
    PRIMARY KEY (authority, request)
);

-- What the directory said of an authority, and when: figures use the time zone, reports the name, as known at their moment.
CREATE TABLE authority_said (
    authority   text        NOT NULL,
    version     integer     NOT NULL,
    recorded_at timestamptz NOT NULL,
    state       text        NOT NULL,
    time_zone   text        NOT NULL,
    member      boolean     NOT NULL,
    name        text,
    PRIMARY KEY (authority, version)
);

-- One row a request: its rows of each kind, packed (services/metrics/domain/elements.py says how). Made from the facts alone; may be made again at any time.
CREATE TABLE course (
    request    uuid   PRIMARY KEY,
    changed_no bigint NOT NULL,
    head       bytea  NOT NULL,
    episode    bytea  NOT NULL,
    hold       bytea  NOT NULL,
    rest       bytea  NOT NULL,
    event      bytea  NOT NULL,
    wait       bytea  NOT NULL,
    clock      bytea  NOT NULL,
    holder     bytea  NOT NULL
) WITH (toast_tuple_target = 8160, fillfactor = 90);

ALTER TABLE course
    ALTER COLUMN head SET STORAGE EXTERNAL,
    ALTER COLUMN episode SET STORAGE EXTERNAL,
    ALTER COLUMN hold SET STORAGE EXTERNAL,
    ALTER COLUMN rest SET STORAGE EXTERNAL,
    ALTER COLUMN event SET STORAGE EXTERNAL,
    ALTER COLUMN wait SET STORAGE EXTERNAL,
    ALTER COLUMN clock SET STORAGE EXTERNAL,
    ALTER COLUMN holder SET STORAGE EXTERNAL;

CREATE INDEX course_changed_no ON course (changed_no);

-- Given out under a lock, so that a higher number is never seen before a lower one.
CREATE SEQUENCE course_changed;

-- Requests with facts that are not folded in yet; written with the facts. A reader folds them itself.
CREATE TABLE touched (
    no      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    request uuid   NOT NULL
);

-- The texts behind the codes in courses. A code is made from its text alone.
CREATE TABLE word (
    code bigint PRIMARY KEY,
    text text   NOT NULL
);

-- Rises when all courses are thrown away, so that no process counts what it remembers of them.
CREATE TABLE course_era (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    era      bigint  NOT NULL DEFAULT 0
);

INSERT INTO course_era DEFAULT VALUES;

-- A report that somebody waits for. The question holds its moment of knowledge, so that the answer is that of its moment however late it is made.
CREATE TABLE report_job (
    id          uuid        PRIMARY KEY,
    fingerprint bytea       NOT NULL,
    authority   text        NOT NULL,
    report      text        NOT NULL,
    question    jsonb       NOT NULL,
    state       text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    progress    real        NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
    doing       text        NOT NULL DEFAULT 'waiting',
    attempt     integer     NOT NULL DEFAULT 0,
    not_before  timestamptz NOT NULL DEFAULT clock_timestamp(),
    asked_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    problem     jsonb
);

CREATE INDEX report_job_open ON report_job (asked_at, id) WHERE state IN ('waiting', 'running');
CREATE INDEX report_job_asked_at ON report_job (asked_at);

-- What was made. Never changed; goes with its job.
CREATE TABLE report_result (
    job        uuid  PRIMARY KEY REFERENCES report_job (id) ON DELETE CASCADE,
    media_type text  NOT NULL,
    file_name  text  NOT NULL,
    checksum   text  NOT NULL,
    digest     text  NOT NULL,
    body       bytea NOT NULL
);

-- How forecasts did when the past was replayed, and so whether the interface may show them: one row a direction, stage and backtest.
-- A forecast as known at a moment goes by the last proof of before.
CREATE TABLE forecast_proof (
    authority text        NOT NULL,
    direction text        NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
    stage     text        NOT NULL CHECK (stage IN ('acknowledge', 'decide', 'execute', 'return')),
    known_at  timestamptz NOT NULL,
    verdict   text        NOT NULL CHECK (verdict IN ('proven', 'failed', 'too_few')),
    figures   jsonb       NOT NULL,
    PRIMARY KEY (authority, direction, stage, known_at)
);

-- The rows behind the series of Prometheus. Moments are microseconds since 1970, 2^62 where there is none.

-- What each request has ever added to the counters, by its facts as they were recorded. A correction leaves it; so does a rebuild.
CREATE TABLE counted (
    request    uuid    PRIMARY KEY,
    requesting text    NOT NULL,
    requested  text    NOT NULL,
    kind       text    NOT NULL,
    arrived    boolean NOT NULL,
    ends       text[]  NOT NULL,
    turnaround bigint,
    levels     text[]  NOT NULL
);

-- The sums of these.
CREATE TABLE counter (
    series    text   NOT NULL,
    authority text   NOT NULL,
    direction text   NOT NULL,
    kind      text   NOT NULL,
    value     text   NOT NULL,
    amount    bigint NOT NULL,
    PRIMARY KEY (series, authority, direction, kind, value)
) WITH (fillfactor = 50);

-- How each counted request stands by all that has arrived. What is overdue is judged when it is read.
CREATE TABLE standing (
    request    uuid    PRIMARY KEY,
    requesting text    NOT NULL,
    requested  text    NOT NULL,
    kind       text    NOT NULL,
    stage      text    NOT NULL,
    arrived_at bigint  NOT NULL,
    left_at    bigint  NOT NULL,
    open_since bigint  NOT NULL,
    due        bigint  NOT NULL,
    came       integer NOT NULL,
    went       integer NOT NULL,
    stands     boolean NOT NULL GENERATED ALWAYS AS (least(open_since, due) < 4611686018427387904) STORED
);

CREATE INDEX standing_now ON standing (requesting, requested, kind, stage) INCLUDE (open_since, due) WHERE stands;
CREATE INDEX standing_arrived_at ON standing (arrived_at);

-- The clocks of these requests that run or are suspended.
CREATE TABLE standing_clock (
    request    uuid    NOT NULL,
    place      integer NOT NULL,
    requesting text    NOT NULL,
    requested  text    NOT NULL,
    clock_row  text    NOT NULL,
    state      text    NOT NULL CHECK (state IN ('running', 'suspended')),
    due        bigint  NOT NULL,
    PRIMARY KEY (request, place)
);

-- How many of them ever came and went, as each authority sees them: kept apart from what is open, so that the one checks the other.
CREATE TABLE account_flow (
    authority text   NOT NULL,
    direction text   NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
    kind      text   NOT NULL,
    came      bigint NOT NULL,
    went      bigint NOT NULL,
    PRIMARY KEY (authority, direction, kind)
) WITH (fillfactor = 50);

-- Quantiles of the waiting curves as computed last: (direction, kind, share, days).
CREATE TABLE waiting_quantiles (
    only_one boolean     PRIMARY KEY DEFAULT true CHECK (only_one),
    known_at timestamptz NOT NULL,
    found    jsonb       NOT NULL
);

-- Up to which change of a course the series hold. Courses beyond were settled by code that knew no series, and follow.
CREATE TABLE series_reach (
    only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    changed_no bigint  NOT NULL DEFAULT 0
);

INSERT INTO series_reach DEFAULT VALUES;

GRANT SELECT, INSERT, DELETE, TRUNCATE ON request_fact, escalation_fact, involved, authority_said TO :app_role;
GRANT SELECT ON request_fact, escalation_fact, involved, authority_said TO :reader_role;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON course TO :app_role;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON touched TO :app_role;
GRANT SELECT, INSERT ON word TO :app_role;
GRANT SELECT, UPDATE ON course_era TO :app_role;
GRANT USAGE ON SEQUENCE course_changed TO :app_role;
GRANT SELECT ON course, touched, word, course_era TO :reader_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON report_job TO :app_role;
GRANT SELECT, INSERT, DELETE ON report_result TO :app_role;
GRANT SELECT ON report_job, report_result TO :reader_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON forecast_proof TO :app_role;
GRANT SELECT ON forecast_proof TO :reader_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON counted, counter, standing, standing_clock, account_flow, waiting_quantiles TO :app_role;
GRANT SELECT, UPDATE ON series_reach TO :app_role;
GRANT SELECT ON counted, counter, standing, standing_clock, account_flow, waiting_quantiles, series_reach TO :reader_role;

-- include: shared/storage/sql/officer.sql
