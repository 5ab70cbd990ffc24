import { useState } from "react";
import { type Action, useActions } from "@/lib/actions";
import { ActionButton, Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Panel } from "@/ui/panel";
import { blankPolicy, changedAt, movedAt, without } from "./draft";
import { PolicySettings } from "./policy-settings";
import type { TabProps } from "./sla-page";
import { TargetGrid } from "./target-grid";
import type { Policy } from "./types";

/** Policies, and the targets of the chosen one as a grid. */
export function TargetsTab(props: TabProps) {
  const { draft, change, mistakes, readOnly } = props;
  const [chosen, setChosen] = useState(draft.policies[0]?.id);
  const at = Math.max(0, draft.policies.findIndex((policy) => policy.id === chosen));
  const policy = draft.policies[at];
  const edit = (patch: Partial<Policy>) => change((old) => ({ ...old, policies: changedAt(old.policies, at, patch) }));
  const add: Action = {
    id: "sla.policy-add",
    label: "Add a policy",
    group: "SLA",
    hidden: readOnly,
    run: () => {
      const made = blankPolicy(draft.policies.at(-1), draft.policies.map(({ id }) => id));
      // Before the last, which must match every ticket.
      change((old) => ({ ...old, policies: [...old.policies.slice(0, -1), made, ...old.policies.slice(-1)] }));
      setChosen(made.id);
    },
  };
  useActions([add]);
  const move = (by: number) => change((old) => ({ ...old, policies: movedAt(old.policies, at, by) }));
  const remove = () => change((old) => ({ ...old, policies: without(old.policies, at) }));
  return (
    <>
      <Panel title="Policies" aside={<ActionButton action={add} />}>
        <p className="muted">The first one that is switched on and matches a ticket counts; the last must match every ticket.</p>
        <ol className="sla-list" aria-label="Policies, in the order in which they are asked">
          {draft.policies.map((one, i) => (
            <li key={one.id}>
              <button type="button" className={cx("sla-choice", i === at && "sla-chosen")} aria-pressed={i === at} onClick={() => setChosen(one.id)}>
                <span className="sla-place">{i + 1}</span>
                <strong>{one.name || "without a name"}</strong>
                <code className="muted">{one.match || "every ticket"}</code>
                {!one.enabled && <span className="muted">off</span>}
                {mistakes.count(`policies[${i}]`) > 0 && <span className="sla-wrong">▲ {mistakes.count(`policies[${i}]`)}</span>}
              </button>
            </li>
          ))}
        </ol>
      </Panel>
      {policy && (
        <fieldset className="sla-set" disabled={readOnly}>
          <legend className="visually-hidden">{policy.name}</legend>
          <Panel
            title={policy.name || "without a name"}
            aside={
              !readOnly && draft.policies.length > 1 && (
                <span className="sla-buttons">
                  <Button tone="quiet" aria-label="Ask this policy earlier" blocked={at === 0 && "It is the first"} onClick={() => move(-1)}>
                    ↑
                  </Button>
                  <Button tone="quiet" aria-label="Ask this policy later" blocked={at === draft.policies.length - 1 && "It is the last"} onClick={() => move(1)}>
                    ↓
                  </Button>
                  <Button tone="quiet" onClick={remove}>
                    Remove the policy
                  </Button>
                </span>
              )
            }
          >
            <TargetGrid {...props} policy={policy} at={`policies[${at}]`} onChange={edit} />
          </Panel>
          <PolicySettings {...props} policy={policy} at={`policies[${at}]`} onChange={edit} />
        </fieldset>
      )}
    </>
  );
}
