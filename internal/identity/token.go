package identity

import (
	"context"
	"slices"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

const (
	maxTokenDays = 365
	maxTokens    = 100 // that work, per user
	day          = 24 * 3600 * second
)

// Token is an API token without its secret.
type Token struct {
	ID, UserID, Name string
	Scopes           []string
	Hint             string // the last four characters
	CreatedAt        int64  // µs, as the others
	CreatedBy        string // actor
	ExpiresAt        int64
	LastUsedAt       int64 // 0: never; at most a minute late
	RevokedAt        int64 // 0: not revoked
}

// NewToken is a token to be made.
type NewToken struct {
	Name          string
	UserID        string // "" or one's own id; or the id of a service account
	Scopes        []string
	ExpiresInDays int // 1 to 365
}

const tokenColumns = `id, user_id, name, scopes, hint, created_at, created_by, expires_at, COALESCE(last_used_at, 0), COALESCE(revoked_at, 0)`

const (
	sqlInsertToken = `INSERT INTO token(tenant, id, hash, user_id, name, scopes, hint, created_at, created_by, expires_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`
	sqlTokens       = `SELECT ` + tokenColumns + ` FROM token WHERE tenant = $1 ORDER BY created_at DESC, id`
	sqlUserTokens   = `SELECT ` + tokenColumns + ` FROM token WHERE tenant = $1 AND user_id = $2 ORDER BY created_at DESC, id`
	sqlCountTokens  = `SELECT COUNT(*) FROM token WHERE tenant = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3`
	sqlTokenByID    = `SELECT ` + tokenColumns + ` FROM token WHERE tenant = $1 AND id = $2`
	sqlRevokeToken  = `UPDATE token SET revoked_at = $1 WHERE tenant = $2 AND id = $3 AND revoked_at IS NULL`
	sqlTokenWasUsed = `UPDATE token SET last_used_at = $1 WHERE tenant = $2 AND hash = $3 AND COALESCE(last_used_at, 0) < $4`
)

func scanToken(s db.Scanner) (t Token, err error) {
	var scopes string
	err = s.Scan(&t.ID, &t.UserID, &t.Name, &scopes, &t.Hint, &t.CreatedAt, &t.CreatedBy, &t.ExpiresAt, &t.LastUsedAt, &t.RevokedAt)
	t.Scopes = strings.Fields(scopes)
	return t, err
}

// Tokens lists one's own tokens, newest first; with user.manage everybody's.
func (s *Service) Tokens(ctx context.Context, by Principal) (tokens []Token, err error) {
	if err := by.needAny(UserManage, TokenOwn); err != nil {
		return nil, err
	}
	err = s.db.Read(by.As(ctx), func(tx *db.Tx) error {
		if by.Can(UserManage) {
			tokens, err = db.All(tx, scanToken, sqlTokens, tx.Tenant())
		} else {
			tokens, err = db.All(tx, scanToken, sqlUserTokens, tx.Tenant(), by.UserID)
		}
		return err
	})
	return tokens, fault.Wrap(err, "listing tokens")
}

// CreateToken makes an API token for oneself (token.own) or for a service
// account (user.manage), never for another person. secret is shown once.
// Errors: fault.Invalid with the field, fault.Denied.
func (s *Service) CreateToken(ctx context.Context, by Principal, in NewToken) (t Token, secret string, err error) {
	if in.UserID == "" {
		in.UserID = by.UserID
	}
	need := UserManage
	if in.UserID == by.UserID {
		need = TokenOwn
	}
	if err := by.Need(need); err != nil {
		return t, "", err
	}
	if in, err = in.normal(); err != nil {
		return t, "", err
	}
	secret = newToken()
	err = s.db.Write(by.As(ctx), func(tx *db.Tx) error {
		u, err := findUser(tx, in.UserID)
		if err != nil {
			return err
		}
		if u.ID != by.UserID && u.Kind != KindService {
			return fault.New(fault.Denied, "A token for a person is made by that person; you can make tokens for service accounts.").WithSlug("token-of-another")
		}
		t, err = s.insertToken(tx, u, in, secret)
		return err
	})
	return t, secret, fault.Wrap(err, "making a token")
}

func (in NewToken) normal() (_ NewToken, err error) {
	if in.Name, err = normalName("body.name", in.Name); err != nil {
		return in, err
	}
	if in.ExpiresInDays < 1 || in.ExpiresInDays > maxTokenDays {
		return in, fault.Field("body.expires_in_days", "A token lasts 1 to %d days.", maxTokenDays)
	}
	if len(in.Scopes) == 0 {
		return in, fault.Field("body.scopes", "A token needs at least one scope: all, intake or read.")
	}
	for _, scope := range in.Scopes {
		if scope != ScopeAll && scope != ScopeIntake && scope != ScopeRead {
			return in, fault.Field("body.scopes", "There is no scope %.40q; the scopes are all, intake and read.", scope)
		}
	}
	in.Scopes = slices.Compact(slices.Sorted(slices.Values(in.Scopes)))
	return in, nil
}

func (s *Service) insertToken(tx *db.Tx, u User, in NewToken, secret string) (t Token, err error) {
	if !u.Active {
		return t, fault.New(fault.Conflict, "This account is not active.").WithSlug("not-active")
	}
	var n int
	if err := tx.QueryRow(sqlCountTokens, tx.Tenant(), u.ID, tx.Now()).Scan(&n); err != nil {
		return t, err
	}
	if n >= maxTokens {
		return t, fault.New(fault.Conflict, "This account has %d tokens that work: revoke one first.", n).WithSlug("too-many-tokens")
	}
	t = Token{
		ID: tx.NewID(), UserID: u.ID, Name: in.Name, Scopes: in.Scopes, Hint: secret[len(secret)-4:],
		CreatedAt: tx.Now(), CreatedBy: string(tx.Actor()), ExpiresAt: tx.Now() + int64(in.ExpiresInDays)*day,
	}
	hash := credentialOf(secret)
	err = tx.Must(sqlInsertToken, tx.Tenant(), t.ID, hash[:], t.UserID, t.Name, strings.Join(t.Scopes, " "), t.Hint, t.CreatedAt, t.CreatedBy, t.ExpiresAt)
	if err != nil {
		return t, err
	}
	data := fields{"token": t.ID, "user": t.UserID, "scopes": t.Scopes, "expires_at": t.ExpiresAt}
	return t, s.record(tx, userStream(u.ID), journal.TokenCreated, data, fields{"name": t.Name})
}

// RevokeToken ends one's own token, or with user.manage anybody's. Revoking
// twice is no error. Errors: fault.Missing, also for the token of another.
func (s *Service) RevokeToken(ctx context.Context, by Principal, id string) error {
	err := s.change(by.As(ctx), func(tx *db.Tx) error {
		tokens, err := db.All(tx, scanToken, sqlTokenByID, tx.Tenant(), id)
		if err != nil {
			return err
		}
		if len(tokens) == 0 || tokens[0].UserID != by.UserID && !by.Can(UserManage) {
			return missing("token")
		}
		if err := by.needAny(TokenOwn, UserManage); err != nil {
			return err
		}
		n, err := tx.Exec(sqlRevokeToken, tx.Now(), tx.Tenant(), id)
		if err != nil || n == 0 {
			return err
		}
		data := fields{"token": id, "user": tokens[0].UserID}
		return s.record(tx, userStream(tokens[0].UserID), journal.TokenRevoked, data, nil)
	})
	return fault.Wrap(err, "revoking a token")
}
