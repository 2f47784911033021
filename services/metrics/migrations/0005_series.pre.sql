-- The rows behind the series of Prometheus, so that no fact is folded when they are read. Moments are microseconds since 1970, 2^62 where there is none.

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

CREATE INDEX escalation_fact_recorded_at ON escalation_fact (recorded_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON counted, counter, standing, standing_clock, account_flow, waiting_quantiles TO :app_role;
GRANT SELECT, UPDATE ON series_reach TO :app_role;
GRANT SELECT ON counted, counter, standing, standing_clock, account_flow, waiting_quantiles, series_reach TO :reader_role;
