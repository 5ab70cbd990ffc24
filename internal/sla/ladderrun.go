package sla

import (
	"errors"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
	"tocsin/internal/notify"
)

// Beside the names of clocks and TriggerOpen, these make ladders begin.
const (
	triggerDeclines = "declines" // an offer was declined three times; the cycle is the entry that says so
	triggerAsked    = "asked"    // somebody who was told cannot help; the cycle is the time
)

// run is a ladder that is being climbed.
type run struct {
	id, ticket, trigger string
	cycle, version      int64
	ladder              string // "" for one of our own, which the trigger names
	level, repeat       int64
	beganAt, nextAt     int64 // nextAt is 0 above the top
}

func (r *run) step() int64 { return stepOf(r.level, r.repeat) }

const (
	runColumns = `id, ticket, trigger, cycle, version, ladder, level, repeat, began_at, COALESCE(next_at,0)`
	sqlRunsOf  = `SELECT ` + runColumns + ` FROM ladder_run WHERE tenant = $1 AND ticket = $2 AND state = 'running' ORDER BY began_at, id`
	sqlRunsDue = `SELECT ticket FROM ladder_run WHERE next_at IS NOT NULL AND next_at <= $1 AND (tenant = $2 OR $2 = '*') ORDER BY next_at LIMIT $3`
	sqlNextRun = `SELECT COALESCE(MIN(next_at),0) FROM ladder_run WHERE next_at IS NOT NULL`
	sqlBegin   = `INSERT INTO ladder_run(tenant, id, ticket, trigger, cycle, version, ladder, state, level, repeat, began_at, next_at, stopped_at, stopped_by)
		VALUES ($1,$2,$3,$4,$5,$6,$7,'running',0,0,$8,$9,NULL,'') ON CONFLICT (tenant, ticket, trigger, cycle) DO NOTHING`
	sqlRevive = `UPDATE ladder_run SET id = $1, state = 'running', level = 0, repeat = 0, began_at = $2, next_at = $2, stopped_at = NULL, stopped_by = ''
		WHERE tenant = $3 AND ticket = $4 AND trigger = $5 AND cycle = $6 AND state = 'stopped' AND stopped_by = 'severity' RETURNING ` + runColumns
	sqlStop    = `UPDATE ladder_run SET state = 'stopped', next_at = NULL, stopped_at = $1, stopped_by = $2 WHERE tenant = $3 AND id = $4 AND state = 'running'`
	sqlClimbed = `UPDATE ladder_run SET level = $1, repeat = $2, next_at = $3 WHERE tenant = $4 AND id = $5 AND stopped_at IS NULL`
	sqlLater   = `UPDATE ladder_run SET next_at = $1 WHERE tenant = $2 AND ticket = $3 AND next_at IS NOT NULL AND next_at < $1`
)

func scanRun(s db.Scanner) (r run, err error) {
	return r, s.Scan(&r.id, &r.ticket, &r.trigger, &r.cycle, &r.version, &r.ladder, &r.level, &r.repeat, &r.beganAt, &r.nextAt)
}

// runsOf are the ladders that a ticket climbs now.
func runsOf(tx *db.Tx, ticket string) ([]run, error) {
	runs, err := db.All(tx, scanRun, sqlRunsOf, tx.Tenant(), ticket)
	return runs, fault.Wrap(err, "reading the ladders of a ticket")
}

// runsOfAll is runsOf for many tickets, by their ids.
func runsOfAll(tx *db.Tx, tickets []string) (map[string][]run, error) {
	args, in := db.In([]any{tx.Tenant()}, tickets)
	runs, err := db.All(tx, scanRun, `SELECT `+runColumns+` FROM ladder_run WHERE tenant = $1 AND ticket IN (`+in+`) AND state = 'running' ORDER BY began_at, id`, args...)
	out := make(map[string][]run, len(tickets))
	for _, r := range runs {
		out[r.ticket] = append(out[r.ticket], r)
	}
	return out, fault.Wrap(err, "reading the ladders of %d tickets", len(tickets))
}

