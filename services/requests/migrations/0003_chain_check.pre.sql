-- When all hash chains were computed anew, and how many did not hold: so that somebody is told when nobody looks.

CREATE TABLE chain_check (
    checked_at timestamptz PRIMARY KEY DEFAULT clock_timestamp(),
    streams    bigint      NOT NULL,
    broken     bigint      NOT NULL
);

GRANT SELECT, INSERT ON chain_check TO :app_role;
GRANT SELECT ON chain_check TO :reader_role;
