package ticket

import (
	"errors"
	"slices"
	"time"

	"tocsin/internal/db"
	"tocsin/internal/fault"
	"tocsin/internal/journal"
)

// TaskState is how a task stands.
type TaskState string

// The states of a task.
const (
	TaskOpen   TaskState = "open"
	TaskDone   TaskState = "done"
	TaskWaived TaskState = "waived" // not done, with a reason
)

// maxTasks bounds the tasks of one ticket.
const maxTasks = 500

// Task is something to do for a ticket.
type Task struct {
	ID           string     `json:"id"`
	Ticket       string     `json:"ticket"`
	Title        string     `json:"title"`
	Phase        Phase      `json:"phase" doc:"The phase in which it has to be done"`
	Assignee     string     `json:"assignee" doc:"Id of a person; empty for nobody"`
	AssigneeName string     `json:"assignee_name"`
	State        TaskState  `json:"state" enum:"open,done,waived"`
	Reason       string     `json:"reason"`
	MadeAt       time.Time  `json:"made_at"`
	MadeBy       string     `json:"made_by"`
	MadeByName   string     `json:"made_by_name"`
	DoneAt       *time.Time `json:"done_at"`
	DoneBy       string     `json:"done_by"`
	DoneByName   string     `json:"done_by_name"`
	Rev          int64      `json:"rev"`
}

const taskColumns = `id, ticket, title, phase, COALESCE(assignee,''), state, reason, made_at, made_by, done_at, done_by, rev`

func scanTask(s db.Scanner) (t Task, err error) {
	var made int64
	var done *int64
	err = s.Scan(&t.ID, &t.Ticket, &t.Title, &t.Phase, &t.Assignee, &t.State, &t.Reason, &made, &t.MadeBy, &done, &t.DoneBy, &t.Rev)
	t.MadeAt, t.DoneAt = db.Time(made), db.TimeOrNil(done)
	return t, err
}

// Tasks lists the tasks of a ticket, oldest first, with names.
func (ts *Tickets) Tasks(tx *db.Tx, ticket string) ([]Task, error) {
	list, err := db.All(tx, scanTask, `SELECT `+taskColumns+` FROM task WHERE tenant = $1 AND ticket = $2 ORDER BY made_at, id`, tx.Tenant(), ticket)
	if err != nil {
		return nil, fault.Wrap(err, "listing tasks")
	}
	return list, ts.nameTasks(tx, list)
}

func (ts *Tickets) nameTasks(tx *db.Tx, list []Task) error {
	ids := []string{}
	for _, t := range list {
		ids = append(ids, t.Assignee, db.Actor(t.MadeBy).Person(), t.DoneBy)
	}
	slices.Sort(ids)
	names, err := ts.people.Names(tx, slices.DeleteFunc(slices.Compact(ids), func(s string) bool { return s == "" }))
	for i := range list {
		t := &list[i]
		t.AssigneeName, t.MadeByName, t.DoneByName = names[t.Assignee], names[db.Actor(t.MadeBy).Person()], names[t.DoneBy]
	}
	return fault.Wrap(err, "naming people")
}

// NewTask is a task to be added.
type NewTask struct {
	Title    string
	Phase    Phase // "" for the ticket's
	Assignee string
}

// AddTask adds a task to an open ticket.
func (ts *Tickets) AddTask(tx *db.Tx, ref string, n NewTask) (Task, error) {
	title, err := text("title", n.Title, 1, maxTitle)
	if err != nil {
		return Task{}, err
	}
	t, err := ts.lock(tx, ref)
	if err != nil {
		return Task{}, err
	}
	if n.Phase == "" {
		n.Phase = t.Phase
	}
	switch {
	case !t.Open():
		return Task{}, conflict(t, "closed-ticket", "is closed")
	case n.Phase == Closed || n.Phase.place() < 0:
		return Task{}, fault.Field("body.phase", "must be a phase before closed")
	}
	if err := ts.checkAssignee(tx, n.Assignee); err != nil {
		return Task{}, err
	}
	var count int
	if err := tx.QueryRow(`SELECT COUNT(*) FROM task WHERE tenant = $1 AND ticket = $2`, tx.Tenant(), t.ID).Scan(&count); err != nil {
		return Task{}, err
	}
	if count >= maxTasks {
		return Task{}, conflict(t, "too-many-tasks", "has %d tasks already", count)
	}
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return Task{}, err
	}
	task := Task{ID: tx.NewID(), Ticket: t.ID, Title: title, Phase: n.Phase, Assignee: n.Assignee}
	if err := ts.addTask(tx, chain, task); err != nil {
		return Task{}, err
	}
	if err := ts.touched(tx, chain, t.ID); err != nil {
		return Task{}, err
	}
	return ts.task(tx, t.ID, task.ID)
}

func (ts *Tickets) checkAssignee(tx *db.Tx, person string) error {
	if person == "" {
		return nil
	}
	ok, err := ts.works(tx, person)
	if err == nil && !ok {
		err = fault.Field("body.assignee", "is not an active person who may work tickets")
	}
	return err
}

