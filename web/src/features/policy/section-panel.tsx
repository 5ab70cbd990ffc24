import { formatPlural } from "@/lib/format";
import type { Problem } from "@/lib/problem";
import { Button } from "@/ui/button";
import type { DraftRule, Edit, Place } from "./draft";
import { RuleRow } from "./rule-row";
import type { Section } from "./sections";
import type { Known } from "./use-names";
import { type RowState, urgentOf } from "./use-row-states";

interface SectionPanelProps {
  section: Section;
  rules: readonly DraftRule[];
  states: readonly RowState[];
  /** Differs from what is saved. */
  changed: boolean;
  known: Known;
  /** The rule that is open to be edited. */
  open: string | undefined;
  onOpen: (key: string | undefined) => void;
  onEdit: (edit: Edit) => void;
  onAdd: () => void;
  problem: Problem | undefined;
  place: Place | undefined;
  readOnly: boolean;
}

/** One section: what it does, and its rules in the order they are asked. */
export function SectionPanel(props: SectionPanelProps) {
  const { section, rules, states, changed, onAdd, place, readOnly } = props;
  const urgent = urgentOf(states);
  return (
    <section className="panel" aria-labelledby={`section-${section.id}`}>
      <div className="panel-head">
        <h2 id={`section-${section.id}`} tabIndex={-1}>
          {section.title}
        </h2>
        <div className="panel-aside section-aside">
          {urgent > 0 && <span className="section-urgent">▲ {formatPlural(urgent, { one: "needs attention", other: "need attention" })}</span>}
          {changed && <span className="section-changed">changed, not saved</span>}
          {!readOnly && <Button onClick={onAdd}>Add {section.one}</Button>}
        </div>
      </div>
      <p className="muted section-says">
        {rules.length === 0 && <strong className="section-none">{section.none} </strong>}
        {section.says}
      </p>
      {rules.length > 0 && (
        <ol className="rules" aria-label={section.title}>
          {rules.map((rule, i) => (
            <RuleRow
              key={rule.key}
              section={section}
              rule={rule}
              index={i}
              count={rules.length}
              state={states[i] ?? { matched: undefined, marks: [] }}
              known={props.known}
              open={props.open === rule.key}
              onOpen={props.onOpen}
              onEdit={props.onEdit}
              problem={place?.section === section.id && place.index === i ? props.problem : undefined}
              field={place?.section === section.id && place.index === i ? place.field : undefined}
              readOnly={readOnly}
            />
          ))}
        </ol>
      )}
    </section>
  );
}
