-- +goose Up
-- What the rules for findings need: why a finding has the outcome it has, lists
-- that rules name, the keys by which findings join a ticket, and storms.

-- decided is the id of the rule, suppression, window or storm that decided.
ALTER TABLE finding ADD COLUMN decided TEXT NOT NULL DEFAULT '';
ALTER TABLE finding ADD COLUMN hold TEXT;
CREATE INDEX finding_hold ON finding (tenant, hold, severity_rank, id) WHERE hold IS NOT NULL;
CREATE INDEX finding_silenced ON finding (tenant, decided, id) WHERE outcome = 'suppressed';

ALTER TABLE policy ADD COLUMN lists_rev BIGINT NOT NULL DEFAULT 0;
CREATE TABLE policy_version (
  tenant TEXT NOT NULL, rev BIGINT NOT NULL, at BIGINT NOT NULL, by_actor TEXT NOT NULL,
  reason TEXT NOT NULL, sections TEXT NOT NULL, doc BYTEA NOT NULL,
  PRIMARY KEY (tenant, rev)
);
CREATE TABLE rule_list (
  tenant TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, items BYTEA NOT NULL, size BIGINT NOT NULL,
  rev BIGINT NOT NULL, updated_at BIGINT NOT NULL, updated_by TEXT NOT NULL,
  PRIMARY KEY (tenant, name)
);
-- A finding with the same key joins the ticket until then.
CREATE TABLE group_key (
  tenant TEXT NOT NULL, key TEXT NOT NULL, ticket TEXT NOT NULL, until BIGINT NOT NULL,
  PRIMARY KEY (tenant, key)
--pg:);
--sqlite:) WITHOUT ROWID;
CREATE INDEX group_key_until ON group_key (until);
-- A storm is active while the flood goes on; what it holds waits until a person
-- has made a choice.
CREATE TABLE storm (
  tenant TEXT NOT NULL, id TEXT NOT NULL, active BOOLEAN NOT NULL, choice TEXT NOT NULL,
  source TEXT NOT NULL, rule TEXT NOT NULL, rule_name TEXT NOT NULL, product TEXT NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL,
  limit_tickets BIGINT NOT NULL, limit_window BIGINT NOT NULL, ticket TEXT NOT NULL,
  began_at BIGINT NOT NULL, last_at BIGINT NOT NULL, ended_at BIGINT,
  held BIGINT NOT NULL, settled BIGINT NOT NULL, done_at BIGINT,
  decided_at BIGINT, decided_by TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX storm_active ON storm (tenant, source, rule, kind, account) WHERE active;
CREATE INDEX storm_began ON storm (tenant, began_at, id);

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['policy_version', 'rule_list', 'group_key', 'storm'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
