import { type ReactNode, useId } from "react";
import { suggestOn } from "@/api/suggest";
import type { Problem } from "@/lib/problem";
import { severities } from "@/lib/words";
import { DurationField } from "@/ui/duration-field";
import { Checkbox, Select, TextArea, TextField } from "@/ui/field";
import { FormRow } from "@/ui/form";
import { MomentField } from "@/ui/moment-field";
import { QueryInput } from "@/ui/query-input";
import { QueryMistake } from "@/ui/query-mistake";
import { ByChips } from "./by-chips";
import type { DraftRule, Patch } from "./draft";
import type { Section } from "./sections";
import type { Limit, OpeningRule } from "./types";
import type { Known } from "./use-names";

interface FieldsProps {
  section: Section;
  rule: DraftRule;
  known: Known;
  onChange: (patch: Patch) => void;
  problem: Problem | undefined;
  field: string | undefined;
  readOnly: boolean;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ends = [
  { label: "1 week", ms: 7 * DAY },
  { label: "30 days", ms: 30 * DAY },
  { label: "90 days", ms: 90 * DAY },
  { label: "1 year", ms: 365 * DAY },
];
const suggest = suggestOn("rules");

/** The fields of a rule: its name and match, then what its section adds. */
export function RuleFields(props: FieldsProps) {
  const { rule, onChange, problem, field, readOnly } = props;
  const wrong = (name: string) => (field === name ? problem?.message : undefined);
  return (
    <fieldset className="rule-set" disabled={readOnly}>
      <legend className="visually-hidden">{rule.name}</legend>
      <TextField label="Name" value={rule.name} maxLength={120} error={wrong("name")} onChange={(event) => onChange({ name: event.target.value })} />
      <MatchField value={rule.match} onChange={(match) => onChange({ match })} problem={field === "match" ? problem : undefined} />
      <Own {...props} wrong={wrong} />
      {problem && !shown(rule, field) && (
        <div role="alert" className="rule-problem">
          {problem.message}
        </div>
      )}
    </fieldset>
  );
}

/** Whether a field shows its own mistake. */
function shown(rule: DraftRule, field: string | undefined): boolean {
  return field !== undefined && (field in rule || field.startsWith("limit."));
}

interface OwnProps extends FieldsProps {
  wrong: (name: string) => string | undefined;
}

function Own({ rule, known, onChange, wrong }: OwnProps): ReactNode {
  if ("severity" in rule) {
    return <Select label="Becomes" className="rule-short" value={rule.severity} options={severities.map((one) => ({ value: one, label: one }))} error={wrong("severity")} onChange={(event) => onChange({ severity: event.target.value })} />;
  }
  if ("then" in rule) return <Opening rule={rule} onChange={onChange} wrong={wrong} />;
  if ("by" in rule) {
    return (
      <>
        <ByChips value={rule.by} onChange={(by) => onChange({ by })} error={wrong("by")} />
        <DurationField label="Each within this time of the last" value={rule.within} onChange={(within) => onChange({ within })} error={wrong("within")} />
      </>
    );
  }
  if ("team" in rule) {
    return (
      <Select
        label="Team"
        className="rule-short"
        value={rule.team}
        options={[{ value: "", label: "Choose a team" }, ...known.teams.map((team) => ({ value: team.id, label: team.name }))]}
        error={wrong("team")}
        onChange={(event) => onChange({ team: event.target.value })}
      />
    );
  }
  return (
    <>
      {"expires_at" in rule ? (
        <MomentField label="Ends" value={rule.expires_at} quick={ends} error={wrong("expires_at")} onChange={(at) => onChange({ expires_at: at })} />
      ) : (
        <FormRow>
          <MomentField label="From" value={rule.from} error={wrong("from")} onChange={(from) => onChange({ from })} />
          <MomentField label="To" value={rule.to} error={wrong("to")} onChange={(to) => onChange({ to })} />
        </FormRow>
      )}
      <FormRow>
        <OwnerField value={rule.owner} known={known} error={wrong("owner")} onChange={(owner) => onChange({ owner })} />
      </FormRow>
      <TextArea label="Reason" rows={2} maxLength={4000} value={rule.reason} error={wrong("reason")} onChange={(event) => onChange({ reason: event.target.value })} />
    </>
  );
}

function OwnerField({ value, known, error, onChange }: { value: string; known: Known; error: string | undefined; onChange: (owner: string) => void }) {
  const listed = known.people.some((person) => person.id === value);
  const gone = value !== "" && !listed ? [{ value, label: `${known.names.person(value)} (no longer active)` }] : [];
  const options = [{ value: "", label: "Choose a person" }, ...gone, ...known.people.map((person) => ({ value: person.id, label: `${person.name} · ${person.email}` }))];
  return <Select label="Answers for it" value={value} options={options} error={error} onChange={(event) => onChange(event.target.value)} />;
}

const startLimit: Limit = { tickets: 1000, same: 0, window: "5m", feeds_only: true };

function Opening({ rule, onChange, wrong }: { rule: OpeningRule; onChange: (patch: Patch) => void; wrong: OwnProps["wrong"] }) {
  const { limit } = rule;
  const set = (patch: Partial<Limit>) => onChange({ limit: { ...startLimit, ...limit, ...patch } });
  const number = (value: number) => Math.max(0, Math.floor(value || 0));
  return (
    <>
      <Select
        label="Then"
        className="rule-short"
        value={rule.then}
        options={[
          { value: "open", label: "open a ticket" },
          { value: "record", label: "only record" },
        ]}
        onChange={(event) => onChange({ then: event.target.value })}
      />
      {rule.then === "open" && (
        <Checkbox
          label="Hold opening back in a storm"
          help="What is held back is kept and counted; people decide what becomes of it. Critical findings always pass."
          checked={limit !== undefined}
          onChange={(event) => onChange({ limit: event.target.checked ? startLimit : undefined })}
        />
      )}
      {rule.then === "open" && limit && (
        <FormRow>
          <TextField label="Tickets from one source" type="number" min={0} value={limit.tickets || ""} placeholder="no limit" optional error={wrong("limit.tickets")} onChange={(event) => set({ tickets: number(event.target.valueAsNumber) })} />
          <TextField label="Of one kind in one account" type="number" min={0} value={limit.same || ""} placeholder="no limit" optional error={wrong("limit.same")} onChange={(event) => set({ same: number(event.target.valueAsNumber) })} />
          <DurationField label="Within" value={limit.window} error={wrong("limit.window")} onChange={(window) => set({ window })} />
        </FormRow>
      )}
      {rule.then === "open" && limit && (
        <Checkbox
          label="Only for what connections bring"
          help="Not for what is pushed over the API with a token: whoever pushes has a rate limit and sees each answer."
          checked={limit.feeds_only === true}
          onChange={(event) => set({ feeds_only: event.target.checked })}
        />
      )}
    </>
  );
}

/** A match as a line in the query language: completion while it is typed, a mistake marked where it stands. */
function MatchField({ value, onChange, problem }: { value: string; onChange: (match: string) => void; problem: Problem | undefined }) {
  const id = useId();
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        Match
      </label>
      <QueryInput
        id={id}
        value={value}
        onChange={onChange}
        suggest={suggest}
        placeholder="everything"
        maxLength={2000}
        aria-invalid={problem ? true : undefined}
        aria-describedby={`${id}-help ${id}-problem`}
      />
      <div role="alert" id={`${id}-problem`} className="field-error match-problem">
        {problem && <QueryMistake q={value} problem={problem} onApply={onChange} />}
      </div>
      <div className="field-help" id={`${id}-help`}>
        A list stands as <code>account:@crown-jewels</code>; empty matches everything. ↓ shows what can come next.
      </div>
    </div>
  );
}
