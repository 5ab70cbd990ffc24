package identity

import (
	"context"
	"crypto/subtle"
	"sync"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// IntakeTeamName is the name of the team that a new installation begins with.
const IntakeTeamName = "Security Operations"

// setupActor is who sets up an installation that nobody can sign in to yet.
const setupActor = db.Actor("setup")

// Setup names the first administrator.
type Setup struct {
	Email    string
	Name     string // "" takes the part of the e-mail before the @
	Password string // "" for none: only the token comes in
	TimeZone string // IANA name; "" is UTC
}

// setupToken is the one-time token that the first start prints. Only its hash
// is kept, and only in memory.
type setupToken struct {
	mu   sync.Mutex
	hash credential
	set  bool
}

func (t *setupToken) fits(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	hash := credentialOf(token)
	return subtle.ConstantTimeCompare(hash[:], t.hash[:]) == 1 && t.set
}

func (t *setupToken) replace(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hash, t.set = credentialOf(token), token != ""
}

// NewSetupToken makes the token that SetUp asks for; one made before ends.
func (s *Service) NewSetupToken() string {
	token := newSecret()
	s.setup.replace(token)
	return token
}

// NeedsSetup reports whether nobody has set up the installation yet.
func (s *Service) NeedsSetup(ctx context.Context) (needed bool, err error) {
	err = s.db.Read(db.As(ctx, Main, room), func(tx *db.Tx) error {
		var n int
		err := tx.QueryRow(sqlHasTenant, tx.Tenant()).Scan(&n)
		needed = n == 0
		return err
	})
	return needed, fault.Wrap(err, "looking whether the installation is set up")
}

// SetUp is Bootstrap over the network: token is the one that NewSetupToken
// made, a password is needed, and the administrator is signed in. Errors:
// fault.Denied slug setup-token, and those of Bootstrap.
func (s *Service) SetUp(ctx context.Context, token string, in Setup, agent string) (out SignedIn, err error) {
	needed, err := s.NeedsSetup(ctx)
	if err != nil {
		return out, err
	}
	if !needed {
		return out, alreadySetUp()
	}
	if !s.setup.fits(token) {
		return out, fault.New(fault.Denied, "The set-up link is not right: use the one that the server printed when it last started.").WithSlug("setup-token")
	}
	if in.Password == "" {
		return out, fault.Field("body.password", "A password is needed.")
	}
	secret := newSecret()
	_, err = s.bootstrap(ctx, in, func(tx *db.Tx, u User) error {
		return s.insertSession(tx, newSession{u.ID, secret, agent, "setup"})
	})
	if err != nil {
		return out, err
	}
	s.setup.replace("")
	return s.signedIn(ctx, secret)
}

// Bootstrap makes, on an empty installation, the tenant "main", its first
// administrator with every role, and the team that new tickets go to, led by
// that person. It returns an API token with scope all. Of two at the same time
// one wins. Errors: fault.Conflict slug already-set-up, fault.Invalid with the
// field.
func (s *Service) Bootstrap(ctx context.Context, in Setup) (u User, token string, err error) {
	secret := newToken()
	u, err = s.bootstrap(ctx, in, func(tx *db.Tx, u User) error {
		_, err := s.insertToken(tx, u, adminToken(), secret)
		return err
	})
	if err != nil {
		return User{}, "", err
	}
	s.setup.replace("")
	return u, secret, nil
}

// adminToken is the token that a command on the server prints.
func adminToken() NewToken {
	return NewToken{Name: "command line", Scopes: []string{ScopeAll}, ExpiresInDays: maxTokenDays}
}

func alreadySetUp() error {
	return fault.New(fault.Conflict, "This installation is set up already.").WithSlug("already-set-up")
}

func (s *Service) bootstrap(ctx context.Context, in Setup, also func(tx *db.Tx, u User) error) (u User, err error) {
	admin, err := s.firstAdmin(ctx, in)
	if err != nil {
		return u, err
	}
	if err := s.vault.EnsureTenant(ctx, s.db, Main); err != nil {
		return u, err
	}
	err = s.change(db.As(ctx, Main, setupActor), func(tx *db.Tx) error {
		n, err := tx.Exec(sqlInsertTenant, Main, Main, admin.TimeZone, tx.Now())
		if err != nil {
			return err
		}
		if n == 0 {
			return alreadySetUp()
		}
		if u, err = s.insertUser(tx, admin); err != nil {
			return err
		}
		team, err := s.insertTeam(tx, NewTeam{Name: IntakeTeamName, Lead: u.ID}, true)
		if err != nil {
			return err
		}
		u.Teams = []string{team.ID}
		data := fields{"user": u.ID, "team": team.ID}
		if err := s.record(tx, userStream(u.ID), journal.InstallationBootstrapped, data, nil); err != nil {
			return err
		}
		return also(tx, u)
	})
	return u, fault.Wrap(err, "setting up")
}

// firstAdmin checks the set-up and hashes the password, outside of any
// transaction.
func (s *Service) firstAdmin(ctx context.Context, in Setup) (admin NewUser, err error) {
	admin = NewUser{Email: in.Email, Name: in.Name, Roles: RoleNames(), TimeZone: in.TimeZone}
	if admin, err = admin.normal(); err != nil || in.Password == "" {
		return admin, err
	}
	if err := checkPassword(in.Password, admin.Email, admin.Name); err != nil {
		return admin, err
	}
	admin.password, err = s.hasher.hash(ctx, in.Password)
	return admin, err
}

// AddUser makes a person or service account with an API token (scope all, a
// year), for the command line beside a stopped server. team is a name; a team
// that does not exist is made, led by the new person, or for a service account
// by the lead of the intake team. Errors as CreateUser, and fault.Conflict
// slug not-set-up on an empty installation.
func (s *Service) AddUser(ctx context.Context, in NewUser, team string) (u User, token string, err error) {
	if in, err = in.normal(); err != nil {
		return u, "", err
	}
	if team != "" {
		if team, err = normalName("team", team); err != nil {
			return u, "", err
		}
	}
	secret := newToken()
	err = s.change(System(Main, "admin").As(ctx), func(tx *db.Tx) error {
		if err := needsTenant(tx); err != nil {
			return err
		}
		if u, err = s.insertUser(tx, in); err != nil {
			return err
		}
		if team != "" {
			if err := s.joinNamed(tx, team, &u); err != nil {
				return err
			}
		}
		_, err = s.insertToken(tx, u, adminToken(), secret)
		return err
	})
	if err != nil {
		return User{}, "", fault.Wrap(err, "adding a user")
	}
	return u, secret, nil
}

func needsTenant(tx *db.Tx) error {
	var n int
	err := tx.QueryRow(sqlHasTenant, tx.Tenant()).Scan(&n)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "This installation is empty: make its first administrator with tocsin admin bootstrap.").WithSlug("not-set-up")
	}
	return err
}

// joinNamed adds a new user to a team by name, making the team when needed.
func (s *Service) joinNamed(tx *db.Tx, name string, u *User) error {
	t, err := oneTeam(tx, sqlTeamByName, tx.Tenant(), name)
	switch {
	case err == nil:
		err = s.join(tx, t.ID, u.ID)
	case fault.Is(err, fault.Missing):
		t, err = s.makeTeamFor(tx, name, *u)
	}
	u.Teams = []string{t.ID}
	return err
}

func (s *Service) makeTeamFor(tx *db.Tx, name string, u User) (Team, error) {
	lead := u.ID
	if u.Kind != KindPerson {
		intake, err := IntakeTeam(tx)
		if err != nil {
			return Team{}, fault.Wrap(err, "finding a lead for the team")
		}
		lead = intake.Lead
	}
	return s.insertTeam(tx, NewTeam{Name: name, Lead: lead, Members: []string{u.ID}}, false)
}
