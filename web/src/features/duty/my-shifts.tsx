import { useMe } from "@/api/session";
import { useNow, useTicking } from "@/lib/now";
import { useZone } from "@/lib/zone";
import { Badge } from "@/ui/badge";
import { Panel } from "@/ui/panel";
import { ErrorState, Skeleton } from "@/ui/states";
import { useShiftsOf } from "./queries";
import type { Schedule } from "./types";
import { hoursWords, spanWords } from "./words";

const SHOWN = 8;

/** When the person who looks is on duty, on all schedules. */
export function MyShifts({ schedules }: { schedules: readonly Schedule[] }) {
  const me = useMe();
  const now = useNow(60_000);
  const zone = useZone();
  const mine = useShiftsOf(me.user.id, schedules, now);
  return (
    <Panel title="My shifts" aside="four weeks">
      {mine.error ? (
        <ErrorState error={mine.error} />
      ) : mine.isPending ? (
        <Skeleton lines={2} label="Loading your shifts" />
      ) : mine.shifts.length === 0 ? (
        <p className="muted">You are not on duty in the next four weeks.</p>
      ) : (
        <ul className="duty-mine-list">
          {mine.shifts.slice(0, SHOWN).map((shift) => (
            <li key={`${shift.schedule} ${shift.from}`}>
              <span>{spanWords(shift.from, shift.to, now, zone)}</span>
              <span className="muted">
                {hoursWords(shift.hours)}, {shift.scheduleName}
              </span>
              <Running from={shift.from} />
              {shift.override && <Badge>standing in</Badge>}
            </li>
          ))}
          {mine.shifts.length > SHOWN && <li className="muted">and {mine.shifts.length - SHOWN} more</li>}
        </ul>
      )}
    </Panel>
  );
}

/** To the second: whoever has just stood in sees that it counts. */
function Running({ from }: { from: string }) {
  const words = useTicking((now) => (Date.parse(from) <= now ? "on duty now" : ""));
  return words && <Badge tone="ok">{words}</Badge>;
}
