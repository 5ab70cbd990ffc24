import { type KeyboardEvent, useId } from "react";
import { formatPlural } from "@/lib/format";
import type { Problem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { QueryMistake } from "@/ui/query-mistake";
import type { DraftRule, Edit } from "./draft";

interface RowProps {
  rule: DraftRule;
  place: number;
  last: boolean;
  /** How many findings this rule decided in the preview. */
  matched: number | undefined;
  problem: Problem | undefined;
  /** Which field the problem is about. */
  field: string | undefined;
  onEdit: (edit: Edit) => void;
}

/** One rule: what it matches and what it then does. Alt and an arrow move it, from any of its fields. */
export function RuleRow({ rule, place, last, matched, problem, field, onEdit }: RowProps) {
  const id = useId();
  const change = (patch: Partial<DraftRule>) => onEdit({ do: "change", key: rule.key, patch });
  const move = (by: number) => onEdit({ do: "move", key: rule.key, by });
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (!event.altKey || by === 0) return;
    event.preventDefault();
    move(by);
  };
  return (
    // The fields inside have the focus; the row hears of the keys on their way up.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li className={cx("rule", !rule.enabled && "rule-off")} onKeyDown={onKeyDown} aria-label={`Rule ${place}: ${rule.name}`}>
      <span className="rule-place" aria-hidden="true">
        {place}
      </span>
      <input type="checkbox" className="rule-on" id={`rule-on-${rule.key}`} checked={rule.enabled} aria-label="Enabled" onChange={(event) => change({ enabled: event.target.checked })} />
      <input
        className="input rule-name"
        id={`rule-name-${rule.key}`}
        value={rule.name}
        aria-label="Name"
        maxLength={120}
        aria-invalid={field === "name" || rule.name.trim() === "" ? true : undefined}
        onChange={(event) => change({ name: event.target.value })}
      />
      <select className="input rule-then" id={`rule-then-${rule.key}`} value={rule.then} aria-label="Then" onChange={(event) => change({ then: event.target.value === "open" ? "open" : "record" })}>
        <option value="open">open a ticket</option>
        <option value="record">only record</option>
      </select>
      <span className="rule-moves">
        <Button tone="quiet" id={`rule-up-${rule.key}`} aria-label={`Move rule ${place} up`} title="Alt ↑" blocked={place === 1 && "It is the first"} onClick={() => move(-1)}>
          ↑
        </Button>
        <Button tone="quiet" id={`rule-down-${rule.key}`} aria-label={`Move rule ${place} down`} title="Alt ↓" blocked={last && "It is the last"} onClick={() => move(1)}>
          ↓
        </Button>
        <Button tone="quiet" aria-label={`Remove rule ${place}`} onClick={() => onEdit({ do: "remove", key: rule.key })}>
          Remove
        </Button>
      </span>
      <input
        className="input mono rule-match"
        id={`rule-match-${rule.key}`}
        value={rule.match}
        aria-label="Match"
        placeholder="everything"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        maxLength={2000}
        aria-invalid={field === "match" ? true : undefined}
        aria-describedby={problem ? `${id}-problem` : undefined}
        onChange={(event) => change({ match: event.target.value })}
      />
      <span className="rule-decides">{!rule.enabled ? "off: decides nothing" : matched !== undefined && `decides ${formatPlural(matched, { one: "finding", other: "findings" })}`}</span>
      <div role="alert" id={`${id}-problem`} className="rule-problem">
        {problem && field === "match" && <QueryMistake q={rule.match} problem={problem} onApply={(match) => change({ match })} />}
        {problem && field !== "match" && problem.message}
      </div>
    </li>
  );
}
