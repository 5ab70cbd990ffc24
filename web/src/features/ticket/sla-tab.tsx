import { useCallback, useState } from "react";
import { type LiveEvent, useLiveBatch } from "@/api/live";
import type { Ticket } from "@/api/models";
import { clockName, inOrder, openTime, targetWords, timerWords } from "@/lib/clocks";
import { formatCode } from "@/lib/format";
import { useNow } from "@/lib/now";
import { formatClock, formatDate } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { Facts } from "@/ui/facts";
import { Select } from "@/ui/field";
import { Loaded } from "@/ui/loaded";
import { EmptyState } from "@/ui/states";
import { Time } from "@/ui/time";
import { LaneView } from "./lane";
import { laneOf } from "./lane-plan";
import { type ClockView, type Explained, useExplained, useTargets } from "./queries";
import { RunList } from "./run-list";

/** How the clocks of a ticket came to stand as they do, drawn and in words. */
export function SlaTab({ ticket }: { ticket: Ticket }) {
  const explained = useExplained(ticket.number);
  const { refetch } = explained;
  // What became of a message stands in its own stream when it was about several tickets.
  useLiveBatch(useCallback((batch: LiveEvent[] | "reset") => batch !== "reset" && batch.some((event) => event.kind.startsWith("notification.")) && void refetch(), [refetch]));
  return (
    <Loaded query={explained} label="Loading how the clocks run" lines={6}>
      {(data) => (data.timers.length === 0 ? <EmptyState title="No clock runs">No target of the policy {data.policy_name} applies to this ticket.</EmptyState> : <Story data={data} />)}
    </Loaded>
  );
}

const keyOf = (clock: ClockView) => `${clock.metric} ${clock.phase} ${clock.cycle}`;
const nameOf = (clock: ClockView) => `${clockName(clock.metric, clock.phase)}${clock.cycle > 1 ? ` ×${clock.cycle}` : ""}`;

function Story({ data }: { data: Explained }) {
  const clocks = inOrder(data.timers);
  const [chosen, setChosen] = useState<string>();
  const clock = clocks.find((one) => keyOf(one) === chosen) ?? clocks[0];
  if (!clock) return null;
  return (
    <div className="sla">
      <div className="sla-choice">
        <Select label="Clock" value={keyOf(clock)} onChange={(event) => setChosen(event.target.value)} options={clocks.map((one) => ({ value: keyOf(one), label: `${nameOf(one)}, within ${targetWords(one.target)}` }))} />
        <p className="muted">
          By the policy {data.policy_name}, version {data.version}.{data.next_at && <> Something passes next <Time at={data.next_at} />.</>}
        </p>
      </div>
      <Drawn data={data} clock={clock} />
      <div className="sla-parts">
        <section aria-label="What happened to the clocks">
          <h3>What happened</h3>
          <Steps data={data} />
        </section>
        <section aria-label="Who was called">
          <h3>Who was called</h3>
          <RunList runs={data.runs} />
        </section>
      </div>
    </div>
  );
}

/** The lane of one clock with its numbers. */
function Drawn({ data, clock }: { data: Explained; clock: ClockView }) {
  const now = useNow(10_000).getTime();
  const targets = useTargets(data.version);
  const calendar = targets.data?.calendars.find((one) => one.id === clock.calendar);
  const lane = laneOf(clock, { calendar, pauses: data.pauses, runs: data.runs, now });
  return (
    <>
      <LaneView lane={lane} name={nameOf(clock)} />
      <Facts
        facts={[
          ["State", timerWords(clock, now)],
          ["Counts", calendar ? `the open hours of ${calendar.name || calendar.id}` : "round the clock"],
          ["Used", openTime(clock.used_seconds * 1000)],
          ["Paused", clock.paused_seconds > 0 && openTime(clock.paused_seconds * 1000)],
          ["Due", clock.due_at && <Time at={clock.due_at} show="date" />],
          ["Passed", clock.breached_at && <Time at={clock.breached_at} show="date" />],
          ["Left out", clock.excluded && `of what is counted as reached: ${formatCode(clock.excluded).toLowerCase()}`],
        ]}
      />
    </>
  );
}

/** The server writes moments in UTC; here they are as everywhere on the page. */
function localTimes(text: string, zone: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (at) => `${formatDate(new Date(at), zone)} ${formatClock(new Date(at), zone)}`);
}

function Steps({ data }: { data: Explained }) {
  const zone = useZone();
  return (
    <ol className="rows">
      {data.steps.map((step, i) => (
        <li key={`${i} ${step.at}`} className="sla-step">
          <Time at={step.at} show="date" /> <span className="entry-text">{localTimes(step.text, zone)}</span>
        </li>
      ))}
    </ol>
  );
}
