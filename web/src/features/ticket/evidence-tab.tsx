import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { $api, ifMatch } from "@/api/client";
import type { components } from "@/api/schema";
import type { Ticket } from "@/api/models";
import { formatBytes, formatPlural } from "@/lib/format";
import { fieldError } from "@/lib/problem";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy-button";
import { Dialog } from "@/ui/dialog";
import { Select, TextArea, TextField } from "@/ui/field";
import { Form } from "@/ui/form";
import { Loaded } from "@/ui/loaded";
import { Menu, MenuItem, MenuSeparator } from "@/ui/menu";
import { EmptyState, ErrorState } from "@/ui/states";
import { Time } from "@/ui/time";
import { notify, notifyError } from "@/ui/toast";
import { upload } from "./upload";
import "./evidence.css";

type Item = components["schemas"]["EvidenceItem"];

const risks: Record<Item["risk"], { tone: Tone; words: string } | undefined> = {
  none: undefined,
  suspected: { tone: "medium", words: "▲ may be malware" },
  malware: { tone: "critical", words: "▲ malware" },
  cleared: { tone: "ok", words: "✓ cleared" },
};

/** Files of the ticket, each with its hash and what was done with it. */
export function EvidenceTab({ ticket }: { ticket: Ticket }) {
  const list = $api.useQuery("get", "/tickets/{id}/evidence", { params: { path: { id: ticket.number } } });
  const may = ticket.permissions.tasks;
  return (
    <div className="evidence">
      {may && <AddFiles ticket={ticket} />}
      <Loaded query={list} label="Loading files" lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="No files">Each file is hashed as it comes in, and whoever looks at it stands in the log.</EmptyState>
          ) : (
            <ul className="rows" aria-label="Files">
              {items.map((item) => (
                <One key={item.id} ticket={ticket} item={item} may={may} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </div>
  );
}

function useFilesChanged(ticket: Ticket) {
  const client = useQueryClient();
  return () => void client.invalidateQueries({ queryKey: ["get", "/tickets/{id}/evidence"] }).then(() => client.invalidateQueries({ queryKey: ["get", "/tickets/{id}/log", { params: { path: { id: ticket.number } } }] }));
}

function AddFiles({ ticket }: { ticket: Ticket }) {
  const changed = useFilesChanged(ticket);
  const input = useRef<HTMLInputElement>(null);
  const [note, setNote] = useState("");
  const [over, setOver] = useState(false);
  const [going, setGoing] = useState<{ names: string; part: number; stop: () => void }>();
  const [error, setError] = useState<unknown>();
  const send = (files: readonly File[]) => {
    if (files.length === 0 || going) return;
    const names = files.length === 1 ? (files[0]?.name ?? "") : formatPlural(files.length, { one: "file", other: "files" });
    setError(undefined);
    const { done, stop } = upload(ticket.number, files, note.trim(), (part) => setGoing((now) => now && { ...now, part }));
    setGoing({ names, part: 0, stop });
    done.then(
      () => {
        setNote("");
        notify(`${names} kept as evidence`);
      },
      (problem: unknown) => setError(problem),
    )
      .finally(() => {
        setGoing(undefined);
        changed();
      });
  };
  return (
    // Dropping is for those with a pointer; the button does the same by keyboard.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <section
      aria-label="Add files"
      className={over ? "evidence-add evidence-over" : "evidence-add"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        send([...event.dataTransfer.files]);
      }}
    >
      <input
        ref={input}
        type="file"
        multiple
        className="visually-hidden"
        aria-label="Files to add"
        tabIndex={-1}
        onChange={(event) => {
          send([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <TextField label="What they are" optional value={note} maxLength={4000} onChange={(event) => setNote(event.target.value)} />
      <Button onClick={() => input.current?.click()} busy={going !== undefined}>
        Add files…
      </Button>
      <span className="muted">or drop them here</span>
      {going && (
        <div className="evidence-going" role="status">
          <progress max={1} value={going.part} aria-label={`Sending ${going.names}`} />
          <span>{going.part < 1 ? `${Math.round(going.part * 100)} % of ${going.names}` : `${going.names}: being written`}</span>
          <Button tone="quiet" onClick={going.stop}>
            Stop
          </Button>
        </div>
      )}
      {error !== undefined && <ErrorState error={error} />}
    </section>
  );
}

function One({ ticket, item, may }: { ticket: Ticket; item: Item; may: boolean }) {
  const changed = useFilesChanged(ticket);
  const [dialog, setDialog] = useState<"look" | "mark">();
  const verify = $api.useMutation("post", "/tickets/{id}/evidence/{item}/verify", {
    onSuccess: (now) => (changed(), notify(now.condition === "ok" ? `${item.name} is what was added` : `${item.name} is not what was added`)),
    onError: (error) => notifyError("The file was not hashed again", error),
  });
  const risk = risks[item.risk];
  const at = `/api/v1/tickets/${encodeURIComponent(ticket.number)}/evidence/${encodeURIComponent(item.id)}/content`;
  return (
    <li className="evidence-item">
      <div>
        <strong className="evidence-name">{item.name}</strong> <span className="muted">{formatBytes(item.size)}</span> {risk && <Badge tone={risk.tone}>{risk.words}</Badge>}{" "}
        {item.condition !== "ok" && <Badge tone="critical">▲ {item.condition === "missing" ? "its bytes are missing" : "its bytes were changed"}</Badge>}
        <div className="muted">
          {item.media} · SHA-256 <code title={item.sha256}>{item.sha256.slice(0, 16)}…</code> <CopyButton text={item.sha256} label="Copy hash" />
        </div>
        <div className="muted">
          {item.source} · added by {item.added_by_name || "Tocsin"}, <Time at={item.added_at} />
          {item.risk_reason && ` · ${item.risk_reason}`}
        </div>
        {item.note && <div className="entry-words">{item.note}</div>}
      </div>
      <Menu label="File" name={`What can be done with ${item.name}`} tone="quiet">
        <MenuItem onSelect={() => setDialog("look")}>Look at it…</MenuItem>
        <MenuItem onSelect={() => window.location.assign(at)}>{item.risk === "suspected" || item.risk === "malware" ? "Download, in an archive (password: infected)" : "Download"}</MenuItem>
        <MenuItem onSelect={() => verify.mutate({ params: { path: { id: ticket.number, item: item.id } } })}>Hash it again</MenuItem>
        {may && <MenuSeparator />}
        {may && <MenuItem onSelect={() => setDialog("mark")}>Say whether it is malware…</MenuItem>}
      </Menu>
      {dialog === "look" && <Look ticket={ticket} item={item} onClose={() => (setDialog(undefined), changed())} />}
      {dialog === "mark" && <Mark ticket={ticket} item={item} onClose={() => setDialog(undefined)} />}
    </li>
  );
}

function Look({ ticket, item, onClose }: { ticket: Ticket; item: Item; onClose: () => void }) {
  const look = $api.useQuery("get", "/tickets/{id}/evidence/{item}/preview", { params: { path: { id: ticket.number, item: item.id } } }, { staleTime: 60_000 });
  return (
    <Dialog open onClose={onClose} wide title={item.name} description="Text in which nothing hides, bytes, or names in an archive. Nothing of it is run. That you looked stands in the log.">
      <Loaded query={look} label="Reading the file">
        {(seen) => (
          <div className="evidence-look">
            {seen.warnings.map((words) => (
              <p key={words} role="alert">
                ▲ {words}
              </p>
            ))}
            {seen.kind === "archive" && (
              <ul className="rows" aria-label="Names in the archive">
                {seen.entries.map((entry, i) => (
                  <li key={i}>
                    <code>{entry.name}</code> <span className="muted">{formatBytes(entry.size)}</span> {entry.encrypted && <Badge>encrypted</Badge>} {entry.warning && <Badge tone="critical">▲ {entry.warning}</Badge>}
                  </li>
                ))}
                {seen.count > seen.entries.length && <li className="muted">and {seen.count - seen.entries.length} more</li>}
              </ul>
            )}
            {seen.kind === "text" ? <pre>{seen.text}</pre> : <pre>{seen.hex}</pre>}
            {seen.cut && <p className="muted">This is the beginning; the file goes on.</p>}
          </div>
        )}
      </Loaded>
    </Dialog>
  );
}

function Mark({ ticket, item, onClose }: { ticket: Ticket; item: Item; onClose: () => void }) {
  const changed = useFilesChanged(ticket);
  const [risk, setRisk] = useState<"suspected" | "malware" | "cleared">(item.risk === "malware" ? "cleared" : "malware");
  const [reason, setReason] = useState("");
  const mark = $api.useMutation("post", "/tickets/{id}/evidence/{item}/mark", {
    onSuccess: () => {
      changed();
      onClose();
    },
  });
  const submit = () => mark.mutate({ params: { path: { id: ticket.number, item: item.id } }, headers: ifMatch(item.rev), body: { risk, reason: reason.trim() } });
  return (
    <Dialog open onClose={onClose} title={`Is ${item.name} malware?`} description="What is suspected or malware leaves only inside an archive with a password.">
      <Form
        onSubmit={submit}
        error={mark.error}
        shown={["risk", "reason"]}
        footer={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button tone="primary" type="submit" busy={mark.isPending}>
              Save
            </Button>
          </>
        }
      >
        <Select
          label="It is"
          value={risk}
          onChange={(event) => setRisk(event.target.value as typeof risk)}
          options={[
            { value: "malware", label: "malware" },
            { value: "suspected", label: "suspected" },
            { value: "cleared", label: "harmless" },
          ]}
          error={fieldError(mark.error, "risk")}
        />
        <TextArea label="Why" optional={risk !== "cleared"} rows={3} value={reason} onChange={(event) => setReason(event.target.value)} error={fieldError(mark.error, "reason")} />
      </Form>
    </Dialog>
  );
}
