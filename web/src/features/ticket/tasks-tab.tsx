import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api, ifMatch } from "@/api/client";
import type { Ticket } from "@/api/models";
import { useUsers } from "@/api/people";
import { formatCode } from "@/lib/format";
import { fieldError, toProblem } from "@/lib/problem";
import { type Phase, phases } from "@/lib/words";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Select, TextArea, TextField } from "@/ui/field";
import { Form, FormRow, Why } from "@/ui/form";
import { Loaded } from "@/ui/loaded";
import { Menu, MenuItem, MenuSeparator } from "@/ui/menu";
import { EmptyState } from "@/ui/states";
import { Time } from "@/ui/time";
import { notifyError } from "@/ui/toast";
import { type Task, useTasks } from "./queries";
import { byPhase, groupWords, MIN_WAIVE } from "./task-plan";

/** What has to be done, phase by phase. */
export function TasksTab({ ticket }: { ticket: Ticket }) {
  const tasks = useTasks(ticket.number);
  const may = ticket.permissions.tasks;
  return (
    <div className="tasks">
      {may && <AddTask ticket={ticket} />}
      <Loaded query={tasks} label="Loading tasks" lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="No tasks">Write down what has to be done, so that nobody has to remember it.</EmptyState>
          ) : (
            byPhase(items).map((group) => (
              <section key={group.phase} aria-label={`Tasks of ${formatCode(group.phase)}`}>
                <h3 className="task-phase">
                  {formatCode(group.phase)} <span className="muted">{groupWords(group.tasks)}</span>
                </h3>
                <ul className="rows">
                  {group.tasks.map((task) => (
                    <One key={task.id} ticket={ticket} task={task} may={may} />
                  ))}
                </ul>
              </section>
            ))
          )
        }
      </Loaded>
    </div>
  );
}

function useTasksChanged(ticket: Ticket) {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ predicate: ({ queryKey: [, path, init] }) => String(path).startsWith("/tickets/{id}") && [ticket.number, ticket.id].includes((init as { params?: { path?: { id?: string } } } | undefined)?.params?.path?.id ?? "") });
}

function useWorkers() {
  const users = useUsers();
  return (users.data ?? []).filter((user) => user.active && user.kind === "person").map(({ id, name, email }) => ({ value: id, label: name || email }));
}

function AddTask({ ticket }: { ticket: Ticket }) {
  const changed = useTasksChanged(ticket);
  const workers = useWorkers();
  const [title, setTitle] = useState("");
  const [phase, setPhase] = useState<Phase>(ticket.phase);
  const [assignee, setAssignee] = useState("");
  const add = $api.useMutation("post", "/tickets/{id}/tasks", {
    onSuccess: () => {
      setTitle("");
      changed();
    },
  });
  const submit = () => {
    if (title.trim() !== "") add.mutate({ params: { path: { id: ticket.number } }, body: { title: title.trim(), phase, ...(assignee && { assignee }) } });
  };
  return (
    <Form
      onSubmit={submit}
      error={add.error}
      shown={["title", "phase", "assignee"]}
      footer={
        <Button type="submit" busy={add.isPending} blocked={title.trim() === "" && "Say what has to be done"}>
          Add task
        </Button>
      }
    >
      <FormRow>
        <TextField className="task-title" label="New task" value={title} maxLength={1000} onChange={(event) => setTitle(event.target.value)} error={fieldError(add.error, "title")} />
        <Select label="In" value={phase} onChange={(event) => setPhase(event.target.value as Phase)} options={phases.filter((one) => one !== "closed").map((value) => ({ value, label: formatCode(value) }))} error={fieldError(add.error, "phase")} />
        <Select label="For" optional value={assignee} onChange={(event) => setAssignee(event.target.value)} options={[{ value: "", label: "Nobody yet" }, ...workers]} error={fieldError(add.error, "assignee")} />
      </FormRow>
    </Form>
  );
}

