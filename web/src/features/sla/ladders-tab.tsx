import { useState } from "react";
import { type Action, useActions } from "@/lib/actions";
import { formatList } from "@/lib/format";
import { useNow } from "@/lib/now";
import { type Severity, severities } from "@/lib/words";
import { ActionButton, Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Select, TextField } from "@/ui/field";
import { FormRow } from "@/ui/form";
import { MomentField } from "@/ui/moment-field";
import { Panel } from "@/ui/panel";
import { toProblem } from "@/lib/problem";
import { blankLadder, changedAt, usersOf, without } from "./draft";
import { FallbackField } from "./fallback-field";
import { LadderLine } from "./ladder-line";
import { LevelFields } from "./level-fields";
import { RepeatFields } from "./repeat-fields";
import type { TabProps } from "./sla-page";
import type { Ladder, Policy } from "./types";
import { useSimulation } from "./use-simulation";

/** Who is called when nobody answers, and who that would be. */
export function LaddersTab(props: TabProps) {
  const { draft, change, mistakes, readOnly } = props;
  const [chosen, setChosen] = useState(draft.ladders[0]?.id);
  const at = Math.max(0, draft.ladders.findIndex((one) => one.id === chosen));
  const ladder = draft.ladders[at];
  const add: Action = {
    id: "sla.ladder-add",
    label: "Add a ladder",
    group: "SLA",
    hidden: readOnly,
    run: () => {
      const made = blankLadder(draft.ladders.map(({ id }) => id));
      change((old) => ({ ...old, ladders: [...old.ladders, made] }));
      setChosen(made.id);
    },
  };
  useActions([add]);
  return (
    <div className="sla-columns">
      <Panel title="Ladders" aside={<ActionButton action={add} />}>
        <ul className="sla-list">
          {draft.ladders.map((one, i) => (
            <li key={one.id}>
              <button type="button" className={cx("sla-choice", one === ladder && "sla-chosen")} aria-pressed={one === ladder} onClick={() => setChosen(one.id)}>
                <strong>{one.name || "without a name"}</strong>
                {mistakes.count(`ladders[${i}]`) > 0 && <span className="sla-wrong">▲ {mistakes.count(`ladders[${i}]`)}</span>}
              </button>
            </li>
          ))}
        </ul>
      </Panel>
      {ladder && (
        <div className="sla-two">
          <LadderEditor key={ladder.id} {...props} ladder={ladder} at={`ladders[${at}]`} onChange={(patch) => change((old) => ({ ...old, ladders: changedAt(old.ladders, at, patch) }))} onRemove={() => change((old) => ({ ...old, ladders: without(old.ladders, at) }))} />
          <WhoWhen {...props} ladder={ladder} />
        </div>
      )}
    </div>
  );
}

export interface LadderProps extends TabProps {
  ladder: Ladder;
  at: string;
  onChange: (patch: Partial<Ladder>) => void;
}

function LadderEditor(props: LadderProps & { onRemove: () => void }) {
  const { ladder, at, draft, mistakes, readOnly, onChange, onRemove } = props;
  const users = usersOf(draft, "ladder", ladder.id);
  const addLevel = () => onChange({ levels: [...ladder.levels, { after: nextAfter(ladder), notify: [], reassign: false }] });
  return (
    <fieldset className="sla-set" disabled={readOnly}>
      <legend className="visually-hidden">{ladder.name}</legend>
      <Panel
        title={ladder.name || "without a name"}
        aside={
          !readOnly && (
            <Button tone="quiet" blocked={users.length > 0 && `${formatList(users)} calls by it`} onClick={onRemove}>
              Remove the ladder
            </Button>
          )
        }
      >
        <TextField label="Name" value={ladder.name} maxLength={120} error={mistakes.at(`${at}.name`)} onChange={(event) => onChange({ name: event.target.value })} />
        <ol className="sla-levels" aria-label="Levels">
          {ladder.levels.map((level, i) => (
            <LevelFields key={i} {...props} level={level} place={i + 1} onLevel={(patch) => onChange({ levels: changedAt(ladder.levels, i, patch) })} onRemoveLevel={() => onChange({ levels: without(ladder.levels, i) })} />
          ))}
        </ol>
        <div className="field-error" aria-live="polite">
          {mistakes.at(`${at}.levels`)}
        </div>
        {!readOnly && (
          <div>
            <Button onClick={addLevel}>Add a level</Button>
          </div>
        )}
      </Panel>
      <RepeatFields {...props} />
      <FallbackField {...props} />
    </fieldset>
  );
}

/** Ten minutes after the last level, as far as that can be read. */
function nextAfter(ladder: Ladder): string {
  const last = /^(\d+)m$/.exec(ladder.levels.at(-1)?.after ?? "0m");
  return `${Number(last?.[1] ?? 0) + 10}m`;
}

/** Who would be called when: now, or at any other time. */
function WhoWhen({ draft, trying, known, ladder }: TabProps & { ladder: Ladder }) {
  const now = useNow(60_000);
  const [severity, setSeverity] = useState<Severity>("critical");
  const [team, setTeam] = useState("");
  const [at, setAt] = useState("");
  // Every ticket is matched, and called at once, by this ladder: what is drawn is the ladder, whatever policy uses it.
  const policies = draft.policies.map((policy): Policy => ({ ...policy, ladder: ladder.id, page_on_open: [...severities] }));
  const simulated = useSimulation({ ask: { severity, team, at: at || now.toISOString() }, draft: { ...trying, policies, ladders: draft.ladders } });
  const data = simulated.data;
  const pages = (data?.pages ?? []).filter((page) => page.trigger === "open" && page.ladder === ladder.id);
  return (
    <Panel title="Who would be called" aside={at ? "then" : "right now"} className="sla-who">
      <FormRow>
        <Select label="A ticket that is" value={severity} options={severities.map((one) => ({ value: one, label: one }))} onChange={(event) => setSeverity(event.target.value as Severity)} />
        <Select label="Of" value={team} options={[{ value: "", label: "the intake team" }, ...known.teams.map(({ id, name }) => ({ value: id, label: name }))]} onChange={(event) => setTeam(event.target.value)} />
      </FormRow>
      <MomentField label="Opened at" value={at || now.toISOString()} onChange={setAt} quick={[{ label: "in 12 hours", ms: 12 * 3_600_000 }, { label: "in 2 days", ms: 48 * 3_600_000 }]} />
      {at !== "" && (
        <div>
          <Button onClick={() => setAt("")}>Right now</Button>
        </div>
      )}
      {simulated.error ? <p className="sla-wrong">▲ {toProblem(simulated.error).message}</p> : <LadderLine pages={pages} fallback={data?.fallback ?? []} pending={data === undefined} stale={simulated.behind || simulated.isPlaceholderData} repeats={Boolean(ladder.repeat)} />}
    </Panel>
  );
}
