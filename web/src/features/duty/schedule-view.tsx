import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { useMe } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { hoursOf, stepped, type Stretch, stretchOf, type Zoom } from "@/lib/axis";
import { addDays, dateAt, formatDay, isDate } from "@/lib/days";
import { useNow } from "@/lib/now";
import { cityOf } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { ActionButton, Button } from "@/ui/button";
import { Select } from "@/ui/field";
import { Loaded } from "@/ui/loaded";
import { Panel } from "@/ui/panel";
import { ViewTabs } from "@/ui/tabs";
import { OverrideList } from "./override-list";
import { useRoster } from "./queries";
import { CoverDialog, type ShiftDeed, ShiftDialog, SwapDialog } from "./shift-dialogs";
import { ShiftTable } from "./shift-table";
import { Timeline } from "./timeline";
import type { Roster, Schedule, Shift } from "./types";
import { gapsWords, hoursWords } from "./words";

const zooms: { value: Zoom; label: string }[] = [
  { value: "day", label: "Day" },
  { value: "week", label: "Week" },
  { value: "month", label: "Month" },
];

/** What is looked at stands in the address. */
function useLook(schedule: Schedule) {
  const search = useSearch({ from: "/shell/oncall" });
  const navigate = useNavigate({ from: "/oncall" });
  const mine = useZone();
  const now = useNow(60_000);
  const zone = search.zone === "schedule" ? schedule.zone : mine;
  const zoom: Zoom = search.view === "day" || search.view === "month" ? search.view : "week";
  const today = dateAt(now.getTime(), zone);
  const date = search.at && isDate(search.at) ? search.at : today;
  const set = (patch: Partial<typeof search>) => void navigate({ search: (old) => ({ ...old, ...patch }), replace: true });
  return { zone, zoom, date, today, now, asTable: search.show === "table", stretch: stretchOf(zoom, date, zone), set };
}

type Look = ReturnType<typeof useLook>;

/** One schedule: drawn or as a table, with what can be done about it. */
export function ScheduleView({ schedule, canEdit }: { schedule: Schedule; canEdit: boolean }) {
  const me = useMe();
  const look = useLook(schedule);
  const roster = useRoster(schedule.id, look.stretch);
  const [open, setOpen] = useState<{ shift?: Shift; deed?: ShiftDeed }>();
  const navigate = useNavigate();
  const close = () => setOpen(undefined);
  const step = (by: number) => look.set({ at: stepped(look.zoom, look.date, by) });
  const action = (id: string, label: string, rest: Pick<Action, "run"> & Partial<Action>): Action => ({ id: `duty.${id}`, label, group: "On call", ...rest });
  const cover = action("cover", "Stand in…", { keys: "o", hidden: !canEdit, run: () => setOpen({ deed: "cover" }) });
  const edit = action("edit", "Change the schedule", { keys: "e", hidden: !canEdit, run: () => void navigate({ to: "/oncall/schedules/$id", params: { id: schedule.id } }) });
  useActions([
    cover,
    edit,
    action("before", "What is before", { keys: "[", run: () => step(-1) }),
    action("after", "What comes after", { keys: "]", run: () => step(1) }),
    action("today", "Today", { keys: "t", run: () => look.set({ at: undefined }) }),
    action("table", look.asTable ? "Show the drawing" : "Show the table", { keys: "v", run: () => look.set({ show: look.asTable ? undefined : "table" }) }),
    ...zooms.map(({ value, label }) => action(`zoom-${value}`, `Show a ${label.toLowerCase()}`, { keys: value.charAt(0), run: () => look.set({ view: value }) })),
  ]);
  const parts = { label: `${schedule.name}, ${stretchWords(look)}`, stretch: look.stretch, zone: look.zone, me: me.user.id, onShift: (shift: Shift) => setOpen({ shift }) };
  const layer = open?.shift && roster.data?.layers.find(({ id }) => id === open.shift?.layer)?.name;
  return (
    <Panel
      title={schedule.name}
      aside={
        <span className="duty-buttons">
          <ActionButton action={cover} />
          <ActionButton action={edit} />
        </span>
      }
    >
      <p className="muted">
        For {schedule.team_name}
        {schedule.primary && ", whose tickets without an owner its person on duty answers for"}. Handoffs by the clocks of {cityOf(schedule.zone)}.
      </p>
      <Warnings schedule={schedule} look={look} />
      <Bar look={look} schedule={schedule} onStep={step} />
      <Loaded query={roster} label="Loading the shifts">
        {(loaded) => (
          <>
            <DstNotes look={look} roster={loaded} />
            {look.asTable ? <ShiftTable {...parts} roster={loaded} /> : <Timeline {...parts} roster={loaded} zoom={look.zoom} />}
            {loaded.gaps.length > 0 && <p className="duty-gaps">▲ Nobody is on duty in {gapsWords(loaded.gaps, look.now, look.zone)}.</p>}
          </>
        )}
      </Loaded>
      <OverrideList schedule={schedule} canEdit={canEdit} />
      {open?.shift && !open.deed && <ShiftDialog shift={open.shift} layer={layer ?? ""} canEdit={canEdit} onDo={(deed) => setOpen({ ...open, deed })} onClose={close} />}
      {open?.deed === "cover" && <CoverDialog schedule={schedule} shift={open.shift} onClose={close} />}
      {open?.deed === "swap" && open.shift && <SwapDialog schedule={schedule} shift={open.shift} onClose={close} />}
    </Panel>
  );
}

