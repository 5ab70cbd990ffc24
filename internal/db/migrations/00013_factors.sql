-- +goose Up
-- Second factors, and sessions that have yet to prove one.

-- A factor is a generator of one-time codes (totp) or a passkey. Until
-- confirmed_at is set it proves nothing. last_step is the newest time step
-- whose code was used: neither it nor an older one is taken again.
CREATE TABLE factor (
  tenant TEXT NOT NULL, id TEXT NOT NULL, user_id TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
  made_at BIGINT NOT NULL, confirmed_at BIGINT, used_at BIGINT,
  sealed BYTEA, last_step BIGINT NOT NULL,
  rp TEXT NOT NULL, credential BYTEA, public_key BYTEA, flags BIGINT NOT NULL, sign_count BIGINT NOT NULL, transports TEXT NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id),
  CHECK ((kind = 'totp') = (sealed IS NOT NULL)),
  CHECK ((kind = 'passkey') = (credential IS NOT NULL AND public_key IS NOT NULL))
);
CREATE INDEX factor_user ON factor (tenant, user_id);
CREATE UNIQUE INDEX factor_totp ON factor (tenant, user_id) WHERE kind = 'totp' AND confirmed_at IS NOT NULL;
CREATE UNIQUE INDEX factor_unconfirmed ON factor (tenant, user_id) WHERE confirmed_at IS NULL;
CREATE UNIQUE INDEX factor_credential ON factor (tenant, credential) WHERE credential IS NOT NULL;
-- Codes for whoever has lost their factors; each proves once.
CREATE TABLE recovery_code (
  tenant TEXT NOT NULL, user_id TEXT NOT NULL, hash BYTEA NOT NULL, made_at BIGINT NOT NULL, used_at BIGINT,
  PRIMARY KEY (tenant, user_id, hash),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
);
-- What a passkey was asked to sign. It is taken out by whoever answers first.
CREATE TABLE factor_challenge (
  hash BYTEA PRIMARY KEY, tenant TEXT NOT NULL, user_id TEXT NOT NULL, session BYTEA NOT NULL,
  purpose TEXT NOT NULL, data BYTEA NOT NULL, expires_at BIGINT NOT NULL,
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
);
CREATE INDEX factor_challenge_user ON factor_challenge (tenant, user_id);
CREATE INDEX factor_challenge_expires ON factor_challenge (expires_at);

-- A pending session has proven a password and not yet the second factor.
--pg:ALTER TABLE session ADD COLUMN pending BOOLEAN NOT NULL DEFAULT FALSE;
--sqlite:ALTER TABLE session ADD COLUMN pending BOOLEAN NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
-- Failures of the second factor are counted beside those of the password: who
-- knows the password must not be able to set them back.
ALTER TABLE users ADD COLUMN factor_failures BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN factor_wait_until BIGINT NOT NULL DEFAULT 0;

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['factor', 'recovery_code', 'factor_challenge'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
