-- +goose Up
-- Responsibility that must be taken, and what a ticket's row shows of its
-- clocks. The clocks themselves are read from the journal; here stands only
-- what lists and the scheduler need.

-- next_at is when something falls due for the ticket: a warning, a breach, the
-- end of a pause. due_metric is what due_at is about; breached lists metrics as
-- ",ack,contain,".
ALTER TABLE ticket ADD COLUMN next_at BIGINT;
ALTER TABLE ticket ADD COLUMN due_metric TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN breached TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket ADD COLUMN paused_until BIGINT;
CREATE INDEX ticket_next ON ticket (next_at, tenant, id) WHERE next_at IS NOT NULL;
CREATE INDEX ticket_unowned ON ticket (tenant, team, id) WHERE closed_at IS NULL AND owner IS NULL;
-- Tickets of before begin their clocks now: the scheduler looks at each once.
UPDATE ticket SET next_at = 1 WHERE closed_at IS NULL;

CREATE TABLE handover (
  tenant TEXT NOT NULL, id TEXT NOT NULL, number BIGINT NOT NULL, ticket TEXT NOT NULL,
  from_person TEXT, to_person TEXT, to_team TEXT, auto TEXT NOT NULL, state TEXT NOT NULL,
  next_step TEXT NOT NULL, risks TEXT NOT NULL, briefing BYTEA NOT NULL, briefing_hash BYTEA NOT NULL,
  base_rev BIGINT NOT NULL, base_seq BIGINT NOT NULL,
  made_at BIGINT NOT NULL, made_by TEXT NOT NULL, expires_at BIGINT NOT NULL,
  decided_at BIGINT, decided_by TEXT NOT NULL, category TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, number),
  FOREIGN KEY (tenant, ticket) REFERENCES ticket (tenant, id),
  CHECK ((to_person IS NULL) <> (to_team IS NULL)),
  CHECK ((state = 'offered') = (decided_at IS NULL))
);
CREATE UNIQUE INDEX handover_open ON handover (tenant, ticket) WHERE state = 'offered';
CREATE INDEX handover_ticket ON handover (tenant, ticket, made_at);
CREATE INDEX handover_expires ON handover (expires_at, tenant, id) WHERE state = 'offered';
CREATE INDEX handover_to_person ON handover (tenant, to_person, made_at, id) WHERE to_person IS NOT NULL;
CREATE INDEX handover_to_team ON handover (tenant, to_team, made_at, id) WHERE to_team IS NOT NULL;
CREATE INDEX handover_from ON handover (tenant, from_person, made_at, id) WHERE from_person IS NOT NULL;
-- Which section of a briefing was opened by whom, and what it said.
CREATE TABLE handover_read (
  tenant TEXT NOT NULL, handover TEXT NOT NULL, person TEXT NOT NULL, section TEXT NOT NULL, hash TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (tenant, handover, person, section),
  FOREIGN KEY (tenant, handover) REFERENCES handover (tenant, id)
);
CREATE TABLE task (
  tenant TEXT NOT NULL, id TEXT NOT NULL, ticket TEXT NOT NULL, title TEXT NOT NULL, phase TEXT NOT NULL, assignee TEXT,
  state TEXT NOT NULL, reason TEXT NOT NULL, made_at BIGINT NOT NULL, made_by TEXT NOT NULL, done_at BIGINT, done_by TEXT NOT NULL, rev BIGINT NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, ticket) REFERENCES ticket (tenant, id)
);
CREATE INDEX task_ticket ON task (tenant, ticket, made_at, id);
CREATE INDEX task_assignee ON task (tenant, assignee) WHERE state = 'open' AND assignee IS NOT NULL;

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['handover', 'handover_read', 'task'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
