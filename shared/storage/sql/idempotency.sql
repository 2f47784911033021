-- Answers of repeated calls that append nothing to the log, kept seven days. (Calls that append find theirs in command_log.)
CREATE TABLE idempotency (
    command_id  uuid        PRIMARY KEY,
    fingerprint bytea       NOT NULL,
    status      smallint    NOT NULL,
    headers     jsonb       NOT NULL,
    body        bytea       NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX idempotency_recorded_at ON idempotency (recorded_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency TO :app_role;
