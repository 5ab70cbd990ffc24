import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, useId } from "react";
import { formatPlural } from "@/lib/format";
import type { Problem } from "@/lib/problem";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { newKey, type DraftRule, type Edit, type Patch } from "./draft";
import { MarkWords } from "./mark-words";
import { RuleFields } from "./rule-fields";
import type { Section } from "./sections";
import type { RowState } from "./use-row-states";
import type { SectionId } from "./types";
import type { Known } from "./use-names";
import { deedWords } from "./words";

interface RowProps {
  section: Section;
  rule: DraftRule;
  index: number;
  count: number;
  state: RowState;
  known: Known;
  open: boolean;
  onOpen: (key: string | undefined) => void;
  onEdit: (edit: Edit) => void;
  problem: Problem | undefined;
  /** Which field the problem is about. */
  field: string | undefined;
  readOnly: boolean;
}

/** One rule in a line: what it matches and what it then does. Its name opens it, to be edited where it stands. */
export function RuleRow(props: RowProps) {
  const { section, rule, index, state, known, open, onOpen, onEdit, problem, field, readOnly } = props;
  const id = useId();
  const change = (patch: Patch) => onEdit({ do: "change", section: section.id, key: rule.key, patch });
  const move = (by: number) => onEdit({ do: "move", section: section.id, key: rule.key, by });
  const close = () => {
    onOpen(undefined);
    document.getElementById(openerId(rule.key))?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (event.altKey && by !== 0 && !readOnly) move(by);
    else if (event.key === "Escape" && open) close();
    else return;
    event.preventDefault();
  };
  const on = !("enabled" in rule) || rule.enabled;
  return (
    // The buttons and fields inside have the focus; the row hears of the keys on their way up.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <li className={cx("rule", !on && "rule-off", open && "rule-open")} onKeyDown={onKeyDown} aria-label={`${section.one} ${index + 1}: ${rule.name}`} data-rule={rule.key}>
      <span className="rule-place" aria-hidden="true">
        {index + 1}
      </span>
      {"enabled" in rule ? (
        <input type="checkbox" className="rule-on" id={`rule-on-${rule.key}`} checked={rule.enabled} disabled={readOnly} aria-label={`Switched on: ${rule.name}`} onChange={(event) => change({ enabled: event.target.checked })} />
      ) : (
        <span />
      )}
      <div className="rule-line">
        <button type="button" className="rule-name" id={openerId(rule.key)} aria-expanded={open} aria-controls={open ? `${id}-fields` : undefined} onClick={() => onOpen(open ? undefined : rule.key)}>
          {rule.name || "without a name"}
        </button>
        <span className="rule-deed">{deedWords(rule, known.names)}</span>
      </div>
      <span className="rule-count">{!on ? "off" : state.matched !== undefined && formatPlural(state.matched, { one: "finding", other: "findings" })}</span>
      {!readOnly && <RowButtons {...props} move={move} />}
      <div className="rule-under">
        <code className="rule-match">{rule.match || "everything"}</code>
        {state.marks.map((mark) => (
          <MarkWords key={mark.kind} mark={mark} />
        ))}
      </div>
      {!open && problem && (
        <div role="alert" className="rule-problem">
          {problem.message}
        </div>
      )}
      {open && (
        <div className="rule-fields" id={`${id}-fields`}>
          <RuleFields section={section} rule={rule} known={known} onChange={change} problem={problem} field={field} readOnly={readOnly} />
          <div className="rule-done">
            <Button onClick={close} keys="Escape">
              Done
            </Button>
            {rule.id && decides.includes(section.id) && (
              <Link to="/findings" search={{ q: `decided:${rule.id}` }}>
                Findings it has decided
              </Link>
            )}
          </div>
        </div>
      )}
    </li>
  );
}

/** What can be done with a rule without opening it. */
function RowButtons({ section, rule, index, count, onOpen, onEdit, move }: RowProps & { move: (by: number) => void }) {
  const what = `${section.one} ${index + 1}`;
  const duplicate = () => {
    const key = newKey();
    onEdit({ do: "duplicate", section: section.id, key: rule.key, as: key });
    onOpen(key);
  };
  return (
    <span className="rule-buttons">
      <Button tone="quiet" id={`rule-up-${rule.key}`} aria-label={`Move ${what} up`} title="Alt ↑" blocked={index === 0 && "It is the first"} onClick={() => move(-1)}>
        ↑
      </Button>
      <Button tone="quiet" id={`rule-down-${rule.key}`} aria-label={`Move ${what} down`} title="Alt ↓" blocked={index === count - 1 && "It is the last"} onClick={() => move(1)}>
        ↓
      </Button>
      <Button tone="quiet" aria-label={`Duplicate ${what}`} onClick={duplicate}>
        Duplicate
      </Button>
      <Button tone="quiet" aria-label={`Delete ${what}`} onClick={() => onEdit({ do: "remove", section: section.id, key: rule.key })}>
        Delete
      </Button>
    </span>
  );
}

/** The sections of which one rule decides what becomes of a finding. */
const decides: readonly SectionId[] = ["suppressions", "windows", "rules"];

/** The id of the button that opens a rule: where the keyboard is while it moves through rules. */
export function openerId(key: string): string {
  return `rule-open-${key}`;
}
