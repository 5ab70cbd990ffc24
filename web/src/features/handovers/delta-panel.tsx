import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import type { Delta } from "@/api/handovers";
import { formatCount } from "@/lib/format";
import { Time } from "@/ui/time";

/** What has happened since the offer was made: whoever accepts confirms that they have read it. */
export function DeltaPanel({ delta, ticket }: { delta: Delta; ticket: string }) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    box.current?.focus();
    box.current?.scrollIntoView({ block: "nearest" });
  }, [delta.seq]);
  return (
    <section className="briefing-delta" aria-labelledby="briefing-delta" tabIndex={-1} ref={box}>
      <h3 id="briefing-delta">Changed since it was offered</h3>
      <p>The briefing is as it was. This has happened since; read it, then confirm and accept.</p>
      <ol className="rows" aria-label={`${formatCount(delta.changed.length)} changes`}>
        {delta.changed.map((one) => (
          <li key={one.seq}>
            <Time at={one.at} show="date" /> <span className="entry-text">{one.summary}</span>{" "}
            <Link to="/tickets/$number" params={{ number: ticket }} hash={`e-${one.seq}`} aria-label={`Entry ${one.seq} in the log`}>
              In the log
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}
