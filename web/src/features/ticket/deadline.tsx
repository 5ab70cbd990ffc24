import type { Ticket } from "@/api/models";
import { clockPurpose } from "@/lib/clocks";
import { useNow } from "@/lib/now";
import { cityOf, formatClock, formatDate, safeZone } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { Countdown, Time } from "@/ui/time";

/** What falls due next, when that is here and in UTC, and how long is left. */
export function Deadline({ ticket }: { ticket: Pick<Ticket, "due_at" | "due_metric" | "paused_until" | "phase"> }) {
  return (
    <>
      {ticket.due_at && (
        <span>
          <Countdown until={ticket.due_at} /> {clockPurpose(ticket.due_metric, ticket.due_metric === "phase" ? ticket.phase : "")} <Both at={ticket.due_at} />
        </span>
      )}
      {ticket.paused_until && (
        <span>
          <span aria-hidden="true">‖ </span>paused until <Time at={ticket.paused_until} show="date" />
        </span>
      )}
    </>
  );
}

/** "13:00 UTC · 14:00 Amsterdam", with the date when it is another day. */
function Both({ at }: { at: string }) {
  const zone = safeZone(useZone());
  const now = useNow(60_000);
  const date = new Date(at);
  const said = (where: string) => `${formatDate(date, where) === formatDate(now, where) ? "" : `${formatDate(date, where)} `}${formatClock(date, where)}`;
  const local = zone === "UTC" ? "" : ` · ${said(zone)} ${cityOf(zone)}`;
  return <span className="muted num">{`${said("UTC")} UTC${local}`}</span>;
}
