-- Reports that are made in the background, and the names under which authorities were known.

-- The name of an authority at each version of its stream: a past report bears the name of its day. Before this migration only the present one was kept.
ALTER TABLE authority_said ADD COLUMN name text;
UPDATE authority_said SET name = authority.name FROM authority WHERE authority.id = authority_said.authority;

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

GRANT SELECT, INSERT, UPDATE, DELETE ON report_job TO :app_role;
GRANT SELECT, INSERT, DELETE ON report_result TO :app_role;
GRANT SELECT ON report_job, report_result TO :reader_role;
