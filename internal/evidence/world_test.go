package evidence

// ticketRow puts a bare ticket there: this room knows of one only its id.
const ticketRow = `INSERT INTO ticket(tenant, id, number, title, description, type, source, severity, severity_rank, phase, resolution,
	owner, accountable, accountable_active, team, account, region, resource, tags, opened_at, updated_at,
	acknowledged_at, acknowledged_by, finding_count, opened_by, demo, rev, ownership_rev, due_at, due_metric, next_at)
	VALUES ('main',$1,$2,'x','','manual','manual','low',2,'detect','',NULL,'ann',$3,'team','','','','',0,0,NULL,NULL,0,'user:ann',$4,1,1,NULL,'',NULL)`
