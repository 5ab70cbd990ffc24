import { Fragment } from "react";
import { type DaySpan, spanOf, weekdayName, weekdays } from "@/lib/days";
import type { CalendarDoc } from "./types";

const DAY = 1440;
const ROW = 22;
const HEAD = 16;

/** A week drawn: a line for each day, filled where it is open. The fields beside it say the same. */
export function WeekGrid({ calendar }: { calendar: CalendarDoc }) {
  const rows = weekRows(calendar.weekly);
  return (
    <figure className="sla-week-grid">
      <figcaption className="visually-hidden">The week, drawn: {rows.map(({ day, words }) => `${weekdayName(day)} ${words}`).join("; ")}</figcaption>
      <svg width="100%" height={HEAD + ROW * 7} aria-hidden="true">
        {[0, 6, 12, 18].map((hour) => (
          <Fragment key={hour}>
            <line x1={`${(hour / 24) * 100}%`} x2={`${(hour / 24) * 100}%`} y1={HEAD} y2="100%" className="sla-line" />
            <text x={`${(hour / 24) * 100}%`} dx="3" y="11" className="sla-axis">
              {String(hour).padStart(2, "0")}
            </text>
          </Fragment>
        ))}
        {rows.map(({ day, spans }, i) => (
          <Fragment key={day}>
            <rect x="0" y={HEAD + i * ROW + 3} width="100%" height={ROW - 6} rx="2" className="sla-closed" />
            {spans.map(({ from, to }) => (
              <rect key={from} x={`${(from / DAY) * 100}%`} y={HEAD + i * ROW + 3} width={`${((to - from) / DAY) * 100}%`} height={ROW - 6} rx="2" className="sla-open-span" />
            ))}
            <text x="6" y={HEAD + i * ROW + 15} className="sla-axis">
              {weekdayName(day, true)}
            </text>
          </Fragment>
        ))}
      </svg>
    </figure>
  );
}

/** What is open on each day between its midnights: what runs over midnight stands on the next day, too. */
export function weekRows(weekly: CalendarDoc["weekly"]): { day: string; spans: DaySpan[]; words: string }[] {
  const all = weekdays.map((day) => (weekly[day] ?? []).flatMap((text) => spanOf(text) ?? []));
  return weekdays.map((day, i) => {
    const own = (all[i] ?? []).map(({ from, to }) => ({ from, to: Math.min(to, DAY) }));
    const over = (all[(i + 6) % 7] ?? []).filter(({ to }) => to > DAY).map(({ to }) => ({ from: 0, to: to - DAY }));
    const spans = merged([...over, ...own].filter(({ from, to }) => to > from));
    return { day, spans, words: (weekly[day] ?? []).join(" and ") || "closed" };
  });
}

function merged(spans: readonly DaySpan[]): DaySpan[] {
  const out: DaySpan[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = out.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else out.push({ ...span });
  }
  return out;
}
