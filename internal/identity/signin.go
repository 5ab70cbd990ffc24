package identity

import (
	"context"
	"encoding/hex"
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// SignedIn is a new session. Secret goes into the cookie and is shown once.
type SignedIn struct {
	Secret    string
	ExpiresAt int64 // µs: at the latest
	Principal Principal
}

// Session is one of a person's sessions.
type Session struct {
	ID        string // for RevokeSession; not a secret
	Agent     string // what the browser said about itself
	CreatedAt int64  // µs, as the others
	SeenAt    int64  // at most a minute late
	ExpiresAt int64
	Current   bool // the one that asks
	Pending   bool // has yet to prove a second factor
}

const accountColumns = `id, email, name, kind, active, password, failures, wait_until`

const (
	sqlAccountByEmail = `SELECT ` + accountColumns + ` FROM users WHERE tenant = $1 AND email = $2`
	sqlAccountByID    = `SELECT ` + accountColumns + ` FROM users WHERE tenant = $1 AND id = $2`
	// sqlLockAccount makes attempts at one account wait for each other.
	sqlLockAccount  = `UPDATE users SET failures = failures WHERE tenant = $1 AND id = $2`
	sqlCountFailure = `UPDATE users SET failures = $1, wait_until = $2 WHERE tenant = $3 AND id = $4`

	sqlInsertSession = `INSERT INTO session(hash, tenant, user_id, created_at, seen_at, expires_at, agent, pending, proved_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,0)`
	sqlSessions = `SELECT hash, agent, created_at, seen_at, expires_at, pending FROM session
		WHERE tenant = $1 AND user_id = $2 AND expires_at > $3 AND seen_at > $4 ORDER BY created_at DESC`
	sqlDeleteSession = `DELETE FROM session WHERE tenant = $1 AND user_id = $2 AND hash = $3`
	sqlPurgeSessions = `DELETE FROM session WHERE expires_at <= $1 OR seen_at <= $2`
)

// account is what a sign-in needs of a user; the zero account is a stranger.
type account struct {
	id, email, name, kind string
	active                bool
	password              string
	failures, waitUntil   int64
}

func findAccount(tx *db.Tx, text, key string) (a account, err error) {
	err = tx.QueryRow(text, tx.Tenant(), key).
		Scan(&a.id, &a.email, &a.name, &a.kind, &a.active, &a.password, &a.failures, &a.waitUntil)
	if errors.Is(err, db.ErrNoRows) {
		return account{}, nil
	}
	return a, err
}

// SignIn proves an e-mail address and password and starts a session. agent is
// the browser's User-Agent. Errors: fault.Denied slug sign-in (the same for a
// stranger, a wrong password and a deactivated person), fault.Busy slug
// sign-in-wait with RetryAfter after repeated failures.
func (s *Service) SignIn(ctx context.Context, email, password, agent string) (in SignedIn, err error) {
	ctx = db.As(ctx, tenantOf(ctx), room)
	email, err = NormalEmail(email)
	if err != nil {
		email = "" // nobody has it; the answer takes as long
	}
	a, err := s.account(ctx, sqlAccountByEmail, email)
	if err != nil {
		return in, err
	}
	if a.id == "" {
		return in, s.refuseStranger(ctx, email, password)
	}
	secret := newSecret()
	err = s.attempt(ctx, a, password, func(tx *db.Tx) error {
		return s.insertSession(tx, newSession{a.id, secret, agent, "password"})
	})
	if err != nil {
		return in, err
	}
	return s.signedIn(ctx, secret)
}

func (s *Service) account(ctx context.Context, text, key string) (a account, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		a, err = findAccount(tx, text, key)
		return err
	})
	return a, fault.Wrap(err, "looking for an account")
}

// attempt verifies a password under the account's delay and runs then, in the
// transaction that records the outcome, when it is right. The delay is judged
// again in that transaction: of many attempts at once only as many count as
// one after the other.
func (s *Service) attempt(ctx context.Context, a account, password string, then func(tx *db.Tx) error) error {
	if err := passwordPatience().waiting(a.waitUntil, s.db.Now()); err != nil {
		return err
	}
	right, err := s.hasher.verify(ctx, a.password, password)
	if err != nil {
		return err
	}
	right = right && a.active && a.kind == KindPerson
	actor := room // whoever fails to prove who they are is nobody
	if right {
		actor = db.Person(a.id)
	}
	var outcome error
	err = s.db.Write(db.As(ctx, tenantOf(ctx), actor), func(tx *db.Tx) error {
		if err := tx.Must(sqlLockAccount, tx.Tenant(), a.id); err != nil {
			return err
		}
		now, err := findAccount(tx, sqlAccountByID, a.id)
		if err != nil {
			return err
		}
		if outcome = passwordPatience().waiting(now.waitUntil, tx.Now()); outcome != nil {
			return nil
		}
		if !right || now.password != a.password || !now.active {
			outcome = refused()
			return s.countFailure(tx, now)
		}
		if now.failures > 0 {
			if err := tx.Must(sqlCountFailure, 0, 0, tx.Tenant(), a.id); err != nil {
				return err
			}
		}
		return then(tx)
	})
	if err != nil {
		return fault.Wrap(err, "signing in")
	}
	return outcome
}

func refused() error {
	return fault.New(fault.Denied, "The e-mail address or the password is not right.").WithSlug("sign-in")
}

func (s *Service) countFailure(tx *db.Tx, a account) error {
	failures, until := passwordPatience().nextFailure(a.failures, a.waitUntil, tx.Now())
	if err := tx.Must(sqlCountFailure, failures, until, tx.Tenant(), a.id); err != nil {
		return err
	}
	reason := "password"
	if !a.active || a.kind != KindPerson || a.password == "" {
		reason = "account"
	}
	return s.record(tx, signInStream, journal.SigninFailed, fields{"user": a.id, "reason": reason}, nil)
}

