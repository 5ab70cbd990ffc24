-- +goose Up
-- Merging is a link that can be taken away again; what is needed to put things
-- back stands in the link and in one column of the ticket.

-- own_severity is what a ticket would have without those merged into it; empty
-- while that is what it has.
ALTER TABLE ticket ADD COLUMN own_severity TEXT NOT NULL DEFAULT '';
-- Where a merged ticket stood before.
ALTER TABLE ticket_link ADD COLUMN was_phase TEXT NOT NULL DEFAULT '';
ALTER TABLE ticket_link ADD COLUMN was_resolution TEXT NOT NULL DEFAULT '';
-- lifts says whether the severity of the merged ticket counts for the other; it
-- does until a person has judged them together.
--pg:ALTER TABLE ticket_link ADD COLUMN lifts BOOLEAN NOT NULL DEFAULT FALSE;
--sqlite:ALTER TABLE ticket_link ADD COLUMN lifts BOOLEAN NOT NULL DEFAULT 0;
-- A ticket is merged into one other at most.
CREATE UNIQUE INDEX ticket_link_merged ON ticket_link (tenant, from_ticket) WHERE kind = 'merged_into';

-- Without these two the findings of one ticket were looked for among all of the
-- tenant in the order of their arrival, and links to a ticket among all links.
DROP INDEX finding_ticket;
CREATE INDEX finding_ticket ON finding (tenant, ticket, received_at, id) WHERE ticket IS NOT NULL;
DROP INDEX ticket_link_to;
CREATE INDEX ticket_link_to ON ticket_link (tenant, to_ticket, kind, from_ticket);
