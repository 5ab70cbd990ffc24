package identity

import (
	"context"
	"crypto/rand"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

const (
	recoveryCodes  = 10
	recoveryDigits = 16                                 // of 5 bits: nobody guesses 80
	recoveryBase   = "0123456789abcdefghjkmnpqrstvwxyz" // Crockford's: what looks alike is one
)

// newRecoveryCode makes one such as 7k2m-9xqp-4h3d-tw8v.
func newRecoveryCode() string {
	b := make([]byte, recoveryDigits)
	rand.Read(b)
	var out strings.Builder
	for i, v := range b {
		if i > 0 && i%4 == 0 {
			out.WriteByte('-')
		}
		out.WriteByte(recoveryBase[v%32])
	}
	return out.String()
}

// normalCode brings what was typed into the one form that is compared.
func normalCode(method, text string) (string, error) {
	text = strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.ToLower(text))
	if method == TOTP {
		if len(text) != totpDigits || strings.Trim(text, "0123456789") != "" {
			return "", fault.Field("body.totp", "The code has six digits.")
		}
		return text, nil
	}
	text = strings.NewReplacer("o", "0", "i", "1", "l", "1").Replace(text)
	if len(text) != recoveryDigits || strings.Trim(text, recoveryBase) != "" {
		return "", fault.Field("body.recovery_code", "A recovery code has four groups of four letters and digits.")
	}
	return text, nil
}

// NewRecoveryCodes makes ten codes that each prove a second factor once; those
// made before end. They are shown this once. Needs a fresh session. Errors:
// fault.Conflict slug no-factor.
func (s *Service) NewRecoveryCodes(ctx context.Context, by Principal) (codes []string, err error) {
	if err := by.NeedFresh(s.db.Now()); err != nil {
		return nil, err
	}
	for range recoveryCodes {
		codes = append(codes, newRecoveryCode())
	}
	err = s.change(by.As(ctx), func(tx *db.Tx) error {
		factors, err := lockedFactors(tx, by.UserID)
		if err != nil {
			return err
		}
		if len(factors) == 0 {
			return fault.New(fault.Conflict, "Recovery codes stand in for a second factor: add one first.").WithSlug("no-factor")
		}
		if _, err := tx.Exec(sqlDeleteCodes, tx.Tenant(), by.UserID); err != nil {
			return err
		}
		for _, code := range codes {
			hash := recoveryHash(code)
			if err := tx.Must(sqlInsertCode, tx.Tenant(), by.UserID, hash[:], tx.Now()); err != nil {
				return err
			}
		}
		data := fields{"factor": "", "kind": RecoveryCode, "user": by.UserID}
		return s.record(tx, userStream(by.UserID), journal.FactorAdded, data, nil)
	})
	if err != nil {
		return nil, fault.Wrap(err, "making recovery codes")
	}
	return codes, nil
}

// recoveryHash hashes a code as it is shown.
func recoveryHash(code string) credential { return credentialOf(strings.ReplaceAll(code, "-", "")) }

// judgeRecoveryCode judges a code in normal form, and uses it up when it is
// right.
func judgeRecoveryCode(tx *db.Tx, user string, _ []factorRow, code string) (proven, error) {
	hash := credentialOf(code)
	n, err := tx.Exec(sqlUseCode, tx.Now(), tx.Tenant(), user, hash[:])
	p := proven{method: RecoveryCode}
	if n == 0 {
		p.fault = wrongCode
	}
	return p, err
}
