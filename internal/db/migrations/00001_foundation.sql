-- +goose Up
-- One text for both engines. A line that begins with "--pg:" or "--sqlite:" is
-- for that engine only. Times are microseconds since 1970 UTC. JSON is kept as
-- bytes and never read by SQL.

CREATE TABLE counter (
  tenant TEXT NOT NULL, series TEXT NOT NULL, next BIGINT NOT NULL,
  PRIMARY KEY (tenant, series)
);

-- seal ----------------------------------------------------------------------
CREATE TABLE data_key (
  tenant TEXT NOT NULL, id TEXT NOT NULL, kek TEXT NOT NULL, wrapped BYTEA NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE TABLE stream_key (
  tenant TEXT NOT NULL, stream TEXT NOT NULL, sealed BYTEA NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, stream)
);

-- journal -------------------------------------------------------------------
CREATE TABLE entry (
--pg:  ord BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
--sqlite:  ord INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL, stream TEXT NOT NULL, seq BIGINT NOT NULL, at BIGINT NOT NULL,
  actor TEXT NOT NULL, kind TEXT NOT NULL, data BYTEA NOT NULL,
  priv BYTEA, sealed BYTEA, prev BYTEA, hash BYTEA NOT NULL,
  pos BIGINT,
  CONSTRAINT entry_stream_seq UNIQUE (tenant, stream, seq)
);
CREATE UNIQUE INDEX entry_pos ON entry (pos);
--pg:CREATE INDEX entry_unplaced ON entry (ord) WHERE pos IS NULL;

-- job -----------------------------------------------------------------------
CREATE TABLE reader (
  name TEXT PRIMARY KEY, pos BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE TABLE reader_stuck (
  name TEXT NOT NULL, pos BIGINT NOT NULL, attempts BIGINT NOT NULL, error TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (name, pos)
);
CREATE TABLE lease (
  name TEXT PRIMARY KEY, owner TEXT NOT NULL, fence BIGINT NOT NULL, until BIGINT NOT NULL
);
CREATE TABLE job (
  id TEXT PRIMARY KEY, tenant TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, payload BYTEA NOT NULL,
  state TEXT NOT NULL, run_at BIGINT NOT NULL, attempts BIGINT NOT NULL, max_attempts BIGINT NOT NULL,
  owner TEXT NOT NULL, fence BIGINT NOT NULL, lease_until BIGINT NOT NULL,
  last_error TEXT NOT NULL, created_at BIGINT NOT NULL, done_at BIGINT
);
CREATE UNIQUE INDEX job_key ON job (tenant, kind, key) WHERE state IN ('queued', 'running');
CREATE INDEX job_due ON job (run_at, id) WHERE state = 'queued';
CREATE INDEX job_leased ON job (lease_until) WHERE state = 'running';

-- identity ------------------------------------------------------------------
CREATE TABLE tenant (
  tenant TEXT PRIMARY KEY, name TEXT NOT NULL, time_zone TEXT NOT NULL, created_at BIGINT NOT NULL
);
CREATE TABLE users (
  tenant TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, email TEXT NOT NULL, name TEXT NOT NULL,
  password TEXT NOT NULL, active BOOLEAN NOT NULL, time_zone TEXT NOT NULL, demo BOOLEAN NOT NULL,
  failures BIGINT NOT NULL, wait_until BIGINT NOT NULL,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, rev BIGINT NOT NULL,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, email), UNIQUE (tenant, id, active)
);
CREATE TABLE user_role (
  tenant TEXT NOT NULL, user_id TEXT NOT NULL, role TEXT NOT NULL, granted_at BIGINT NOT NULL, granted_by TEXT NOT NULL,
  PRIMARY KEY (tenant, user_id, role),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
);
-- A team always has a lead, and the lead is active: the database holds it.
CREATE TABLE team (
  tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, intake BOOLEAN NOT NULL,
  lead TEXT NOT NULL, lead_active BOOLEAN NOT NULL CHECK (lead_active),
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, rev BIGINT NOT NULL,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, name),
  CONSTRAINT team_lead_active FOREIGN KEY (tenant, lead, lead_active) REFERENCES users (tenant, id, active) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX team_intake ON team (tenant) WHERE intake;
