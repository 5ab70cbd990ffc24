import { formatBoth, formatClock, formatDate, formatDuration } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { closedSpans, type Lane, labelled, type Mark, placeOn } from "./lane-plan";

const WIDTH = 1000;
const ROOM = 96; // between two labels, in units of the drawing
const TOP = 22;
const BAR = 22;
const BOTTOM = TOP + BAR;

const shapes: Record<Mark["kind"], string> = { start: "", warning: "", due: "◔", breach: "▲", stop: "✓", page: "☎", now: "" };

/** One clock as a line of time: open and closed hours, pauses, warnings, when it is due, when it passed, who was called. The list of steps below says the same in words. */
export function LaneView({ lane, name }: { lane: Lane; name: string }) {
  const zone = useZone();
  const x = (at: number) => placeOn(lane, at, WIDTH);
  const sameDay = formatDate(new Date(lane.from), zone) === formatDate(new Date(lane.to), zone);
  const say = (at: number) => (sameDay ? formatClock(new Date(at), zone) : `${formatDate(new Date(at), zone).slice(5)} ${formatClock(new Date(at), zone)}`);
  const band = ({ from, to }: { from: number; to: number }) => ({ x: x(from), width: Math.max(1, x(to) - x(from)) });
  return (
    <figure className="lane">
      <svg viewBox={`0 0 ${WIDTH} 74`} role="img" aria-label={`${name}: ${spokenLane(lane, zone)}`}>
        <rect className="lane-open" x="0" y={TOP} width={WIDTH} height={BAR} />
        {closedSpans(lane).map((span) => (
          <rect key={span.from} className="lane-closed" y={TOP} height={BAR} {...band(span)} />
        ))}
        <rect className="lane-ran" y={TOP + BAR - 5} height="5" {...band(lane.ran)} />
        {lane.paused.map((span) => (
          <g key={span.from}>
            <rect className="lane-paused" y={TOP} height={BAR} {...band(span)} />
            <text className="lane-word" x={x((span.from + span.to) / 2)} y={TOP + 15} textAnchor="middle">
              ‖
            </text>
          </g>
        ))}
        {lane.marks.map((mark, i) => (
          <g key={`${mark.kind} ${mark.at} ${i}`}>
            <title>{`${mark.text}, ${formatBoth(new Date(mark.at), zone)}`}</title>
            <line className={`lane-mark lane-${mark.kind}`} x1={x(mark.at)} x2={x(mark.at)} y1={TOP - 4} y2={BOTTOM + 4} />
          </g>
        ))}
        {labelled(lane, WIDTH, ROOM).map((mark, i) => (
          <g key={`${mark.kind} ${mark.at} ${i}`} className={`lane-label lane-label-${mark.kind}`}>
            <text x={x(mark.at)} y={TOP - 8} textAnchor={anchor(x(mark.at))}>
              {[shapes[mark.kind], mark.text].filter(Boolean).join(" ")}
            </text>
            <text className="lane-time" x={x(mark.at)} y={BOTTOM + 20} textAnchor={anchor(x(mark.at))}>
              {say(mark.at)}
            </text>
          </g>
        ))}
      </svg>
      {!lane.open && <figcaption className="muted">It runs over more days than can be drawn with their open hours.</figcaption>}
    </figure>
  );
}

/** At the edges words run inwards. */
function anchor(x: number): "start" | "middle" | "end" {
  return x < ROOM / 2 ? "start" : x > WIDTH - ROOM / 2 ? "end" : "middle";
}

function spokenLane(lane: Lane, zone: string): string {
  const marks = lane.marks.map((mark) => `${mark.text.toLowerCase()} ${formatDate(new Date(mark.at), zone)} ${formatClock(new Date(mark.at), zone)}`);
  const paused = lane.paused.map(({ from, to }) => `paused for ${formatDuration(to - from)}`);
  return [...marks, ...paused].join(", ");
}
