-- +goose Up
-- What lists need at a million tickets: an index for each order and each way
-- in, the words of tickets, and the views that people save.

-- Open and closed tickets each have an order by severity; a list of both is
-- the two merged. Owner and acknowledgement stand in the first so that views
-- are counted without reading a ticket; closed_at, which is NULL there, because
-- an engine looks it up otherwise. A new ticket enters one index more
-- than before, the one by its last change; the others hold few or closed ones.
DROP INDEX ticket_open;
DROP INDEX ticket_owner;
CREATE INDEX ticket_open ON ticket (tenant, severity_rank, opened_at, id, owner, acknowledged_at, closed_at) WHERE closed_at IS NULL;
CREATE INDEX ticket_owner ON ticket (tenant, owner, opened_at, closed_at) WHERE closed_at IS NULL AND owner IS NOT NULL;
CREATE INDEX ticket_shut ON ticket (tenant, severity_rank, opened_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX ticket_closed ON ticket (tenant, closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX ticket_updated ON ticket (tenant, updated_at, id);
CREATE INDEX ticket_due ON ticket (tenant, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX ticket_offered ON ticket (tenant, offered_to) WHERE offered_to IS NOT NULL;
CREATE INDEX ticket_owner_shut ON ticket (tenant, owner, closed_at) WHERE closed_at IS NOT NULL AND owner IS NOT NULL;

-- The words of each ticket, a projection of the journal. A row is found by the
-- number of the ticket behind that of its tenant, so that one order serves both
-- engines: the newest ticket has the highest rowid. Nothing but the words is
-- kept, and they cannot be read back.
CREATE TABLE search_tenant (
--pg:  place BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
--sqlite:  place INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL UNIQUE
);
--sqlite:CREATE VIRTUAL TABLE search USING fts5(words, tenant UNINDEXED, content='', contentless_delete=1, detail=none, tokenize="ascii tokenchars '.-'");
--pg:CREATE TABLE search (rowid BIGINT PRIMARY KEY, tenant TEXT NOT NULL, words TSVECTOR NOT NULL);
--pg:CREATE INDEX search_words ON search USING GIN (words);

CREATE TABLE saved_view (
  tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, scope TEXT NOT NULL, team TEXT NOT NULL, owner TEXT NOT NULL,
  q TEXT NOT NULL, sort TEXT NOT NULL, columns TEXT NOT NULL, position BIGINT NOT NULL,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, rev BIGINT NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, owner) REFERENCES users (tenant, id)
);
CREATE INDEX saved_view_owner ON saved_view (tenant, owner);

--pg:-- +goose StatementBegin
--pg:DO $$
--pg:DECLARE t text;
--pg:BEGIN
--pg:  FOREACH t IN ARRAY ARRAY['search_tenant', 'search', 'saved_view'] LOOP
--pg:    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
--pg:    EXECUTE format('CREATE POLICY tenant_rows ON %I USING (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'') WITH CHECK (tenant = current_setting(''app.tenant'', true) OR current_setting(''app.tenant'', true) = ''*'')', t);
--pg:  END LOOP;
--pg:END $$;
--pg:-- +goose StatementEnd
