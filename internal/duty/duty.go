package duty

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/identity"
	"tocsin/internal/journal"
)

// Config is what the room is made of.
type Config struct {
	DB      *db.DB
	Journal *journal.Journal
	Log     *slog.Logger // nil discards
}

// Duty keeps schedules.
type Duty struct {
	db      *db.DB
	journal *journal.Journal
	log     *slog.Logger
	used    func(tx *db.Tx, schedule string) (by string, err error)
}

// maxSchedules bounds the schedules of a tenant.
const maxSchedules = 500

// New makes the room.
func New(c Config) *Duty {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	nobody := func(*db.Tx, string) (string, error) { return "", nil }
	return &Duty{db: c.DB, journal: c.Journal, log: c.Log, used: nobody}
}

// Connect gives the room the way to ask who else names a schedule, so that it is
// not removed while it is used; the answer is a name for people, or "".
func (d *Duty) Connect(used func(tx *db.Tx, schedule string) (by string, err error)) { d.used = used }

// Create makes a schedule and its shifts, and returns its id. Errors:
// fault.Invalid with every field, fault.Conflict slug name-taken or
// primary-taken.
func (d *Duty) Create(tx *db.Tx, p Plan) (id string, err error) {
	var n int
	if err := tx.QueryRow(sqlCount, tx.Tenant()).Scan(&n); err != nil {
		return "", err
	}
	if n >= maxSchedules {
		return "", fault.New(fault.Conflict, "There are %d schedules; that is the most.", n).WithSlug("too-many")
	}
	r := &record{id: tx.NewID(), createdAt: tx.Now(), updatedAt: tx.Now(), rev: 1}
	doc, err := r.take(tx, p)
	if err != nil {
		return "", err
	}
	if err := tx.Must(sqlInsert, tx.Tenant(), r.id, r.plan.Name, r.plan.Team, r.plan.Primary, doc, tx.Now()); err != nil {
		return "", raced(err)
	}
	if err := tx.Must(sqlInsertTurn, tx.Tenant(), r.id, tx.Now()); err != nil {
		return "", err
	}
	return r.id, fault.Wrap(d.changed(tx, r), "making a schedule")
}

// take checks a plan and makes it the schedule's, unless another stands in the
// way.
func (r *record) take(tx *db.Tx, p Plan) (doc []byte, err error) {
	if doc, err = r.prepare(tx, p); err != nil {
		return nil, err
	}
	return doc, r.free(tx)
}

// prepare checks a plan by itself.
func (r *record) prepare(tx *db.Tx, p Plan) (doc []byte, err error) {
	p = p.normal()
	ready, err := p.compile()
	if err != nil {
		return nil, err
	}
	if err := checkNames(tx, p); err != nil {
		return nil, err
	}
	r.plan, r.ready = p, ready
	return json.Marshal(p)
}

// checkNames refuses a team that does not exist and people who are not active.
func checkNames(tx *db.Tx, p Plan) error {
	var w problems
	if _, err := identity.FindTeam(tx, p.Team); fault.Is(err, fault.Missing) {
		w.add("body.team", "There is no such team.")
	} else if err != nil {
		return err
	}
	active, err := identity.ActivePeople(tx, p.people())
	if err != nil {
		return err
	}
	for i, r := range p.Rotations {
		for j, id := range r.Participants {
			if !active[id] {
				w.add(fmt.Sprintf("body.rotations[%d].participants[%d]", i, j), "%q is not an active person.", clip(id))
			}
		}
	}
	return w.err()
}

// free refuses a name that another schedule has, and a second primary schedule of
// a team.
func (r *record) free(tx *db.Tx) error {
	var named, main int
	if err := tx.QueryRow(sqlNamed, tx.Tenant(), r.plan.Name, r.id).Scan(&named); err != nil {
		return err
	}
	if err := tx.QueryRow(sqlMain, tx.Tenant(), r.plan.Team, r.id).Scan(&main); err != nil {
		return err
	}
	switch {
	case named > 0:
		return taken("name-taken", "body.name", "Another schedule has this name.")
	case main > 0 && r.plan.Primary:
		return taken("primary-taken", "body.primary", "The team has a primary schedule already; take that away there first.")
	}
	return nil
}

