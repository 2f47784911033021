-- A key may be that of one officer, named by a reference: requests that are assigned to this officer are open to it on whatever desk they lie.
ALTER TABLE api_key ADD COLUMN officer text;

GRANT SELECT (officer) ON api_key TO :reader_role;