// runsDue are tickets whose ladders have a step due, the longest overdue first.
// The same ticket may come twice.
func runsDue(tx *db.Tx, now int64, limit int) ([]string, error) {
	return db.Strings(tx, sqlRunsDue, now, tx.Tenant(), limit)
}

func nextRun(tx *db.Tx) (at int64, err error) {
	err = tx.QueryRow(sqlNextRun).Scan(&at)
	return at, err
}

// begin starts a ladder, once for each trigger and cycle. It reports false when
// there was one before. One that ended because the severity fell begins anew
// when it rises again.
func (s *SLA) begin(tx *db.Tx, chain *journal.Chain, r run) (run, bool, error) {
	r, started, err := s.enter(tx, r)
	if err != nil || !started {
		return r, false, err
	}
	return r, true, chain.AppendAll(r.started())
}

// started is the entry that says that a ladder began.
func (r *run) started() journal.Line {
	return journal.Line{Kind: journal.EscalationStarted, Data: map[string]any{
		"cycle": r.cycle, "ladder": r.ladder, "run": r.id, "trigger": r.trigger, "version": r.version,
	}}
}

// enter writes the row of a ladder that begins, unless there was one.
func (s *SLA) enter(tx *db.Tx, r run) (run, bool, error) {
	r.id, r.nextAt = tx.NewID(), r.beganAt
	n, err := tx.Exec(sqlBegin, tx.Tenant(), r.id, r.ticket, r.trigger, r.cycle, r.version, r.ladder, r.beganAt, r.nextAt)
	if err != nil {
		return r, false, fault.Wrap(err, "beginning a ladder")
	}
	if n == 0 {
		again, err := scanRun(tx.QueryRow(sqlRevive, r.id, r.beganAt, tx.Tenant(), r.ticket, r.trigger, r.cycle))
		if errors.Is(err, db.ErrNoRows) {
			return r, false, nil
		}
		if err != nil {
			return r, false, err
		}
		r = again
	}
	return r, true, nil
}

// stop ends a ladder. It does nothing when it has ended.
func (s *SLA) stop(tx *db.Tx, chain *journal.Chain, r run, cause string) error {
	n, err := tx.Exec(sqlStop, tx.Now(), cause, tx.Tenant(), r.id)
	if err != nil || n == 0 {
		return fault.Wrap(err, "ending a ladder")
	}
	_, err = chain.Append(journal.EscalationStopped, map[string]any{
		"cause": cause, "level": r.level, "run": r.id, "trigger": r.trigger,
	}, nil)
	if err != nil || r.level == 0 {
		return err
	}
	return s.allClear(tx, r)
}

// allClear ends the alarms that a ladder may have raised in channels. Where it
// raised none, nothing is told.
func (s *SLA) allClear(tx *db.Tx, r run) error {
	l, err := s.stepsOf(tx, r)
	if err != nil {
		return err
	}
	all := slices.Clone(l.Fallback)
	for _, level := range l.Levels {
		all = append(all, level.Who...)
	}
	channels := []string{}
	for _, w := range all {
		if w.Kind == WhoChannel && !slices.Contains(channels, w.ID) {
			channels = append(channels, w.ID)
		}
	}
	if len(channels) == 0 {
		return nil
	}
	t, err := s.tickets.Get(tx, r.ticket)
	if err != nil {
		return err
	}
	notices := make([]notify.Notice, len(channels))
	for i, id := range channels {
		notices[i] = about(t, "clear|"+r.id+"|"+id, notify.Decided, "Somebody has answered: the ladder has ended.")
		notices[i].Channel, notices[i].Resolve = id, true
	}
	return s.told(tx, notices)
}

// climbed writes down the step that a run stands on.
func climbed(tx *db.Tx, r run) error {
	var next any
	if r.nextAt != 0 {
		next = r.nextAt
	}
	return tx.Must(sqlClimbed, r.level, r.repeat, next, tx.Tenant(), r.id)
}

// runsLater puts off the ladders of a ticket that could not be looked at.
func runsLater(tx *db.Tx, ticket string, at int64) error {
	_, err := tx.Exec(sqlLater, at, tx.Tenant(), ticket)
	return err
}