// refuseStranger does for an account that does not exist what attempt does for
// one that does.
func (s *Service) refuseStranger(ctx context.Context, email, password string) error {
	tenant := tenantOf(ctx)
	if err := passwordPatience().waiting(s.strangers.waitUntil(tenant, email), s.db.Now()); err != nil {
		return err
	}
	if _, err := s.hasher.verify(ctx, "", password); err != nil {
		return err
	}
	if err := passwordPatience().waiting(s.strangers.fail(tenant, email, s.db.Now()), s.db.Now()); err != nil {
		return err
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		return s.record(tx, signInStream, journal.SigninFailed, fields{"user": "", "reason": "unknown"}, fields{"email": email})
	})
	if err != nil {
		return fault.Wrap(err, "signing in")
	}
	return refused()
}

type newSession struct{ userID, secret, agent, method string }

// insertSession starts a session; of a person with second factors it is pending
// until one is proven.
func (s *Service) insertSession(tx *db.Tx, in newSession) error {
	methods, err := methodsOf(tx, tx.Tenant(), in.userID)
	if err != nil {
		return err
	}
	pending, ends, kind := len(methods) > 0, tx.Now()+sessionLife, journal.SigninSucceeded
	if pending {
		ends, kind = tx.Now()+pendingLife, journal.SigninBegun
	}
	hash := credentialOf(in.secret)
	err = tx.Must(sqlInsertSession, hash[:], tx.Tenant(), in.userID, tx.Now(), tx.Now(), ends, shortAgent(in.agent), pending)
	if err != nil {
		return err
	}
	return s.record(tx, signInStream, kind, fields{"user": in.userID, "method": in.method}, nil)
}

// signedIn reads back who just signed in.
func (s *Service) signedIn(ctx context.Context, secret string) (SignedIn, error) {
	l, err := s.load(ctx, credentialOf(secret), false)
	return SignedIn{secret, l.principal.ExpiresAt, l.principal}, err
}

// SignOut ends the session of the principal.
func (s *Service) SignOut(ctx context.Context, by Principal) error {
	if by.SessionID == "" {
		return fault.New(fault.Invalid, "There is no session to end: an API token was used.")
	}
	return s.endSession(ctx, by, by.SessionID, "signed out")
}

// RevokeSession ends one of one's own sessions.
func (s *Service) RevokeSession(ctx context.Context, by Principal, id string) error {
	return s.endSession(ctx, by, id, "revoked")
}

func (s *Service) endSession(ctx context.Context, by Principal, id, reason string) error {
	hash, err := hex.DecodeString(id)
	if err != nil {
		return missing("session")
	}
	err = s.change(by.As(ctx), func(tx *db.Tx) error {
		n, err := tx.Exec(sqlDeleteSession, tx.Tenant(), by.UserID, hash)
		if err != nil {
			return err
		}
		if n == 0 {
			return missing("session")
		}
		return s.record(tx, signInStream, journal.SigninEnded, fields{"user": by.UserID, "reason": reason}, nil)
	})
	return fault.Wrap(err, "ending a session")
}

// Sessions lists one's own sessions that have not ended, newest first.
func (s *Service) Sessions(ctx context.Context, by Principal) (sessions []Session, err error) {
	err = s.db.Read(by.As(ctx), func(tx *db.Tx) error {
		sessions, err = db.All(tx, func(row db.Scanner) (e Session, err error) {
			var hash []byte
			err = row.Scan(&hash, &e.Agent, &e.CreatedAt, &e.SeenAt, &e.ExpiresAt, &e.Pending)
			e.ID = hex.EncodeToString(hash)
			e.Current = e.ID == by.SessionID
			return e, err
		}, sqlSessions, tx.Tenant(), by.UserID, tx.Now(), tx.Now()-sessionIdle)
		return err
	})
	return sessions, fault.Wrap(err, "listing sessions")
}

// ChangePassword sets one's own password, proven by the current one, and ends
// one's other sessions. Errors as SignIn, and fault.Invalid for the new one.
func (s *Service) ChangePassword(ctx context.Context, by Principal, current, password string) error {
	ctx = by.As(ctx)
	if err := by.needSession("A password is changed"); err != nil {
		return err
	}
	if by.Enrolled() {
		if err := by.NeedFresh(s.db.Now()); err != nil {
			return err
		}
	}
	a, err := s.account(ctx, sqlAccountByID, by.UserID)
	if err != nil {
		return err
	}
	if err := checkPassword(password, a.email, a.name); err != nil {
		return err
	}
	phc, err := s.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	defer s.cache.forget()
	return s.attempt(ctx, a, current, func(tx *db.Tx) error {
		return s.setPassword(tx, a.id, phc, by.key)
	})
}

// purgeAfter is how long after its end a session or link is still kept: while a
// clock is set ahead they have ended, and when it is set right they have not.
const purgeAfter = 48 * 3600 * second

// Purge deletes sessions, links and questions to passkeys that ended long ago, in every tenant. A job
// calls it.
func (s *Service) Purge(ctx context.Context) error {
	err := s.db.Write(db.As(ctx, db.Everyone, room), func(tx *db.Tx) error {
		if _, err := tx.Exec(sqlPurgeSessions, tx.Now()-purgeAfter, tx.Now()-purgeAfter-sessionIdle); err != nil {
			return err
		}
		for _, text := range []string{sqlPurgeInvites, sqlPurgeChallenges, sqlPurgeUnconfirmed} {
			if _, err := tx.Exec(text, tx.Now()-purgeAfter); err != nil {
				return err
			}
		}
		return nil
	})
	return fault.Wrap(err, "purging sessions and invitations")
}