CREATE TABLE team_member (
  tenant TEXT NOT NULL, team_id TEXT NOT NULL, user_id TEXT NOT NULL,
  PRIMARY KEY (tenant, team_id, user_id),
  FOREIGN KEY (tenant, team_id) REFERENCES team (tenant, id),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
);
CREATE INDEX team_member_user ON team_member (tenant, user_id);
CREATE TABLE session (
  hash BYTEA PRIMARY KEY, tenant TEXT NOT NULL, user_id TEXT NOT NULL,
  created_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, agent TEXT NOT NULL,
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
);
CREATE INDEX session_by_user ON session (tenant, user_id);
CREATE INDEX session_expires ON session (expires_at);
CREATE TABLE token (
  tenant TEXT NOT NULL, id TEXT NOT NULL, hash BYTEA NOT NULL UNIQUE, user_id TEXT NOT NULL, name TEXT NOT NULL,
  scopes TEXT NOT NULL, hint TEXT NOT NULL, created_at BIGINT NOT NULL, created_by TEXT NOT NULL,
  expires_at BIGINT NOT NULL, last_used_at BIGINT, revoked_at BIGINT,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
);
CREATE TABLE invite (
  hash BYTEA PRIMARY KEY, tenant TEXT NOT NULL, user_id TEXT NOT NULL,
  created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT,
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
);

-- api -----------------------------------------------------------------------
CREATE TABLE idempotency (
  tenant TEXT NOT NULL, actor TEXT NOT NULL, key TEXT NOT NULL, request BYTEA NOT NULL, applied BOOLEAN NOT NULL,
  node TEXT NOT NULL, status BIGINT NOT NULL, header BYTEA NOT NULL, body BYTEA NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, actor, key)
);
CREATE INDEX idempotency_age ON idempotency (created_at);

-- connection ----------------------------------------------------------------
CREATE TABLE connection (
  tenant TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, enabled BOOLEAN NOT NULL,
  settings BYTEA NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, rev BIGINT NOT NULL,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, name)
);
CREATE TABLE secret (
  tenant TEXT NOT NULL, connection TEXT NOT NULL, name TEXT NOT NULL, host TEXT NOT NULL,
  key_id TEXT NOT NULL, sealed BYTEA NOT NULL, version BIGINT NOT NULL, created_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, connection, name),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id) ON DELETE CASCADE
);
CREATE TABLE connection_health (
  tenant TEXT NOT NULL, connection TEXT NOT NULL, state TEXT NOT NULL, since BIGINT NOT NULL,
  last_ok_at BIGINT, last_error TEXT NOT NULL, received BIGINT NOT NULL, deleted BIGINT NOT NULL, quarantined BIGINT NOT NULL,
  PRIMARY KEY (tenant, connection),
  FOREIGN KEY (tenant, connection) REFERENCES connection (tenant, id) ON DELETE CASCADE
);

