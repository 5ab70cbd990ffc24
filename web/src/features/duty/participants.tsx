import { type KeyboardEvent, useLayoutEffect, useRef } from "react";
import type { User } from "@/api/people";
import { Button } from "@/ui/button";
import { Select } from "@/ui/field";
import { movedAt } from "./draft";

interface ParticipantsProps {
  label: string;
  value: readonly string[];
  people: readonly User[];
  nameOf: (id: string) => string;
  error: string | undefined;
  onChange: (people: string[]) => void;
}

/** Who takes turns, in their order. Alt and an arrow key move whoever has the keyboard. */
export function Participants({ label, value, people, nameOf, error, onChange }: ParticipantsProps) {
  const list = useRef<HTMLOListElement>(null);
  const wanted = useRef<number>(undefined);
  useLayoutEffect(() => {
    if (wanted.current !== undefined) list.current?.querySelectorAll<HTMLElement>("[data-turn]")[wanted.current]?.focus();
    wanted.current = undefined;
  });
  const move = (at: number, by: number) => {
    wanted.current = Math.min(value.length - 1, Math.max(0, at + by));
    onChange(movedAt(value, at, by));
  };
  const onKeyDown = (at: number) => (event: KeyboardEvent) => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (!event.altKey || by === 0) return;
    event.preventDefault();
    move(at, by);
  };
  const free = people.filter((person) => !value.includes(person.id));
  return (
    <div className="field" role="group" aria-label={label}>
      <span className="field-label">{label}</span>
      <ol className="duty-turns" ref={list}>
        {value.map((id, i) => (
          // A person may take several turns of a round, so the place belongs to the key.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
          <li key={`${id} ${i}`} onKeyDown={onKeyDown(i)}>
            <span className="duty-turn-place">{i + 1}</span>
            <span className="duty-turn-name">{nameOf(id)}</span>
            <Button tone="quiet" data-turn aria-label={`Move ${nameOf(id)} up`} title="Alt ↑" blocked={i === 0 && "The first turn"} onClick={() => move(i, -1)}>
              ↑
            </Button>
            <Button tone="quiet" aria-label={`Move ${nameOf(id)} down`} title="Alt ↓" blocked={i === value.length - 1 && "The last turn"} onClick={() => move(i, 1)}>
              ↓
            </Button>
            <Button tone="quiet" aria-label={`Remove ${nameOf(id)}`} onClick={() => onChange(value.filter((_, other) => other !== i))}>
              Remove
            </Button>
          </li>
        ))}
      </ol>
      <Select
        label={value.length === 0 ? "First turn" : "Next turn"}
        className="duty-short"
        value=""
        optional={value.length > 0}
        options={[{ value: "", label: "Add a person" }, ...(free.length > 0 ? free : people).map((person) => ({ value: person.id, label: person.name }))]}
        onChange={(event) => event.target.value && onChange([...value, event.target.value])}
        error={error}
      />
    </div>
  );
}
