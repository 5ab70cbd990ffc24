import { useNow } from "@/lib/now";
import { useZone } from "@/lib/zone";
import { cx } from "@/ui/cx";
import { Skeleton } from "@/ui/states";
import { lengthWords } from "./length";
import type { SimPage, SimTarget } from "./types";
import { momentWords } from "./words";

interface LineProps {
  pages: readonly SimPage[];
  fallback: readonly SimTarget[];
  pending: boolean;
  stale: boolean;
  /** It goes on above the last level. */
  repeats: boolean;
}

/** The levels down a line of time, each with who would be called. */
export function LadderLine({ pages, fallback, pending, stale, repeats }: LineProps) {
  if (pending) return <Skeleton lines={5} label="Asking who would be called" />;
  if (pages.length === 0) return <p className="muted">Nobody is called by this ladder as it stands.</p>;
  const gaps = pages.some((page) => page.targets.some((target) => target.gap));
  return (
    <div className={cx(stale && "sla-stale")}>
      <ol className="sla-ladder" aria-label="Who would be called when">
        {pages.map((page) => (
          <Rung key={`${page.at} ${page.level} ${page.again}`} page={page} last={page === pages.at(-1) && !repeats} />
        ))}
      </ol>
      {gaps && (
        <p className="sla-wrong">▲ Where nobody is there the next level and the last resort are called at once, and the gap is told.</p>
      )}
      <h3>Last resort</h3>
      <ul className="sla-called">{fallback.map((target) => <li key={target.target}><Target target={target} /></li>)}</ul>
    </div>
  );
}

function Rung({ page, last }: { page: SimPage; last: boolean }) {
  const now = useNow(60_000);
  const zone = useZone();
  const gap = page.targets.some((target) => target.gap);
  return (
    <li className="sla-rung">
      <svg className="sla-rung-line" width="22" height="100%" aria-hidden="true">
        {!last && <line x1="11" x2="11" y1="11" y2="100%" className={cx("sla-pole", page.again && "sla-pole-again")} />}
        <line x1="11" x2="11" y1="0" y2="11" className={cx("sla-pole", page.level === 1 && !page.again && "sla-pole-none")} />
        {page.again ? <rect x="5" y="5" width="12" height="12" rx="2" className="sla-knot-again" /> : <circle cx="11" cy="11" r="6" className={gap ? "sla-knot-gap" : "sla-knot"} />}
      </svg>
      <div>
        <strong>{page.after === "0s" || page.after === "0m" ? "at once" : `after ${lengthWords(page.after)}`}</strong>{" "}
        <span className="muted">
          {momentWords(page.at, zone, now)}, {page.again ? "again, and so on until somebody answers" : `level ${page.level}`}
        </span>
        <ul className="sla-called">{page.targets.map((target) => <li key={target.target}><Target target={target} /></li>)}</ul>
      </div>
    </li>
  );
}

function Target({ target }: { target: SimTarget }) {
  if (target.gap) {
    return (
      <span className="sla-wrong">
        ▲ nobody <span className="muted">{target.title}</span>
      </span>
    );
  }
  return (
    <span>
      {target.people.length === 0
        ? target.title
        : target.people.map((person, i) => (
            <span key={person.id}>
              {i > 0 && ", "}
              {person.name || "somebody"} <span className={person.confirmed ? "sla-good" : "sla-wrong"}>{person.confirmed ? "✓ confirmed" : "▲ not confirmed"}</span>
            </span>
          ))}
      {target.people.length > 0 && <span className="muted"> {target.title}</span>}
    </span>
  );
}
