package identity

import (
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	// freshFor is how long a proof of a second factor stands for "it is really
	// you, now".
	freshFor = 5 * 60 * second
	// clocksApart is how far the clocks of two nodes may be apart. A proof from
	// further ahead was made by a clock that was wrong.
	clocksApart = 5 * second
	// pendingLife is how long a sign-in may wait for the second factor.
	pendingLife = 10 * 60 * second
)

// The ways to prove a second factor.
const (
	Passkey      = "passkey"
	TOTP         = "totp"
	RecoveryCode = "recovery_code"
)

// Methods lists the ways to prove a second factor, the one to offer first
// first.
func Methods() []string { return []string{Passkey, TOTP, RecoveryCode} }

// sqlMethods has recovery codes only beside a factor, for they go with the
// last one.
const sqlMethods = `SELECT kind FROM factor WHERE tenant = $1 AND user_id = $2 AND confirmed_at IS NOT NULL
	UNION SELECT 'recovery_code' FROM recovery_code WHERE tenant = $1 AND user_id = $2 AND used_at IS NULL`

// methodsOf returns how a person can prove a second factor; empty is of a
// person without one.
func methodsOf(tx *db.Tx, tenant, user string) ([]string, error) {
	found, err := db.Strings(tx, sqlMethods, tenant, user)
	order := Methods()
	slices.SortFunc(found, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return found, err
}

// Enrolled is true of a session whose person has a second factor.
func (p Principal) Enrolled() bool { return len(p.Methods) > 0 }

// Fresh reports whether the session proved a second factor within five minutes.
func (p Principal) Fresh(now int64) bool {
	age := now - p.ProvedAt
	return p.SessionID != "" && !p.Pending && p.ProvedAt > 0 && age > -clocksApart && age < freshFor
}

// FreshUntil is when Fresh ends; 0 when it is not fresh.
func (p Principal) FreshUntil(now int64) int64 {
	if !p.Fresh(now) {
		return 0
	}
	return p.ProvedAt + freshFor
}

// NeedFresh returns nil when the session is fresh, or fault.Denied: slug
// step-up-required, which names the methods the person has, or
// step-up-impossible for an API token.
func (p Principal) NeedFresh(now int64) error {
	switch {
	case p.Fresh(now):
		return nil
	case p.SessionID == "":
		return fault.New(fault.Denied, "This needs a fresh proof that it is you, which an API token cannot give: do it in the browser.").WithSlug("step-up-impossible")
	case !p.Enrolled():
		return stepUp("This needs a second factor, and you have none yet: add one under Security, in the menu with your name.", []string{})
	}
	return stepUp("This needs a fresh proof that it is you: confirm it with your second factor.", p.Methods)
}

func stepUp(sentence string, methods []string) error {
	return fault.New(fault.Denied, "%s", sentence).WithSlug("step-up-required").WithExtra("methods", methods)
}

// NeedWhole returns nil unless the session has yet to prove a second factor:
// then fault.Denied, slug second-factor-needed (answer 401).
func (p Principal) NeedWhole() error {
	if !p.Pending {
		return nil
	}
	return fault.New(fault.Denied, "Sign in wholly first: your second factor is still to come.").
		WithSlug("second-factor-needed").WithExtra("methods", p.Methods)
}
