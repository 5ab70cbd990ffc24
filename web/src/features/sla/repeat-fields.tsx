import { Checkbox, Select, TextField } from "@/ui/field";
import { FormRow } from "@/ui/form";
import { Panel } from "@/ui/panel";
import type { LadderProps } from "./ladders-tab";
import { tidyLength } from "./length";
import type { Ladder } from "./types";

type Repeat = NonNullable<Ladder["repeat"]>;

/** What happens above the last level: the ladder is gone up again, or not. */
export function RepeatFields({ ladder, at, mistakes, onChange }: LadderProps) {
  const { repeat } = ladder;
  const set = (patch: Partial<Repeat>) => repeat && onChange({ repeat: { ...repeat, ...patch } });
  const toggle = (on: boolean) => onChange({ repeat: on ? { every: "15m", from_level: 1, times: 0 } : undefined });
  return (
    <Panel title="When nobody answers">
      <Checkbox label="Call again" checked={Boolean(repeat)} onChange={(event) => toggle(event.target.checked)} />
      {repeat && (
        <FormRow>
          <TextField label="Every" value={repeat.every} help="5m at least" error={mistakes.at(`${at}.repeat.every`)} onChange={(event) => set({ every: tidyLength(event.target.value) })} />
          <Select label="From level" value={String(repeat.from_level)} options={ladder.levels.map((_, i) => ({ value: String(i + 1), label: `level ${i + 1} on` }))} error={mistakes.at(`${at}.repeat.from_level`)} onChange={(event) => set({ from_level: Number(event.target.value) })} />
          <TextField label="Times" type="number" min={0} max={1000} value={repeat.times} help="0: until somebody answers" error={mistakes.at(`${at}.repeat.times`)} onChange={(event) => set({ times: Math.max(0, Math.floor(event.target.valueAsNumber || 0)) })} />
        </FormRow>
      )}
      {!repeat && <p className="muted">The ladder ends above its last level, answered or not.</p>}
    </Panel>
  );
}
