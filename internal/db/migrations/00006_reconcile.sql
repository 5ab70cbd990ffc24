-- +goose Up
-- What came in is compared with what a detector holds, a region at a time; and
-- what is in quarantine stands in groups.

-- reached and newest belong to the run in hand; attempt is its fence.
CREATE TABLE reconcile (
  tenant TEXT NOT NULL, connection TEXT NOT NULL, region TEXT NOT NULL, state TEXT NOT NULL, attempt BIGINT NOT NULL, asked BOOLEAN NOT NULL,
  watermark BIGINT NOT NULL, reached BIGINT NOT NULL, newest BIGINT NOT NULL, started_at BIGINT NOT NULL, ended_at BIGINT NOT NULL,
  looked_at BIGINT NOT NULL, had BIGINT NOT NULL, missed BIGINT NOT NULL, quarantined BIGINT NOT NULL,
  runs BIGINT NOT NULL, total_looked_at BIGINT NOT NULL, total_missed BIGINT NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (tenant, connection, region),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id) ON DELETE CASCADE
);

-- grp is short for the kind of reason, the field and the source; '' for what is
-- older than groups, until somebody has looked at it.
ALTER TABLE quarantine ADD COLUMN grp TEXT NOT NULL DEFAULT '';
CREATE INDEX quarantine_group ON quarantine (tenant, state, grp, received_at, id);

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['reconcile'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
