package api

import (
	"context"
	"net/http"

	"tocsin/internal/db"
	"tocsin/internal/identity"
	"tocsin/internal/ticket"
)

func (s *Server) registerTasks() {
	work := may(identity.TicketWork)
	handle(s, get("list-tasks", "/tickets/{id}/tasks", may(identity.TicketRead), "What has to be done for a ticket, oldest first"), s.tasks)
	handle(s, post("post-task", "/tickets/{id}/tasks", work, "Add a task").answering(http.StatusCreated), s.addTask)
	handle(s, patch("patch-task", "/tickets/{id}/tasks/{task}", work, "Do, waive, open again, rename or assign a task"), s.changeTask)
}

type taskOutput struct {
	ETag string `header:"ETag"`
	Body ticket.Task
}

func outTask(t ticket.Task, err error) (*taskOutput, error) { return &taskOutput{etag(t.Rev), t}, err }

func (s *Server) tasks(ctx context.Context, in *ByID) (*list[ticket.Task], error) {
	var out []ticket.Task
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		t, err := s.deps.Tickets.Get(tx, in.ID)
		if err != nil {
			return err
		}
		out, err = s.deps.Tickets.Tasks(tx, t.ID)
		return err
	})
	return listOf(out), err
}

type newTaskInput struct {
	ByID
	Body struct {
		Title    string       `json:"title" maxLength:"1000"`
		Phase    ticket.Phase `json:"phase,omitempty" doc:"The phase in which it has to be done; empty is the ticket's"`
		Assignee string       `json:"assignee,omitempty" maxLength:"60" doc:"Id of a person"`
	} `nameHint:"NewTask"`
}

func (s *Server) addTask(ctx context.Context, in *newTaskInput) (out *taskOutput, err error) {
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		out, err = outTask(s.deps.Tickets.AddTask(tx, in.ID, ticket.NewTask{Title: in.Body.Title, Phase: in.Body.Phase, Assignee: in.Body.Assignee}))
		return err
	})
	return out, err
}

type taskInput struct {
	ByID
	Revised
	Task string `path:"task" maxLength:"60"`
	Body struct {
		State    *ticket.TaskState `json:"state,omitempty" enum:"open,done,waived"`
		Reason   string            `json:"reason,omitempty" maxLength:"8000" doc:"Needed to waive: at least 10 characters"`
		Title    *string           `json:"title,omitempty" maxLength:"1000"`
		Assignee *string           `json:"assignee,omitempty" maxLength:"60" doc:"Id of a person; empty for nobody"`
	} `nameHint:"TaskChange"`
}

func (s *Server) changeTask(ctx context.Context, in *taskInput) (out *taskOutput, err error) {
	rev, err := in.rev()
	if err != nil {
		return nil, err
	}
	err = s.db.Write(ctx, func(tx *db.Tx) (err error) {
		p := ticket.TaskPatch{State: in.Body.State, Reason: in.Body.Reason, Title: in.Body.Title, Assignee: in.Body.Assignee}
		out, err = outTask(s.deps.Tickets.ChangeTask(tx, in.ID, in.Task, rev, p))
		return err
	})
	return out, err
}
