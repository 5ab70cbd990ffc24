package identity

import (
	"context"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Proof is what a person types to prove a second factor: one of the two.
type Proof struct {
	TOTP         string // the six digits that a generator shows
	RecoveryCode string
}

func (p Proof) method() (string, error) {
	switch {
	case (p.TOTP == "") == (p.RecoveryCode == ""):
		return "", fault.Field("body", "Give the code of your app, or a recovery code.")
	case p.TOTP != "":
		return TOTP, nil
	}
	return RecoveryCode, nil
}

// proven is a proof as it was judged.
type proven struct {
	method string
	factor string // id; "" when none fits
	fault  string // why it was refused; "" when it is right
}

// Why a proof was refused, in the journal.
const (
	wrongCode     = "wrong"
	usedCode      = "used"
	clonedPasskey = "counted backwards"
	lateChallenge = "challenge"
	badSignature  = "signature"
)

// Prove proves a second factor: it makes a pending session whole, and any
// session fresh. The session has a new secret after it. Errors: fault.Denied
// slug second-factor-wrong, fault.Busy slug second-factor-wait with RetryAfter
// after repeated failures, whichever session they were made in.
func (s *Service) Prove(ctx context.Context, by Principal, proof Proof) (in SignedIn, err error) {
	method, err := proof.method()
	if err != nil {
		return in, err
	}
	judge := s.judgeTOTP
	text := proof.TOTP
	if method == RecoveryCode {
		judge, text = judgeRecoveryCode, proof.RecoveryCode
	}
	text, err = normalCode(method, text)
	if err != nil {
		return in, err
	}
	return s.prove(ctx, by, func(tx *db.Tx, factors []factorRow) (proven, error) {
		if err := codeWait(tx, by.UserID); err != nil {
			return proven{}, err
		}
		return judge(tx, by.UserID, factors, text)
	})
}

// prove runs judge in the transaction that records the outcome. What judge
// refuses is committed too; an error is not, and journals nothing.
func (s *Service) prove(ctx context.Context, by Principal, judge func(tx *db.Tx, factors []factorRow) (proven, error)) (in SignedIn, err error) {
	if err := by.needSession("A second factor is proven"); err != nil {
		return in, err
	}
	secret := newSecret()
	var outcome error
	err = s.change(by.As(ctx), func(tx *db.Tx) error {
		factors, err := lockedFactors(tx, by.UserID)
		if err != nil {
			return err
		}
		p, err := judge(tx, factors)
		if err != nil {
			return err
		}
		if p.fault != "" {
			outcome = refusedProof(p)
			return s.countProof(tx, by.UserID, p)
		}
		outcome = nil
		return s.rotate(tx, by, secret, p)
	})
	if err == nil {
		err = outcome
	}
	if err != nil {
		return in, fault.Wrap(err, "proving a second factor")
	}
	return s.signedIn(ctx, secret)
}

func refusedProof(p proven) error {
	sentence := "The code is not right, or has passed: use the newest one."
	switch {
	case p.fault == lateChallenge:
		sentence = "The question to the passkey has ended, or was answered already: try again."
	case p.fault == clonedPasskey:
		sentence = "This passkey counts backwards, as a copy of it would: it was refused. Use another second factor, and remove this one."
	case p.method == Passkey:
		sentence = "The passkey's answer is not right."
	case p.fault == usedCode:
		sentence = "This code was used already: wait for the next one."
	case p.method == RecoveryCode:
		sentence = "This recovery code is not right, or was used already."
	}
	return fault.New(fault.Denied, "%s", sentence).WithSlug("second-factor-wrong")
}

// codeWait refuses while the person's codes have to wait, in whichever session.
func codeWait(tx *db.Tx, user string) error {
	var failures, until int64
	if err := tx.QueryRow(sqlCodeFailures, tx.Tenant(), user).Scan(&failures, &until); err != nil {
		return err
	}
	e := fault.As(codePatience().waiting(until, tx.Now()))
	if e == nil {
		return nil
	}
	return fault.New(fault.Busy, "There were too many wrong codes: wait %s before the next one. A passkey can be used at once.", (e.RetryAfter + time.Second - 1).Truncate(time.Second)).
		WithSlug("second-factor-wait").WithRetryAfter(e.RetryAfter)
}

// countProof journals a refused proof. Codes can be guessed, so they are
// slowed down; the answers of passkeys cannot.
func (s *Service) countProof(tx *db.Tx, user string, p proven) error {
	if p.method != Passkey {
		var failures, until int64
		if err := tx.QueryRow(sqlCodeFailures, tx.Tenant(), user).Scan(&failures, &until); err != nil {
			return err
		}
		failures, until = codePatience().nextFailure(failures, until, tx.Now())
		if err := tx.Must(sqlCountCodeFailure, failures, until, tx.Tenant(), user); err != nil {
			return err
		}
	}
	data := fields{"user": user, "method": p.method, "factor": p.factor, "reason": p.fault}
	return s.record(tx, signInStream, journal.StepUpFailed, data, nil)
}

// rotate gives the session a new secret and notes that it proved a factor now.
func (s *Service) rotate(tx *db.Tx, by Principal, secret string, p proven) error {
	hash := credentialOf(secret)
	n, err := tx.Exec(sqlProveSession, hash[:], tx.Now(), false, sessionLife, tx.Tenant(), by.UserID, by.key[:])
	if err != nil {
		return err
	}
	if n == 0 {
		return unauthenticated("The session has ended.")
	}
	if err := tx.Must(sqlCountCodeFailure, 0, 0, tx.Tenant(), by.UserID); err != nil {
		return err
	}
	data := fields{"user": by.UserID, "method": p.method, "factor": p.factor}
	if err := s.record(tx, signInStream, journal.StepUpSucceeded, data, nil); err != nil || !by.Pending {
		return err
	}
	return s.record(tx, signInStream, journal.SigninSucceeded, fields{"user": by.UserID, "method": p.method}, nil)
}
