package identity

import (
	"context"
	"slices"
	"strings"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// NewUser is a person or service account to be made.
type NewUser struct {
	Email    string
	Name     string // "" takes the part of the e-mail before the @
	Kind     string // KindPerson or KindService; "" is KindPerson
	Roles    []string
	Team     string // id of a team to join; "" for none
	TimeZone string // IANA name; "" is UTC
	Demo     bool   // made by the demo filler

	password string // PHC string
}

// UserChange is what to change; nil leaves a member as it is.
type UserChange struct {
	Name     *string
	Roles    *[]string
	Active   *bool
	TimeZone *string
}

// Users lists everybody of the principal's tenant by name. Needs ticket.read
// or user.manage.
func (s *Service) Users(ctx context.Context, by Principal) (users []User, err error) {
	if err := by.needAny(TicketRead, UserManage); err != nil {
		return nil, err
	}
	err = s.db.Read(by.As(ctx), func(tx *db.Tx) error {
		users, err = allUsers(tx)
		return err
	})
	return users, fault.Wrap(err, "listing users")
}

// User returns one user: oneself, or with ticket.read or user.manage anybody.
func (s *Service) User(ctx context.Context, by Principal, id string) (u User, err error) {
	if err := by.needAny(TicketRead, UserManage); err != nil && id != by.UserID {
		return u, err
	}
	err = s.db.Read(by.As(ctx), func(tx *db.Tx) error {
		u, err = findUser(tx, id)
		return err
	})
	return u, fault.Wrap(err, "reading a user")
}

// CreateUser makes a person or service account; a person gets a link to set a
// password (see Invite), a service account gets none. Needs user.manage.
// Errors: fault.Invalid with the field, fault.Conflict slug email-taken.
func (s *Service) CreateUser(ctx context.Context, by Principal, in NewUser) (u User, invite Invite, err error) {
	if err := by.Need(UserManage); err != nil {
		return u, invite, err
	}
	if in, err = in.normal(); err != nil {
		return u, invite, err
	}
	secret := newSecret()
	err = s.change(by.As(ctx), func(tx *db.Tx) error {
		if u, err = s.insertUser(tx, in); err != nil {
			return err
		}
		if in.Team != "" {
			if err := s.join(tx, in.Team, u.ID); err != nil {
				return err
			}
			u.Teams = []string{in.Team}
		}
		if in.Kind == KindPerson {
			invite, err = s.insertInvite(tx, u, secret)
		}
		return err
	})
	return u, invite, fault.Wrap(err, "making a user")
}

func (in NewUser) normal() (_ NewUser, err error) {
	if in.Kind == "" {
		in.Kind = KindPerson
	}
	if in.Kind != KindPerson && in.Kind != KindService {
		return in, fault.Field("body.kind", "The kind is person or service.")
	}
	if in.Email, err = NormalEmail(in.Email); err != nil {
		return in, err
	}
	if in.Name == "" {
		in.Name = nameFrom(in.Email)
	}
	if in.Name, err = normalName("body.name", in.Name); err != nil {
		return in, err
	}
	if in.TimeZone, err = normalZone(in.TimeZone); err != nil {
		return in, err
	}
	in.Roles, err = normalRoles(in.Roles)
	return in, err
}

// normalRoles refuses a role that does not exist, and puts each once and in
// order.
func normalRoles(roles []string) ([]string, error) {
	names := RoleNames()
	for _, r := range roles {
		if !slices.Contains(names, r) {
			return nil, fault.Field("body.roles", "There is no role %.40q; the roles are %s.", r, strings.Join(names, ", "))
		}
	}
	return slices.Compact(inOrder(append([]string{}, roles...))), nil
}

// insertUser writes a user that is normal, with its roles and journal entry.
func (s *Service) insertUser(tx *db.Tx, in NewUser) (User, error) {
	u := User{
		ID: tx.NewID(), Kind: in.Kind, Email: in.Email, Name: in.Name, Roles: in.Roles, Teams: []string{}, Active: true,
		HasPassword: in.password != "", TimeZone: in.TimeZone, Demo: in.Demo, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Rev: 1,
	}
	_, err := tx.Exec(sqlInsertUser, tx.Tenant(), u.ID, u.Kind, u.Email, u.Name, in.password, true, u.TimeZone, u.Demo, tx.Now(), tx.Now())
	if db.IsUnique(err) {
		return u, fault.New(fault.Conflict, "An account with this e-mail address exists already.").WithSlug("email-taken").Because(err)
	}
	if err != nil {
		return u, err
	}
	if err := grant(tx, u.ID, in.Roles); err != nil {
		return u, err
	}
	data := fields{"user": u.ID, "kind": u.Kind, "roles": u.Roles, "team": in.Team}
	return u, s.record(tx, userStream(u.ID), journal.UserCreated, data, fields{"email": u.Email, "name": u.Name})
}

func grant(tx *db.Tx, id string, roles []string) error {
	for _, role := range roles {
		if err := tx.Must(sqlInsertRole, tx.Tenant(), id, role, tx.Now(), string(tx.Actor())); err != nil {
			return err
		}
	}
	return nil
}

// UpdateUser changes a user whose revision is rev (0: whatever it is). Needs
// user.manage. Deactivating ends the user's sessions, tokens and links.
// Errors: fault.Conflict with slug stale-revision, last-admin (an active
// person must hold tenant-admin), leads-team, still-named (by a schedule or a
// ladder), or accountable (for open tickets).
func (s *Service) UpdateUser(ctx context.Context, by Principal, id string, rev int64, change UserChange) (u User, err error) {
	if err := by.Need(UserManage); err != nil {
		return u, err
	}
	if change, err = change.normal(); err != nil {
		return u, err
	}
	err = s.change(by.As(ctx), func(tx *db.Tx) error {
		before, err := findUser(tx, id)
		if err != nil {
			return err
		}
		if err := stale(rev, before.Rev); err != nil {
			return err
		}
		u = change.apply(before)
		return s.updateUser(tx, before, &u)
	})
	if db.IsReference(err) {
		err = s.whyNotDeactivated(by.As(ctx), id, err)
	}
	return u, fault.Wrap(err, "changing a user")
}

func (c UserChange) normal() (_ UserChange, err error) {
	if c.Name != nil {
		name, err := normalName("body.name", *c.Name)
		if err != nil {
			return c, err
		}
		c.Name = &name
	}
	if c.TimeZone != nil {
		zone, err := normalZone(*c.TimeZone)
		if err != nil {
			return c, err
		}
		c.TimeZone = &zone
	}
	if c.Roles != nil {
		roles, err := normalRoles(*c.Roles)
		if err != nil {
			return c, err
		}
		c.Roles = &roles
	}
	return c, nil
}

func (c UserChange) apply(u User) User {
	if c.Name != nil {
		u.Name = *c.Name
	}
	if c.TimeZone != nil {
		u.TimeZone = *c.TimeZone
	}
	if c.Roles != nil {
		u.Roles = *c.Roles
	}
	if c.Active != nil {
		u.Active = *c.Active
	}
	return u
}

// updateUser writes what is different between before and u.
func (s *Service) updateUser(tx *db.Tx, before User, u *User) error {
	changed := differences(before, *u)
	if len(changed) == 0 {
		return nil
	}
	if isAdmin(before) && !isAdmin(*u) {
		if err := keepAnAdmin(tx, u.ID); err != nil {
			return err
		}
	}
	n, err := tx.Exec(sqlUpdateUser, u.Name, u.Active, u.TimeZone, tx.Now(), tx.Tenant(), u.ID, before.Rev)
	if err != nil {
		return err
	}
	if n == 0 {
		return stale(before.Rev, before.Rev+1)
	}
	u.UpdatedAt, u.Rev = tx.Now(), before.Rev+1
	if err := regrant(tx, before, *u); err != nil {
		return err
	}
	var priv any
	if u.Name != before.Name {
		priv = fields{"name": u.Name}
	}
	data := fields{"user": u.ID, "fields": changed, "roles": u.Roles, "active": u.Active}
	if err := s.record(tx, userStream(u.ID), journal.UserChanged, data, priv); err != nil {
		return err
	}
	if before.Active && !u.Active {
		return s.leave(tx, u.ID)
	}
	return nil
}

// leave lets somebody go: what names them finds somebody else, and they are
// cut off. A team that they lead is the first thing to say, since nothing else
// can be settled before.
func (s *Service) leave(tx *db.Tx, id string) error {
	if err := leadsNothing(tx, id); err != nil {
		return err
	}
	if s.leaving != nil {
		if err := s.leaving(tx, id); err != nil {
			return err
		}
	}
	return s.cutOff(tx, id)
}

func differences(before, after User) []string {
	changed := []string{}
	if before.Active != after.Active {
		changed = append(changed, "active")
	}
	if before.Name != after.Name {
		changed = append(changed, "name")
	}
	if !slices.Equal(before.Roles, after.Roles) {
		changed = append(changed, "roles")
	}
	if before.TimeZone != after.TimeZone {
		changed = append(changed, "time_zone")
	}
	return changed
}

// isAdmin is true of whoever can administer the tenant after signing in.
func isAdmin(u User) bool {
	return u.Active && u.Kind == KindPerson && slices.Contains(u.Roles, TenantAdmin)
}

// keepAnAdmin refuses a change after which nobody could administer the tenant.
// The lock makes two administrators who remove each other wait for each other.
func keepAnAdmin(tx *db.Tx, id string) error {
	if _, err := tx.Exec(sqlLockTenant, tx.Tenant()); err != nil {
		return err
	}
	var others int
	if err := tx.QueryRow(sqlOtherAdmins, tx.Tenant(), id, TenantAdmin).Scan(&others); err != nil {
		return err
	}
	if others > 0 {
		return nil
	}
	return fault.New(fault.Conflict, "This is the last active person who holds %s: give somebody else the role first.", TenantAdmin).WithSlug("last-admin")
}

func regrant(tx *db.Tx, before, after User) error {
	for _, role := range before.Roles {
		if slices.Contains(after.Roles, role) {
			continue
		}
		if _, err := tx.Exec(sqlDeleteRole, tx.Tenant(), after.ID, role); err != nil {
			return err
		}
	}
	return grant(tx, after.ID, slices.DeleteFunc(slices.Clone(after.Roles), func(role string) bool {
		return slices.Contains(before.Roles, role)
	}))
}

// cutOff ends everything with which a deactivated user could still come in.
// Tokens stay revoked if the user is activated again.
func (s *Service) cutOff(tx *db.Tx, id string) error {
	sessions, err := tx.Exec(sqlDeleteSessions, tx.Tenant(), id)
	if err != nil {
		return err
	}
	tokens, err := tx.Exec(sqlRevokeTokens, tx.Now(), tx.Tenant(), id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(sqlDeleteInvites, tx.Tenant(), id); err != nil {
		return err
	}
	return s.record(tx, userStream(id), journal.UserDeactivated, fields{"user": id, "sessions": sessions, "tokens": tokens}, nil)
}

// whyNotDeactivated says which duty the database saw: it refuses that a team
// or an open ticket depends on somebody who is not active.
func (s *Service) whyNotDeactivated(ctx context.Context, id string, cause error) error {
	err := s.db.Read(ctx, func(tx *db.Tx) error { return leadsNothing(tx, id) })
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "This person is accountable for open tickets: they need another accountable person first.").WithSlug("accountable").Because(cause)
}

// leadsNothing refuses to let somebody go who leads a team.
func leadsNothing(tx *db.Tx, id string) error {
	teams, err := teamsLedBy(tx, id)
	if err != nil || len(teams) == 0 {
		return err
	}
	names := []string{}
	for _, t := range teams {
		names = append(names, t.Name)
	}
	return fault.New(fault.Conflict, "This person leads %s: give each team another lead first.", strings.Join(names, ", ")).
		WithSlug("leads-team").WithExtra("teams", names)
}