-- ticket --------------------------------------------------------------------
-- An open ticket always has an accountable, active person: the database holds
-- it, through a key on (id, active) that is checked at commit.
CREATE TABLE ticket (
  tenant TEXT NOT NULL, id TEXT NOT NULL, number BIGINT NOT NULL,
  title TEXT NOT NULL, description TEXT NOT NULL, type TEXT NOT NULL, source TEXT NOT NULL,
  severity TEXT NOT NULL, severity_rank BIGINT NOT NULL, phase TEXT NOT NULL, resolution TEXT NOT NULL,
  owner TEXT, accountable TEXT NOT NULL, accountable_active BOOLEAN, team TEXT NOT NULL, offered_to TEXT,
  account TEXT NOT NULL, region TEXT NOT NULL, resource TEXT NOT NULL, tags TEXT NOT NULL,
  opened_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, acknowledged_at BIGINT, acknowledged_by TEXT,
  owned_at BIGINT, closed_at BIGINT, due_at BIGINT, finding_count BIGINT NOT NULL,
  opened_by TEXT NOT NULL, demo BOOLEAN NOT NULL, rev BIGINT NOT NULL, ownership_rev BIGINT NOT NULL,
  PRIMARY KEY (tenant, id),
  CONSTRAINT ticket_number UNIQUE (tenant, number),
  CONSTRAINT ticket_accountable_active FOREIGN KEY (tenant, accountable, accountable_active) REFERENCES users (tenant, id, active) DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (tenant, team) REFERENCES team (tenant, id),
  CHECK ((closed_at IS NULL AND accountable_active) OR (closed_at IS NOT NULL AND accountable_active IS NULL)),
  CHECK ((phase = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX ticket_opened ON ticket (tenant, opened_at, id);
CREATE INDEX ticket_open ON ticket (tenant, severity_rank, opened_at, id) WHERE closed_at IS NULL;
CREATE INDEX ticket_owner ON ticket (tenant, owner, opened_at) WHERE closed_at IS NULL AND owner IS NOT NULL;
CREATE INDEX ticket_accountable ON ticket (tenant, accountable) WHERE closed_at IS NULL;
CREATE TABLE phase_visit (
  tenant TEXT NOT NULL, ticket TEXT NOT NULL, seq BIGINT NOT NULL, phase TEXT NOT NULL,
  entered_at BIGINT NOT NULL, left_at BIGINT, by_actor TEXT NOT NULL, reason TEXT NOT NULL, skipped BOOLEAN NOT NULL,
  PRIMARY KEY (tenant, ticket, seq),
  FOREIGN KEY (tenant, ticket) REFERENCES ticket (tenant, id)
);
CREATE TABLE ticket_link (
  tenant TEXT NOT NULL, from_ticket TEXT NOT NULL, to_ticket TEXT NOT NULL, kind TEXT NOT NULL,
  at BIGINT NOT NULL, by_actor TEXT NOT NULL,
  PRIMARY KEY (tenant, from_ticket, to_ticket, kind),
  FOREIGN KEY (tenant, from_ticket) REFERENCES ticket (tenant, id),
  FOREIGN KEY (tenant, to_ticket) REFERENCES ticket (tenant, id)
);
CREATE INDEX ticket_link_to ON ticket_link (tenant, to_ticket);
CREATE TABLE ticket_tag (
  tenant TEXT NOT NULL, ticket TEXT NOT NULL, tag TEXT NOT NULL,
  PRIMARY KEY (tenant, tag, ticket),
  FOREIGN KEY (tenant, ticket) REFERENCES ticket (tenant, id)
);
-- A projection fed from the journal: which indicator or resource was seen in
-- which ticket. Kept off the intake path, where it halved the rate.
CREATE TABLE sighting (
  tenant TEXT NOT NULL, type TEXT NOT NULL, value TEXT NOT NULL, ticket TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (tenant, type, value, ticket)
);
CREATE INDEX sighting_ticket ON sighting (tenant, ticket);
CREATE TABLE policy (
  tenant TEXT PRIMARY KEY, rules BYTEA NOT NULL, rev BIGINT NOT NULL, updated_at BIGINT NOT NULL, updated_by TEXT NOT NULL
);

-- finding -------------------------------------------------------------------
CREATE TABLE finding (
  tenant TEXT NOT NULL, id TEXT NOT NULL, identity TEXT NOT NULL, content TEXT NOT NULL,
  format TEXT NOT NULL, uid TEXT NOT NULL, product TEXT NOT NULL, generator TEXT NOT NULL, control TEXT NOT NULL,
  class TEXT NOT NULL, title TEXT NOT NULL, severity TEXT NOT NULL, severity_rank BIGINT NOT NULL,
  status TEXT NOT NULL, active BOOLEAN NOT NULL, result TEXT NOT NULL, origin TEXT NOT NULL,
  account TEXT NOT NULL, region TEXT NOT NULL, resource TEXT NOT NULL, principal TEXT NOT NULL,
  provider_created_at BIGINT NOT NULL, provider_updated_at BIGINT NOT NULL, last_seen_at BIGINT NOT NULL,
  received_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, last_received_at BIGINT NOT NULL,
  seen_count BIGINT NOT NULL, revision BIGINT NOT NULL, outcome TEXT NOT NULL,
  ticket TEXT, ticket_number TEXT NOT NULL, source TEXT NOT NULL, demo BOOLEAN NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, ticket) REFERENCES ticket (tenant, id)
);
CREATE UNIQUE INDEX finding_identity ON finding (tenant, identity);
CREATE INDEX finding_received ON finding (tenant, received_at, id);
CREATE INDEX finding_ticket ON finding (tenant, ticket, received_at) WHERE ticket IS NOT NULL;
-- The original bytes of every revision, compressed; the normal form is read
-- from them again, so that there is one truth.
CREATE TABLE original (
  tenant TEXT NOT NULL, finding TEXT NOT NULL, revision BIGINT NOT NULL, at BIGINT NOT NULL, content TEXT NOT NULL,
  event_id TEXT NOT NULL, event_at BIGINT NOT NULL, applied BOOLEAN NOT NULL, body BYTEA NOT NULL,
  PRIMARY KEY (tenant, finding, revision),
  FOREIGN KEY (tenant, finding) REFERENCES finding (tenant, id)
);
CREATE TABLE quarantine (
  tenant TEXT NOT NULL, id TEXT NOT NULL, sha256 TEXT NOT NULL, received_at BIGINT NOT NULL, last_received_at BIGINT NOT NULL,
  seen_count BIGINT NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL, field TEXT NOT NULL,
  size BIGINT NOT NULL, preview TEXT NOT NULL, body BYTEA NOT NULL, state TEXT NOT NULL,
  decided_at BIGINT, decided_by TEXT, note TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX quarantine_body ON quarantine (tenant, sha256);
CREATE INDEX quarantine_received ON quarantine (tenant, received_at, id);

-- The journal only grows. Erasing private text is the one change allowed, and
-- giving a position where that happens after commit. These triggers stop
-- accidents; tampering is shown by the chain.
--sqlite:-- +goose StatementBegin
--sqlite:CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
--sqlite:-- +goose StatementEnd
--sqlite:-- +goose StatementBegin
--sqlite:CREATE TRIGGER entry_no_update BEFORE UPDATE OF tenant, stream, seq, at, actor, kind, data, priv, prev, hash, pos ON entry BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
--sqlite:-- +goose StatementEnd
--pg:-- +goose StatementBegin
--pg:CREATE FUNCTION entry_grows() RETURNS trigger LANGUAGE plpgsql AS $$
--pg:BEGIN
--pg:  IF TG_OP = 'UPDATE' AND OLD.pos IS NULL AND NEW.pos IS NOT NULL AND OLD.hash = NEW.hash AND OLD.data = NEW.data THEN RETURN NEW; END IF;
--pg:  IF TG_OP = 'UPDATE' AND NEW.sealed IS NULL AND OLD.sealed IS NOT NULL AND OLD.hash = NEW.hash AND OLD.data = NEW.data AND OLD.pos IS NOT DISTINCT FROM NEW.pos THEN RETURN NEW; END IF;
--pg:  RAISE EXCEPTION 'the journal only grows';
--pg:END $$;
--pg:-- +goose StatementEnd
--pg:CREATE TRIGGER entry_grows BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION entry_grows();

-- Every row belongs to a tenant, and PostgreSQL refuses the rows of another
-- beside the predicate that each query carries. "*" is the server's own work.
--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOR t IN SELECT table_name FROM information_schema.columns WHERE table_schema = current_schema() AND column_name = 'tenant' LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
