-- +goose Up
-- Measures, a projection of the journal: it may be thrown away and made again.

-- What is known of each ticket, so that an entry is folded without reading the
-- others. doc is the life; the columns are what lists and groups need.
CREATE TABLE report_ticket (
  tenant TEXT NOT NULL, ticket TEXT NOT NULL, doc BYTEA NOT NULL,
  opened_at BIGINT NOT NULL, closed_at BIGINT, severity TEXT NOT NULL, team TEXT NOT NULL, counts BOOLEAN NOT NULL,
  PRIMARY KEY (tenant, ticket)
);
CREATE INDEX report_ticket_open ON report_ticket (tenant, opened_at, severity, team) WHERE closed_at IS NULL;

-- The values of a measure that ended on one day, of tickets that are alike.
CREATE TABLE report_cell (
  tenant TEXT NOT NULL, measure TEXT NOT NULL, day BIGINT NOT NULL,
  severity TEXT NOT NULL, team TEXT NOT NULL, source TEXT NOT NULL, type TEXT NOT NULL,
  vals BYTEA NOT NULL,
  PRIMARY KEY (tenant, measure, day, severity, team, source, type)
);

-- By which definitions and in which zone the projection was made, and up to
-- which time the journal is in it.
CREATE TABLE report_state (
  tenant TEXT NOT NULL PRIMARY KEY, definitions BIGINT NOT NULL, zone TEXT NOT NULL, since BIGINT NOT NULL, until_at BIGINT NOT NULL
);

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['report_ticket', 'report_cell', 'report_state'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
