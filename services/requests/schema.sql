-- The request service's tables: the log, its copy of the directory, the rows that lists are read from.

-- include: shared/storage/sql/clock.sql
-- include: shared/storage/sql/event_log.sql
-- include: shared/storage/sql/positions.sql
-- include: shared/storage/sql/directory.sql
-- include: shared/storage/sql/idempotency.sql

-- An own reference belongs to one request of its authority. Written in the transaction of the facts that give the reference.
CREATE TABLE reference_claim (
    authority text NOT NULL,
    reference text NOT NULL,
    request   uuid NOT NULL,
    PRIMARY KEY (authority, reference)
);

CREATE INDEX reference_claim_request ON reference_claim (request);

-- Appends facts that give a request its own reference, or take it away, in one round trip. Outcome 'taken': another request has the reference; nothing is
-- written, and holder is that request. The claim goes with the facts: whatever keeps them from being appended undoes it too.
CREATE FUNCTION append_with_reference(
    p_authority text, p_reference text, p_former_authority text, p_former_reference text,
    p_command uuid, p_fingerprint bytea, p_topic text, p_stream uuid, p_subject text, p_expected integer,
    p_event_ids uuid[], p_types text[], p_schema_versions integer[], p_payloads bytea[], p_meta text,
    p_due_kinds text[], p_due_ats timestamptz[], p_key_ids uuid[], p_keys bytea[],
    OUT outcome text, OUT first_version integer, OUT last_version integer, OUT recorded_at timestamptz, OUT fingerprint bytea, OUT holder uuid
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r appended;
    newly boolean := false;
BEGIN
    IF p_reference IS NOT NULL AND NOT EXISTS (SELECT FROM command_log c WHERE c.command_id = p_command) THEN
        INSERT INTO reference_claim (authority, reference, request)
        VALUES (p_authority, p_reference, p_stream)
        ON CONFLICT (authority, reference) DO NOTHING;
        newly := FOUND;
        IF NOT newly THEN
            SELECT c.request INTO holder FROM reference_claim c WHERE c.authority = p_authority AND c.reference = p_reference;
            IF holder <> p_stream AND NOT EXISTS (SELECT FROM command_log c WHERE c.command_id = p_command) THEN
                outcome := 'taken';
                RETURN;
            END IF;
            holder := NULL;
        END IF;
    END IF;
    r := append(
        p_command, p_fingerprint, p_topic, p_stream, p_subject, p_expected, p_event_ids, p_types, p_schema_versions, p_payloads, p_meta,
        p_due_kinds, p_due_ats, p_key_ids, p_keys
    );
    IF r.outcome = 'ok' THEN
        DELETE FROM reference_claim c
         WHERE c.authority = p_former_authority AND c.reference = p_former_reference AND c.request = p_stream;
    ELSIF newly THEN
        DELETE FROM reference_claim c
         WHERE c.authority = p_authority AND c.reference = p_reference AND c.request = p_stream;
    END IF;
    outcome := r.outcome;
    first_version := r.first_version;
    last_version := r.last_version;
    recorded_at := r.recorded_at;
    fingerprint := r.fingerprint;
END $$;

-- A request as one authority sees it in lists: one row for each authority on either side. Written by the projection of mla.requests only.
CREATE TABLE request_row (
    request              uuid        NOT NULL,
    authority            text        NOT NULL,
    side                 text        NOT NULL,
    stream_version       integer     NOT NULL,
    version              integer     NOT NULL,
    visible              boolean     NOT NULL,
    state                text        NOT NULL,
    hold                 text,
    holds                text[]      NOT NULL,
    kind                 text        NOT NULL,
    instrument           text,
    requesting_authority text        NOT NULL,
    requesting_state     text        NOT NULL,
    requesting_reference text,
    requested_authority  text        NOT NULL,
    requested_state      text        NOT NULL,
    requested_reference  text,
    counterpart          text        NOT NULL,
    counterpart_state    text        NOT NULL,
    case_number          text,
    subject              text,
    urgency              text,
    needed_by            date,
    confidentiality      text        NOT NULL,
    holder               text,
    holder_side          text,
    desk                 text,
    officer              text,
    primary_move         text,
    next_clock           jsonb,
    next_due             timestamptz,
    due_order            timestamptz NOT NULL,
    promised_due         timestamptz,
    overdue_from         timestamptz,
    effects              text[]      NOT NULL,
    began_at             timestamptz NOT NULL,
    arrived_at           timestamptz,
    ended_at             timestamptz,
    last_asked_at        timestamptz,
    last_fact            text        NOT NULL,
    updated_at           timestamptz NOT NULL,
    PRIMARY KEY (request, authority)
);

CREATE INDEX request_row_due ON request_row (authority, due_order, request);
CREATE INDEX request_row_updated ON request_row (authority, updated_at, request);
CREATE INDEX request_row_began ON request_row (authority, began_at, request);

-- What a caller has set for itself. Its key is the person or system that calls.
CREATE TABLE caller_setting (
    key_id     text        PRIMARY KEY,
    authority  text        NOT NULL,
    settings   jsonb       NOT NULL,
    news_seen  text,
    updated_at timestamptz NOT NULL
);

-- A view of the register: filters under a name, own or shared with the desk.
CREATE TABLE saved_view (
    id        uuid    PRIMARY KEY,
    authority text    NOT NULL,
    desk      text,
    key_id    text    NOT NULL,
    place     integer NOT NULL,
    name      text    NOT NULL,
    filters   jsonb   NOT NULL,
    shared    boolean NOT NULL
);

CREATE INDEX saved_view_authority ON saved_view (authority, desk, place);

GRANT SELECT, INSERT, UPDATE, DELETE ON reference_claim, request_row, caller_setting, saved_view TO :app_role;
GRANT TRUNCATE ON request_row TO :app_role;
GRANT SELECT ON reference_claim, request_row, saved_view TO :reader_role;

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

-- When all hash chains were computed anew, and how many did not hold: so that somebody is told when nobody looks.

CREATE TABLE chain_check (
    checked_at timestamptz PRIMARY KEY DEFAULT clock_timestamp(),
    streams    bigint      NOT NULL,
    broken     bigint      NOT NULL
);

GRANT SELECT, INSERT ON chain_check TO :app_role;
GRANT SELECT ON chain_check TO :reader_role;

-- include: shared/storage/sql/officer.sql
