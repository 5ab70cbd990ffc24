import type { ReactNode } from "react";
import { cx } from "./cx";
import { Time } from "./time";
import "./timeline.css";

export interface TimelineEntry {
  id: string;
  at: string;
  /** Whose deed: sets the dot's shape and its spoken name. */
  actorKind: "person" | "system" | "connection";
  actor: string;
  /** The rest of the sentence after the actor. */
  text: ReactNode;
  /** Changed fields, a note's words, buttons. */
  detail?: ReactNode;
  /** Stands out: it matters to a later reader. */
  significant?: boolean;
  /** The one a link pointed at. */
  marked?: boolean;
}

/** What happened, newest first or oldest first as given, grouped by nothing. */
export function Timeline({ label, entries }: { label: string; entries: TimelineEntry[] }) {
  return (
    <ol className="timeline" aria-label={label}>
      {entries.map((entry) => (
        <li key={entry.id} id={entry.id} className={cx("timeline-entry", entry.significant && "timeline-significant", entry.marked && "timeline-marked")}>
          <span className="timeline-at">
            <Time at={entry.at} show="clock" />
          </span>
          <span className={`timeline-dot timeline-${entry.actorKind}`} aria-hidden="true" />
          <div className="timeline-body">
            <strong>{entry.actor}</strong> {entry.text}
            {entry.detail && <div className="timeline-detail">{entry.detail}</div>}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** A day heading between entries. */
export function TimelineDay({ children }: { children: ReactNode }) {
  return <h3 className="timeline-day">{children}</h3>;
}
