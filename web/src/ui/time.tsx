import { useNow } from "@/lib/now";
import { formatAge, formatBoth, formatClock, formatDate, formatDuration, formatMoment } from "@/lib/time";
import { useZone } from "@/lib/zone";
import "./clock.css";

interface TimeProps {
  at: string | null | undefined;
  /** moment: "31 m ago" under a day, then the date. age: "31 m". clock: "14:00". date: "2026-10-03 14:00". */
  show?: "moment" | "age" | "clock" | "date";
}

/** A point in time. Both UTC and local are one hover away, whatever is shown. */
export function Time({ at, show = "moment" }: TimeProps) {
  const now = useNow();
  const zone = useZone();
  if (!at) return <span className="muted">none</span>;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return <span>{at}</span>;
  return (
    <time dateTime={at} title={formatBoth(date, zone)} className="nowrap">
      {textOf(date, now, zone, show)}
    </time>
  );
}

function textOf(date: Date, now: Date, zone: string, show: NonNullable<TimeProps["show"]>): string {
  switch (show) {
    case "age":
      return formatAge(now.getTime() - date.getTime());
    case "clock":
      return formatClock(date, zone);
    case "date":
      return `${formatDate(date, zone)} ${formatClock(date, zone)}`;
    case "moment":
      return formatMoment(date, now, zone);
  }
}

/** Time left until something, or over it: "◔ 42 m left", "▲ 29 m over". Counts by itself. */
export function Countdown({ until }: { until: string }) {
  const now = useNow(1000);
  const zone = useZone();
  const date = new Date(until);
  const left = date.getTime() - now.getTime();
  return (
    <time dateTime={until} title={formatBoth(date, zone)} className={left < 0 ? "countdown countdown-over" : "countdown"}>
      {left < 0 ? `▲ ${formatDuration(left)} over` : `◔ ${formatDuration(left)} left`}
    </time>
  );
}
