import { useLayoutEffect, useRef, useState } from "react";
import type { Problem } from "@/lib/problem";
import { type DraftRule, type Edit, ruleAt } from "./draft";
import { RuleRow } from "./rule-row";

interface ListProps {
  rules: readonly DraftRule[];
  /** Per rule, in its place, how many findings it decided. */
  matched: readonly number[] | undefined;
  problem: Problem | undefined;
  disabled: boolean;
  onEdit: (edit: Edit) => void;
}

/** The rules in the order they are asked: the first that matches decides. */
export function RuleList({ rules, matched, problem, disabled, onEdit }: ListProps) {
  const at = problem && ruleAt(problem);
  const keepFocus = useKeptFocus(rules);
  const [said, setSaid] = useState("");
  const edit = (change: Edit) => {
    if (change.do === "move") {
      keepFocus();
      const place = rules.findIndex((rule) => rule.key === change.key) + 1 + change.by;
      if (place >= 1 && place <= rules.length) setSaid(`Now rule ${place} of ${rules.length}`);
    }
    onEdit(change);
  };
  return (
    <fieldset className="rules-frame" disabled={disabled}>
      <legend className="visually-hidden">Rules</legend>
      <ol className="rules">
        {rules.map((rule, i) => (
          <RuleRow
            key={rule.key}
            rule={rule}
            place={i + 1}
            last={i === rules.length - 1}
            matched={matched?.[i]}
            problem={at?.index === i ? problem : undefined}
            field={at?.index === i ? at.field : undefined}
            onEdit={edit}
          />
        ))}
      </ol>
      <div role="status" className="visually-hidden">
        {said}
      </div>
    </fieldset>
  );
}

/** Moving a row in the document takes the focus from it; this gives it back. */
function useKeptFocus(rules: readonly DraftRule[]): () => void {
  const wanted = useRef<string>(undefined);
  useLayoutEffect(() => {
    if (wanted.current) document.getElementById(wanted.current)?.focus();
    wanted.current = undefined;
  }, [rules]);
  return () => {
    wanted.current = document.activeElement?.id;
  };
}
