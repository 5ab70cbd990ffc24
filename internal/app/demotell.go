package app

import (
	"context"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"tocsin/internal/connector"
	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/finding"
	"tocsin/internal/identity"
	"tocsin/internal/query"
	"tocsin/internal/ticket"
)

// demoActor is who the findings of the story come from.
const demoActor = db.Actor("system:demo")

// demoTeller plays events through the ordinary code: the rooms of the server,
// over the same database, under the clock of the story.
type demoTeller struct {
	clock   atomic.Int64 // microseconds; only grows
	story   *Rooms
	workers map[string]ticket.Worker // by the key of the person
	skipped int                      // commands that somebody else's work made void
}

// newDemoTeller makes the people of the story, who join the team that tickets
// come to.
func (r *Rooms) newDemoTeller(ctx context.Context, end time.Time) (*demoTeller, error) {
	t := &demoTeller{workers: map[string]ticket.Worker{}}
	view := r.DB.At(func() time.Time { return db.Time(t.clock.Load()) })
	t.story = &Rooms{DB: view, Vault: r.Vault, Journal: r.Journal, Log: r.Log, Node: r.Node, disk: r.disk, intake: r.intake}
	t.story.Identity = identity.New(identity.Config{DB: view, Journal: r.Journal, Vault: r.Vault, Log: r.Log})
	var err error
	if t.story.Findings, err = finding.New(view, r.Journal); err != nil {
		return nil, err
	}
	t.story.Tickets = ticket.New(view, r.Journal, t.story.Findings, people())
	for i, p := range demoPeople() {
		t.clock.Store(end.Add(-demoLength - time.Hour + time.Duration(i)*90*time.Second).UnixMicro())
		if err := t.engage(ctx, p); err != nil {
			return nil, err
		}
	}
	return t, r.demoJoin(ctx, t.workers)
}

// engage makes one person of the story. The invitation is dropped: nobody can
// sign in as somebody who does not exist.
func (t *demoTeller) engage(ctx context.Context, p demoPerson) error {
	u, _, err := t.story.Identity.CreateUser(ctx, demoPrincipal(), identity.NewUser{
		Email: p.key + "@" + demoDomain, Name: p.name, Roles: []string{p.role}, TimeZone: demoZone, Demo: true,
	})
	if fault.Is(err, fault.Conflict) {
		return fault.New(fault.Conflict, "The people of the demo exist already: it is being filled, or was interrupted; begin with an empty installation.").
			WithSlug("already-running").Because(err)
	}
	t.workers[p.key] = ticket.Worker{ID: u.ID, Leads: p.role == identity.Lead}
	return err
}

// demoJoin adds the people to the team that tickets come to. It happens now,
// not in the story: the team may be younger than the story.
func (r *Rooms) demoJoin(ctx context.Context, workers map[string]ticket.Worker) error {
	teams, err := r.Identity.Teams(ctx, demoPrincipal())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(teams, func(t identity.Team) bool { return t.Intake })
	if i < 0 {
		return fault.New(fault.Missing, "There is no team that tickets come to.")
	}
	members := slices.Clone(teams[i].Members)
	for _, w := range workers {
		members = append(members, w.ID)
	}
	_, err = r.Identity.UpdateTeam(ctx, demoPrincipal(), teams[i].ID, 0, identity.TeamChange{Members: &members})
	return err
}

func (t *demoTeller) tellAll(ctx context.Context, events []demoEvent, progress func(done, total int)) error {
	for i, e := range events {
		progress(i, len(events))
		if err := t.tell(ctx, e); err != nil {
			return fault.Wrap(err, "telling event %d of the demo", i+1)
		}
	}
	progress(len(events), len(events))
	return nil
}

