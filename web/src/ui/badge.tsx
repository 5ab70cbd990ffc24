import type { ReactNode } from "react";
import { cx } from "./cx";
import "./badge.css";

export type Tone = "critical" | "high" | "medium" | "low" | "info" | "ok";

/** A short word on a tinted ground. */
export function Badge({ tone = "info", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={cx("badge", `tone-${tone}`)}>{children}</span>;
}

// The more severe, the more of the shape is filled: told apart without colour and without reading.
const shapes: Record<string, ReactNode> = {
  critical: <path d="M4 0 8 8H0z" />,
  high: <path d="M4 .8 7.4 7.5H.6z" fill="none" stroke="currentColor" strokeWidth="1.3" />,
  medium: <path d="M4 0 8 4 4 8 0 4z" />,
  low: <circle cx="4" cy="4" r="3.2" />,
  info: <circle cx="4" cy="4" r="3" fill="none" stroke="currentColor" strokeWidth="1.3" />,
};

/** How severe: word, shape and colour together. Unknown words are shown as they are. */
export function SeverityChip({ severity }: { severity: string }) {
  const known = severity in shapes ? (severity as Tone) : "info";
  return (
    <span className={cx("badge", "severity", `tone-${known}`)}>
      <svg viewBox="0 0 8 8" width="8" height="8" fill="currentColor" aria-hidden="true">
        {shapes[known]}
      </svg>
      {severity}
    </span>
  );
}

/** A state with a dot: "ok", "failing". The word carries the meaning. */
export function Dot({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="dot-line">
      <span className={cx("dot", `tone-${tone}`)} aria-hidden="true" />
      {children}
    </span>
  );
}
