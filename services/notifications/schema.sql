-- The notification service: its own log (escalations), its copy of the directory, who wants to hear of what, and what was told.

-- include: shared/storage/sql/clock.sql
-- include: shared/storage/sql/event_log.sql
-- include: shared/storage/sql/positions.sql
-- include: shared/storage/sql/directory.sql
-- include: shared/storage/sql/idempotency.sql

-- A request as far as telling others needs it. Written by the projection of mla.requests only.
CREATE TABLE followed_request (
    id                   uuid    PRIMARY KEY,
    version              integer NOT NULL,
    kind                 text    NOT NULL,
    instrument           text,
    state                text,
    last_open_state      text    NOT NULL,
    holder               text,
    urgency              text    NOT NULL,
    confidentiality      text    NOT NULL,
    requesting           text    NOT NULL,
    requested            text[]  NOT NULL,
    sent                 boolean NOT NULL,
    requesting_state     text    NOT NULL,
    requested_state      text    NOT NULL,
    requesting_reference text,
    requested_reference  text,
    requesting_desk      text,
    requested_desk       text
);

-- Who wants to hear of what. A deleted one stays as long as its deliveries.
CREATE TABLE subscription (
    id                 uuid        PRIMARY KEY,
    authority          text        NOT NULL,
    channel            text        NOT NULL CHECK (channel IN ('mail', 'webhook')),
    target             text        NOT NULL,
    kinds              text[]      NOT NULL,
    types              text[]      NOT NULL,
    desk               text,
    language           text        NOT NULL,
    label              text,
    alert_to           text,
    state              text        NOT NULL CHECK (state IN ('unverified', 'active', 'paused', 'disabled', 'deleted')),
    challenge          text,
    key_generation     integer     NOT NULL,
    previous_key_until timestamptz,
    created_at         timestamptz NOT NULL,
    created_by         text        NOT NULL,
    verified_at        timestamptz
);

CREATE INDEX subscription_authority ON subscription (authority, created_at, id);

-- A way to one receiver. Deliveries queue in lanes, so that a dead receiver holds up its own only.
CREATE TABLE lane (
    name       text        PRIMARY KEY,
    width      integer     NOT NULL,
    verified   boolean     NOT NULL,
    halted     boolean     NOT NULL,
    open_from  timestamptz NOT NULL,
    failures   integer     NOT NULL DEFAULT 0
);

-- One message for one receiver.
CREATE TABLE delivery (
    id            uuid        PRIMARY KEY,
    seq           bigint      GENERATED ALWAYS AS IDENTITY UNIQUE,
    lane          text        NOT NULL REFERENCES lane (name),
    subscription  uuid        REFERENCES subscription (id),
    authority     text        NOT NULL,
    channel       text        NOT NULL CHECK (channel IN ('mail', 'webhook')),
    target        text        NOT NULL,
    language      text        NOT NULL,
    purpose       text        NOT NULL CHECK (purpose IN ('fact', 'escalation', 'digest', 'challenge', 'test', 'alert')),
    message_id    text        NOT NULL,
    type          text        NOT NULL,
    request       uuid,
    version       integer,
    message       jsonb       NOT NULL,
    state         text        NOT NULL CHECK (state IN ('waiting', 'sending', 'delivered', 'given_up', 'cancelled')),
    due_at        timestamptz NOT NULL,
    attempts      integer     NOT NULL DEFAULT 0,
    tries         integer     NOT NULL DEFAULT 0,
    leased_until  timestamptz,
    reason        text,
    created_at    timestamptz NOT NULL,
    ended_at      timestamptz
);

CREATE INDEX delivery_queue ON delivery (lane, due_at, seq) WHERE state IN ('waiting', 'sending');
CREATE INDEX delivery_in_order ON delivery (lane, request, seq) WHERE state IN ('waiting', 'sending') AND request IS NOT NULL;
CREATE INDEX delivery_authority ON delivery (authority, seq DESC);
CREATE INDEX delivery_subscription ON delivery (subscription, seq DESC);
CREATE INDEX delivery_request ON delivery (request, seq DESC) WHERE request IS NOT NULL;

-- Every attempt: when, and what came back. No verdict: the process that made it did not live to write it.
CREATE TABLE attempt (
    delivery   uuid        NOT NULL REFERENCES delivery (id),
    number     integer     NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at   timestamptz,
    verdict    text,
    status     integer,
    detail     text,
    PRIMARY KEY (delivery, number)
);

-- Whether somebody of that authority and desk may read of the request: of a confidential one its own desk only.
CREATE FUNCTION delivery_is_seen(p_request uuid, p_authority text, p_desk text, p_all_desks boolean) RETURNS boolean
LANGUAGE sql STABLE
RETURN p_all_desks OR NOT EXISTS (
    SELECT FROM followed_request AS f
     WHERE f.id = p_request
       AND f.confidentiality = 'confidential'
       AND p_desk IS DISTINCT FROM CASE WHEN f.requesting = p_authority THEN f.requesting_desk ELSE f.requested_desk END
);

INSERT INTO lane (name, width, verified, halted, open_from) VALUES ('mail', 4, true, false, '-infinity');

GRANT SELECT, INSERT, UPDATE, DELETE ON authority, api_key, idempotency, followed_request, subscription, lane, delivery, attempt TO :app_role;
GRANT SELECT ON authority, followed_request, subscription, lane, delivery, attempt TO :reader_role;

GRANT TRUNCATE ON followed_request TO :app_role;

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

-- include: shared/storage/sql/officer.sql
