package seal

const (
	sqlRewrap      = `UPDATE data_key SET kek = $1, wrapped = $2 WHERE tenant = $3 AND id = $4 AND kek = $5`
	sqlNewestKey   = `SELECT COUNT(*), COALESCE(MAX(created_at),0) FROM data_key WHERE tenant = $1`
	sqlKeyStates   = `SELECT id, kek, created_at, retired_at FROM data_key WHERE tenant = $1 ORDER BY created_at, id`
	sqlRetire      = `UPDATE data_key SET retired_at = $1 WHERE tenant = $2 AND id <> $3 AND retired_at IS NULL`
	sqlDropRetired = `DELETE FROM data_key WHERE tenant = $1 AND retired_at <= $2 AND id <> $3`
	sqlKeyTenants  = `SELECT DISTINCT tenant FROM data_key ORDER BY tenant`

	sqlProgress     = `SELECT key_id, last, looked, resealed, done_at FROM reseal WHERE tenant = $1 AND place = $2`
	sqlKeepProgress = `INSERT INTO reseal(tenant, place, key_id, last, looked, resealed, done_at) VALUES ($1,$2,$3,$4,$5,$6,$7)
		ON CONFLICT (tenant, place) DO UPDATE SET key_id = $3, last = $4, looked = $5, resealed = $6, done_at = $7`

	sqlDataKeys      = `SELECT id, kek, wrapped FROM data_key WHERE tenant = $1 ORDER BY created_at, id`
	sqlInsertDataKey = `INSERT INTO data_key(tenant, id, kek, wrapped, created_at) VALUES ($1,$2,$3,$4,$5)
		ON CONFLICT (tenant, id) DO NOTHING`

	sqlStreamKey       = `SELECT sealed FROM stream_key WHERE tenant = $1 AND stream = $2`
	sqlInsertStreamKey = `INSERT INTO stream_key(tenant, stream, sealed, created_at) VALUES ($1,$2,$3,$4)
		ON CONFLICT (tenant, stream) DO NOTHING`
	sqlDeleteStreamKey = `DELETE FROM stream_key WHERE tenant = $1 AND stream = $2`
)
