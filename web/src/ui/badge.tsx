import type { ReactNode } from "react";
import { cx } from "./cx";
import "./badge.css";

export type Tone = "critical" | "high" | "medium" | "low" | "info" | "ok";

/** A short word on a tinted ground. */
export function Badge({ tone = "info", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={cx("badge", `tone-${tone}`)}>{children}</span>;
}

const severities: readonly string[] = ["critical", "high", "medium", "low", "info"];

/**
 * How severe: word, shape and colour together. Unknown words are shown as they are. The shape is drawn by
 * the style sheet: a list of tickets has many of these, and each element of a row costs.
 */
export function SeverityChip({ severity }: { severity: string }) {
  const known = severities.includes(severity) ? severity : "info";
  return <span className={cx("badge", "severity", `severity-${known}`, `tone-${known}`)}>{severity}</span>;
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
