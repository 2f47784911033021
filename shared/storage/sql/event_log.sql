-- The log of a service: one row a fact, one stream a request (an authority, an escalation). Needs clock.sql before it.
CREATE TABLE event (
    stream         uuid        NOT NULL,
    version        integer     NOT NULL CHECK (version > 0),
    id             bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    xid            xid8        NOT NULL,
    event_id       uuid        NOT NULL,
    type           text        NOT NULL,
    schema_version integer     NOT NULL,
    topic          text        NOT NULL,
    subject        text        NOT NULL,
    payload        bytea       NOT NULL,
    meta           text        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    hash           bytea       NOT NULL,
    PRIMARY KEY (stream, version)
);

CREATE UNIQUE INDEX event_event_id ON event (event_id);
CREATE UNIQUE INDEX event_id ON event (id);
CREATE INDEX event_xid ON event (xid);

COMMENT ON COLUMN event.xid IS 'transaction that appended the fact; readers go by snapshots, never by id alone';
COMMENT ON COLUMN event.payload IS 'canonical JSON, byte for byte what goes to Kafka';
COMMENT ON COLUMN event.meta IS 'JSON: correlation_id, causation_id, traceparent';
COMMENT ON COLUMN event.hash IS 'SHA-256 over the hash before it and this row: function fact_hash';

-- The log is only ever added to, whoever asks.
CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is only ever added to' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER event_is_only_added_to
    BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- No fact is stamped before this moment, even when the clock steps back.
CREATE TABLE clock_floor (
    only_row boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    w        timestamptz NOT NULL
);

INSERT INTO clock_floor (w) VALUES ('-infinity');

-- Every command that was carried out, so that a repetition finds its outcome.
CREATE TABLE command_log (
    command_id    uuid        PRIMARY KEY,
    stream        uuid        NOT NULL,
    first_version integer     NOT NULL,
    last_version  integer     NOT NULL,
    outcome       text        NOT NULL,
    fingerprint   bytea       NOT NULL,
    recorded_at   timestamptz NOT NULL
);

-- Keys of sealed texts; destroying one erases its text everywhere.
CREATE TABLE text_key (
    id           uuid        PRIMARY KEY,
    stream       uuid        NOT NULL,
    key          bytea,
    destroyed_at timestamptz
);

CREATE INDEX text_key_stream ON text_key (stream);

-- Moments at which time alone causes something, written with the fact that causes them.
CREATE TABLE timer (
    stream uuid        NOT NULL,
    kind   text        NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (stream, kind)
);

CREATE INDEX timer_due_at ON timer (due_at);

-- How far the relay has come. One row: snapshots are those of the whole log.
CREATE TABLE relay_state (
    only_row          boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    run               integer     NOT NULL,
    epoch             bigint      NOT NULL,
    refilling         boolean     NOT NULL,
    prev              pg_snapshot NOT NULL,
    target            pg_snapshot,
    last_id           bigint      NOT NULL,
    seq               jsonb       NOT NULL,
    ends              jsonb       NOT NULL,
    done              pg_snapshot,
    done_seq          jsonb,
    system_identifier bigint
);

COMMENT ON COLUMN relay_state.prev IS 'everything visible in it is acknowledged by Kafka';
COMMENT ON COLUMN relay_state.target IS 'the batch under way: visible in it, not in prev; last_id is how far it has come';
COMMENT ON COLUMN relay_state.seq IS 'last number given, by topic and partition';
COMMENT ON COLUMN relay_state.ends IS 'last acknowledged offset, by topic and partition';
COMMENT ON COLUMN relay_state.done IS 'last finished batch, with its numbers: where a rebuild may begin';

INSERT INTO relay_state (run, epoch, refilling, prev, last_id, seq, ends)
VALUES (1, 0, false, '1:1:', 0, '{}', '{}');

