-- +goose Up
-- How long things are kept, and what is asked often of the state of the
-- installation.

CREATE TABLE retention (
  tenant TEXT PRIMARY KEY, settings BYTEA NOT NULL, rev BIGINT NOT NULL, updated_at BIGINT NOT NULL, updated_by TEXT NOT NULL
);
-- A run of retention: what it has done so far commits with every piece of it,
-- so that one that is cut off goes on; began_at is 0 between runs. No finding
-- without a ticket that was last received before originals_until has originals.
CREATE TABLE retention_run (
  tenant TEXT PRIMARY KEY, cause TEXT NOT NULL, began_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, counts BYTEA NOT NULL, originals_until BIGINT NOT NULL
);

-- When the originals of a finding were removed; the finding itself stays.
ALTER TABLE finding ADD COLUMN originals_removed_at BIGINT;
CREATE INDEX finding_alone ON finding (tenant, last_received_at, id) WHERE ticket IS NULL;
CREATE INDEX quarantine_new ON quarantine (tenant, received_at) WHERE state = 'new';
CREATE INDEX quarantine_decided ON quarantine (tenant, decided_at, id) WHERE decided_at IS NOT NULL;
CREATE INDEX job_failed ON job (kind) WHERE state = 'failed';

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['retention', 'retention_run'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
