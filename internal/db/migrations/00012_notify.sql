-- +goose Up
-- What people are told, and over which ways.

-- A notice is one thing that one person or one channel should hear. message is
-- NULL until it is put into one; "" is for what is shown on the screen only.
-- rank is that of the severity, 1 for critical. What waits is found by small
-- indexes of its own.
CREATE TABLE notice (
  tenant TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, person TEXT NOT NULL, channel TEXT NOT NULL, kind TEXT NOT NULL,
  ticket TEXT NOT NULL, number TEXT NOT NULL, title TEXT NOT NULL, severity TEXT NOT NULL, rank BIGINT NOT NULL, text TEXT NOT NULL,
  due_at BIGINT NOT NULL, urgent BOOLEAN NOT NULL, on_duty BOOLEAN NOT NULL, resolve BOOLEAN NOT NULL, level BIGINT NOT NULL,
  acts TEXT NOT NULL, batch TEXT NOT NULL, at BIGINT NOT NULL, message TEXT, read_at BIGINT,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, key)
);
CREATE INDEX notice_waits ON notice (tenant, batch, id) WHERE message IS NULL;
CREATE INDEX notice_message ON notice (tenant, message, rank) WHERE message IS NOT NULL;
CREATE INDEX notice_inbox ON notice (tenant, person, id, read_at) WHERE person <> '';
CREATE INDEX notice_ticket ON notice (tenant, ticket, channel, id) WHERE ticket <> '';

-- A batch holds its notices back until it stands here, or for two minutes.
CREATE TABLE notice_batch (
  tenant TEXT NOT NULL, id TEXT NOT NULL, released_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);

-- A message is one letter over one way, made of the notices of its bundle. Where
-- a way fails, the next one gets a letter of its own of the same bundle. An
-- open one gathers notices until next_at: hold says why it waits. While one is
-- sending, next_at is until when its sender is believed to live.
CREATE TABLE message (
  tenant TEXT NOT NULL, id TEXT NOT NULL, bundle TEXT NOT NULL, person TEXT NOT NULL, channel TEXT NOT NULL,
  hold TEXT NOT NULL, state TEXT NOT NULL, kind TEXT NOT NULL, rank BIGINT NOT NULL, urgent BOOLEAN NOT NULL, count BIGINT NOT NULL,
  ticket TEXT NOT NULL, via TEXT NOT NULL, via_kind TEXT NOT NULL, contact TEXT NOT NULL, round BIGINT NOT NULL,
  attempts BIGINT NOT NULL, fence BIGINT NOT NULL, at BIGINT NOT NULL, since BIGINT NOT NULL, next_at BIGINT, sent_at BIGINT,
  receipt TEXT NOT NULL, place TEXT NOT NULL, detail TEXT NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (tenant, id),
  CHECK ((next_at IS NULL) = (state IN ('sent', 'failed', 'dropped')))
);
CREATE UNIQUE INDEX message_open ON message (tenant, person, channel, hold) WHERE state = 'open';
CREATE INDEX message_closes ON message (next_at) WHERE state = 'open';
CREATE INDEX message_turn ON message (tenant, via, urgent, next_at) WHERE state IN ('queued', 'sending');
CREATE INDEX message_bundle ON message (tenant, bundle);
CREATE INDEX message_person ON message (tenant, person, id) WHERE person <> '';
CREATE INDEX message_thread ON message (tenant, via, ticket, place, id) WHERE receipt <> '';

-- A contact is one way to reach a person. account: the address is that of the
-- person's account. code is what a test message asks for, as a signature.
CREATE TABLE contact (
  tenant TEXT NOT NULL, id TEXT NOT NULL, person TEXT NOT NULL, channel TEXT NOT NULL, connection TEXT NOT NULL, address TEXT NOT NULL,
  account BOOLEAN NOT NULL, position BIGINT NOT NULL, made_at BIGINT NOT NULL, tested_at BIGINT, test_error TEXT NOT NULL,
  code BYTEA, code_until BIGINT NOT NULL, code_tries BIGINT NOT NULL, confirmed_at BIGINT,
  PRIMARY KEY (tenant, id), UNIQUE (tenant, person, connection, address),
  FOREIGN KEY (tenant, person) REFERENCES users (tenant, id)
);
CREATE INDEX contact_address ON contact (tenant, connection, address) WHERE confirmed_at IS NOT NULL;
-- Tests are counted, so that nobody is bothered through us.
CREATE TABLE contact_test (
  tenant TEXT NOT NULL, id TEXT NOT NULL, person TEXT NOT NULL, place TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX contact_test_person ON contact_test (tenant, person, at);
CREATE INDEX contact_test_place ON contact_test (tenant, place, at);
-- A channel is a connection that is told directly; its test shows that it works.
CREATE TABLE channel (
  tenant TEXT NOT NULL, connection TEXT NOT NULL, tested_at BIGINT, tried_at BIGINT NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (tenant, connection)
);

CREATE TABLE notify_settings (
  tenant TEXT NOT NULL, person TEXT NOT NULL, quiet BOOLEAN NOT NULL, days TEXT NOT NULL, from_time TEXT NOT NULL, to_time TEXT NOT NULL,
  zone TEXT NOT NULL, digest_minutes BIGINT NOT NULL, updated_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, person),
  FOREIGN KEY (tenant, person) REFERENCES users (tenant, id)
);
CREATE TABLE snooze (
  tenant TEXT NOT NULL, person TEXT NOT NULL, ticket TEXT NOT NULL, rank BIGINT NOT NULL, made_at BIGINT NOT NULL, until_at BIGINT NOT NULL,
  PRIMARY KEY (tenant, person, ticket),
  FOREIGN KEY (tenant, person) REFERENCES users (tenant, id)
);
CREATE INDEX snooze_ticket ON snooze (tenant, ticket);

-- The sign of life to an outside, as it went last. ok is what the journal knows.
CREATE TABLE heartbeat (
  tenant TEXT NOT NULL, connection TEXT NOT NULL, ok BOOLEAN NOT NULL, tried_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, error TEXT NOT NULL,
  PRIMARY KEY (tenant, connection)
);

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['notice', 'notice_batch', 'message', 'contact', 'contact_test', 'channel', 'notify_settings', 'snooze', 'heartbeat'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
