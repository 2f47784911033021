-- What time it is: the machine's clock, or in a sandbox the row that holds the test clock.
CREATE TABLE test_clock (
    only_row boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    now_at   timestamptz NOT NULL
);

CREATE FUNCTION moment() RETURNS timestamptz
LANGUAGE sql VOLATILE
RETURN coalesce((SELECT t.now_at FROM test_clock t), clock_timestamp());

GRANT SELECT, INSERT, UPDATE, DELETE ON test_clock TO :app_role;
GRANT SELECT ON test_clock TO :reader_role;
