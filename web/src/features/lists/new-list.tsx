import { useState } from "react";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Choices } from "@/ui/choices";
import { Dialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { kinds, type ListKind, nameMistake, type Template, templates, askedAs } from "./kinds";
import { PasteBox } from "./paste-box";
import { readLines } from "./paste";
import { useNewList } from "./use-list";

interface NewListProps {
  taken: readonly string[];
  /** What it begins with. */
  from: Template | undefined;
  onClose: () => void;
  onDone: (name: string) => void;
}

/** A new list: from a template or from nothing. */
export function NewListDialog(props: NewListProps) {
  return (
    <Dialog open wide onClose={props.onClose} title="New list" description="A name that rules can use, and what stands under it.">
      <NewListForm {...props} />
    </Dialog>
  );
}

function NewListForm({ taken, from, onClose, onDone }: NewListProps) {
  const [name, setName] = useState(from?.name ?? "");
  const [kind, setKind] = useState<ListKind>(from?.kind ?? "account");
  const [text, setText] = useState("");
  const { make, busy, error } = useNewList(onDone);
  const read = readLines(text, kind, []);
  const mistake = nameMistake(name, taken);
  const why = mistake || (read.mistakes.length > 0 && "Mend the lines first");
  const free = templates.filter((one) => !taken.includes(one.name));
  return (
    <Form
      onSubmit={() => !why && make(name, kind, read.items)}
      error={error}
      shown={["name"]}
      footer={
        <>
          <Why>{why}</Why>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" busy={busy} blocked={why}>
            Make the list
          </Button>
        </>
      }
    >
      <TextField label="Name" value={name} maxLength={60} autoComplete="off" spellCheck={false} help={`In a rule: ${askedAs(name || "name", kind)}`} error={fieldError(error, "name") ?? (name !== "" && mistake ? mistake : undefined)} onChange={(event) => setName(event.target.value.trim())} />
      {free.length > 0 && (
        <div className="lists-templates" role="group" aria-label="Templates">
          {free.map((one) => (
            <Button
              key={one.name}
              title={one.what}
              onClick={() => {
                setName(one.name);
                setKind(one.kind);
              }}
            >
              {one.name}
            </Button>
          ))}
        </div>
      )}
      <Choices label="What it holds" value={kind} onChange={setKind} choices={kinds.map(({ id, label, note }) => ({ value: id, label, note }))} />
      <PasteBox label="Items" kind={kind} text={text} onText={setText} read={read} optional />
    </Form>
  );
}
