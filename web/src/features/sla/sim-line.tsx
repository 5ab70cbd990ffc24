import { Fragment } from "react";
import { clockName } from "@/lib/clocks";
import { useNow } from "@/lib/now";
import { formatDuration } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { scaleMarks, scaleOf, type Scale, xOf } from "./scale";
import type { Clock, SimPage } from "./types";
import { momentWords, triggerWords } from "./words";

interface LineProps {
  /** When the ticket is opened: the left edge. */
  from: string;
  timers: readonly Clock[];
  pages: readonly SimPage[];
}

const ROW = 26;

/** Due times and calls on one line of time. The table beside it says the same. */
export function SimLine({ from, timers, pages }: LineProps) {
  const began = Date.parse(from);
  const due = timers.filter((timer) => timer.due_at ?? timer.stopped_at);
  const offset = (at: string) => Date.parse(at) - began;
  const scale = scaleOf([...due.map((timer) => offset(timer.due_at ?? timer.stopped_at ?? from)), ...pages.map((page) => offset(page.at))]);
  const triggers = [...new Set(pages.map((page) => page.trigger))];
  const rule = <Rule scale={scale} />;
  return (
    // The drawing is left out for assistive technology: the table has all of it.
    <div className="sla-line-frame" aria-hidden="true">
      <div className="sla-chart">
        <span className="muted">from the opening</span>
        <svg className="sla-lane" height="20">
          {scaleMarks(scale).map(({ x, label }) => (
            <text key={label} x={`${x}%`} dx={x === 0 ? 0 : -2} y="14" textAnchor={x === 0 ? "start" : "middle"} className="sla-axis">
              {label}
            </text>
          ))}
        </svg>
        {due.map((timer) => (
          <Fragment key={`${timer.metric}:${timer.phase}:${timer.cycle}`}>
            <span className="sla-lane-name">
              {clockName(timer.metric, timer.phase)} <span className="muted">{timer.target}</span>
            </span>
            <svg className="sla-lane" height={ROW}>
              {rule}
              <Bar timer={timer} offset={offset} scale={scale} />
            </svg>
          </Fragment>
        ))}
        {triggers.map((trigger) => (
          <Fragment key={trigger}>
            <span className="sla-lane-name">
              Calls <span className="muted">{triggerWords(trigger).toLowerCase()}</span>
            </span>
            <svg className="sla-lane" height={ROW}>
              {rule}
              {callsOf(pages.filter((page) => page.trigger === trigger), (page) => xOf(offset(page.at), scale)).map((call) => (
                <Call key={call.x} call={call} />
              ))}
            </svg>
          </Fragment>
        ))}
      </div>
    </div>
  );
}

function Rule({ scale }: { scale: Scale }) {
  return scaleMarks(scale).map(({ x, label }) => <line key={label} x1={`${x}%`} x2={`${x}%`} y1="0" y2="100%" className="sla-line" />);
}

function Bar({ timer, offset, scale }: { timer: Clock; offset: (at: string) => number; scale: Scale }) {
  const now = useNow(60_000);
  const zone = useZone();
  const begins = xOf(offset(timer.started_at), scale);
  const at = timer.due_at ?? timer.stopped_at ?? timer.started_at;
  const ends = xOf(offset(at), scale);
  const met = timer.state === "met";
  const words = `${met ? "✓ met" : "▲ due"} ${momentWords(at, zone, now)}, ${formatDuration(offset(at))} after the opening`;
  return (
    <g>
      <rect x={`${begins}%`} y="8" width={`${Math.max(0.4, ends - begins)}%`} height="10" rx="3" className={met ? "sla-bar-met" : "sla-bar"}>
        <title>{words}</title>
      </rect>
      {timer.warnings.flatMap((warning) =>
        warning.at
          ? [
              <line key={warning.percent} x1={`${xOf(offset(warning.at), scale)}%`} x2={`${xOf(offset(warning.at), scale)}%`} y1="6" y2="20" className="sla-warning">
                <title>{`${warning.percent} %: ${momentWords(warning.at, zone, now)}`}</title>
              </line>,
            ]
          : [],
      )}
      {!met && <line x1={`${ends}%`} x2={`${ends}%`} y1="3" y2="23" className="sla-due" />}
    </g>
  );
}

/** Calls so close to each other that one mark stands for them. */
export interface CallMark {
  x: number;
  pages: SimPage[];
}

const CLOSE = 2.5;

export function callsOf(pages: readonly SimPage[], place: (page: SimPage) => number): CallMark[] {
  const marks: CallMark[] = [];
  for (const page of pages) {
    const x = place(page);
    const last = marks.at(-1);
    if (last && x - last.x < CLOSE) last.pages.push(page);
    else marks.push({ x, pages: [page] });
  }
  return marks;
}

function Call({ call: { x, pages } }: { call: CallMark }) {
  const now = useNow(60_000);
  const zone = useZone();
  const [first] = pages;
  const gap = pages.some((page) => page.targets.some((target) => target.gap));
  const words = pages.map((page) => `Level ${page.level}${page.again ? ", again" : ""}: ${momentWords(page.at, zone, now)}`);
  const text = pages.length > 1 ? `${first?.level ?? 1}–${pages.at(-1)?.again ? "↻" : (pages.at(-1)?.level ?? 1)}` : first?.again ? "↻" : (first?.level ?? 1);
  const half = pages.length > 1 ? 15 : 9;
  return (
    <svg x={`${x}%`} y="3" width="20" height="20" overflow="visible">
      <title>{words.join("\n")}</title>
      <rect x={-half} y="2" width={2 * half} height="17" rx={first?.again ? 3 : 8.5} className={first?.again ? "sla-knot-again" : gap ? "sla-knot-gap" : "sla-knot"} />
      <text x="0" y="14.5" textAnchor="middle" className="sla-knot-text">
        {text}
      </text>
    </svg>
  );
}
