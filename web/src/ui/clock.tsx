import { clockFace, clockPurpose, urgencyOf } from "@/lib/clocks";
import { useTicking } from "@/lib/now";
import { useZone } from "@/lib/zone";
import "./clock.css";

interface RowClockProps {
  due: string | null;
  metric: string;
  pausedUntil: string | null;
}

/** The nearest clock of a row. It is drawn again only when its words change. */
export function RowClock({ due, metric, pausedUntil }: RowClockProps) {
  const zone = useZone();
  const clocks = { due_at: due, paused_until: pausedUntil };
  const read = (now: number) => `${urgencyOf(clocks, now)} ${clockFace(clocks, now, zone)}`;
  const [urgency, ...face] = useTicking(read).split(" ");
  if (urgency === "none") return null;
  const until = due ?? pausedUntil ?? "";
  return (
    <time dateTime={until} className={`countdown clock-${urgency}`}>
      {face.join(" ")}
      {due && <span className="visually-hidden"> {clockPurpose(metric)}</span>}
    </time>
  );
}
