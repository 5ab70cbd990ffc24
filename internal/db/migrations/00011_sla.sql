-- +goose Up
-- Targets, calendars and ladders: one version for each change, never altered.
CREATE TABLE sla_version (
  tenant TEXT NOT NULL, version BIGINT NOT NULL, doc BYTEA NOT NULL, at BIGINT NOT NULL, by_actor TEXT NOT NULL,
  reason TEXT NOT NULL, sections TEXT NOT NULL, back_to BIGINT NOT NULL,
  PRIMARY KEY (tenant, version)
);

-- One climb of a ladder. trigger and cycle say why it began: a ticket climbs a
-- ladder once for each.
CREATE TABLE ladder_run (
  tenant TEXT NOT NULL, id TEXT NOT NULL, ticket TEXT NOT NULL, trigger TEXT NOT NULL, cycle BIGINT NOT NULL,
  version BIGINT NOT NULL, ladder TEXT NOT NULL, state TEXT NOT NULL, level BIGINT NOT NULL, repeat BIGINT NOT NULL,
  began_at BIGINT NOT NULL, next_at BIGINT, stopped_at BIGINT, stopped_by TEXT NOT NULL,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, ticket, trigger, cycle),
  FOREIGN KEY (tenant, ticket) REFERENCES ticket (tenant, id) ON DELETE CASCADE
);
CREATE INDEX ladder_run_next ON ladder_run (next_at, tenant, id) WHERE next_at IS NOT NULL;

-- A pause that somebody asked for; only the newest of a ticket can be open.
CREATE TABLE pause (
  tenant TEXT NOT NULL, id TEXT NOT NULL, ticket TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, text TEXT NOT NULL,
  until BIGINT NOT NULL, asked_at BIGINT NOT NULL, asked_by TEXT NOT NULL, decided_at BIGINT, decided_by TEXT NOT NULL,
  ended_at BIGINT, ended_by TEXT NOT NULL, cause TEXT NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, ticket) REFERENCES ticket (tenant, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX pause_open ON pause (tenant, ticket) WHERE ended_at IS NULL;
CREATE INDEX pause_ticket ON pause (tenant, ticket, asked_at);

-- A time in which the system did not run, and how far it has been made good.
CREATE TABLE catchup (
  tenant TEXT NOT NULL, id TEXT NOT NULL, from_at BIGINT NOT NULL, until_at BIGINT NOT NULL, deadlines BIGINT NOT NULL, done_at BIGINT,
  PRIMARY KEY (tenant, id)
);
-- Until when it ran, written every few seconds; and how many messages of their
-- own each person got while something was made good.
CREATE TABLE catchup_seen (
  tenant TEXT NOT NULL, seen_at BIGINT NOT NULL,
  PRIMARY KEY (tenant)
);
CREATE TABLE catchup_single (
  tenant TEXT NOT NULL, catchup TEXT NOT NULL, person TEXT NOT NULL, singles BIGINT NOT NULL,
  PRIMARY KEY (tenant, catchup, person)
);

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['sla_version', 'ladder_run', 'pause', 'catchup', 'catchup_seen', 'catchup_single'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
