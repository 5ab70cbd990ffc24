package api

import (
	"context"
	"net/http"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/identity"
)

func (s *Server) registerUsers() {
	manage := may(identity.UserManage)
	handle(s, get("list-users", "/users", may(identity.TicketRead, identity.UserManage), "People and service accounts"), s.users)
	handle(s, get("get-user", "/users/{id}", may(identity.TicketRead, identity.UserManage), "One person or service account"), s.user)
	handle(s, post("post-user", "/users", manage, "Add a person or service account").answering(http.StatusCreated).withSecret(), s.createUser)
	handle(s, patch("patch-user", "/users/{id}", manage, "Change a person; deactivating ends everything they could come in with"), s.updateUser)
	handle(s, post("post-user-invite", "/users/{id}/invite", manage, "Make a new one-time link to set a password").withSecret(), s.inviteUser)
	handle(s, post("post-invite", "/invite", everybody(), "Set a password by a one-time link, and sign in").limited(), s.acceptInvite)
	handle(s, get("list-roles", "/roles", signedIn(), "The roles and what each may do"), s.roles)
}

// User is a person or a service account.
type User struct {
	ID          string    `json:"id"`
	Email       string    `json:"email"`
	Name        string    `json:"name"`
	Kind        string    `json:"kind" enum:"person,service"`
	Roles       []string  `json:"roles"`
	Teams       []string  `json:"teams" doc:"Ids of teams"`
	Active      bool      `json:"active"`
	HasPassword bool      `json:"has_password" doc:"False until the invitation was accepted"`
	TimeZone    string    `json:"time_zone"`
	Demo        bool      `json:"demo"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	Rev         int64     `json:"rev"`
}

func userOf(u identity.User) User {
	return User{
		ID: u.ID, Email: u.Email, Name: u.Name, Kind: u.Kind, Roles: u.Roles, Teams: u.Teams, Active: u.Active,
		HasPassword: u.HasPassword, TimeZone: u.TimeZone, Demo: u.Demo,
		CreatedAt: db.Time(u.CreatedAt), UpdatedAt: db.Time(u.UpdatedAt), Rev: u.Rev,
	}
}

type userOutput struct {
	ETag string `header:"ETag"`
	Body User
}

func outUser(u identity.User, err error) (*userOutput, error) {
	return &userOutput{etag(u.Rev), userOf(u)}, err
}

func (s *Server) users(ctx context.Context, in *ShortPaging) (*list[User], error) {
	found, err := s.deps.Identity.Users(ctx, principalOf(ctx))
	if err != nil {
		return nil, err
	}
	out := []User{}
	for _, u := range found {
		out = append(out, userOf(u))
	}
	return pageOf(out, in, func(u User) string { return u.ID })
}

func (s *Server) user(ctx context.Context, in *ByID) (*userOutput, error) {
	return outUser(s.deps.Identity.User(ctx, principalOf(ctx), in.ID))
}

type newUserInput struct {
	Body struct {
		Email    string   `json:"email" maxLength:"320"`
		Name     string   `json:"name,omitempty" maxLength:"200"`
		Kind     string   `json:"kind,omitempty" enum:"person,service" doc:"Empty is person"`
		Roles    []string `json:"roles" maxItems:"20"`
		Team     string   `json:"team,omitempty" maxLength:"100" doc:"Id of a team to join"`
		TimeZone string   `json:"time_zone,omitempty" maxLength:"100"`
	} `nameHint:"NewUser"`
}

type newUserOutput struct {
	ETag string `header:"ETag"`
	Body struct {
		User      User   `json:"user"`
		InviteURL string `json:"invite_url" doc:"Shown once; empty for a service account"`
	} `nameHint:"UserMade"`
}

func (s *Server) createUser(ctx context.Context, in *newUserInput) (*newUserOutput, error) {
	b := in.Body
	u, invite, err := s.deps.Identity.CreateUser(ctx, principalOf(ctx), identity.NewUser{
		Email: b.Email, Name: b.Name, Kind: b.Kind, Roles: b.Roles, Team: b.Team, TimeZone: b.TimeZone,
	})
	if err != nil {
		return nil, err
	}
	out := &newUserOutput{ETag: etag(u.Rev)}
	out.Body.User = userOf(u)
	if invite.Token != "" {
		out.Body.InviteURL = s.inviteURL(invite.Token)
	}
	return out, nil
}

// inviteURL is the page of the UI that takes the secret. Without a public URL
// the link is relative to wherever the UI was opened.
func (s *Server) inviteURL(token string) string {
	base := ""
	if s.public != nil {
		base = s.public.Scheme + "://" + s.public.Host
	}
	return base + "/invite?token=" + token
}

type userPatch struct {
	ByID
	Revised
	Body struct {
		Name     *string   `json:"name,omitempty" maxLength:"200"`
		Roles    *[]string `json:"roles,omitempty" maxItems:"20"`
		Active   *bool     `json:"active,omitempty"`
		TimeZone *string   `json:"time_zone,omitempty" maxLength:"100"`
	} `nameHint:"UserPatch"`
}

func (s *Server) updateUser(ctx context.Context, in *userPatch) (*userOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	b := in.Body
	change := identity.UserChange{Name: b.Name, Roles: b.Roles, Active: b.Active, TimeZone: b.TimeZone}
	p := principalOf(ctx)
	u, err := s.deps.Identity.UpdateUser(ctx, p, in.ID, rev, change)
	return outUser(u, withCurrent(err, func() (*User, error) {
		now, err := s.deps.Identity.User(ctx, p, in.ID)
		return new(userOf(now)), err
	}))
}

type inviteOutput struct {
	Body struct {
		InviteURL string    `json:"invite_url" doc:"Shown once"`
		ExpiresAt time.Time `json:"expires_at"`
	} `nameHint:"Invite"`
}

func (s *Server) inviteUser(ctx context.Context, in *ByID) (*inviteOutput, error) {
	invite, err := s.deps.Identity.InviteUser(ctx, principalOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	out := &inviteOutput{}
	out.Body.InviteURL, out.Body.ExpiresAt = s.inviteURL(invite.Token), db.Time(invite.ExpiresAt)
	return out, nil
}

type acceptInput struct {
	Agent
	Body struct {
		Token    string `json:"token" maxLength:"200"`
		Password string `json:"password" maxLength:"1024"`
	} `nameHint:"InviteAccept"`
}

func (s *Server) acceptInvite(ctx context.Context, in *acceptInput) (*signedInOutput, error) {
	name, err := in.cookie(s)
	if err != nil {
		return nil, err
	}
	session, err := s.deps.Identity.AcceptInvite(ctx, in.Body.Token, in.Body.Password, in.UserAgent)
	if err != nil {
		return nil, err
	}
	return s.begun(ctx, name, session)
}

// Role is a named set of permissions.
type Role struct {
	Name        string   `json:"name"`
	Meaning     string   `json:"meaning"`
	Permissions []string `json:"permissions"`
}

func (s *Server) roles(context.Context, *struct{}) (*list[Role], error) {
	out := []Role{}
	for _, r := range identity.Roles() {
		role := Role{Name: r.Name, Meaning: r.Meaning}
		for _, p := range r.Permissions.List() {
			role.Permissions = append(role.Permissions, string(p))
		}
		out = append(out, role)
	}
	return listOf(out), nil
}
