-- Requests folded once through all times of knowledge, so that nothing is folded when a question is asked.

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
INSERT INTO touched (request) SELECT DISTINCT request FROM request_fact ORDER BY request;

GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON course TO :app_role;
GRANT SELECT, INSERT, DELETE, TRUNCATE ON touched TO :app_role;
GRANT SELECT, INSERT ON word TO :app_role;
GRANT SELECT, UPDATE ON course_era TO :app_role;
GRANT USAGE ON SEQUENCE course_changed TO :app_role;
GRANT SELECT ON course, touched, word, course_era TO :reader_role;
