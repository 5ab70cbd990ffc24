package api

import (
	"context"
	"net/http"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/identity"
)

func (s *Server) registerTeams() {
	manage := may(identity.UserManage)
	handle(s, get("list-teams", "/teams", may(identity.TicketRead, identity.UserManage), "Teams, each with its lead and members"), s.teams)
	handle(s, post("post-team", "/teams", manage, "Make a team").answering(http.StatusCreated), s.createTeam)
	handle(s, patch("patch-team", "/teams/{id}", manage, "Change a team"), s.updateTeam)
}

// Team is a group of people with a lead.
type Team struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Intake    bool      `json:"intake" doc:"New tickets come to this team"`
	Lead      string    `json:"lead" doc:"Id of an active person, who is accountable for what nobody has taken"`
	LeadName  string    `json:"lead_name"`
	Members   []string  `json:"members" doc:"Ids of people"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Rev       int64     `json:"rev"`
}

func teamOf(t identity.Team) Team {
	return Team{t.ID, t.Name, t.Intake, t.Lead, t.LeadName, t.Members, db.Time(t.CreatedAt), db.Time(t.UpdatedAt), t.Rev}
}

type teamOutput struct {
	ETag string `header:"ETag"`
	Body Team
}

func outTeam(t identity.Team, err error) (*teamOutput, error) {
	return &teamOutput{etag(t.Rev), teamOf(t)}, err
}

func (s *Server) teams(ctx context.Context, in *ShortPaging) (*list[Team], error) {
	found, err := s.deps.Identity.Teams(ctx, principalOf(ctx))
	if err != nil {
		return nil, err
	}
	out := []Team{}
	for _, t := range found {
		out = append(out, teamOf(t))
	}
	return pageOf(out, in, func(t Team) string { return t.ID })
}

type newTeamInput struct {
	Body struct {
		Name    string   `json:"name" maxLength:"200"`
		Lead    string   `json:"lead" maxLength:"100"`
		Members []string `json:"members,omitempty" maxItems:"500"`
	} `nameHint:"NewTeam"`
}

func (s *Server) createTeam(ctx context.Context, in *newTeamInput) (*teamOutput, error) {
	b := in.Body
	return outTeam(s.deps.Identity.CreateTeam(ctx, principalOf(ctx), identity.NewTeam{Name: b.Name, Lead: b.Lead, Members: b.Members}))
}

type teamPatch struct {
	ByID
	Revised
	Body struct {
		Name    *string   `json:"name,omitempty" maxLength:"200"`
		Lead    *string   `json:"lead,omitempty" maxLength:"100"`
		Members *[]string `json:"members,omitempty" maxItems:"500"`
	} `nameHint:"TeamPatch"`
}

func (s *Server) updateTeam(ctx context.Context, in *teamPatch) (*teamOutput, error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	b := in.Body
	return outTeam(s.deps.Identity.UpdateTeam(ctx, principalOf(ctx), in.ID, rev, identity.TeamChange{Name: b.Name, Lead: b.Lead, Members: b.Members}))
}
