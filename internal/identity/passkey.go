package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"tocsin/internal/db"
	"tocsin/internal/fault"
)

const (
	challengeLife = 5 * 60 * second
	maxPasskeys   = 20 // of one person

	purposeRegister = "register"
	purposeProve    = "prove"
)

// Site is where the browser sees this server: passkeys are bound to the host
// name, and answers to the origin.
type Site struct{ Host, Origin string }

// PasskeyQuestion is what a browser is asked: to make a passkey, or to sign
// with one of those listed.
type PasskeyQuestion struct {
	Challenge   []byte
	Host        string
	Credentials []PasskeyName // that exist: to sign with, or not to make twice
	Seconds     int64         // until it ends

	UserID     []byte // the rest is for making one
	Email      string
	Name       string
	Algorithms []int64 // COSE, the best first
}

// PasskeyName tells a browser which passkey is meant.
type PasskeyName struct {
	ID         []byte
	Transports []string
}

// PasskeyAnswer is what an authenticator made of a question. A new passkey has
// Attestation and Transports, a signature AuthData, Signature and UserHandle.
type PasskeyAnswer struct {
	ID, ClientData                  []byte
	Attestation                     []byte
	Transports                      []string
	AuthData, Signature, UserHandle []byte
}

// keyholder is a person as the library sees one.
type keyholder struct {
	by   Principal
	keys []webauthn.Credential
}

// WebAuthnID implements webauthn.User: the id says nothing about the person.
func (k keyholder) WebAuthnID() []byte { return []byte(k.by.UserID) }

// WebAuthnName implements webauthn.User.
func (k keyholder) WebAuthnName() string { return k.by.Email }

// WebAuthnDisplayName implements webauthn.User.
func (k keyholder) WebAuthnDisplayName() string { return k.by.Name }

// WebAuthnCredentials implements webauthn.User.
func (k keyholder) WebAuthnCredentials() []webauthn.Credential { return k.keys }

// holderOf has only the keys for this site: others cannot answer here.
func holderOf(by Principal, factors []factorRow, site Site) keyholder {
	h := keyholder{by: by}
	for _, f := range factors {
		if f.Kind == Passkey && f.rp == site.Host {
			h.keys = append(h.keys, f.webKey())
		}
	}
	return h
}

func (f factorRow) webKey() webauthn.Credential {
	c := webauthn.Credential{
		ID: f.key, PublicKey: f.publicKey,
		Flags:         webauthn.NewCredentialFlags(protocol.AuthenticatorFlags(f.flags)), //nolint:gosec // written from one byte
		Authenticator: webauthn.Authenticator{SignCount: uint32(f.signCount)},            //nolint:gosec // written from 32 bits
	}
	for _, t := range strings.Fields(f.transport) {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(t))
	}
	return c
}

