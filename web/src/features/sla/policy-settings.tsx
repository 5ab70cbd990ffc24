import type { ReactNode } from "react";
import { severities } from "@/lib/words";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Checkbox, Select, TextField } from "@/ui/field";
import { FormRow } from "@/ui/form";
import { Panel } from "@/ui/panel";
import { lengthMistake } from "./cells";
import { changedAt, idOf, omitted, without } from "./draft";
import { tidyLength } from "./length";
import { NumbersField } from "./numbers-field";
import type { PolicyProps } from "./target-grid";
import type { PauseReason } from "./types";

/** What a policy says beside its targets. */
export function PolicySettings(props: PolicyProps) {
  const { policy, at, draft, mistakes, onChange } = props;
  const toggle = (severity: string) => onChange({ page_on_open: severities.filter((one) => (one === severity ? !policy.page_on_open.includes(one) : policy.page_on_open.includes(one))) });
  return (
    <>
      <Panel title="When it holds">
        <FormRow>
          <TextField label="Name" value={policy.name} maxLength={120} error={mistakes.at(`${at}.name`)} onChange={(event) => onChange({ name: event.target.value })} />
          <TextField
            label="Match"
            optional
            value={policy.match}
            maxLength={2000}
            placeholder="every ticket"
            help="severity, type, team, source, account, region, demo: severity>=high type:detection"
            error={mistakes.at(`${at}.match`)}
            onChange={(event) => onChange({ match: event.target.value })}
          />
        </FormRow>
        <Checkbox label="Switched on" checked={policy.enabled} onChange={(event) => onChange({ enabled: event.target.checked })} />
      </Panel>
      <Panel title="Who is called">
        <FormRow>
          <Select label="Ladder" value={policy.ladder} error={mistakes.at(`${at}.ladder`)} options={[...(draft.ladders.some(({ id }) => id === policy.ladder) ? [] : [{ value: policy.ladder, label: "Choose a ladder" }]), ...draft.ladders.map(({ id, name }) => ({ value: id, label: name }))]} onChange={(event) => onChange({ ladder: event.target.value })} />
          <NumbersField label="Warn at, percent of the target" value={policy.warn_at} error={mistakes.under(`${at}.warn_at`)} onChange={(warn_at) => onChange({ warn_at })} />
        </FormRow>
        <div role="group" aria-label="Called as soon as a ticket opens">
          <span className="field-label">Called as soon as a ticket opens</span>
          <div className="sla-chips">
            {severities.map((severity) => (
              <button key={severity} type="button" className={cx("sla-chip", policy.page_on_open.includes(severity) && "sla-chip-on")} aria-pressed={policy.page_on_open.includes(severity)} onClick={() => toggle(severity)}>
                {severity}
              </button>
            ))}
          </div>
          <div className="field-help">The others are called when a target is missed.</div>
          <div className="field-error">{mistakes.under(`${at}.page_on_open`)}</div>
        </div>
        <BySeverity label="Still on it? Asked after no activity for" help="Only of acknowledged tickets; empty asks never." value={policy.reack_after} wrong={(severity) => lengthMistake(policy.reack_after[severity] ?? "") ?? mistakes.at(`${at}.reack_after.${severity}`)} onChange={(reack_after) => onChange({ reack_after })} />
      </Panel>
      <Panel title="Pauses">
        <BySeverity
          label="Of the target to resolve, at most so many percent paused"
          help="Empty has no bound but that of the reason."
          value={Object.fromEntries(Object.entries(policy.max_paused).map(([severity, percent]) => [severity, String(percent)]))}
          wrong={(severity) => mistakes.at(`${at}.max_paused.${severity}`)}
          onChange={(texts) => onChange({ max_paused: percents(texts) })}
        />
        <Pauses {...props} />
      </Panel>
    </>
  );
}

function percents(texts: Record<string, string>): Record<string, number> {
  return Object.fromEntries(Object.entries(texts).map(([severity, text]) => [severity, Math.floor(Number(text) || 0)]));
}

interface BySeverityProps {
  label: string;
  help: ReactNode;
  value: Record<string, string>;
  wrong: (severity: string) => string | undefined;
  onChange: (value: Record<string, string>) => void;
}

function BySeverity({ label, help, value, wrong, onChange }: BySeverityProps) {
  const set = (severity: string, text: string) => {
    const rest = omitted(value, severity);
    onChange(text.trim() === "" ? rest : { ...rest, [severity]: tidyLength(text) });
  };
  return (
    <div role="group" aria-label={label}>
      <span className="field-label">{label}</span>
      <div className="sla-by-severity">
        {severities.map((severity) => (
          <TextField key={severity} label={severity} optional placeholder="–" value={value[severity] ?? ""} error={wrong(severity)} onChange={(event) => set(severity, event.target.value)} />
        ))}
      </div>
      <div className="field-help">{help}</div>
    </div>
  );
}

/** Why work may have to wait, how long at most, and who may say so. */
function Pauses({ policy, at, mistakes, readOnly, onChange }: PolicyProps) {
  const set = (row: number, patch: Partial<PauseReason>) => onChange({ pause_reasons: changedAt(policy.pause_reasons, row, patch) });
  const add = () => onChange({ pause_reasons: [...policy.pause_reasons, { id: idOf("reason", policy.pause_reasons.map(({ id }) => id)).replaceAll("-", "_"), title: "", max: "72h", roles: [] }] });
  return (
    <div role="group" aria-label="Reasons to pause" className="sla-pauses">
      {policy.pause_reasons.map((reason, row) => {
        const here = `${at}.pause_reasons[${row}]`;
        return (
          <div key={reason.id} className="sla-pause" role="group" aria-label={reason.title || "A new reason"}>
            <TextField label="Reason" value={reason.title} maxLength={120} error={mistakes.at(`${here}.title`) ?? mistakes.at(`${here}.id`)} onChange={(event) => set(row, { title: event.target.value })} />
            <TextField label="At most" optional value={reason.max} placeholder="90d" error={lengthMistake(reason.max) ?? mistakes.at(`${here}.max`)} onChange={(event) => set(row, { max: tidyLength(event.target.value) })} />
            <Select
              label="By"
              value={reason.roles.length === 1 ? (reason.roles[0] ?? "") : ""}
              options={[
                { value: "", label: "the owner or the lead" },
                { value: "owner", label: "the owner" },
                { value: "lead", label: "the lead" },
              ]}
              error={mistakes.under(`${here}.roles`)}
              onChange={(event) => set(row, { roles: event.target.value === "" ? ["owner", "lead"] : [event.target.value] })}
            />
            {!readOnly && (
              <Button tone="quiet" aria-label={`Remove the reason ${reason.title}`} onClick={() => onChange({ pause_reasons: without(policy.pause_reasons, row) })}>
                Remove
              </Button>
            )}
          </div>
        );
      })}
      {!readOnly && (
        <div>
          <Button onClick={add}>Add a reason</Button>
        </div>
      )}
    </div>
  );
}
