package identity

import (
	"context"
	"errors"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// inviteLife is how long a link to set a password can be used, in µs.
const inviteLife = 7 * 24 * 3600 * second

// Invite is a one-time link to set a password. Token is shown once.
type Invite struct {
	Token     string
	ExpiresAt int64 // µs
}

const (
	sqlInsertInvite = `INSERT INTO invite(hash, tenant, user_id, created_at, expires_at) VALUES ($1,$2,$3,$4,$5)`
	// A link names its tenant, so it is looked for in all of them.
	sqlInvite = `SELECT i.tenant, i.user_id, u.email, u.name FROM invite i
		JOIN users u ON u.tenant = i.tenant AND u.id = i.user_id
		WHERE i.hash = $1 AND i.used_at IS NULL AND i.expires_at > $2 AND u.active`
	sqlUseInvite = `UPDATE invite SET used_at = $1
		WHERE tenant = $2 AND hash = $3 AND used_at IS NULL AND expires_at > $4`
	sqlPurgeInvites = `DELETE FROM invite WHERE expires_at <= $1`
)

// InviteUser makes a new one-time link for a person to set a password; links
// made before end. Needs user.manage.
func (s *Service) InviteUser(ctx context.Context, by Principal, id string) (invite Invite, err error) {
	if err := by.Need(UserManage); err != nil {
		return invite, err
	}
	secret := newSecret()
	err = s.db.Write(by.As(ctx), func(tx *db.Tx) error {
		u, err := findUser(tx, id)
		if err != nil {
			return err
		}
		if u.Kind != KindPerson || !u.Active {
			return fault.New(fault.Conflict, "Only an active person can be invited.").WithSlug("not-a-person")
		}
		invite, err = s.insertInvite(tx, u, secret)
		return err
	})
	return invite, fault.Wrap(err, "inviting a user")
}

func (s *Service) insertInvite(tx *db.Tx, u User, secret string) (Invite, error) {
	if _, err := tx.Exec(sqlDeleteInvites, tx.Tenant(), u.ID); err != nil {
		return Invite{}, err
	}
	hash := credentialOf(secret)
	expires := tx.Now() + inviteLife
	if err := tx.Must(sqlInsertInvite, hash[:], tx.Tenant(), u.ID, tx.Now(), expires); err != nil {
		return Invite{}, err
	}
	err := s.record(tx, userStream(u.ID), journal.UserInvited, fields{"user": u.ID, "expires_at": expires}, nil)
	return Invite{secret, expires}, err
}

// AcceptInvite sets a password by a one-time link, ends the person's other
// sessions, and signs in. Errors: fault.Missing slug invite-ended,
// fault.Invalid for the password (the link can be used again then).
func (s *Service) AcceptInvite(ctx context.Context, token, password, agent string) (in SignedIn, err error) {
	guest, err := s.invited(ctx, token)
	if err != nil {
		return in, err
	}
	if err := checkPassword(password, guest.email, guest.name); err != nil {
		return in, err
	}
	phc, err := s.hasher.hash(ctx, password)
	if err != nil {
		return in, err
	}
	ctx = db.As(ctx, guest.tenant, db.Person(guest.id))
	secret := newSecret()
	err = s.change(ctx, func(tx *db.Tx) error {
		hash := credentialOf(token)
		n, err := tx.Exec(sqlUseInvite, tx.Now(), tx.Tenant(), hash[:], tx.Now())
		if err != nil {
			return err
		}
		if n == 0 {
			return inviteEnded()
		}
		if err := s.setPassword(tx, guest.id, phc, credential{}); err != nil {
			return err
		}
		return s.insertSession(tx, newSession{guest.id, secret, agent, "invite"})
	})
	if err != nil {
		return in, fault.Wrap(err, "accepting an invitation")
	}
	return s.signedIn(ctx, secret)
}

func inviteEnded() error {
	return fault.New(fault.Missing, "This link was used already or has ended: ask for a new one.").WithSlug("invite-ended")
}

type guest struct{ tenant, id, email, name string }

func (s *Service) invited(ctx context.Context, token string) (g guest, err error) {
	hash := credentialOf(token)
	ctx = db.As(ctx, db.Everyone, room)
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(sqlInvite, hash[:], tx.Now()).Scan(&g.tenant, &g.id, &g.email, &g.name)
	})
	if errors.Is(err, db.ErrNoRows) {
		err = inviteEnded()
	}
	return g, fault.Wrap(err, "reading an invitation")
}

// setPassword writes a new password, and ends every session but keep.
func (s *Service) setPassword(tx *db.Tx, id, phc string, keep credential) error {
	n, err := tx.Exec(sqlSetPassword, phc, tx.Now(), tx.Tenant(), id)
	if err != nil {
		return err
	}
	if n == 0 {
		return missing("person")
	}
	if _, err := tx.Exec(sqlDeleteOtherSessions, tx.Tenant(), id, keep[:]); err != nil {
		return err
	}
	return s.record(tx, userStream(id), journal.UserChanged, fields{"user": id, "fields": []string{"password"}}, nil)
}