func (ts *Tickets) addTask(tx *db.Tx, chain *journal.Chain, t Task) error {
	if t.ID == "" {
		t.ID = tx.NewID()
	}
	err := tx.Must(`INSERT INTO task(tenant, id, ticket, title, phase, assignee, state, reason, made_at, made_by, done_at, done_by, rev) VALUES ($1,$2,$3,$4,$5,$6,'open','',$7,$8,NULL,'',1)`,
		tx.Tenant(), t.ID, t.Ticket, t.Title, string(t.Phase), nullable(t.Assignee), tx.Now(), string(tx.Actor()))
	if err != nil {
		return fault.Wrap(err, "adding a task")
	}
	_, err = chain.Append(journal.TaskAdded, map[string]any{"assignee": t.Assignee, "phase": string(t.Phase), "task": t.ID}, map[string]any{"title": t.Title})
	return err
}

func (ts *Tickets) task(tx *db.Tx, ticket, id string) (Task, error) {
	t, err := scanTask(tx.QueryRow(`SELECT `+taskColumns+` FROM task WHERE tenant = $1 AND ticket = $2 AND id = $3`, tx.Tenant(), ticket, id))
	if errors.Is(err, db.ErrNoRows) {
		return t, fault.New(fault.Missing, "There is no such task.")
	}
	if err != nil {
		return t, fault.Wrap(err, "loading a task")
	}
	list := []Task{t}
	err = ts.nameTasks(tx, list)
	return list[0], err
}

// TaskPatch changes a task; nil leaves a field alone.
type TaskPatch struct {
	State    *TaskState
	Reason   string // needed to waive
	Title    *string
	Assignee *string
}

// ChangeTask changes a task whose revision is rev (0: whatever it is).
func (ts *Tickets) ChangeTask(tx *db.Tx, ref, id string, rev int64, p TaskPatch) (Task, error) {
	t, err := ts.lock(tx, ref)
	if err != nil {
		return Task{}, err
	}
	task, err := ts.task(tx, t.ID, id)
	if err != nil {
		return task, err
	}
	if rev != 0 && rev != task.Rev {
		return task, fault.New(fault.Conflict, "The task was changed by somebody else in the meantime; look at it again.").WithSlug("stale-revision").WithExtra("rev", task.Rev)
	}
	if err := ts.applyTask(tx, &task, p); err != nil {
		return task, err
	}
	err = tx.Must(`UPDATE task SET title = $1, assignee = $2, state = $3, reason = $4, done_at = $5, done_by = $6, rev = rev + 1 WHERE tenant = $7 AND id = $8`,
		task.Title, nullable(task.Assignee), string(task.State), task.Reason, doneAt(tx, task), task.DoneBy, tx.Tenant(), task.ID)
	if err != nil {
		return task, fault.Wrap(err, "changing a task")
	}
	chain, err := ts.journal.Follow(tx, Stream(t.ID))
	if err != nil {
		return task, err
	}
	priv := map[string]any{"title": task.Title}
	if task.Reason != "" {
		priv["reason"] = task.Reason
	}
	if _, err := chain.Append(journal.TaskChanged, map[string]any{"assignee": task.Assignee, "state": string(task.State), "task": task.ID}, priv); err != nil {
		return task, err
	}
	if err := ts.touched(tx, chain, t.ID); err != nil {
		return task, err
	}
	return ts.task(tx, t.ID, id)
}

func doneAt(tx *db.Tx, t Task) any {
	if t.State == TaskOpen {
		return nil
	}
	if t.DoneAt != nil {
		return t.DoneAt.UnixMicro()
	}
	return tx.Now()
}

func (ts *Tickets) applyTask(tx *db.Tx, t *Task, p TaskPatch) (err error) {
	if p.Title != nil {
		if t.Title, err = text("title", *p.Title, 1, maxTitle); err != nil {
			return err
		}
	}
	if p.Assignee != nil {
		if err := ts.checkAssignee(tx, *p.Assignee); err != nil {
			return err
		}
		t.Assignee = *p.Assignee
	}
	if p.State == nil || *p.State == t.State {
		return nil
	}
	if !slices.Contains([]TaskState{TaskOpen, TaskDone, TaskWaived}, *p.State) {
		return fault.Field("body.state", "must be open, done or waived")
	}
	least := 0
	if *p.State == TaskWaived {
		least = minDecline
	}
	if t.Reason, err = text("reason", p.Reason, least, maxReason); err != nil {
		return err
	}
	t.State, t.DoneAt, t.DoneBy = *p.State, nil, tx.Actor().Person()
	if t.State == TaskOpen {
		t.DoneBy = ""
	}
	return nil
}

// dropTasks takes open tasks from somebody who leaves.
func (ts *Tickets) dropTasks(tx *db.Tx, person string) error {
	tasks, err := db.All(tx, scanTask, `SELECT `+taskColumns+` FROM task WHERE tenant = $1 AND assignee = $2 AND state = 'open' ORDER BY ticket, id`, tx.Tenant(), person)
	if err != nil {
		return fault.Wrap(err, "looking for tasks")
	}
	nobody := ""
	for _, t := range tasks {
		if _, err := ts.ChangeTask(tx, t.Ticket, t.ID, 0, TaskPatch{Assignee: &nobody}); err != nil {
			return err
		}
	}
	return nil
}