function One({ ticket, task, may }: { ticket: Ticket; task: Task; may: boolean }) {
  const changed = useTasksChanged(ticket);
  const [waiving, setWaiving] = useState(false);
  const [assigning, setAssigning] = useState(false);
  const change = $api.useMutation("patch", "/tickets/{id}/tasks/{task}", { onSuccess: changed, onError: (error) => (changed(), notifyError("The task was not changed", error)) });
  const patch = (body: { state?: Task["state"]; assignee?: string }) => change.mutate({ params: { path: { id: ticket.number, task: task.id } }, headers: ifMatch(task.rev), body });
  const open = task.state === "open";
  return (
    <li className="task">
      <input type="checkbox" className="task-check" aria-label={`Done: ${task.title}`} checked={task.state === "done"} disabled={!may || task.state === "waived" || change.isPending} onChange={() => patch({ state: open ? "done" : "open" })} />
      <div className="task-body">
        <span className={open ? "task-text" : "task-text muted"}>{task.title}</span> {task.state === "waived" && <Badge>waived</Badge>}
        <div className="muted">
          <Words task={task} />
        </div>
        {task.reason && <div className="entry-words">{task.reason}</div>}
      </div>
      {may && (
        <Menu label="Task" name={`What can be done with the task ${task.title}`} tone="quiet">
          <MenuItem onSelect={() => setAssigning(true)}>Assign…</MenuItem>
          <MenuSeparator />
          {open ? <MenuItem onSelect={() => setWaiving(true)}>Waive…</MenuItem> : <MenuItem onSelect={() => patch({ state: "open" })}>Open again</MenuItem>}
        </Menu>
      )}
      {waiving && <Waive ticket={ticket} task={task} onClose={() => setWaiving(false)} />}
      {assigning && (
        <Assign
          task={task}
          onClose={() => setAssigning(false)}
          onAssign={(assignee) => {
            patch({ assignee });
            setAssigning(false);
          }}
        />
      )}
    </li>
  );
}

function Words({ task }: { task: Task }) {
  if (task.done_at) {
    return (
      <>
        {task.state === "waived" ? "Waived" : "Done"} by {task.done_by_name || "somebody"}, <Time at={task.done_at} />
      </>
    );
  }
  return (
    <>
      {task.assignee_name ? `For ${task.assignee_name}` : "For nobody yet"} · added by {task.made_by_name || "Tocsin"}, <Time at={task.made_at} />
    </>
  );
}

function Waive({ ticket, task, onClose }: { ticket: Ticket; task: Task; onClose: () => void }) {
  const changed = useTasksChanged(ticket);
  const [reason, setReason] = useState("");
  const waive = $api.useMutation("patch", "/tickets/{id}/tasks/{task}", {
    onSuccess: () => {
      changed();
      onClose();
    },
  });
  const blocked = [...reason.trim()].length < MIN_WAIVE && `Say why, in at least ${MIN_WAIVE} characters`;
  return (
    <Dialog open onClose={onClose} title="Waive the task" description={task.title}>
      <Form
        onSubmit={() => !blocked && waive.mutate({ params: { path: { id: ticket.number, task: task.id } }, headers: ifMatch(task.rev), body: { state: "waived", reason: reason.trim() } })}
        error={waive.error && toProblem(waive.error)}
        shown={["reason"]}
        footer={
          <>
            <Why>{blocked}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={waive.isPending} blocked={blocked}>
              Waive
            </Button>
          </>
        }
      >
        <TextArea label="Why is it not done?" rows={3} value={reason} onChange={(event) => setReason(event.target.value)} error={fieldError(waive.error, "reason")} />
      </Form>
    </Dialog>
  );
}

function Assign({ task, onClose, onAssign }: { task: Task; onClose: () => void; onAssign: (assignee: string) => void }) {
  const workers = useWorkers();
  const [assignee, setAssignee] = useState(task.assignee);
  return (
    <Dialog open onClose={onClose} title="Assign the task" description={task.title}>
      <Form
        onSubmit={() => onAssign(assignee)}
        footer={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary">
              Assign
            </Button>
          </>
        }
      >
        <Select label="For" value={assignee} onChange={(event) => setAssignee(event.target.value)} options={[{ value: "", label: "Nobody yet" }, ...workers]} />
      </Form>
    </Dialog>
  );
}