// party is this server towards authenticators. The person must be verified by
// the authenticator (PIN, finger, face), and the passkey must name its person.
func (s Site) party() (*webauthn.WebAuthn, error) {
	w, err := webauthn.New(&webauthn.Config{
		RPID: s.Host, RPDisplayName: "Tocsin", RPOrigins: []string{s.Origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	return w, fault.Wrap(err, "preparing for passkeys")
}

// BeginNewPasskey asks the browser to make a passkey. password is needed for
// the first factor of all, else a fresh session. Errors as BeginTOTP, and
// fault.Conflict slug too-many-passkeys.
func (s *Service) BeginNewPasskey(ctx context.Context, by Principal, site Site, password string) (q PasskeyQuestion, err error) {
	party, err := site.party()
	if err != nil {
		return q, err
	}
	err = s.enrolling(ctx, by, password, func(tx *db.Tx) error {
		factors, err := lockedFactors(tx, by.UserID)
		if err != nil {
			return err
		}
		if len(factors) >= maxPasskeys {
			return fault.New(fault.Conflict, "You have %d second factors: remove one first.", len(factors)).WithSlug("too-many-passkeys")
		}
		holder := holderOf(by, factors, site)
		asked, state, err := party.BeginRegistration(holder)
		if err != nil {
			return err
		}
		q = questionOf(asked.Response.Challenge, site, holder)
		q.UserID, q.Email, q.Name = holder.WebAuthnID(), by.Email, by.Name
		q.Algorithms = []int64{}
		for _, p := range asked.Response.Parameters {
			q.Algorithms = append(q.Algorithms, int64(p.Algorithm))
		}
		return keepChallenge(tx, by, purposeRegister, state)
	})
	return q, fault.Wrap(err, "asking for a passkey")
}

func questionOf(challenge []byte, site Site, h keyholder) PasskeyQuestion {
	q := PasskeyQuestion{Challenge: challenge, Host: site.Host, Seconds: challengeLife / second, Credentials: []PasskeyName{}}
	for _, k := range h.keys {
		name := PasskeyName{ID: k.ID, Transports: []string{}}
		for _, t := range k.Transport {
			name.Transports = append(name.Transports, string(t))
		}
		q.Credentials = append(q.Credentials, name)
	}
	return q
}

// FinishNewPasskey makes the passkey that the browser made a factor. The
// session is fresh after it and has a new secret. Errors: fault.Invalid,
// fault.Denied slug second-factor-wrong, fault.Conflict slug passkey-exists.
func (s *Service) FinishNewPasskey(ctx context.Context, by Principal, site Site, name string, a PasskeyAnswer) (in SignedIn, err error) {
	if err := by.needSession("A second factor is added"); err != nil {
		return in, err
	}
	if name, err = normalName("body.name", name); err != nil {
		return in, err
	}
	party, err := site.party()
	if err != nil {
		return in, err
	}
	made, err := a.made()
	if err != nil {
		return in, err
	}
	secret := newSecret()
	var outcome error
	err = s.change(by.As(ctx), func(tx *db.Tx) error {
		factors, err := lockedFactors(tx, by.UserID)
		if err != nil {
			return err
		}
		state, found, err := takeChallenge(tx, by, purposeRegister, made.Response.CollectedClientData.Challenge)
		if err != nil {
			return err
		}
		f, why := newKey(party, keyholder{by: by}, state, made)
		if !found {
			why = lateChallenge
		}
		if outcome = nil; why != "" {
			p := proven{method: Passkey, fault: why}
			outcome = refusedProof(p)
			return s.countProof(tx, by.UserID, p)
		}
		f.Factor = Factor{ID: tx.NewID(), Kind: Passkey, Name: name, MadeAt: tx.Now()}
		f.rp = site.Host
		err = insertFactor(tx, by.UserID, f, new(tx.Now()))
		if db.IsUnique(err) {
			return fault.New(fault.Conflict, "This passkey is known already.").WithSlug("passkey-exists").Because(err)
		}
		if err != nil {
			return err
		}
		if err := s.added(tx, by, f.Factor, len(factors) == 0); err != nil {
			return err
		}
		return s.rotate(tx, by, secret, proven{method: Passkey, factor: f.ID})
	})
	if err == nil {
		err = outcome
	}
	if err != nil {
		return in, fault.Wrap(err, "adding a passkey")
	}
	return s.signedIn(ctx, secret)
}

// newKey checks what an authenticator made; why is not empty when it is refused.
func newKey(party *webauthn.WebAuthn, h keyholder, state webauthn.SessionData, made *protocol.ParsedCredentialCreationData) (f factorRow, why string) {
	c, err := party.CreateCredential(h, state, made)
	if err != nil {
		return f, badSignature
	}
	f = factorRow{key: c.ID, publicKey: c.PublicKey, flags: int64(c.Flags.ProtocolValue()), signCount: int64(c.Authenticator.SignCount)}
	known := []string{}
	for _, t := range c.Transport {
		if slices.Contains(transports(), string(t)) {
			known = append(known, string(t))
		}
	}
	f.transport = strings.Join(known, " ")
	return f, ""
}

// transports are those that browsers know.
func transports() []string { return []string{"usb", "nfc", "ble", "smart-card", "hybrid", "internal"} }

// BeginPasskey asks for a signature of one of one's passkeys. Errors:
// fault.Conflict slug no-passkey when there is none for this site.
func (s *Service) BeginPasskey(ctx context.Context, by Principal, site Site) (q PasskeyQuestion, err error) {
	if err := by.needSession("A second factor is proven"); err != nil {
		return q, err
	}
	party, err := site.party()
	if err != nil {
		return q, err
	}
	err = s.db.Write(by.As(ctx), func(tx *db.Tx) error {
		factors, err := confirmedFactors(tx, by.UserID)
		if err != nil {
			return err
		}
		holder := holderOf(by, factors, site)
		if len(holder.keys) == 0 {
			return fault.New(fault.Conflict, "You have no passkey for %s.", site.Host).WithSlug("no-passkey")
		}
		asked, state, err := party.BeginLogin(holder)
		if err != nil {
			return err
		}
		q = questionOf(asked.Response.Challenge, site, holder)
		return keepChallenge(tx, by, purposeProve, state)
	})
	return q, fault.Wrap(err, "asking for a passkey")
}

// FinishPasskey is Prove by the signature of a passkey.
func (s *Service) FinishPasskey(ctx context.Context, by Principal, site Site, a PasskeyAnswer) (in SignedIn, err error) {
	party, err := site.party()
	if err != nil {
		return in, err
	}
	signed, err := a.signed()
	if err != nil {
		return in, err
	}
	return s.prove(ctx, by, func(tx *db.Tx, factors []factorRow) (proven, error) {
		state, found, err := takeChallenge(tx, by, purposeProve, signed.Response.CollectedClientData.Challenge)
		if err != nil {
			return proven{}, err
		}
		p := proven{method: Passkey}
		i := slices.IndexFunc(factors, func(f factorRow) bool { return bytes.Equal(f.key, signed.RawID) })
		if i >= 0 {
			p.factor = factors[i].ID
		}
		if !found {
			p.fault = lateChallenge
			return p, nil
		}
		c, err := party.ValidateLogin(holderOf(by, factors, site), state, signed)
		if err != nil || i < 0 {
			p.fault = badSignature
			return p, nil //nolint:nilerr // the refusal is the answer
		}
		if c.Authenticator.CloneWarning {
			p.fault = clonedPasskey
			return p, nil
		}
		return p, tx.Must(sqlUsePasskey, int64(c.Authenticator.SignCount), int64(c.Flags.ProtocolValue()), tx.Now(), tx.Tenant(), p.factor)
	})
}

// keepChallenge remembers what was asked. It takes the place of an earlier
// question of the same session.
func keepChallenge(tx *db.Tx, by Principal, purpose string, state *webauthn.SessionData) error {
	data, err := json.Marshal(state)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(sqlEndChallenges, tx.Tenant(), by.UserID, by.key[:], purpose); err != nil {
		return err
	}
	hash := credentialOf(state.Challenge)
	return tx.Must(sqlInsertChallenge, hash[:], tx.Tenant(), by.UserID, by.key[:], purpose, data, tx.Now()+challengeLife)
}

// takeChallenge takes out what this session was asked for this purpose, so that
// nobody answers it again; found is false when it has ended or never was.
func takeChallenge(tx *db.Tx, by Principal, purpose, challenge string) (state webauthn.SessionData, found bool, err error) {
	hash := credentialOf(challenge)
	rows, err := db.All(tx, func(s db.Scanner) (data []byte, err error) {
		return data, s.Scan(&data)
	}, sqlChallenge, tx.Tenant(), hash[:], by.UserID, by.key[:], purpose, tx.Now())
	if err != nil || len(rows) == 0 {
		return state, false, err
	}
	if err := tx.Must(sqlUseChallenge, tx.Tenant(), hash[:]); err != nil {
		return state, false, err
	}
	return state, true, json.Unmarshal(rows[0], &state)
}

func badAnswer(cause error) error {
	return fault.Field("body", "This is not the answer of a passkey.").Because(cause)
}