/** "Mon 23 Nov to Sun 29 Nov", in the zone that is shown. */
function stretchWords({ stretch, zone, zoom, now }: Pick<Look, "stretch" | "zone" | "zoom" | "now">): string {
  const first = formatDay(new Date(stretch.from), zone, now);
  const last = formatDay(new Date(Date.parse(`${addDays(dateAt(stretch.to, zone), -1)}T12:00Z`)), "UTC", now);
  return zoom === "day" ? first : `${first} to ${last}`;
}

function Bar({ look, schedule, onStep }: { look: Look; schedule: Schedule; onStep: (by: number) => void }) {
  const mine = useZone();
  const link = (label: string, current: boolean, patch: { view?: Zoom; show?: string | undefined }) => (
    <Link key={label} to="/oncall" search={(old) => ({ ...old, ...patch })} replace className="tab" activeProps={{}} activeOptions={{ exact: true }} aria-current={current ? "page" : undefined}>
      {label}
    </Link>
  );
  return (
    <div className="duty-bar">
      <ViewTabs label="How much">{zooms.map(({ value, label }) => link(label, look.zoom === value, { view: value }))}</ViewTabs>
      <span className="duty-buttons">
        <Button aria-label={`The ${look.zoom} before`} keys="[" onClick={() => onStep(-1)}>
          ←
        </Button>
        <Button keys="t" onClick={() => look.set({ at: undefined })}>
          Today
        </Button>
        <Button aria-label={`The ${look.zoom} after`} keys="]" onClick={() => onStep(1)}>
          →
        </Button>
      </span>
      <strong aria-live="polite">{stretchWords(look)}</strong>
      {schedule.zone !== mine && (
        <Select
          label="Clocks of"
          className="duty-zone"
          value={look.zone === mine ? "" : "schedule"}
          options={[
            { value: "", label: cityOf(mine) },
            { value: "schedule", label: `${cityOf(schedule.zone)}, the schedule’s` },
          ]}
          onChange={(event) => look.set({ zone: event.target.value || undefined })}
        />
      )}
      <ViewTabs label="Show as">
        {link("Drawing", !look.asTable, { show: undefined })}
        {link("Table", look.asTable, { show: "table" })}
      </ViewTabs>
    </div>
  );
}

/** Where clocks are set, with how long the week then is. */
function DstNotes({ look, roster }: { look: Pick<Look, "stretch" | "zoom">; roster: Roster }) {
  if (roster.notes.length === 0) return null;
  return (
    <ul className="duty-notes">
      {look.zoom === "week" && hoursOf(look.stretch) !== 168 && <li>This week has {hoursWords(hoursOf(look.stretch))}.</li>}
      {roster.notes.map((note) => (
        <li key={note.at + note.text}>◔ {note.text}</li>
      ))}
    </ul>
  );
}

function Warnings({ schedule, look }: { schedule: Schedule; look: Look }) {
  const gaps = gapsWords(schedule.gaps, look.now, look.zone);
  if (schedule.warnings.length === 0 && gaps === "") return null;
  return (
    <ul className="duty-warnings" aria-label="Worth a look">
      {schedule.warnings.map((warning) => (
        <li key={warning}>▲ {warning}</li>
      ))}
      {gaps && <li>▲ In the next two weeks: {gaps}.</li>}
    </ul>
  );
}

/** What a draft or a schedule looks like, without anything that can be done with it. */
export function Picture({ label, roster, stretch, zone, me }: { label: string; roster: Roster; stretch: Stretch; zone: string; me: string }) {
  return (
    <>
      <DstNotes look={{ stretch, zoom: "week" }} roster={roster} />
      <Timeline label={label} roster={roster} stretch={stretch} zone={zone} zoom="month" me={me} />
    </>
  );
}
