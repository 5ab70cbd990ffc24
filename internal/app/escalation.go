package app

import (
	"context"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"tocsin/internal/connection"
	"tocsin/internal/db"
	"tocsin/internal/duty"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/notify"
	"tocsin/internal/sla"
)

// keepTime makes the room that keeps time, and gives tickets their clocks.
func (r *Rooms) keepTime(tell *notify.Notify) *sla.SLA {
	s := sla.New(sla.Config{
		DB: r.DB, Journal: r.Journal, Tickets: r.Tickets, Log: r.Log, Tell: tell.Tell, Release: tell.Release, Called: notify.Called, Delivered: delivered,
		Unacknowledge: r.Tickets.Unacknowledge, Offer: r.offerCalled,
		People: r.callees(tell),
	})
	r.Tickets.Connect(s.Clocks())
	r.Duty.Connect(func(tx *db.Tx, schedule string) (string, error) {
		ladders, err := s.Names(tx, sla.Who{Kind: sla.WhoOnCall, ID: schedule})
		return strings.Join(ladders, ", "), err
	})
	return s
}

// delivered says what became of the calls about a ticket.
func delivered(tx *db.Tx, ticket string) ([]sla.Delivery, error) {
	fates, err := notify.Fates(tx, ticket)
	out := make([]sla.Delivery, len(fates))
	for i, f := range fates {
		out[i] = sla.Delivery{Key: f.Key, Person: f.Person, Channel: f.Channel, State: f.State, At: f.At}
	}
	return out, err
}

// ensureTargets writes the targets that an installation begins with: tickets of
// before there were any begin their clocks now. One that nobody has set up yet
// gets them with its first ticket.
func (r *Rooms) ensureTargets(ctx context.Context) {
	needed, err := r.Identity.NeedsSetup(ctx)
	if err == nil && !needed {
		err = r.DB.Write(db.As(ctx, identity.Main, "system:sla"), r.SLA.Ensure)
	}
	if err != nil {
		r.Log.ErrorContext(ctx, "the targets could not be written", "error", err.Error())
	}
}

// callees is what sla asks of the rooms that know people.
func (r *Rooms) callees(tell *notify.Notify) sla.People {
	return sla.People{
		Active: identity.IsActive, Holders: identity.Holders, Intake: identity.IntakeLead, Members: identity.MembersOf,
		Leads: identity.Leads, LeadsOf: identity.LeadsOf, Names: people().Names, Lead: people().Lead, Zone: identity.Zone,
		Schedule: func(tx *db.Tx, id string) (bool, error) {
			team, err := duty.TeamOf(tx, id)
			return team != "", err
		},
		Rota: func(tx *db.Tx, id string) (string, error) {
			s, err := r.Duty.Schedule(tx, id)
			if fault.Is(err, fault.Missing) {
				return "", nil
			}
			return s.Name, err
		},
		TeamOf: duty.TeamOf, OnTeam: onTeam, OnCall: duty.OnScheduleAt, Confirmed: tell.Confirmed, Tested: tell.Tested,
		Ways: func(tx *db.Tx) (bool, error) {
			ways, err := r.Connections.Notifiers(tx)
			return slices.ContainsFunc(ways, func(w connection.Way) bool { return w.Enabled && w.Beat == 0 }), err
		},
		Channel: func(tx *db.Tx, id string) (string, error) {
			ways, err := r.Connections.Notifiers(tx)
			for _, w := range ways {
				if w.ID == id && w.Enabled && w.Beat == 0 {
					return w.Name, err
				}
			}
			return "", err
		},
	}
}

// escalations are the numbers of the scheduler.
func (r *Rooms) escalations() live {
	g := r.SLA.Gauges()
	count := func(name, help string, get func() int64) metric {
		return metric{name, help, prometheus.CounterValue, func() float64 { return float64(get()) }}
	}
	level := func(name, help string, unit float64, get func() int64) metric {
		return metric{name, help, prometheus.GaugeValue, func() float64 { return float64(get()) * unit }}
	}
	return live{
		count("tocsin_escalation_fired_total", "Warnings, breaches, calls and questions that this process journaled.", g.Fired),
		count("tocsin_escalation_late_total", "Those that came more than 5 seconds after they were due.", g.Late),
		count("tocsin_escalation_failed_total", "Tickets whose clocks could not be looked at; each was put off for a minute.", g.Failed),
		count("tocsin_escalation_missed_total", "What the auditor found: people who should have been called and were not, and lost clocks.", g.Missed),
		level("tocsin_escalation_unreachable", "1 while no way to the last resort of a ladder is known to work.", 1, g.Unreachable),
		level("tocsin_escalation_due", "Tickets that are due and not looked at yet, up to 10,000.", 1, g.Backlog),
		level("tocsin_escalation_due_age_seconds", "How long ago the first of them fell due.", 1e-6, g.Age),
	}
}

// onTeam is whom a ladder calls for a team: the person on duty, and the lead
// where no schedule says who that is. A gap in a schedule stays a gap: it is
// told, and the ladder goes on at once.
func onTeam(tx *db.Tx, team string, at int64) (string, error) {
	person, err := duty.OnTeamAt(tx, team, at)
	if err != nil || person != "" {
		return person, err
	}
	if has, err := duty.Scheduled(tx, team); err != nil || has {
		return "", err
	}
	lead, err := people().Lead(tx, team)
	if fault.Is(err, fault.Missing) {
		return "", nil
	}
	return lead, err
}
