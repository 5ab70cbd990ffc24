import { useState } from "react";
import { useNow } from "@/lib/now";
import { toProblem } from "@/lib/problem";
import { type Severity, severities } from "@/lib/words";
import { useZone } from "@/lib/zone";
import { Banner, Skeleton } from "@/ui/states";
import { cx } from "@/ui/cx";
import { Select, TextField } from "@/ui/field";
import { FormRow } from "@/ui/form";
import { MomentField } from "@/ui/moment-field";
import { Panel } from "@/ui/panel";
import { SimEvents } from "./sim-events";
import { SimLine } from "./sim-line";
import { SimTable } from "./sim-table";
import type { TabProps } from "./sla-page";
import type { Ask, Simulation } from "./types";
import { useSimulation } from "./use-simulation";
import { askWords, dueWords } from "./words";

const HOUR = 3_600_000;
const wholeMinute = (ms: number) => new Date(Math.ceil(ms / 60_000) * 60_000).toISOString();

/** What would happen to a ticket: when things fall due, and who is called until somebody answers. */
export function SimulatorTab({ trying, known }: TabProps) {
  const [ask, setAsk] = useState<Ask>(() => ({ severity: "critical", team: "", at: wholeMinute(Date.now()), events: [] }));
  const simulated = useSimulation({ ask, draft: trying }, ask.at !== "");
  const set = (patch: Partial<Ask>) => setAsk((old) => ({ ...old, ...patch }));
  return (
    <div className="sla-columns">
      <Panel title="A ticket" className="sla-ask">
        <Select label="Severity" value={ask.severity} options={severities.map((one) => ({ value: one, label: one }))} onChange={(event) => set({ severity: event.target.value as Severity })} />
        <MomentField label="Opened at" value={ask.at} onChange={(at) => set({ at })} quick={[{ label: "now", ms: 0 }, { label: "in 12 hours", ms: 12 * HOUR }]} />
        <FormRow>
          <Select label="Team" value={ask.team} options={[{ value: "", label: "the intake team" }, ...known.teams.map(({ id, name }) => ({ value: id, label: name }))]} onChange={(event) => set({ team: event.target.value })} />
          <TextField label="Type" optional placeholder="detection" maxLength={40} value={ask.type ?? ""} onChange={(event) => set({ type: event.target.value.trim() || undefined })} />
        </FormRow>
        <SimEvents at={ask.at} value={ask.events ?? []} onChange={(events) => set({ events })} />
      </Panel>
      <div className="sla-set">
        {trying && <Banner tone="info">Tried with what you have changed and not saved.</Banner>}
        {simulated.error ? (
          <Panel title="What would happen">
            <p className="sla-wrong" role="alert">
              ▲ {toProblem(simulated.error).message}
            </p>
          </Panel>
        ) : simulated.data ? (
          <div className={cx("sla-set", (simulated.behind || simulated.isPlaceholderData) && "sla-stale")}>
            <Answer ask={ask} data={simulated.data} />
          </div>
        ) : (
          <Skeleton lines={6} label="Asking what would happen" />
        )}
      </div>
    </div>
  );
}

function Answer({ ask, data }: { ask: Ask; data: Simulation }) {
  const zone = useZone();
  const now = useNow(60_000);
  return (
    <>
      <Panel title="What would happen" aside={data.policy_name && `${data.policy_name}, version ${data.version}`}>
        <p className="sla-headline" role="status">
          <strong>{askWords(ask, zone, now)}:</strong> {dueWords(data.timers, zone, now)}.
        </p>
        <SimLine from={ask.at} timers={data.timers} pages={data.pages} />
      </Panel>
      <Panel title="Step by step">
        <SimTable data={data} />
      </Panel>
    </>
  );
}
