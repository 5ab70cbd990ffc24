package identity

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"image/png"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	totpStep   = 30 * second // RFC 6238, and what every app assumes
	totpDigits = 6
	totpSecret = 20 // bytes: the length of SHA-1, RFC 4226 §4 R6
	totpAround = 1  // steps that a clock may be off, each way
	// enrolFor is how long a secret waits for its first code.
	enrolFor = 15 * 60 * second
	qrSize   = 240 // pixels
	// farOff is how many steps a clock may be wrong so that a first code that
	// does not fit can still be explained.
	farOff = 120
)

// Enrolment is a new secret for an app that generates codes. It is shown this
// once.
type Enrolment struct {
	Secret string // base32, for typing
	URL    string // otpauth://
	QR     string // the same as a picture: data:image/png;base64,…
}

// BeginTOTP makes a secret for an app that generates codes; ConfirmTOTP makes
// it a factor. password is needed for the first factor of all, else a fresh
// session. issuer is what the app shows. Errors as SignIn and NeedFresh.
func (s *Service) BeginTOTP(ctx context.Context, by Principal, password, issuer string) (e Enrolment, err error) {
	secret := make([]byte, totpSecret)
	rand.Read(secret)
	e, err = enrolment(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret), issuer, by.Email)
	if err != nil {
		return e, fault.Wrap(err, "drawing a QR code")
	}
	err = s.enrolling(ctx, by, password, func(tx *db.Tx) error {
		if _, err := tx.Exec(sqlDeleteUnconfirmed, tx.Tenant(), by.UserID); err != nil {
			return err
		}
		f := factorRow{Factor: Factor{ID: tx.NewID(), Kind: TOTP, Name: "App", MadeAt: tx.Now()}}
		_, sealed, err := s.vault.Seal(tx, totpPlace(by.UserID, f.ID), []byte(e.Secret))
		if err != nil {
			return err
		}
		f.sealed = sealed
		return insertFactor(tx, by.UserID, f, nil)
	})
	if err != nil {
		return Enrolment{}, fault.Wrap(err, "making a secret for an app")
	}
	return e, nil
}

// totpPlace binds a sealed secret to its person.
func totpPlace(user, factor string) string { return "factor|" + user + "|" + factor }

func enrolment(secret, issuer, email string) (e Enrolment, err error) {
	// The label is split at its first colon, so the issuer must not have one.
	issuer = strings.ReplaceAll(issuer, ":", " ")
	u := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/" + issuer + ":" + email,
		// Apps do not all take "+" for a space.
		RawQuery: strings.ReplaceAll(url.Values{"secret": {secret}, "issuer": {issuer}}.Encode(), "+", "%20"),
	}
	key, err := otp.NewKeyFromURL(u.String())
	if err != nil {
		return e, err
	}
	picture, err := key.Image(qrSize, qrSize)
	if err != nil {
		return e, err
	}
	var out bytes.Buffer
	if err := png.Encode(&out, picture); err != nil {
		return e, err
	}
	return Enrolment{secret, u.String(), "data:image/png;base64," + base64.StdEncoding.EncodeToString(out.Bytes())}, nil
}

// ConfirmTOTP makes the secret that BeginTOTP made a factor, by its first code.
// One that the person had before ends. The session is fresh after it and has a
// new secret. Errors: fault.Invalid with the field, fault.Missing slug
// enrolment-ended.
func (s *Service) ConfirmTOTP(ctx context.Context, by Principal, code string) (in SignedIn, err error) {
	if err := by.needSession("A second factor is added"); err != nil {
		return in, err
	}
	if code, err = normalCode(TOTP, code); err != nil {
		return in, fault.Field("body.code", "The code has six digits.")
	}
	secret := newSecret()
	err = s.change(by.As(ctx), func(tx *db.Tx) error {
		had, err := lockedFactors(tx, by.UserID)
		if err != nil {
			return err
		}
		f, step, err := s.confirmable(tx, by.UserID, code)
		if err != nil {
			return err
		}
		for _, old := range had {
			if old.Kind != TOTP {
				continue
			}
			if err := s.removeFactor(tx, by.UserID, old); err != nil {
				return err
			}
		}
		if err := tx.Must(sqlConfirmFactor, tx.Now(), tx.Now(), step, tx.Tenant(), f.ID); err != nil {
			return err
		}
		if err := s.added(tx, by, f.Factor, len(had) == 0); err != nil {
			return err
		}
		return s.rotate(tx, by, secret, proven{method: TOTP, factor: f.ID})
	})
	if err != nil {
		return in, fault.Wrap(err, "adding an app for codes")
	}
	return s.signedIn(ctx, secret)
}

// confirmable finds the secret that waits for its first code, and the step that
// the code is of.
func (s *Service) confirmable(tx *db.Tx, user, code string) (f factorRow, step int64, err error) {
	rows, err := db.All(tx, scanFactor, sqlUnconfirmed, tx.Tenant(), user, tx.Now()-enrolFor)
	if err != nil {
		return f, 0, err
	}
	if len(rows) == 0 {
		return f, 0, fault.New(fault.Missing, "This secret has ended: begin again.").WithSlug("enrolment-ended")
	}
	f = rows[0]
	secret, err := s.vault.Unseal(tx, totpPlace(user, f.ID), f.sealed)
	if err != nil {
		return f, 0, err
	}
	now := tx.Now() / totpStep
	step, err = stepOf(string(secret), code, now, totpAround)
	if err != nil || step > 0 {
		return f, step, err
	}
	// The person holds the secret, so that it gives nothing away to say why.
	far, err := stepOf(string(secret), code, now, farOff)
	if err != nil {
		return f, 0, err
	}
	if far > 0 {
		off := time.Duration((far-now)*totpStep) * time.Microsecond
		return f, 0, fault.Field("body.code", "The code is right for a clock that is %s off: set the clock of the phone, or of the server.", off.Abs())
	}
	return f, 0, fault.Field("body.code", "The code is not right: use the one that the app shows now.")
}

// stepOf returns the step around now that code is of, or 0. It takes as long
// whichever fits.
func stepOf(secret, code string, now, around int64) (step int64, err error) {
	for n := max(now-around, 1); n <= now+around; n++ {
		want, err := hotp.GenerateCode(secret, uint64(n)) //nolint:gosec // above 0
		if err != nil {
			return 0, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step = n
		}
	}
	return step, nil
}

// judgeTOTP judges the code of an app, and takes its step when it is right.
func (s *Service) judgeTOTP(tx *db.Tx, user string, factors []factorRow, code string) (proven, error) {
	p := proven{method: TOTP, fault: wrongCode}
	for _, f := range factors {
		if f.Kind != TOTP {
			continue
		}
		p.factor = f.ID
		secret, err := s.vault.Unseal(tx, totpPlace(user, f.ID), f.sealed)
		if err != nil {
			return p, err
		}
		step, err := stepOf(string(secret), code, tx.Now()/totpStep, totpAround)
		if err != nil || step == 0 {
			return p, err
		}
		n, err := tx.Exec(sqlUseStep, step, tx.Now(), tx.Tenant(), f.ID)
		if err != nil {
			return p, err
		}
		if p.fault = ""; n == 0 {
			p.fault = usedCode
		}
	}
	return p, nil
}
