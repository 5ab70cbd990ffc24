package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) ticketTasks() *cobra.Command {
	return group("task", "What has to be done for a ticket", p.taskList(), p.taskAdd(),
		p.taskSet("done INC-n TASK", "A task is done", "done"), p.taskSet("waive INC-n TASK", "A task is not done, with a reason", "waived"), p.taskSet("reopen INC-n TASK", "A task is to be done again", "open"))
}

func taskColumns() []column {
	return []column{col("TASK", "title").upTo(60), col("PHASE", "phase"), col("STATE", "state"), col("ASSIGNEE", "assignee_name").upTo(30), col("ID", "id")}
}

func (p *program) taskList() *cobra.Command {
	return p.prints(p.asks("list INC-n", "The tasks of a ticket", cobra.ExactArgs(1), func(r *running, args []string) error {
		return r.list(whole(), ticketPath(args[0], "tasks"), nil, taskColumns())
	}))
}

func (p *program) taskAdd() *cobra.Command {
	var phase, assignee string
	c := p.asks("add INC-n TITLE", "Add a task", cobra.MinimumNArgs(2), func(r *running, args []string) error {
		body := map[string]any{"title": strings.Join(args[1:], " ")}
		if phase != "" {
			body["phase"] = phase
		}
		if assignee != "" {
			u, err := r.user(assignee)
			if err != nil {
				return err
			}
			body["assignee"] = textAt(u, "id")
		}
		return r.command(ticketPath(args[0], "tasks"), body, taskColumns())
	})
	c.Flags().StringVar(&phase, "phase", "", "the phase in which it has to be done; without it the ticket's")
	c.Flags().StringVar(&assignee, "to", "", "e-mail or id of a person")
	return p.prints(c)
}

func (p *program) taskSet(use, short, state string) *cobra.Command {
	var reason string
	c := p.asks(use, short, cobra.ExactArgs(2), func(r *running, args []string) error {
		task, err := r.find("task", ticketPath(args[0], "tasks"), args[1], "id", "title")
		if err != nil {
			return err
		}
		path := ticketPath(args[0], "tasks", textAt(task, "id"))
		return r.change(path, textAt(task, "rev"), map[string]any{"state": state, "reason": reason}, taskColumns())
	})
	c.Flags().StringVar(&reason, "reason", "", "why; needed to waive, at least 10 characters")
	return p.prints(c)
}
