package sla

import (
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/ticket"
)

// The kinds of Who that only ladders of our own use; nobody can write them.
const (
	whoDuty   = "duty"   // on duty for the team of that id
	whoLeadOf = "leadof" // who leads a team that the person of that id is in
)

// callee is one who is called: a person or a channel.
type callee struct {
	person, channel string
	onDuty          bool
}

// cast remembers within one transaction who was meant: a thousand tickets ask for
// the same few people. nil remembers nothing.
type cast map[castKey][]callee

type castKey struct {
	who         Who
	team, owner string
}

// resolve asks once for the tickets of a team and an owner.
func (c cast) resolve(s *SLA, tx *db.Tx, w Who, t *ticket.Ticket) ([]callee, error) {
	key := castKey{who: w, team: t.Team}
	if w.Kind == WhoOwner {
		key.owner = t.Owner
	}
	if known, ok := c[key]; ok {
		return known, nil
	}
	found, err := s.resolve(tx, w, t)
	if err == nil && c != nil {
		c[key] = found
	}
	return found, err
}

// resolve says who is meant at this moment. Nobody is an empty list, never an
// error: whoever has left or is not on duty cannot be called.
func (s *SLA) resolve(tx *db.Tx, w Who, t *ticket.Ticket) ([]callee, error) {
	people, onDuty, err := s.meant(tx, w, t)
	if err != nil {
		return nil, fault.Wrap(err, "finding out who %s is", w)
	}
	out := []callee{}
	for _, id := range people {
		ok, err := s.active(tx, id)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, callee{person: id, onDuty: onDuty})
		}
	}
	if w.Kind == WhoChannel {
		name, err := ask(s.people.Channel, tx, w.ID)
		if err != nil || name == "" {
			return out, err
		}
		return append(out, callee{channel: w.ID}), nil
	}
	return out, nil
}

// meant names people, whether they are active or not.
func (s *SLA) meant(tx *db.Tx, w Who, t *ticket.Ticket) (people []string, onDuty bool, err error) {
	switch w.Kind {
	case WhoOnCall, whoDuty:
		who, err := s.onCall(tx, w, t)
		return some(who), true, err
	case WhoLead:
		team := w.ID
		if team == WhoTeam {
			team = t.Team
		}
		who, err := s.lead(tx, team)
		return some(who), false, err
	case WhoOwner:
		return some(t.Owner), false, nil
	case WhoUser:
		return some(w.ID), false, nil
	case WhoRole:
		people, err = askMany(s.people.Holders, tx, w.ID)
	case whoLeadOf:
		people, err = s.leadsOf(tx, w.ID, t)
	}
	return people, false, err
}

func (s *SLA) onCall(tx *db.Tx, w Who, t *ticket.Ticket) (string, error) {
	switch {
	case w.Kind == whoDuty:
		return askAt(s.people.OnTeam, tx, w.ID)
	case w.ID == WhoTeam:
		return askAt(s.people.OnTeam, tx, t.Team)
	}
	return askAt(s.people.OnCall, tx, w.ID)
}

// lead is who leads a team; "" when there is no such team any more.
func (s *SLA) lead(tx *db.Tx, team string) (string, error) {
	who, err := ask(s.people.Lead, tx, team)
	if fault.Is(err, fault.Missing) {
		return "", nil
	}
	return who, err
}

// leadsOf are those who lead a person's teams, without that person; whoever is
// in no team is led by the lead of the ticket's team.
func (s *SLA) leadsOf(tx *db.Tx, person string, t *ticket.Ticket) ([]string, error) {
	leads, err := askMany(s.people.LeadsOf, tx, person)
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, id := range leads {
		if id != person {
			out = append(out, id)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	lead, err := s.lead(tx, t.Team)
	return some(lead), err
}

func (s *SLA) active(tx *db.Tx, person string) (bool, error) {
	if s.people.Active == nil || person == "" {
		return false, nil
	}
	return s.people.Active(tx, person)
}

func some(id string) []string {
	if id == "" {
		return nil
	}
	return []string{id}
}

// ask asks a port; one that is not connected knows nobody.
func ask(port func(*db.Tx, string) (string, error), tx *db.Tx, id string) (string, error) {
	if port == nil {
		return "", nil
	}
	return port(tx, id)
}

func askAt(port func(*db.Tx, string, int64) (string, error), tx *db.Tx, id string) (string, error) {
	if port == nil {
		return "", nil
	}
	return port(tx, id, tx.Now())
}

func askMany(port func(*db.Tx, string) ([]string, error), tx *db.Tx, id string) ([]string, error) {
	if port == nil {
		return nil, nil
	}
	return port(tx, id)
}

// reachable reports whether a way to one of those is known to work: a person
// with a channel that they have confirmed, or a channel whose test succeeded.
func (s *SLA) reachable(tx *db.Tx, c callee) (bool, error) {
	port, id := s.people.Confirmed, c.person
	if c.channel != "" {
		port, id = s.people.Tested, c.channel
	}
	if port == nil {
		return false, nil
	}
	return port(tx, id)
}