-- Every member with a length before it where its length varies, so that no two facts have the same bytes.
CREATE FUNCTION fact_hash(
    before bytea, stream uuid, version integer, event_id uuid, type text, schema_version integer,
    topic text, subject text, payload bytea, meta text, recorded_at timestamptz
) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT
RETURN sha256(
    before || uuid_send(stream) || int4send(version) || uuid_send(event_id)
    || int4send(octet_length(type)) || convert_to(type, 'UTF8') || int4send(schema_version)
    || int4send(octet_length(topic)) || convert_to(topic, 'UTF8')
    || int4send(octet_length(subject)) || convert_to(subject, 'UTF8')
    || int4send(octet_length(payload)) || payload
    || int4send(octet_length(meta)) || convert_to(meta, 'UTF8')
    || timestamptz_send(recorded_at)
);

CREATE TYPE appended AS (
    outcome text, first_version integer, last_version integer, recorded_at timestamptz, fingerprint bytea
);

-- One fact, one round trip. Outcomes: 'ok'; 'replayed' (the command was carried out before: as recorded then); 'conflict' (last = the stream's version now).
-- The transaction takes its id first and its time after it, in two statements, each with a snapshot of its own: the watermark rests on this.
CREATE FUNCTION append_one(
    p_command uuid, p_fingerprint bytea, p_topic text, p_stream uuid, p_subject text, p_expected integer,
    p_event_id uuid, p_type text, p_schema_version integer, p_payload bytea, p_meta text
) RETURNS appended
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    x xid8;
    m timestamptz;
    h bytea;
    r appended;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append needs READ COMMITTED' USING ERRCODE = 'feature_not_supported';
    END IF;
    x := pg_current_xact_id();
    SELECT greatest(moment(), f.w, e.recorded_at), e.hash
      INTO m, h
      FROM clock_floor f
      LEFT JOIN event e ON e.stream = p_stream AND e.version = p_expected;
    INSERT INTO command_log
    VALUES (p_command, p_stream, p_expected + 1, p_expected + 1, 'ok', p_fingerprint, m)
    ON CONFLICT (command_id) DO NOTHING;
    IF NOT FOUND THEN
        SELECT 'replayed', c.first_version, c.last_version, c.recorded_at, c.fingerprint
          INTO r
          FROM command_log c
         WHERE c.command_id = p_command;
        RETURN r;
    END IF;
    IF h IS NOT NULL OR p_expected = 0 THEN
        INSERT INTO event (stream, version, xid, event_id, type, schema_version, topic, subject, payload, meta, recorded_at, hash)
        VALUES (
            p_stream, p_expected + 1, x, p_event_id, p_type, p_schema_version, p_topic, p_subject, p_payload, p_meta, m,
            fact_hash(coalesce(h, '\x0000000000000000000000000000000000000000000000000000000000000000'), p_stream, p_expected + 1, p_event_id, p_type, p_schema_version, p_topic, p_subject, p_payload, p_meta, m)
        )
        ON CONFLICT (stream, version) DO NOTHING;
        IF FOUND THEN
            r := ('ok', p_expected + 1, p_expected + 1, m, p_fingerprint);
            RETURN r;
        END IF;
    END IF;
    RETURN forget_command(p_command, p_stream);
END $$;

-- A command that met a newer version leaves no trace; it may be decided anew under the same id.
CREATE FUNCTION forget_command(p_command uuid, p_stream uuid) RETURNS appended
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    r appended;
BEGIN
    DELETE FROM command_log WHERE command_id = p_command;
    SELECT 'conflict', NULL, coalesce(max(e.version), 0), NULL, NULL
      INTO r
      FROM event e
     WHERE e.stream = p_stream;
    RETURN r;
END $$;

-- The same for several facts, with timers (a null moment takes one away) and keys of sealed texts.
CREATE FUNCTION append(
    p_command uuid, p_fingerprint bytea, p_topic text, p_stream uuid, p_subject text, p_expected integer,
    p_event_ids uuid[], p_types text[], p_schema_versions integer[], p_payloads bytea[], p_meta text,
    p_due_kinds text[], p_due_ats timestamptz[], p_key_ids uuid[], p_keys bytea[]
) RETURNS appended
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    x xid8;
    m timestamptz;
    h bytea;
    hashes bytea[];
    taken boolean;
    facts integer := cardinality(p_event_ids);
    done integer;
    r appended;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append needs READ COMMITTED' USING ERRCODE = 'feature_not_supported';
    END IF;
    x := pg_current_xact_id();
    SELECT greatest(moment(), f.w, e.recorded_at), e.hash,
           EXISTS (SELECT FROM event n WHERE n.stream = p_stream AND n.version = p_expected + 1)
      INTO m, h, taken
      FROM clock_floor f
      LEFT JOIN event e ON e.stream = p_stream AND e.version = p_expected;
    INSERT INTO command_log
    VALUES (p_command, p_stream, p_expected + 1, p_expected + facts, 'ok', p_fingerprint, m)
    ON CONFLICT (command_id) DO NOTHING;
    IF NOT FOUND THEN
        SELECT 'replayed', c.first_version, c.last_version, c.recorded_at, c.fingerprint
          INTO r
          FROM command_log c
         WHERE c.command_id = p_command;
        RETURN r;
    END IF;
    IF taken OR (h IS NULL AND p_expected > 0) THEN
        RETURN forget_command(p_command, p_stream);
    END IF;
    h := coalesce(h, '\x0000000000000000000000000000000000000000000000000000000000000000');
    FOR i IN 1..facts LOOP
        h := fact_hash(h, p_stream, p_expected + i, p_event_ids[i], p_types[i], p_schema_versions[i], p_topic, p_subject, p_payloads[i], p_meta, m);
        hashes[i] := h;
    END LOOP;
    INSERT INTO event (stream, version, xid, event_id, type, schema_version, topic, subject, payload, meta, recorded_at, hash)
    SELECT p_stream, p_expected + u.o, x, u.e, u.t, u.s, p_topic, p_subject, u.p, p_meta, m, u.h
      FROM unnest(p_event_ids, p_types, p_schema_versions, p_payloads, hashes) WITH ORDINALITY u (e, t, s, p, h, o)
     ORDER BY u.o
    ON CONFLICT (stream, version) DO NOTHING;
    GET DIAGNOSTICS done = ROW_COUNT;
    IF done = 0 THEN
        RETURN forget_command(p_command, p_stream);
    ELSIF done < facts THEN
        -- Another command took some of the versions at this very moment: nothing of this one may stay. The caller asks again and meets the conflict.
        RAISE EXCEPTION 'another command took part of the versions' USING ERRCODE = 'serialization_failure';
    END IF;
    IF p_due_kinds IS NOT NULL THEN
        PERFORM set_timers(p_stream, p_due_kinds, p_due_ats);
    END IF;
    IF p_key_ids IS NOT NULL THEN
        INSERT INTO text_key (id, stream, key)
        SELECT u.i, p_stream, u.k
          FROM unnest(p_key_ids, p_keys) u (i, k);
    END IF;
    r := ('ok', p_expected + 1, p_expected + facts, m, p_fingerprint);
    RETURN r;
END $$;

CREATE FUNCTION set_timers(p_stream uuid, p_kinds text[], p_ats timestamptz[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    DELETE FROM timer t
     USING unnest(p_kinds, p_ats) u (kind, due_at)
     WHERE t.stream = p_stream AND t.kind = u.kind AND u.due_at IS NULL;
    INSERT INTO timer (stream, kind, due_at)
    SELECT p_stream, u.kind, u.due_at
      FROM unnest(p_kinds, p_ats) u (kind, due_at)
     WHERE u.due_at IS NOT NULL
    ON CONFLICT (stream, kind) DO UPDATE
       SET due_at = excluded.due_at;
END $$;

-- Several commands in one transaction, in the order given; a conflict of one leaves the others alone.
CREATE FUNCTION append_each(
    p_commands uuid[], p_fingerprints bytea[], p_topics text[], p_streams uuid[], p_subjects text[], p_expected integer[], p_metas text[],
    p_facts integer[], p_event_ids uuid[], p_types text[], p_schema_versions integer[], p_payloads bytea[],
    p_dues integer[], p_due_kinds text[], p_due_ats timestamptz[],
    p_key_counts integer[], p_key_ids uuid[], p_keys bytea[]
) RETURNS SETOF appended
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    f integer := 0;
    d integer := 0;
    k integer := 0;
    r appended;
BEGIN
    FOR i IN 1..cardinality(p_commands) LOOP
        IF p_facts[i] = 1 AND p_dues[i] = 0 AND p_key_counts[i] = 0 THEN
            r := append_one(
                p_commands[i], p_fingerprints[i], p_topics[i], p_streams[i], p_subjects[i], p_expected[i],
                p_event_ids[f + 1], p_types[f + 1], p_schema_versions[f + 1], p_payloads[f + 1], p_metas[i]
            );
        ELSE
            r := append(
                p_commands[i], p_fingerprints[i], p_topics[i], p_streams[i], p_subjects[i], p_expected[i],
                p_event_ids[f + 1 : f + p_facts[i]], p_types[f + 1 : f + p_facts[i]],
                p_schema_versions[f + 1 : f + p_facts[i]], p_payloads[f + 1 : f + p_facts[i]], p_metas[i],
                CASE WHEN p_dues[i] > 0 THEN p_due_kinds[d + 1 : d + p_dues[i]] END, p_due_ats[d + 1 : d + p_dues[i]],
                CASE WHEN p_key_counts[i] > 0 THEN p_key_ids[k + 1 : k + p_key_counts[i]] END, p_keys[k + 1 : k + p_key_counts[i]]
            );
        END IF;
        f := f + p_facts[i];
        d := d + p_dues[i];
        k := k + p_key_counts[i];
        RETURN NEXT r;
    END LOOP;
END $$;

-- Several commands of one fact each, on streams of their own, in one statement: all of them or, when one meets a conflict or was carried out before, none.
-- The caller then uses append_each, which gives each command its own outcome. Returns the moments in the order given.
CREATE FUNCTION append_together(
    p_commands uuid[], p_fingerprints bytea[], p_topics text[], p_streams uuid[], p_subjects text[], p_expected integer[], p_metas text[],
    p_event_ids uuid[], p_types text[], p_schema_versions integer[], p_payloads bytea[]
) RETURNS timestamptz[]
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    x xid8;
    done integer;
    moments timestamptz[];
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'append needs READ COMMITTED' USING ERRCODE = 'feature_not_supported';
    END IF;
    x := pg_current_xact_id();
    WITH told AS MATERIALIZED (
        SELECT u.*, greatest(moment(), f.w, e.recorded_at) AS m, e.hash AS before
          FROM unnest(p_commands, p_fingerprints, p_topics, p_streams, p_subjects, p_expected, p_metas, p_event_ids, p_types, p_schema_versions, p_payloads)
               WITH ORDINALITY u (command, fingerprint, topic, stream, subject, expected, meta, event_id, type, schema_version, payload, o)
         CROSS JOIN clock_floor f
          LEFT JOIN LATERAL (SELECT l.hash, l.recorded_at FROM event l WHERE l.stream = u.stream AND l.version = u.expected) e ON true
    ), commands AS (
        INSERT INTO command_log
        SELECT command, stream, expected + 1, expected + 1, 'ok', fingerprint, m
          FROM told
        ON CONFLICT (command_id) DO NOTHING
     RETURNING 1
    ), facts AS (
        INSERT INTO event (stream, version, xid, event_id, type, schema_version, topic, subject, payload, meta, recorded_at, hash)
        SELECT stream, expected + 1, x, event_id, type, schema_version, topic, subject, payload, meta, m,
               fact_hash(coalesce(before, '\x0000000000000000000000000000000000000000000000000000000000000000'), stream, expected + 1, event_id, type, schema_version, topic, subject, payload, meta, m)
          FROM told
         WHERE before IS NOT NULL OR expected = 0
         ORDER BY o
        ON CONFLICT (stream, version) DO NOTHING
     RETURNING 1
    )
    SELECT (SELECT count(*) FROM commands) + (SELECT count(*) FROM facts), array_agg(m ORDER BY o)
      INTO done, moments
      FROM told;
    IF done < 2 * cardinality(p_commands) THEN
        RAISE EXCEPTION 'not all of the commands can be carried out' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN moments;
END $$;

GRANT SELECT, INSERT ON event TO :app_role;
GRANT SELECT, INSERT, DELETE ON command_log TO :app_role;
GRANT SELECT, INSERT, UPDATE ON text_key TO :app_role;
GRANT SELECT, INSERT, UPDATE, DELETE ON timer TO :app_role;
GRANT SELECT, UPDATE ON clock_floor, relay_state TO :app_role;
GRANT SELECT ON event, command_log, timer, clock_floor, relay_state TO :reader_role;
