import { useState } from "react";
import { type Action, useActions } from "@/lib/actions";
import { formatCount, formatList, formatPlural } from "@/lib/format";
import { fieldError } from "@/lib/problem";
import { ActionButton, Button } from "@/ui/button";
import { ConfirmDialog, Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { Input } from "@/ui/input";
import { Panel } from "@/ui/panel";
import { EmptyState } from "@/ui/states";
import { Table } from "@/ui/table";
import { Time } from "@/ui/time";
import { type Item, kindOf, askedAs } from "./kinds";
import { PasteBox } from "./paste-box";
import { readLines } from "./paste";
import { type List, useDeleteList, useWriteList } from "./use-list";

const SHOWN = 200;

interface PanelProps {
  list: List;
  canEdit: boolean;
  onGone: () => void;
}

/** One list: what is in it, where it is used, and what can be done with it. */
export function ListPanel({ list, canEdit, onGone }: PanelProps) {
  const [asking, setAsking] = useState<"add" | "delete">();
  const add: Action = { id: "list.add-items", label: "Add items…", group: "Lists", keys: "a", hidden: !canEdit, run: () => setAsking("add") };
  const remove: Action = { id: "list.delete", label: "Delete list…", group: "Lists", hidden: !canEdit, run: () => setAsking("delete") };
  useActions([add, remove]);
  return (
    <Panel
      title={`@${list.name}`}
      aside={
        <span className="lists-buttons">
          <ActionButton action={add} />
          <ActionButton action={remove} />
        </span>
      }
    >
      <p className="muted">
        {kindOf(list.kind)?.label}, {formatPlural(list.items.length, { one: "item", other: "items" })}, changed <Time at={list.updated_at} />. In a rule: <code>{askedAs(list.name, list.kind)}</code>
      </p>
      <p>{list.used_in.length === 0 ? "No rule uses it." : `Used by ${formatList(list.used_in)}.`}</p>
      {list.items.length === 0 ? (
        <EmptyState title="Nothing in it yet" actions={<ActionButton action={add} tone="primary" />}>
          A rule that asks for it matches nothing.
        </EmptyState>
      ) : (
        <Items list={list} canEdit={canEdit} />
      )}
      {asking === "add" && <AddItems list={list} onClose={() => setAsking(undefined)} />}
      {asking === "delete" && <DeleteList list={list} onClose={() => setAsking(undefined)} onGone={onGone} />}
    </Panel>
  );
}

/** What is in a list: searched, a note changed, one taken out. */
function Items({ list, canEdit }: { list: List; canEdit: boolean }) {
  const [text, setText] = useState("");
  const [most, setMost] = useState(SHOWN);
  const [noting, setNoting] = useState<Item>();
  const { write } = useWriteList(list);
  const found = matching(list.items, text);
  const drop = (item: Item) => write(list.items.filter((one) => one.value !== item.value), `${item.value} is out of @${list.name}`);
  return (
    <>
      <Input type="search" aria-label={`Search in ${list.name}`} placeholder="Search values and notes" value={text} onChange={(event) => setText(event.target.value)} />
      <div role="status" className="visually-hidden">
        {text && `${formatCount(found.length)} of ${formatCount(list.items.length)}`}
      </div>
      <Table
        label={`Items of ${list.name}`}
        rows={found.slice(0, most)}
        rowKey={(item) => item.value}
        empty={<p className="lists-none muted">Nothing in it holds “{text}”.</p>}
        columns={[
          { id: "value", head: "Value", cell: (item) => <code className="lists-value">{item.value}</code> },
          { id: "note", head: "Note", grow: true, cell: (item) => <span title={item.note}>{item.note}</span> },
          {
            id: "do",
            head: canEdit ? "Change" : "",
            end: true,
            cell: (item) =>
              canEdit && (
                <span className="lists-buttons lists-row-buttons">
                  <Button tone="quiet" aria-label={`Note of ${item.value}`} onClick={() => setNoting(item)}>
                    Note…
                  </Button>
                  <Button tone="quiet" aria-label={`Remove ${item.value}`} onClick={() => drop(item)}>
                    Remove
                  </Button>
                </span>
              ),
          },
        ]}
      />
      {found.length > most && (
        <Button onClick={() => setMost(most + SHOWN * 5)}>
          Show more ({formatCount(found.length - most)} left)
        </Button>
      )}
      {noting && <NoteDialog list={list} item={noting} onClose={() => setNoting(undefined)} />}
    </>
  );
}

/** The items whose value or note holds every word. */
export function matching(items: readonly Item[], text: string): Item[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter(({ value, note = "" }) => words.every((word) => `${value} ${note}`.toLowerCase().includes(word)));
}

function AddItems({ list, onClose }: { list: List; onClose: () => void }) {
  const [text, setText] = useState("");
  const { write, busy, error } = useWriteList(list);
  const read = readLines(text, list.kind, list.items);
  const why = read.mistakes.length > 0 ? "Mend the lines first" : read.items.length === 0 && "Nothing new to add";
  const add = () => write([...list.items, ...read.items], `${formatPlural(read.items.length, { one: "item", other: "items" })} added to @${list.name}`, onClose);
  return (
    <Dialog open wide onClose={onClose} title={`Add to @${list.name}`}>
      <Form
        onSubmit={() => !why && add()}
        error={error}
        footer={
          <>
            <Why>{text.trim() !== "" && why}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={busy} blocked={why}>
              Add
            </Button>
          </>
        }
      >
        <PasteBox label="Items" kind={list.kind} text={text} onText={setText} read={read} />
      </Form>
    </Dialog>
  );
}

function NoteDialog({ list, item, onClose }: { list: List; item: Item; onClose: () => void }) {
  const [note, setNote] = useState(item.note ?? "");
  const { write, busy, error } = useWriteList(list);
  const items = list.items.map((one) => (one.value === item.value ? { value: item.value, ...(note.trim() ? { note: note.trim() } : {}) } : one));
  return (
    <Dialog open onClose={onClose} title={`Note of ${item.value}`}>
      <Form
        onSubmit={() => write(items, `The note of ${item.value} is changed`, onClose)}
        error={error}
        shown={["note"]}
        footer={
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={busy}>
              Save
            </Button>
          </>
        }
      >
        <TextField label="Note" optional maxLength={500} value={note} error={fieldError(error, "note")} onChange={(event) => setNote(event.target.value)} />
      </Form>
    </Dialog>
  );
}

function DeleteList({ list, onClose, onGone }: { list: List; onClose: () => void; onGone: () => void }) {
  const { del, busy, error } = useDeleteList(list, onGone);
  if (list.used_in.length > 0) {
    return (
      <Dialog open onClose={onClose} title={`@${list.name} is in use`} description="Rules name it, so it cannot be deleted. Take it out of them first:">
        <ul className="lists-used">
          {list.used_in.map((name) => (
            <li key={name}>{name}</li>
          ))}
        </ul>
        <div className="form-footer">
          <Button onClick={onClose}>Close</Button>
        </div>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Delete @${list.name}?`}
      description={`Its ${formatPlural(list.items.length, { one: "item is", other: "items are" })} gone with it.`}
      confirm="Delete"
      tone="danger"
      busy={busy}
      error={error}
      onConfirm={del}
    />
  );
}
