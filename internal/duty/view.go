package duty

import (
	"fmt"
	"slices"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/identity"
)

// Schedule is a schedule as it is shown.
type Schedule struct {
	ID string `json:"id"`
	Plan
	TeamName         string            `json:"team_name"`
	ParticipantNames map[string]string `json:"participant_names" doc:"By id"`
	Now              *Standing         `json:"now" doc:"Who is on duty; null in a gap"`
	Next             *Standing         `json:"next" doc:"Who is on duty after that; null when nobody is within 60 days"`
	Gaps             []Gap             `json:"gaps" doc:"Of the next 14 days"`
	Warnings         []string          `json:"warnings"`
	CreatedAt        time.Time         `json:"created_at"`
	UpdatedAt        time.Time         `json:"updated_at"`
	Rev              int64             `json:"rev"`
}

// Standing is somebody on duty for a while.
type Standing struct {
	Person string    `json:"person"`
	Name   string    `json:"name"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
}

// Gap is a time in which nobody is on duty.
type Gap struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// shownGaps is how far ahead a schedule shows its gaps.
const shownGaps = 14 * day

// Schedules lists all by name.
func (d *Duty) Schedules(tx *db.Tx) ([]Schedule, error) {
	all, err := allSchedules(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Schedule, len(all))
	for i := range all {
		if out[i], err = show(tx, &all[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Schedule shows one, or is fault.Missing.
func (d *Duty) Schedule(tx *db.Tx, id string) (Schedule, error) {
	r, err := find(tx, id)
	if err != nil {
		return Schedule{}, err
	}
	return show(tx, r)
}

func show(tx *db.Tx, r *record) (Schedule, error) {
	shifts, err := shiftsAhead(tx, r.id)
	if err != nil {
		return Schedule{}, err
	}
	people := r.plan.people()
	for _, s := range shifts[:min(2, len(shifts))] {
		people = append(people, s.person)
	}
	names, err := identity.NameOf(tx, people...)
	if err != nil {
		return Schedule{}, err
	}
	teams, err := identity.TeamNameOf(tx, r.plan.Team)
	if err != nil {
		return Schedule{}, err
	}
	active, err := identity.ActivePeople(tx, people)
	if err != nil {
		return Schedule{}, err
	}
	s := Schedule{
		ID: r.id, Plan: r.plan, TeamName: teams[r.plan.Team], ParticipantNames: names,
		CreatedAt: db.Time(r.createdAt), UpdatedAt: db.Time(r.updatedAt), Rev: r.rev,
	}
	s.Now, s.Next = standings(tx.Now(), shifts, names, active)
	s.Gaps = gapsWithin(shifts, tx.Now(), tx.Now()+shownGaps)
	s.Warnings = r.warnings(tx.Now(), names, active, s.Now)
	return s, nil
}

// standings are who is on duty now and who comes next.
func standings(at int64, shifts []shift, names map[string]string, active map[string]bool) (now, next *Standing) {
	if len(shifts) > 0 && shifts[0].from <= at {
		if active[shifts[0].person] {
			now = stand(shifts[0], names)
		}
		shifts = shifts[1:]
	}
	if len(shifts) > 0 {
		next = stand(shifts[0], names)
	}
	return now, next
}

func stand(s shift, names map[string]string) *Standing {
	return &Standing{s.person, names[s.person], db.Time(s.from), db.Time(s.to)}
}

func piecesOf(shifts []shift) []piece {
	out := make([]piece, len(shifts))
	for i, s := range shifts {
		out[i] = s.piece
	}
	return out
}

// gapsWithin are the gaps between two instants, each with its true end.
func gapsWithin(shifts []shift, from, to int64) []Gap {
	out := []Gap{}
	for _, h := range holes(piecesOf(shifts), from, from+60*day) {
		if h.from < to {
			out = append(out, Gap{db.Time(h.from), db.Time(h.to)})
		}
	}
	return out
}

// warnings say what is allowed and still worth a look.
func (r *record) warnings(at int64, names map[string]string, active map[string]bool, now *Standing) []string {
	out := []string{}
	if now == nil {
		out = append(out, "Nobody is on duty now.")
	}
	for _, id := range r.plan.people() {
		if !active[id] {
			out = append(out, fmt.Sprintf("%s is not active: their turns are gaps where no other rotation has somebody.", names[id]))
		}
	}
	if len(r.plan.people()) == 1 {
		out = append(out, "One person has all turns: nobody relieves them.")
	}
	for _, rota := range r.ready.rotas {
		w := wall{zone: rota.zone}
		if begins := w.at(rota.start, rota.minutes) * micro; begins > at {
			out = append(out, fmt.Sprintf("%s begins on %s.", rota.name, db.Time(begins).In(rota.zone).Format(time.DateOnly)))
		}
	}
	return out
}

// OnCall is who is on duty now by a schedule, and who answers when nobody is.
type OnCall struct {
	Schedule   string     `json:"schedule"`
	Name       string     `json:"name"`
	Primary    bool       `json:"primary"`
	Team       string     `json:"team"`
	TeamName   string     `json:"team_name"`
	Person     string     `json:"person" doc:"Empty in a gap"`
	PersonName string     `json:"person_name"`
	Until      *time.Time `json:"until" doc:"When the shift or the gap ends"`
	NextPerson string     `json:"next_person"`
	NextName   string     `json:"next_name"`
	NextFrom   *time.Time `json:"next_from"`
	Lead       string     `json:"lead" doc:"Of the team"`
	LeadName   string     `json:"lead_name"`
	Gap        bool       `json:"gap"`
}

// OnCall lists every schedule with who is on duty.
func (d *Duty) OnCall(tx *db.Tx) ([]OnCall, error) {
	all, err := allSchedules(tx)
	if err != nil {
		return nil, err
	}
	out := make([]OnCall, len(all))
	for i := range all {
		if out[i], err = onCall(tx, &all[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func onCall(tx *db.Tx, r *record) (OnCall, error) {
	shifts, err := db.All(tx, scanShift, sqlTwoAhead, tx.Tenant(), r.id, tx.Now())
	if err != nil {
		return OnCall{}, err
	}
	people := []string{}
	for _, s := range shifts {
		people = append(people, s.person)
	}
	names, err := identity.NameOf(tx, people...)
	if err != nil {
		return OnCall{}, err
	}
	active, err := identity.ActivePeople(tx, people)
	if err != nil {
		return OnCall{}, err
	}
	team, err := identity.FindTeam(tx, r.plan.Team)
	o := OnCall{
		Schedule: r.id, Name: r.plan.Name, Primary: r.plan.Primary, Team: team.ID, TeamName: team.Name,
		Lead: team.Lead, LeadName: team.LeadName, Gap: true,
	}
	now, next := standings(tx.Now(), shifts, names, active)
	if next != nil {
		o.NextPerson, o.NextName, o.NextFrom = next.Person, next.Name, &next.From
		o.Until = &next.From
	}
	if now != nil {
		o.Person, o.PersonName, o.Until, o.Gap = now.Person, now.Name, &now.Until, false
	}
	return o, err
}

// distinctZones lists the zones of a plan, each once.
func (p *plan) distinctZones() []*time.Location {
	out := []*time.Location{}
	for _, r := range p.rotas {
		if !slices.ContainsFunc(out, func(z *time.Location) bool { return z.String() == r.zone.String() }) {
			out = append(out, r.zone)
		}
	}
	return out
}
