import { type KeyboardEvent, type ReactNode, useId, useState } from "react";
import { hoursOf, placeAt, type Stretch, type Tick, ticksOf, type Zoom } from "@/lib/axis";
import { formatDay, weekdayOf } from "@/lib/days";
import { useNow } from "@/lib/now";
import { formatClock } from "@/lib/time";
import { cx } from "@/ui/cx";
import { labelOf, type Lane, lanesOf, neighbour, type Piece, tintsOf } from "./lanes";
import type { Roster, Shift } from "./types";
import { hoursWords, spanWords } from "./words";

interface TimelineProps {
  label: string;
  roster: Roster;
  stretch: Stretch;
  zoom: Zoom;
  zone: string;
  /** The person who looks: their shifts are marked. */
  me: string;
  onShift?: (shift: Shift) => void;
}

const BAR = 26;
const HEAD = 24;

/** Who is on duty, drawn: a lane for each layer. The arrow keys walk through the shifts, Enter opens one. */
export function Timeline({ label, roster, stretch, zoom, zone, me, onShift }: TimelineProps) {
  const now = useNow(30_000);
  const lanes = lanesOf(roster, stretch);
  const ticks = ticksOf(stretch, zone, zoom);
  const tints = tintsOf(roster);
  const keys = useWalk(lanes);
  const id = useId();
  const hatch = `${id}-hatch`;
  const lines = <Lines ticks={ticks} notes={roster.notes} stretch={stretch} />;
  const at = placeAt(now.getTime(), stretch);
  return (
    <div className="duty-frame" role="group" aria-label={label} aria-describedby={`${id}-keys`}>
      <span id={`${id}-keys`} className="visually-hidden">
        The arrow keys go through the shifts; Enter opens one.
      </span>
      <div className="duty-chart" onKeyDown={keys.onKeyDown} role="presentation">
        <span className="duty-lane-name muted">{hoursWords(hoursOf(stretch))}</span>
        <svg className="duty-lane" height={HEAD} aria-hidden="true">
          <Hatch id={hatch} />
          {ticks.map((tick) => (
            <text key={tick.at} x={`${tick.x}%`} dx="4" y="16" className={cx("duty-tick", !tick.day && "duty-tick-hour")}>
              {tickLabel(tick, zoom, zone, ticks.length)}
            </text>
          ))}
        </svg>
        {lanes.map((lane) => (
          <Row key={lane.id} lane={lane}>
            <svg className="duty-lane" height={BAR + 6}>
              {lines}
              {lane.pieces.map((piece) => (
                <Drawn
                  key={piece.key}
                  piece={piece}
                  hatch={hatch}
                  tint={tints.get(piece.shift?.person ?? "") ?? 0}
                  mine={piece.shift?.person === me}
                  name={spoken(piece, lane, now, zone)}
                  focusable={piece.key === keys.current}
                  onFocus={() => keys.setAt(piece.key)}
                  onOpen={piece.shift && onShift ? () => piece.shift && onShift(piece.shift) : undefined}
                />
              ))}
              {at !== undefined && <line x1={`${at}%`} x2={`${at}%`} y1="0" y2="100%" className="duty-now" />}
            </svg>
          </Row>
        ))}
      </div>
    </div>
  );
}

function Row({ lane, children }: { lane: Lane; children: ReactNode }) {
  return (
    <>
      <span className={cx("duty-lane-name", lane.final && "strong")} title={lane.name}>
        {lane.name}
      </span>
      {children}
    </>
  );
}

/** One stop for the tab key; within, the arrows move. */
function useWalk(lanes: readonly Lane[]) {
  const [at, setAt] = useState<string>();
  const all = lanes.flatMap((lane) => lane.pieces);
  const current = (all.find((piece) => piece.key === at) ?? all[0])?.key;
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const next = current && neighbour(lanes, current, event.key);
    if (!event.key.startsWith("Arrow") && !next) return;
    event.preventDefault();
    if (!next) return;
    setAt(next);
    event.currentTarget.querySelector<SVGElement>(`[data-piece="${CSS.escape(next)}"]`)?.focus();
  };
  return { current, setAt, onKeyDown };
}

/** What stands behind the bars: days, and where clocks are set. */
function Lines({ ticks, notes, stretch }: { ticks: Tick[]; notes: Roster["notes"]; stretch: Stretch }) {
  return (
    <g aria-hidden="true">
      {ticks.map((tick) => (
        <line key={tick.at} x1={`${tick.x}%`} x2={`${tick.x}%`} y1="0" y2="100%" className={tick.day ? "duty-line" : "duty-line duty-line-hour"} />
      ))}
      {notes.map((note) => {
        const x = placeAt(Date.parse(note.at), stretch);
        return x !== undefined && <line key={note.at + note.text} x1={`${x}%`} x2={`${x}%`} y1="0" y2="100%" className="duty-set" />;
      })}
    </g>
  );
}

function Hatch({ id }: { id: string }) {
  return (
    <defs>
      <pattern id={id} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="6" height="6" className="duty-hatch-ground" />
        <line x1="0" y1="0" x2="0" y2="6" className="duty-hatch-line" />
      </pattern>
    </defs>
  );
}

interface DrawnProps {
  piece: Piece;
  /** The pattern of a gap. */
  hatch: string;
  tint: number;
  mine: boolean;
  name: string;
  focusable: boolean;
  onFocus: () => void;
  onOpen: (() => void) | undefined;
}

function Drawn({ piece, hatch, tint, mine, name, focusable, onFocus, onOpen }: DrawnProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (!onOpen || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    event.stopPropagation();
    onOpen();
  };
  const text = piece.shift ? labelOf(piece.shift.name, piece.width) : piece.width > 7 ? "nobody" : "";
  return (
    <svg
      x={`${piece.x}%`}
      y="3"
      width={`${piece.width}%`}
      height={BAR}
      role={onOpen ? "button" : "img"}
      aria-label={name}
      tabIndex={focusable ? 0 : -1}
      data-piece={piece.key}
      className={cx("duty-piece", onOpen && "duty-open")}
      onFocus={onFocus}
      onClick={onOpen}
      onKeyDown={onKeyDown}
    >
      <title>{name}</title>
      {piece.shift ? (
        <rect width="100%" height="100%" rx="3" className={cx(`duty-tint-${tint}`, mine && "duty-mine")} />
      ) : (
        <rect width="100%" height="100%" rx="3" fill={`url(#${hatch})`} className="duty-gap" />
      )}
      {text && (
        <text x="6" y="17" className={piece.shift ? "duty-name" : "duty-name duty-nobody"}>
          {text}
        </text>
      )}
    </svg>
  );
}

/** "Ada, Mon 09:00 to Tue 09:00, 24 h, On duty". */
function spoken(piece: Piece, lane: Lane, now: Date, zone: string): string {
  const [from, to] = [new Date(piece.from).toISOString(), new Date(piece.to).toISOString()];
  const hours = hoursWords((piece.to - piece.from) / 3_600_000);
  return `${piece.shift?.name ?? "Nobody"}, ${spanWords(from, to, now, zone)}, ${hours}, ${lane.name}`;
}

/** Of more days than a month has, only the Mondays are named. */
function tickLabel(tick: Tick, zoom: Zoom, zone: string, count: number): string {
  if (zoom === "day") return formatClock(new Date(tick.at), zone);
  const day = formatDay(new Date(tick.at), zone, new Date(tick.at));
  if (zoom === "week") return day;
  if (count > 31) return weekdayOf(tick.date) === 0 ? day : "";
  return String(Number(tick.date.slice(8)));
}
