package duty

import (
	"context"
	"encoding/json"
	"slices"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// Naming is something of this room that names a person.
type Naming struct {
	Kind     string `json:"kind" enum:"schedule,override"`
	Schedule string `json:"schedule"`
	Name     string `json:"name" doc:"Of the schedule"`
	Override string `json:"override" doc:"Id, of an override"`
}

// Named lists the rotations that a person takes turns in and the overrides by
// which they stand in.
func (d *Duty) Named(tx *db.Tx, person string) ([]Naming, error) {
	out := []Naming{}
	all, err := allSchedules(tx)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, r := range all {
		names[r.id] = r.plan.Name
		if slices.Contains(r.plan.people(), person) {
			out = append(out, Naming{Kind: "schedule", Schedule: r.id, Name: r.plan.Name})
		}
	}
	overrides, err := db.All(tx, scanOverride, sqlOverridesOf, tx.Tenant(), person, tx.Now())
	for _, o := range overrides {
		if name, live := names[o.schedule]; live {
			out = append(out, Naming{Kind: "override", Schedule: o.schedule, Name: name, Override: o.id})
		}
	}
	return out, fault.Wrap(err, "asking what names a person")
}

// Vacate takes a person off duty from now on, because they leave: their
// overrides end, their calendar addresses stop working, and where no other layer
// has somebody their shifts become gaps. The turns of the others stay as they are,
// so the person remains in the rotation until somebody takes them out.
func (d *Duty) Vacate(tx *db.Tx, person string) error {
	named, err := d.Named(tx, person)
	if err != nil {
		return err
	}
	ids := []string{}
	for _, n := range named {
		ids = append(ids, n.Schedule)
	}
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if err := d.vacate(tx, id, person); err != nil {
			return fault.Wrap(err, "taking a person off schedule %s", id)
		}
	}
	_, err = tx.Exec(sqlRevokeFeeds, tx.Now(), tx.Tenant(), person)
	return fault.Wrap(err, "taking a person off duty")
}

func (d *Duty) vacate(tx *db.Tx, id, person string) error {
	r, err := hold(tx, id)
	if err != nil {
		return err
	}
	t, err := readTold(tx, id)
	if err != nil {
		return err
	}
	overrides, err := overridesAfter(tx, id, tx.Now())
	if err != nil {
		return err
	}
	y := &diary{d: d, tx: tx, schedule: id}
	for _, o := range overrides {
		if o.person != person {
			continue
		}
		if err := o.end(y); err != nil {
			return err
		}
	}
	if err := r.rebuild(y, person); err != nil {
		return err
	}
	t.freshAt = tx.Now() + renew
	return d.settle(tx, y, r, t)
}

// Refresh has the schedules of a tenant made again at the next turn when somebody
// is active who was not, or the other way round. It reads journal.UserChanged.
func (d *Duty) Refresh(ctx context.Context, entries []journal.Record) error {
	if !slices.ContainsFunc(entries, activity) {
		return nil
	}
	return d.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(sqlStale, tx.Tenant())
		return fault.Wrap(err, "having schedules made again")
	})
}

func activity(e journal.Record) bool {
	var what struct {
		Fields []string `json:"fields"`
	}
	return json.Unmarshal(e.Data, &what) == nil && slices.Contains(what.Fields, "active")
}
