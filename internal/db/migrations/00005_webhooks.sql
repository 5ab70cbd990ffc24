-- +goose Up
-- What came in by webhook in the last day: the same delivery again does nothing.
CREATE TABLE webhook_delivery (
  tenant TEXT NOT NULL, connection TEXT NOT NULL, delivery TEXT NOT NULL, at BIGINT NOT NULL,
  size BIGINT NOT NULL, parts BIGINT NOT NULL, quarantined BIGINT NOT NULL,
  PRIMARY KEY (tenant, connection, delivery),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id) ON DELETE CASCADE
);
CREATE INDEX webhook_delivery_at ON webhook_delivery (at);
CREATE INDEX webhook_delivery_recent ON webhook_delivery (tenant, connection, at);
-- Calls that were refused, and how many of them the journal has told already.
ALTER TABLE connection_health ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
ALTER TABLE connection_health ADD COLUMN refused_at BIGINT;
ALTER TABLE connection_health ADD COLUMN refused_told BIGINT NOT NULL DEFAULT 0;
ALTER TABLE connection_health ADD COLUMN refused_told_at BIGINT NOT NULL DEFAULT 0;

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['webhook_delivery'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
