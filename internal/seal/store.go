package seal

const (
	sqlDataKeys      = `SELECT id, kek, wrapped FROM data_key WHERE tenant = $1 ORDER BY created_at, id`
	sqlInsertDataKey = `INSERT INTO data_key(tenant, id, kek, wrapped, created_at) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (tenant, id) DO NOTHING`

	sqlStreamKey       = `SELECT sealed FROM stream_key WHERE tenant = $1 AND stream = $2`
	sqlInsertStreamKey = `INSERT INTO stream_key(tenant, stream, sealed, created_at) VALUES ($1,$2,$3,$4)
		ON CONFLICT (tenant, stream) DO NOTHING`
	sqlDeleteStreamKey = `DELETE FROM stream_key WHERE tenant = $1 AND stream = $2`
)
