package identity

import (
	"context"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Factor is a second factor of a person: a generator of codes, or a passkey.
type Factor struct {
	ID, Kind, Name string
	MadeAt, UsedAt int64 // µs; UsedAt 0: never
}

// Factors is what a person can prove a second factor with.
type Factors struct {
	List []Factor // the oldest first

	RecoveryLeft   int64 // codes that were not used yet
	RecoveryMadeAt int64 // µs; 0: there are none
	RecoveryUsedAt int64 // when one was last used; 0: never
}

// Factors lists one's own second factors.
func (s *Service) Factors(ctx context.Context, by Principal) (f Factors, err error) {
	err = s.db.Read(by.As(ctx), func(tx *db.Tx) error {
		rows, err := confirmedFactors(tx, by.UserID)
		if err != nil {
			return err
		}
		f.List = make([]Factor, 0, len(rows))
		for _, row := range rows {
			f.List = append(f.List, row.Factor)
		}
		return tx.QueryRow(sqlRecoveryState, tx.Tenant(), by.UserID).Scan(&f.RecoveryLeft, &f.RecoveryMadeAt, &f.RecoveryUsedAt)
	})
	return f, fault.Wrap(err, "listing second factors")
}

// RemoveFactor removes one of one's own factors; with the last one the
// recovery codes go. Needs a fresh session. Errors: fault.Missing.
func (s *Service) RemoveFactor(ctx context.Context, by Principal, id string) error {
	if err := by.NeedFresh(s.db.Now()); err != nil {
		return err
	}
	err := s.change(by.As(ctx), func(tx *db.Tx) error {
		rows, err := lockedFactors(tx, by.UserID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(rows, func(row factorRow) bool { return row.ID == id })
		if i < 0 {
			return missing("second factor")
		}
		if err := s.removeFactor(tx, by.UserID, rows[i]); err != nil || len(rows) > 1 {
			return err
		}
		_, err = tx.Exec(sqlDeleteCodes, tx.Tenant(), by.UserID)
		return err
	})
	return fault.Wrap(err, "removing a second factor")
}

// RemoveFactors removes every second factor of a person, whose sessions end:
// for somebody who has lost them all. Needs user.manage and a fresh session.
// The answer does not tell whether there was any.
func (s *Service) RemoveFactors(ctx context.Context, by Principal, user string) error {
	if err := by.Need(UserManage); err != nil {
		return err
	}
	if err := by.NeedFresh(s.db.Now()); err != nil {
		return err
	}
	err := s.change(by.As(ctx), func(tx *db.Tx) error {
		if _, err := findUser(tx, user); err != nil {
			return err
		}
		_, err := s.clearFactors(tx, user)
		return err
	})
	return fault.Wrap(err, "removing second factors")
}

// ResetFactors is RemoveFactors for the command line beside a stopped server.
// It returns how many there were. Errors: fault.Missing.
func (s *Service) ResetFactors(ctx context.Context, email string) (removed int, err error) {
	if email, err = NormalEmail(email); err != nil {
		return 0, err
	}
	err = s.change(System(Main, "admin").As(ctx), func(tx *db.Tx) error {
		a, err := findAccount(tx, sqlAccountByEmail, email)
		if err != nil {
			return err
		}
		if a.id == "" {
			return missing("person")
		}
		removed, err = s.clearFactors(tx, a.id)
		return err
	})
	return removed, fault.Wrap(err, "removing second factors")
}

func (s *Service) clearFactors(tx *db.Tx, user string) (removed int, err error) {
	rows, err := lockedFactors(tx, user)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if err := s.removeFactor(tx, user, row); err != nil {
			return 0, err
		}
	}
	for _, text := range []string{sqlDeleteUnconfirmed, sqlDeleteCodes, sqlDeleteChallenges, sqlDeleteSessions} {
		if _, err := tx.Exec(text, tx.Tenant(), user); err != nil {
			return 0, err
		}
	}
	if err := tx.Must(sqlCountCodeFailure, 0, 0, tx.Tenant(), user); err != nil {
		return 0, err
	}
	return len(rows), s.record(tx, signInStream, journal.SigninEnded, fields{"user": user, "reason": "second factors removed"}, nil)
}

// removeFactor deletes a row and journals it.
func (s *Service) removeFactor(tx *db.Tx, user string, row factorRow) error {
	if err := tx.Must(sqlDeleteFactor, tx.Tenant(), user, row.ID); err != nil {
		return err
	}
	data := fields{"factor": row.ID, "kind": row.Kind, "user": user}
	return s.record(tx, userStream(user), journal.FactorRemoved, data, fields{"name": row.Name})
}

// added journals a new factor. The first one ends the person's other sessions,
// which never had to prove one.
func (s *Service) added(tx *db.Tx, by Principal, f Factor, first bool) error {
	if first {
		if _, err := tx.Exec(sqlDeleteOtherSessions, tx.Tenant(), by.UserID, by.key[:]); err != nil {
			return err
		}
	}
	data := fields{"factor": f.ID, "kind": f.Kind, "user": by.UserID}
	return s.record(tx, userStream(by.UserID), journal.FactorAdded, data, fields{"name": f.Name})
}

// enrolling runs then when the session may add a factor: proven freshly, or for
// the first factor by the password. Otherwise whoever holds a session for a
// moment could make it theirs for good. Errors as NeedFresh and ChangePassword.
func (s *Service) enrolling(ctx context.Context, by Principal, password string, then func(tx *db.Tx) error) error {
	ctx = by.As(ctx)
	if err := by.needSession("A second factor is added"); err != nil {
		return err
	}
	if by.Enrolled() {
		if err := by.NeedFresh(s.db.Now()); err != nil {
			return err
		}
		return s.db.Write(ctx, then)
	}
	a, err := s.account(ctx, sqlAccountByID, by.UserID)
	if err != nil {
		return err
	}
	return s.attempt(ctx, a, password, func(tx *db.Tx) error {
		methods, err := methodsOf(tx, tx.Tenant(), by.UserID)
		if err == nil && len(methods) > 0 { // added meanwhile, elsewhere
			err = stepUp("You have a second factor now: confirm with it that it is you.", methods)
		}
		if err != nil {
			return err
		}
		return then(tx)
	})
}

func (p Principal) needSession(what string) error {
	if p.SessionID != "" {
		return nil
	}
	return fault.New(fault.Denied, "%s in a session, not with an API token.", what).WithSlug("session-needed")
}
