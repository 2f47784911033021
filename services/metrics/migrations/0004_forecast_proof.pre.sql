-- How forecasts did when the past was replayed: whether the interface may show them.

-- One row a direction, stage and backtest. A forecast as known at a moment goes by the last proof of before.
CREATE TABLE forecast_proof (
    authority text        NOT NULL,
    direction text        NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
    stage     text        NOT NULL CHECK (stage IN ('acknowledge', 'decide', 'execute', 'return')),
    known_at  timestamptz NOT NULL,
    verdict   text        NOT NULL CHECK (verdict IN ('proven', 'failed', 'too_few')),
    figures   jsonb       NOT NULL,
    PRIMARY KEY (authority, direction, stage, known_at)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON forecast_proof TO :app_role;
GRANT SELECT ON forecast_proof TO :reader_role;
