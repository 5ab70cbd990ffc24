package identity

import (
	"tocsin/internal/db"
)

const factorColumns = `id, kind, name, made_at, COALESCE(used_at, 0), sealed, last_step, rp, credential, public_key, flags, sign_count, transports`

const (
	sqlInsertFactor = `INSERT INTO factor(tenant, id, user_id, kind, name, made_at, confirmed_at, used_at, sealed, last_step, rp, credential, public_key, flags, sign_count, transports)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,0,$10,$11,$12,$13,$14,$15)`
	sqlConfirmedFactors = `SELECT ` + factorColumns + ` FROM factor
		WHERE tenant = $1 AND user_id = $2 AND confirmed_at IS NOT NULL ORDER BY made_at, id`
	sqlUnconfirmed = `SELECT ` + factorColumns + ` FROM factor
		WHERE tenant = $1 AND user_id = $2 AND confirmed_at IS NULL AND made_at > $3`
	sqlConfirmFactor = `UPDATE factor SET confirmed_at = $1, used_at = $2, last_step = $3
		WHERE tenant = $4 AND id = $5 AND confirmed_at IS NULL`
	// sqlUseStep takes a time step of codes, once: neither it nor an older one
	// can be taken after it.
	sqlUseStep    = `UPDATE factor SET last_step = $1, used_at = $2 WHERE tenant = $3 AND id = $4 AND last_step < $1`
	sqlUsePasskey = `UPDATE factor SET sign_count = $1, flags = $2, used_at = $3 WHERE tenant = $4 AND id = $5`

	sqlDeleteFactor      = `DELETE FROM factor WHERE tenant = $1 AND user_id = $2 AND id = $3`
	sqlDeleteUnconfirmed = `DELETE FROM factor WHERE tenant = $1 AND user_id = $2 AND confirmed_at IS NULL`
	sqlPurgeUnconfirmed  = `DELETE FROM factor WHERE confirmed_at IS NULL AND made_at <= $1`

	sqlInsertCode    = `INSERT INTO recovery_code(tenant, user_id, hash, made_at) VALUES ($1,$2,$3,$4)`
	sqlUseCode       = `UPDATE recovery_code SET used_at = $1 WHERE tenant = $2 AND user_id = $3 AND hash = $4 AND used_at IS NULL`
	sqlDeleteCodes   = `DELETE FROM recovery_code WHERE tenant = $1 AND user_id = $2`
	sqlRecoveryState = `SELECT COUNT(*) - COUNT(used_at), COALESCE(MAX(made_at), 0), COALESCE(MAX(used_at), 0)
		FROM recovery_code WHERE tenant = $1 AND user_id = $2`

	sqlInsertChallenge = `INSERT INTO factor_challenge(hash, tenant, user_id, session, purpose, data, expires_at) VALUES ($1,$2,$3,$4,$5,$6,$7)`
	sqlChallenge       = `SELECT data FROM factor_challenge
		WHERE tenant = $1 AND hash = $2 AND user_id = $3 AND session = $4 AND purpose = $5 AND expires_at > $6`
	sqlUseChallenge     = `DELETE FROM factor_challenge WHERE tenant = $1 AND hash = $2`
	sqlEndChallenges    = `DELETE FROM factor_challenge WHERE tenant = $1 AND user_id = $2 AND session = $3 AND purpose = $4`
	sqlDeleteChallenges = `DELETE FROM factor_challenge WHERE tenant = $1 AND user_id = $2`
	sqlPurgeChallenges  = `DELETE FROM factor_challenge WHERE expires_at <= $1`

	sqlCodeFailures     = `SELECT factor_failures, factor_wait_until FROM users WHERE tenant = $1 AND id = $2`
	sqlCountCodeFailure = `UPDATE users SET factor_failures = $1, factor_wait_until = $2 WHERE tenant = $3 AND id = $4`

	// sqlProveSession gives a session a new secret and notes the proof. A pending
	// one lives on from here.
	sqlProveSession = `UPDATE session SET hash = $1, proved_at = $2, seen_at = $2, pending = $3, expires_at = created_at + $4
		WHERE tenant = $5 AND user_id = $6 AND hash = $7 AND expires_at > $2`
)

// factorRow is a stored factor.
type factorRow struct {
	Factor
	sealed    []byte // the secret of a generator of codes
	lastStep  int64
	rp        string // the host name that a passkey is for
	key       []byte // id of the passkey
	publicKey []byte
	flags     int64
	signCount int64
	transport string // with spaces
}

func scanFactor(s db.Scanner) (f factorRow, err error) {
	return f, s.Scan(&f.ID, &f.Kind, &f.Name, &f.MadeAt, &f.UsedAt, &f.sealed, &f.lastStep, &f.rp, &f.key, &f.publicKey, &f.flags, &f.signCount, &f.transport)
}

func confirmedFactors(tx *db.Tx, user string) ([]factorRow, error) {
	return db.All(tx, scanFactor, sqlConfirmedFactors, tx.Tenant(), user)
}

// lockedFactors makes everything that proves or changes the factors of one
// person wait for each other, and reads them.
func lockedFactors(tx *db.Tx, user string) ([]factorRow, error) {
	if err := tx.Must(sqlLockAccount, tx.Tenant(), user); err != nil {
		return nil, err
	}
	return confirmedFactors(tx, user)
}

// insertFactor writes a factor; confirmed is nil until it has proven something.
func insertFactor(tx *db.Tx, user string, f factorRow, confirmed *int64) error {
	return tx.Must(sqlInsertFactor, tx.Tenant(), f.ID, user, f.Kind, f.Name, f.MadeAt, confirmed, confirmed,
		f.sealed, f.rp, f.key, f.publicKey, f.flags, f.signCount, f.transport)
}
