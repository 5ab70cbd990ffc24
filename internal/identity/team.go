package identity

import (
	"context"
	"errors"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Team is a group of people with a lead, who is accountable for what nobody
// in the team has taken.
type Team struct {
	ID, Name             string
	Intake               bool   // new tickets go to this team
	Lead, LeadName       string // user id and name; always an active person
	Members              []string
	CreatedAt, UpdatedAt int64 // µs
	Rev                  int64
}

// NewTeam is a team to be made. The lead is always a member too.
type NewTeam struct {
	Name    string
	Lead    string // id of an active person
	Members []string
}

// TeamChange is what to change; nil leaves a member as it is.
type TeamChange struct {
	Name    *string
	Lead    *string
	Members *[]string
}

const maxMembers = 500

const teamColumns = `t.id, t.name, t.intake, t.lead, u.name, t.created_at, t.updated_at, t.rev`

const (
	sqlTeams = `SELECT ` + teamColumns + ` FROM team t JOIN users u ON u.tenant = t.tenant AND u.id = t.lead
		WHERE t.tenant = $1 ORDER BY t.name, t.id`
	sqlTeamByID = `SELECT ` + teamColumns + ` FROM team t JOIN users u ON u.tenant = t.tenant AND u.id = t.lead
		WHERE t.tenant = $1 AND t.id = $2`
	sqlTeamByName = `SELECT ` + teamColumns + ` FROM team t JOIN users u ON u.tenant = t.tenant AND u.id = t.lead
		WHERE t.tenant = $1 AND t.name = $2`
	sqlIntakeTeam = `SELECT ` + teamColumns + ` FROM team t JOIN users u ON u.tenant = t.tenant AND u.id = t.lead
		WHERE t.tenant = $1 AND t.intake`
	sqlIntakeLead = `SELECT id, lead FROM team WHERE tenant = $1 AND intake`
	sqlTeamsLedBy = `SELECT ` + teamColumns + ` FROM team t JOIN users u ON u.tenant = t.tenant AND u.id = t.lead
		WHERE t.tenant = $1 AND t.lead = $2 ORDER BY t.name`
	sqlMembers    = `SELECT user_id FROM team_member WHERE tenant = $1 AND team_id = $2 ORDER BY user_id`
	sqlAllMembers = `SELECT team_id, user_id FROM team_member WHERE tenant = $1 ORDER BY user_id`
	sqlInsertTeam = `INSERT INTO team(tenant, id, name, intake, lead, lead_active, created_at, updated_at, rev)
		VALUES ($1,$2,$3,$4,$5,$6,$7,$8,1)`
	sqlUpdateTeam = `UPDATE team SET name = $1, lead = $2, updated_at = $3, rev = rev + 1
		WHERE tenant = $4 AND id = $5 AND rev = $6`
	sqlInsertMember = `INSERT INTO team_member(tenant, team_id, user_id) VALUES ($1,$2,$3)`
	sqlDeleteMember = `DELETE FROM team_member WHERE tenant = $1 AND team_id = $2 AND user_id = $3`
)

func scanTeam(s db.Scanner) (t Team, err error) {
	t.Members = []string{}
	return t, s.Scan(&t.ID, &t.Name, &t.Intake, &t.Lead, &t.LeadName, &t.CreatedAt, &t.UpdatedAt, &t.Rev)
}

// IntakeTeam is the team that new tickets go to, without its members.
func IntakeTeam(tx *db.Tx) (Team, error) {
	return oneTeam(tx, sqlIntakeTeam, tx.Tenant())
}

// IntakeLead names the team that new tickets go to and its lead, and nothing
// else, since every ticket asks for it.
func IntakeLead(tx *db.Tx) (team, lead string, err error) {
	err = tx.QueryRow(sqlIntakeLead, tx.Tenant()).Scan(&team, &lead)
	if errors.Is(err, db.ErrNoRows) {
		err = missing("team")
	}
	return team, lead, err
}

// FindTeam reads a team without its members, or fault.Missing.
func FindTeam(tx *db.Tx, id string) (Team, error) {
	return oneTeam(tx, sqlTeamByID, tx.Tenant(), id)
}

func oneTeam(tx *db.Tx, text string, args ...any) (Team, error) {
	t, err := scanTeam(tx.QueryRow(text, args...))
	if errors.Is(err, db.ErrNoRows) {
		err = missing("team")
	}
	return t, err
}

func teamsLedBy(tx *db.Tx, user string) ([]Team, error) {
	return db.All(tx, scanTeam, sqlTeamsLedBy, tx.Tenant(), user)
}

// Teams lists the teams of the principal's tenant by name, with their members.
func (s *Service) Teams(ctx context.Context, by Principal) (teams []Team, err error) {
	err = s.db.Read(by.As(ctx), func(tx *db.Tx) error {
		if teams, err = db.All(tx, scanTeam, sqlTeams, tx.Tenant()); err != nil {
			return err
		}
		members, err := grouped(tx, sqlAllMembers)
		for i := range teams {
			teams[i].Members = append(teams[i].Members, members[teams[i].ID]...)
		}
		return err
	})
	return teams, fault.Wrap(err, "listing teams")
}

// CreateTeam makes a team. Needs user.manage. Errors: fault.Invalid with the
// field, fault.Conflict slug name-taken.
func (s *Service) CreateTeam(ctx context.Context, by Principal, in NewTeam) (t Team, err error) {
	if err := by.Need(UserManage); err != nil {
		return t, err
	}
	if in.Name, err = normalName("body.name", in.Name); err != nil {
		return t, err
	}
	err = s.change(by.As(ctx), func(tx *db.Tx) error {
		if err := checkTeam(tx, in.Lead, in.Members, nil); err != nil {
			return err
		}
		t, err = s.insertTeam(tx, in, false)
		return err
	})
	return t, fault.Wrap(err, "making a team")
}

// insertTeam writes a team that was checked.
func (s *Service) insertTeam(tx *db.Tx, in NewTeam, intake bool) (Team, error) {
	t := Team{
		ID: tx.NewID(), Name: in.Name, Intake: intake, Lead: in.Lead, Members: withLead(in.Members, in.Lead),
		CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Rev: 1,
	}
	_, err := tx.Exec(sqlInsertTeam, tx.Tenant(), t.ID, t.Name, t.Intake, t.Lead, true, tx.Now(), tx.Now())
	if db.IsUnique(err) {
		return t, nameTaken(err)
	}
	if err != nil {
		return t, err
	}
	for _, m := range t.Members {
		if err := tx.Must(sqlInsertMember, tx.Tenant(), t.ID, m); err != nil {
			return t, err
		}
	}
	names, err := NameOf(tx, t.Lead)
	if err != nil {
		return t, err
	}
	t.LeadName = names[t.Lead]
	return t, s.recordTeam(tx, journal.TeamCreated, t)
}

// recordTeam keeps the name sealed: it may be a person's.
func (s *Service) recordTeam(tx *db.Tx, kind string, t Team) error {
	return s.record(tx, teamStream(t.ID), kind, fields{"team": t.ID, "lead": t.Lead, "members": t.Members}, fields{"name": t.Name})
}

func nameTaken(cause error) error {
	return fault.New(fault.Conflict, "A team with this name exists already.").WithSlug("name-taken").Because(cause)
}

func withLead(members []string, lead string) []string {
	all := append(slices.Clone(members), lead)
	slices.Sort(all)
	return slices.Compact(all)
}

// checkTeam refuses a lead who is not an active person, and new members who
// are not active. Those of before may stay although they were deactivated.
func checkTeam(tx *db.Tx, lead string, members, before []string) error {
	if len(members) > maxMembers {
		return fault.Field("body.members", "A team has at most %d members.", maxMembers)
	}
	u, err := findUser(tx, lead)
	if fault.Is(err, fault.Missing) || err == nil && (!u.Active || u.Kind != KindPerson) {
		return fault.Field("body.lead", "The lead of a team is an active person.")
	}
	if err != nil {
		return err
	}
	for _, m := range members {
		if m == lead || slices.Contains(before, m) {
			continue
		}
		u, err := findUser(tx, m)
		if fault.Is(err, fault.Missing) || err == nil && !u.Active {
			return fault.Field("body.members", "The account %.40q is not an active account.", m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// UpdateTeam changes a team whose revision is rev (0: whatever it is). Needs
// user.manage. Errors as CreateTeam, and fault.Conflict slug stale-revision.
func (s *Service) UpdateTeam(ctx context.Context, by Principal, id string, rev int64, change TeamChange) (t Team, err error) {
	if err := by.Need(UserManage); err != nil {
		return t, err
	}
	if change.Name != nil {
		name, err := normalName("body.name", *change.Name)
		if err != nil {
			return t, err
		}
		change.Name = &name
	}
	err = s.change(by.As(ctx), func(tx *db.Tx) error {
		before, err := teamWithMembers(tx, id)
		if err != nil {
			return err
		}
		if err := stale(rev, before.Rev); err != nil {
			return err
		}
		t, err = s.updateTeam(tx, before, change)
		return err
	})
	if db.IsReference(err) {
		err = fault.Field("body.lead", "The lead of a team is an active person.").Because(err)
	}
	return t, fault.Wrap(err, "changing a team")
}

func teamWithMembers(tx *db.Tx, id string) (Team, error) {
	t, err := FindTeam(tx, id)
	if err == nil {
		t.Members, err = db.Strings(tx, sqlMembers, tx.Tenant(), id)
	}
	return t, err
}

func (s *Service) updateTeam(tx *db.Tx, before Team, change TeamChange) (Team, error) {
	t := before
	if change.Name != nil {
		t.Name = *change.Name
	}
	if change.Lead != nil {
		t.Lead = *change.Lead
	}
	if change.Members != nil {
		t.Members = *change.Members
	}
	t.Members = withLead(t.Members, t.Lead)
	if t.Name == before.Name && t.Lead == before.Lead && slices.Equal(t.Members, before.Members) {
		return before, nil
	}
	if err := checkTeam(tx, t.Lead, t.Members, before.Members); err != nil {
		return t, err
	}
	n, err := tx.Exec(sqlUpdateTeam, t.Name, t.Lead, tx.Now(), tx.Tenant(), t.ID, before.Rev)
	if db.IsUnique(err) {
		return t, nameTaken(err)
	}
	if err != nil {
		return t, err
	}
	if n == 0 {
		return t, stale(before.Rev, before.Rev+1)
	}
	if err := replaceMembers(tx, t.ID, before.Members, t.Members); err != nil {
		return t, err
	}
	names, err := NameOf(tx, t.Lead)
	if err != nil {
		return t, err
	}
	t.LeadName, t.UpdatedAt, t.Rev = names[t.Lead], tx.Now(), before.Rev+1
	return t, s.recordTeam(tx, journal.TeamChanged, t)
}

func replaceMembers(tx *db.Tx, team string, before, after []string) error {
	for _, m := range before {
		if slices.Contains(after, m) {
			continue
		}
		if err := tx.Must(sqlDeleteMember, tx.Tenant(), team, m); err != nil {
			return err
		}
	}
	for _, m := range after {
		if slices.Contains(before, m) {
			continue
		}
		if err := tx.Must(sqlInsertMember, tx.Tenant(), team, m); err != nil {
			return err
		}
	}
	return nil
}

// join adds a new user to a team.
func (s *Service) join(tx *db.Tx, team, user string) error {
	t, err := teamWithMembers(tx, team)
	if fault.Is(err, fault.Missing) {
		return fault.Field("body.team", "There is no such team.")
	}
	if err != nil {
		return err
	}
	members := append(slices.Clone(t.Members), user)
	_, err = s.updateTeam(tx, t, TeamChange{Members: &members})
	return err
}
