import { Link } from "@tanstack/react-router";
import type { Ticket } from "@/api/models";
import { clockName, inOrder, isTicking, targetWords, timerWords, usedShare } from "@/lib/clocks";
import { formatCount } from "@/lib/format";
import { useNow, useTicking } from "@/lib/now";
import { formatBoth } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { cx } from "@/ui/cx";
import { Panel } from "@/ui/panel";
import { MORE } from "./more";

type TicketTimer = Ticket["timers"][number];

/** Every clock of the ticket: what has to be done within what, and how that stands. */
export function TimersPanel({ ticket }: { ticket: Ticket }) {
  const timers = inOrder(ticket.timers);
  if (timers.length === 0) return null;
  const running = timers.filter(isTicking).length;
  return (
    <Panel
      title="Clocks"
      aside={
        <Link to="/tickets/$number" params={{ number: ticket.number }} search={(old) => ({ ...old, tab: "sla" })} hash={MORE} replace>
          How they run
        </Link>
      }
    >
      <ul className="timers" aria-label={`Clocks, ${formatCount(running)} running`}>
        {timers.map((timer) => (
          <One key={`${timer.metric} ${timer.phase} ${timer.cycle}`} timer={timer} />
        ))}
      </ul>
    </Panel>
  );
}

function One({ timer }: { timer: TicketTimer }) {
  const zone = useZone();
  const words = useTicking((now) => timerWords(timer, now));
  const due = timer.due_at && `due ${formatBoth(new Date(timer.due_at), zone)}`;
  return (
    <li className={cx("timer", `timer-${timer.state}`)}>
      <div className="timer-line">
        <span>
          {clockName(timer.metric, timer.phase)}
          {timer.cycle > 1 && <span className="muted"> ×{timer.cycle}</span>} <span className="muted">within {targetWords(timer.target)}</span>
        </span>
        <span className={cx("num nowrap", timer.state === "breached" && "timer-over")} title={due || undefined}>
          {words}
        </span>
      </div>
      <Bar timer={timer} />
    </li>
  );
}

/** How much is used, with the warnings as notches. Without numbers of its own: the words above say them. */
function Bar({ timer }: { timer: TicketTimer }) {
  const now = useNow(10_000).getTime();
  const share = usedShare(timer, now);
  if (share === undefined) return null;
  return (
    <svg className="timer-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect className="timer-bar-all" width="100" height="4" />
      <rect className="timer-bar-used" width={Math.round(share * 1000) / 10} height="4" />
      {timer.warnings.map(({ percent }) => (
        <rect key={percent} className="timer-bar-warning" x={percent - 0.3} width="0.6" height="4" />
      ))}
    </svg>
  );
}
