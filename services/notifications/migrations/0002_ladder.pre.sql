-- The escalation ladder: what is known of each clock, the levels that will be reached, those that were, and who has answered.

-- One run of a clock. Written by the projection of mla.requests only. Dues are days or moments, as on the wire.
CREATE TABLE clock_run (
    clock         uuid        PRIMARY KEY,
    request       uuid        NOT NULL,
    row_id        text        NOT NULL,
    authority     text        NOT NULL,
    run           integer     NOT NULL,
    revision      integer     NOT NULL,
    stage         text,
    zone          text,
    length        text,
    effect        text        NOT NULL,
    nature        text        NOT NULL,
    instrument    text,
    citation      text,
    started_at    text,
    nominal_due   text,
    adjusted_due  text,
    strict_due    text,
    promised      text,
    promised_by   text,
    course        text        NOT NULL,
    turned_by     text,
    course_before text        NOT NULL,
    lapsed_at     timestamptz,
    ending        text,
    legal_floor   integer     NOT NULL,
    promise_floor integer     NOT NULL,
    changes       integer     NOT NULL,
    changed_at    timestamptz NOT NULL
);

CREATE INDEX clock_run_request ON clock_run (request);
CREATE INDEX clock_run_authority ON clock_run (authority) WHERE course IN ('running', 'suspended');

-- A level that will be reached. Written with the fact that causes it; gone in the transaction that records that it was reached.
CREATE TABLE pending_level (
    clock     uuid        NOT NULL,
    revision  integer     NOT NULL,
    ladder_on text        NOT NULL,
    level     integer     NOT NULL,
    due_at    timestamptz NOT NULL,
    ready_at  timestamptz NOT NULL,
    PRIMARY KEY (clock, revision, ladder_on, level)
);

CREATE INDEX pending_level_ready ON pending_level (ready_at, due_at);

-- A level that was reached: once for each revision of a run, on the legal date and on a promise.
CREATE TABLE escalation (
    id             uuid        PRIMARY KEY,
    seq            bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    request        uuid        NOT NULL,
    clock          uuid        NOT NULL,
    row_id         text        NOT NULL,
    run            integer     NOT NULL,
    revision       integer     NOT NULL,
    ladder_on      text        NOT NULL,
    level          integer     NOT NULL,
    authority      text        NOT NULL,
    hard           boolean     NOT NULL,
    phase          text        NOT NULL,
    reached_at     timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL,
    state          text        NOT NULL CHECK (state IN ('open', 'acknowledged', 'snoozed')),
    until_on       date,
    until_at       timestamptz,
    reason         text,
    answered_by    text,
    answered_at    timestamptz,
    UNIQUE (clock, revision, ladder_on, level)
);

CREATE INDEX escalation_request ON escalation (request, seq);
CREATE INDEX escalation_authority ON escalation (authority, seq);

-- An answer keeps the ladder of that revision silent until then; without a moment for its rest.
CREATE TABLE clock_silence (
    clock    uuid    PRIMARY KEY,
    revision integer NOT NULL,
    until_at timestamptz
);

-- An authority's own ladder and hours.
CREATE TABLE ladder_setting (
    authority  text        PRIMARY KEY,
    version    integer     NOT NULL,
    document   jsonb       NOT NULL,
    updated_at timestamptz NOT NULL,
    updated_by text        NOT NULL
);

-- Which delivery told of which escalation; one mail may tell of several.
CREATE TABLE told (
    escalation uuid NOT NULL REFERENCES escalation (id),
    delivery   uuid NOT NULL REFERENCES delivery (id),
    PRIMARY KEY (escalation, delivery)
);

-- A calendar address: a secret, kept as its hash, that can be revoked.
CREATE TABLE calendar_feed (
    id         uuid        PRIMARY KEY,
    authority  text        NOT NULL,
    desk       text,
    token_hash text        NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    created_by text        NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX calendar_feed_authority ON calendar_feed (authority, created_at, id);

GRANT SELECT, INSERT, UPDATE, DELETE ON clock_run, pending_level, escalation, clock_silence, ladder_setting, told, calendar_feed TO :app_role;
GRANT SELECT ON clock_run, pending_level, escalation, clock_silence, ladder_setting, told TO :reader_role;
GRANT TRUNCATE ON clock_run, pending_level TO :app_role;