// tell makes one event happen at its time.
func (t *demoTeller) tell(ctx context.Context, e demoEvent) error {
	t.clock.Store(max(e.at, t.clock.Load()))
	if e.body != nil {
		ctx = db.As(ctx, identity.Main, demoActor)
		_, err := t.story.TakeMessages(ctx, finding.SourceDemo, []connector.Message{{Body: e.body, SentAt: e.at}})
		return err
	}
	w := t.workers[e.act.who]
	ctx = db.As(ctx, identity.Main, db.Person(w.ID))
	err := t.story.DB.Write(ctx, func(tx *db.Tx) error { return t.work(tx, e.act, w) })
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Denied) || fault.Is(err, fault.Missing) {
		// A person of the installation was faster, or the policy opens no
		// ticket for it: the story goes on without this.
		t.skipped++
		t.story.Log.DebugContext(ctx, "a step of the demo was left out", "what", string(e.act.do), "error", err)
		return nil
	}
	return err
}

// about finds what is stored of the finding that a detector calls uid.
func (t *demoTeller) about(tx *db.Tx, uid string) (finding.Summary, error) {
	page, err := t.story.Findings.List(tx, "uid:"+strconv.Quote(uid), "", 1, query.Env{Now: tx.Now()})
	if err == nil && len(page.Items) == 0 {
		err = fault.New(fault.Missing, "There is no finding %s.", uid)
	}
	if err != nil {
		return finding.Summary{}, err
	}
	return page.Items[0], nil
}

// work does what a person does.
func (t *demoTeller) work(tx *db.Tx, a demoAct, w ticket.Worker) error {
	if a.do == doDismiss {
		return t.dismiss(tx, a.text)
	}
	f, err := t.about(tx, a.uid)
	if err != nil {
		return err
	}
	ts := t.story.Tickets
	switch a.do {
	case doPromote:
		_, err = ts.Promote(tx, f.ID, a.text)
	case doAck:
		_, err = ts.Acknowledge(tx, f.TicketID)
	case doTake:
		_, err = ts.Take(tx, f.TicketID)
	case doNote, doMark:
		_, err = ts.AddNote(tx, f.TicketID, ticket.Note{Text: a.text, Significant: a.do == doMark})
	case doMove:
		_, err = ts.Move(tx, f.TicketID, ticket.Move{To: a.to, Reason: a.text}, w)
	case doClose:
		_, err = ts.Close(tx, f.TicketID, ticket.Close{Resolution: a.as, Reason: a.text}, w)
	case doReopen:
		_, err = ts.Reopen(tx, f.TicketID, ticket.Analysis, a.text)
	case doTag:
		err = t.tag(tx, f.TicketID, a.tags)
	case doLink:
		err = t.link(tx, f.TicketID, a.other)
	default:
		err = fault.New(fault.Internal, "nobody can do %q", a.do)
	}
	return err
}

func (t *demoTeller) tag(tx *db.Tx, ref string, tags []string) error {
	before, err := t.story.Tickets.Get(tx, ref)
	if err != nil {
		return err
	}
	all := append(slices.Clone(before.Tags), tags...)
	_, err = t.story.Tickets.Change(tx, ref, before.Rev, ticket.Patch{Tags: &all})
	return err
}

func (t *demoTeller) link(tx *db.Tx, ref, otherUID string) error {
	other, err := t.about(tx, otherUID)
	if err != nil {
		return err
	}
	_, err = t.story.Tickets.Link(tx, ref, other.TicketID)
	return err
}

// dismiss decides about the oldest thing in quarantine.
func (t *demoTeller) dismiss(tx *db.Tx, note string) error {
	rows, err := t.story.Findings.QuarantinePage(tx, "new", 1<<62, "", 100)
	if err != nil {
		return err
	}
	for i := len(rows) - 1; i >= 0; i-- {
		if rows[i].Source == finding.SourceDemo {
			return t.story.Findings.DecideQuarantine(tx, rows[i].ID, "dismissed", note)
		}
	}
	return fault.New(fault.Missing, "There is nothing of the demo in quarantine.")
}
