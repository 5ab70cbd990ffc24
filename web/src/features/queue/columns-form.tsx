import { useState } from "react";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Checkbox } from "@/ui/field";
import { Form } from "@/ui/form";
import { type Chosen, columns as usual, everyColumn, parseColumns, writeColumns } from "./columns";

interface ColumnsFormProps {
  columns: string[];
  onClose: () => void;
  onApply: (columns: string[]) => void;
}

/** Which columns stand in the list, in which order and how wide. */
export function ColumnsForm({ columns, onClose, onApply }: ColumnsFormProps) {
  const given = parseColumns(columns);
  const [chosen, setChosen] = useState<Chosen[]>(given.length > 0 ? given : usual.map(({ id }) => ({ id })));
  const apply = (next: string[]) => {
    onApply(next);
    onClose();
  };
  const move = (at: number, step: -1 | 1) =>
    setChosen((old) => {
      const next = [...old];
      const [one] = next.splice(at, 1);
      if (one) next.splice(at + step, 0, one);
      return next;
    });
  const widen = (id: string, text: string) => setChosen((old) => old.map((one) => (one.id !== id ? one : text === "" ? { id } : { id, width: Number(text) })));
  const rest = everyColumn.filter((column) => !chosen.some((one) => one.id === column.id));
  return (
    <Dialog open onClose={onClose} title="Columns">
      <Form
        onSubmit={() => apply(writeColumns(chosen))}
        footer={
          <>
            <Button onClick={() => apply([])}>The usual ones</Button>
            <Button type="submit" tone="primary" blocked={chosen.length === 0 && "Choose a column first"}>
              Show
            </Button>
          </>
        }
      >
        <ul className="column-list" aria-label="Columns of the list">
          {chosen.map((one, i) => {
            const head = everyColumn.find((column) => column.id === one.id)?.head ?? one.id;
            return (
              <li key={one.id}>
                <Checkbox label={head} checked onChange={() => setChosen((old) => old.filter((each) => each.id !== one.id))} />
                <input
                  className="input column-width"
                  type="number"
                  min={40}
                  max={900}
                  placeholder="px"
                  aria-label={`Width of ${head} in pixels`}
                  value={one.width ?? ""}
                  onChange={(e) => widen(one.id, e.target.value)}
                />
                <Button tone="quiet" aria-label={`Move ${head} to the left`} blocked={i === 0 && "It is the first"} onClick={() => move(i, -1)}>
                  ↑
                </Button>
                <Button tone="quiet" aria-label={`Move ${head} to the right`} blocked={i === chosen.length - 1 && "It is the last"} onClick={() => move(i, 1)}>
                  ↓
                </Button>
              </li>
            );
          })}
          {rest.map((column) => (
            <li key={column.id}>
              <Checkbox label={column.head} checked={false} onChange={() => setChosen((old) => [...old, { id: column.id }])} />
            </li>
          ))}
        </ul>
      </Form>
    </Dialog>
  );
}
