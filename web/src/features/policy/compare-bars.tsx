import { formatCount } from "@/lib/format";
import { cx } from "@/ui/cx";
import type { Preview } from "./types";

export interface Bar {
  label: string;
  now: number;
  /** With the rules being edited; undefined while nothing is changed. */
  then: number | undefined;
}

/** The figures of a preview, those that matter most first. */
export function barsOf(inForce: Preview, tried: Preview | undefined): Bar[] {
  const bar = (label: string, value: (preview: Preview) => number): Bar => ({ label, now: value(inForce), then: tried && value(tried) });
  return [
    bar("Tickets", (p) => p.tickets),
    bar("Join a ticket", (p) => p.would_join),
    bar("Suppressed", (p) => p.would_suppress),
    bar("Only recorded", (p) => p.would_record),
  ];
}

/** "+1,200", "−40", "±0". */
export function deltaWords(now: number, then: number): string {
  if (then === now) return "±0";
  return then > now ? `+${formatCount(then - now)}` : `−${formatCount(now - then)}`;
}

/** Figures with the rules in force and, under them, with the changed ones. */
export function CompareBars({ bars, most }: { bars: readonly Bar[]; most: number }) {
  return (
    <ul className="bars" aria-label="What the rules would have done">
      {bars.map(({ label, now, then }) => (
        <li key={label}>
          <div className="bar-line">
            <span>{label}</span>
            <span className="num">
              {then === undefined ? (
                <strong>{formatCount(now)}</strong>
              ) : (
                <>
                  {formatCount(now)} → <strong>{formatCount(then)}</strong> <span className="muted">{deltaWords(now, then)}</span>
                </>
              )}
            </span>
          </div>
          <Length share={now / Math.max(1, most)} className={then === undefined ? "bar-then" : "bar-now"} />
          {then !== undefined && <Length share={then / Math.max(1, most)} className="bar-then" />}
        </li>
      ))}
    </ul>
  );
}

/** A bar as long as its share of the whole; the number beside it says the same. */
export function Length({ share, className }: { share: number; className?: string }) {
  return (
    <div className="bar-track" aria-hidden="true">
      <div className={cx("bar", className)} style={{ width: `${share > 0 ? Math.max(0.5, Math.min(1, share) * 100) : 0}%` }} />
    </div>
  );
}
