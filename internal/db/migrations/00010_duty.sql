-- +goose Up
-- Who is on duty. A schedule is a document; shifts are made from it ahead of
-- time, so that who is on duty now is read and not computed.

-- main: it says who answers for the team's tickets that nobody owns.
CREATE TABLE schedule (
  tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, team TEXT NOT NULL, main BOOLEAN NOT NULL, plan BYTEA NOT NULL,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, removed_at BIGINT, rev BIGINT NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, team) REFERENCES team (tenant, id)
);
CREATE UNIQUE INDEX schedule_main ON schedule (tenant, team) WHERE main AND removed_at IS NULL;
CREATE UNIQUE INDEX schedule_name ON schedule (tenant, name) WHERE removed_at IS NULL;

-- Shifts of one schedule never overlap; where none is, nobody is on duty. Those
-- of the past stay as they were: they are evidence. seq counts changes, for
-- calendars that hold a copy.
CREATE TABLE shift (
  tenant TEXT NOT NULL, id TEXT NOT NULL, schedule TEXT NOT NULL, person TEXT NOT NULL, layer TEXT NOT NULL,
  from_at BIGINT NOT NULL, to_at BIGINT NOT NULL, seq BIGINT NOT NULL, changed_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, schedule, from_at),
  FOREIGN KEY (tenant, schedule) REFERENCES schedule (tenant, id),
  FOREIGN KEY (tenant, person) REFERENCES users (tenant, id),
  CHECK (from_at < to_at)
);
CREATE INDEX shift_person ON shift (tenant, person, to_at);

-- place is the order in which the overrides of a schedule were made, whatever the
-- clock said: a later one wins.
CREATE TABLE duty_override (
  tenant TEXT NOT NULL, id TEXT NOT NULL, schedule TEXT NOT NULL, place BIGINT NOT NULL, person TEXT NOT NULL, from_at BIGINT NOT NULL, to_at BIGINT NOT NULL,
  reason TEXT NOT NULL, made_at BIGINT NOT NULL, made_by TEXT NOT NULL, removed_at BIGINT,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, schedule, place),
  FOREIGN KEY (tenant, schedule) REFERENCES schedule (tenant, id),
  FOREIGN KEY (tenant, person) REFERENCES users (tenant, id)
);
CREATE INDEX duty_override_live ON duty_override (tenant, schedule, to_at) WHERE removed_at IS NULL;

-- What the journal has been told of a schedule, and when to look again. The row
-- is the lock under which shifts are changed.
CREATE TABLE duty_turn (
  tenant TEXT NOT NULL, schedule TEXT NOT NULL, next_at BIGINT NOT NULL, fresh_at BIGINT NOT NULL,
  team TEXT NOT NULL, shift TEXT NOT NULL, person TEXT NOT NULL, ending_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, schedule),
  FOREIGN KEY (tenant, schedule) REFERENCES schedule (tenant, id)
);
CREATE INDEX duty_turn_next ON duty_turn (next_at);
-- Which gaps were told, and how many days ahead.
CREATE TABLE duty_gap (
  tenant TEXT NOT NULL, schedule TEXT NOT NULL, from_at BIGINT NOT NULL, days BIGINT NOT NULL,
  PRIMARY KEY (tenant, schedule, from_at),
  FOREIGN KEY (tenant, schedule) REFERENCES schedule (tenant, id)
);

-- Addresses under which a calendar program reads shifts; the secret in them is
-- kept as its hash. schedule is empty for the person's own shifts.
CREATE TABLE duty_feed (
  tenant TEXT NOT NULL, id TEXT NOT NULL, hash BYTEA NOT NULL, person TEXT NOT NULL, schedule TEXT NOT NULL,
  made_at BIGINT NOT NULL, used_at BIGINT, revoked_at BIGINT,
  PRIMARY KEY (tenant, id), UNIQUE (id),
  FOREIGN KEY (tenant, person) REFERENCES users (tenant, id)
);
CREATE INDEX duty_feed_person ON duty_feed (tenant, person);

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['schedule', 'shift', 'duty_override', 'duty_turn', 'duty_gap', 'duty_feed'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