func taken(slug, location, message string) *fault.Error {
	e := fault.New(fault.Conflict, "%s", message).WithSlug(slug)
	e.Fields = []fault.FieldError{{Location: location, Message: message}}
	return e
}

// raced is for what free did not see, because it was written at the same time.
func raced(err error) error {
	if db.IsUnique(err) {
		return fault.New(fault.Conflict, "Another schedule took this name or this team just now.").WithSlug("name-taken").Because(err)
	}
	return err
}

// changed makes the shifts again and records that the schedule is another.
func (d *Duty) changed(tx *db.Tx, r *record) error {
	t, err := readTold(tx, r.id)
	if err != nil {
		return err
	}
	y := &diary{d: d, tx: tx, schedule: r.id}
	if err := r.rebuild(y, ""); err != nil {
		return err
	}
	t.freshAt = tx.Now() + renew
	return d.settle(tx, y, r, t)
}

// rebuild makes the shifts and writes down that they are others. The words of
// people, and with them the whole plan, are kept sealed.
func (r *record) rebuild(y *diary, gone string) error {
	shifts, gaps, err := r.build(y.tx, gone)
	if err != nil {
		return err
	}
	what := data{"gaps": gaps, "removed": false, "rev": r.rev, "shifts": shifts, "team": r.plan.Team}
	return y.write(journal.ScheduleChanged, what, map[string]any{"plan": r.plan})
}

// Change replaces the plan of a schedule whose revision is rev (0: whatever it
// is). Errors as Create, and fault.Conflict slug stale-revision.
func (d *Duty) Change(tx *db.Tx, id string, rev int64, p Plan) error {
	r, err := hold(tx, id)
	if err != nil {
		return err
	}
	if err := stale(rev, r.rev); err != nil {
		return err
	}
	before := r.plan
	doc, err := r.take(tx, p)
	if err != nil || reflect.DeepEqual(before, r.plan) {
		return err
	}
	if err := tx.Must(sqlUpdate, r.plan.Name, r.plan.Team, r.plan.Primary, doc, tx.Now(), tx.Tenant(), id); err != nil {
		return raced(err)
	}
	r.rev++
	return fault.Wrap(d.changed(tx, r), "changing a schedule")
}

func stale(rev, current int64) error {
	if rev == 0 || rev == current {
		return nil
	}
	return fault.New(fault.Conflict, "The schedule was changed by somebody else in the meantime; look at it again.").
		WithSlug("stale-revision").WithExtra("rev", current)
}

// Remove ends a schedule whose revision is rev (0: whatever it is): nobody is on
// duty by it any more, and its past is kept. Errors: fault.Conflict slug in-use
// or stale-revision.
func (d *Duty) Remove(tx *db.Tx, id string, rev int64) error {
	r, err := hold(tx, id)
	if err != nil {
		return err
	}
	if err := stale(rev, r.rev); err != nil {
		return err
	}
	by, err := d.used(tx, id)
	if err != nil {
		return err
	}
	if by != "" {
		return fault.New(fault.Conflict, "The ladder %s names this schedule; take it out there first.", by).WithSlug("in-use")
	}
	t, err := readTold(tx, id)
	if err != nil {
		return err
	}
	if err := replan(tx, id, nil); err != nil {
		return err
	}
	if err := tx.Must(sqlRemove, tx.Now(), tx.Tenant(), id); err != nil {
		return err
	}
	y := &diary{d: d, tx: tx, schedule: id}
	err = y.write(journal.ScheduleChanged, data{"gaps": 0, "rev": r.rev + 1, "shifts": 0, "team": r.plan.Team, "removed": true}, nil)
	if err == nil && t.person != "" {
		err = y.write(journal.DutyBegan, beganData(tx.Now(), "", "", t.person, r.plan.Team, r.plan.Primary), nil)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(sqlEndTurn, tx.Tenant(), id)
	return fault.Wrap(err, "removing a schedule")
}
