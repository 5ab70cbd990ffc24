-- +goose Up
-- Key-encryption keys that a key service wraps, rotation of data keys, and
-- secrets that are kept elsewhere.

-- A key-encryption key as AWS KMS has wrapped it. installation is the encryption
-- context without which KMS does not open it; every row has the same. The table
-- is the installation's, not a tenant's.
CREATE TABLE key_ring (
  id TEXT PRIMARY KEY, installation TEXT NOT NULL, place TEXT NOT NULL, wrapped BYTEA NOT NULL, created_at BIGINT NOT NULL
);
-- Which key-encryption keys each node of a shared database can open, so that
-- none is used that another node lacks.
CREATE TABLE key_holder (
  node TEXT PRIMARY KEY, keys TEXT NOT NULL, seen_at BIGINT NOT NULL
);

-- A data key under which nothing is sealed any more; its signatures run out.
ALTER TABLE data_key ADD COLUMN retired_at BIGINT;
-- How far a place with sealed values is sealed again under key_id. last is the
-- key of the last row that was looked at.
CREATE TABLE reseal (
  tenant TEXT NOT NULL, place TEXT NOT NULL, key_id TEXT NOT NULL, last TEXT NOT NULL,
  looked BIGINT NOT NULL, resealed BIGINT NOT NULL, done_at BIGINT,
  PRIMARY KEY (tenant, place)
);

-- What is sealed is a reference to a secret that is kept elsewhere.
--pg:ALTER TABLE secret ADD COLUMN reference BOOLEAN NOT NULL DEFAULT FALSE;
--sqlite:ALTER TABLE secret ADD COLUMN reference BOOLEAN NOT NULL DEFAULT 0;
CREATE INDEX secret_reference ON secret (tenant, connection) WHERE reference;

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['reseal'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
