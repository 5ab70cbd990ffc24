-- +goose Up
-- Files and their custody.

-- A blob is bytes that are kept once for each tenant, sealed with a key of
-- their own, which is itself sealed here. arriving: its bytes are not durable
-- yet. shelf is where they lie ("disk" or a connection) and place what they are
-- called there. touched_at holds what nothing refers to yet for a while.
CREATE TABLE blob (
  tenant TEXT NOT NULL, id TEXT NOT NULL, sha256 TEXT NOT NULL, sha1 TEXT NOT NULL, md5 TEXT NOT NULL, size BIGINT NOT NULL,
  media TEXT NOT NULL, shelf TEXT NOT NULL, place TEXT NOT NULL, key_id TEXT NOT NULL, sealed BYTEA NOT NULL,
  state TEXT NOT NULL, condition TEXT NOT NULL, made_at BIGINT NOT NULL, touched_at BIGINT NOT NULL, verified_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id),
  CHECK (state IN ('arriving', 'kept')), CHECK (condition IN ('ok', 'missing', 'damaged'))
);
CREATE UNIQUE INDEX blob_content ON blob (tenant, sha256) WHERE state = 'kept';
CREATE INDEX blob_verified ON blob (tenant, verified_at, id) WHERE state = 'kept';
CREATE INDEX blob_touched ON blob (touched_at, tenant, id);
CREATE INDEX blob_condition ON blob (tenant, condition) WHERE condition <> 'ok';

-- A piece of evidence is a blob on a ticket, under the name that it came with.
CREATE TABLE evidence (
  tenant TEXT NOT NULL, id TEXT NOT NULL, ticket TEXT NOT NULL, blob TEXT NOT NULL, parent TEXT,
  name TEXT NOT NULL, declared TEXT NOT NULL, source TEXT NOT NULL, note TEXT NOT NULL, collected_at BIGINT,
  risk TEXT NOT NULL, risk_reason TEXT NOT NULL, added_at BIGINT NOT NULL, added_by TEXT NOT NULL, rev BIGINT NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, ticket) REFERENCES ticket (tenant, id),
  FOREIGN KEY (tenant, blob) REFERENCES blob (tenant, id),
  CHECK (risk IN ('none', 'suspected', 'malware', 'cleared'))
);
CREATE INDEX evidence_ticket ON evidence (tenant, ticket, added_at, id);
CREATE INDEX evidence_blob ON evidence (tenant, blob);

CREATE TABLE evidence_settings (
  tenant TEXT NOT NULL, max_bytes BIGINT NOT NULL, shelf TEXT NOT NULL, bucket TEXT NOT NULL, prefix TEXT NOT NULL, region TEXT NOT NULL,
  updated_at BIGINT NOT NULL, rev BIGINT NOT NULL,
  PRIMARY KEY (tenant)
);

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['blob', 'evidence', 'evidence_settings'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
