import { useState } from "react";
import { type Action, useActions } from "@/lib/actions";
import { weekdayName, weekdays, zoneNames } from "@/lib/days";
import { formatList } from "@/lib/format";
import { useNow } from "@/lib/now";
import { cityOf, formatDate } from "@/lib/time";
import { useZone } from "@/lib/zone";
import { ActionButton, Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Checkbox, TextField } from "@/ui/field";
import { FormRow } from "@/ui/form";
import { MomentField } from "@/ui/moment-field";
import { Panel } from "@/ui/panel";
import { EmptyState } from "@/ui/states";
import { readHours } from "./dates";
import { DatesPanel } from "./dates-panel";
import { blankCalendar, changedAt, usersOf, without } from "./draft";
import { openAt } from "./open";
import type { TabProps } from "./sla-page";
import type { CalendarDoc } from "./types";
import { WeekGrid } from "./week-grid";
import { momentWords } from "./words";

/** Business calendars: when time counts. */
export function CalendarsTab(props: TabProps) {
  const { draft, change, mistakes, readOnly } = props;
  const zone = useZone();
  const [chosen, setChosen] = useState(draft.calendars[0]?.id);
  const at = Math.max(0, draft.calendars.findIndex((one) => one.id === chosen));
  const calendar = draft.calendars[at];
  const add: Action = {
    id: "sla.calendar-add",
    label: "Add a calendar",
    group: "SLA",
    hidden: readOnly,
    run: () => {
      const made = blankCalendar(zone, draft.calendars.map(({ id }) => id));
      change((old) => ({ ...old, calendars: [...old.calendars, made] }));
      setChosen(made.id);
    },
  };
  useActions([add]);
  return (
    <div className="sla-columns">
      <Panel title="Calendars" aside={<ActionButton action={add} />}>
        {draft.calendars.length === 0 && <EmptyState title="There is none">Without a calendar all time counts, day and night.</EmptyState>}
        <ul className="sla-list">
          {draft.calendars.map((one, i) => (
            <li key={one.id}>
              <button type="button" className={cx("sla-choice", one === calendar && "sla-chosen")} aria-pressed={one === calendar} onClick={() => setChosen(one.id)}>
                <strong>{one.name || "without a name"}</strong>
                <span className="muted">{one.always ? "round the clock" : cityOf(one.zone)}</span>
                {mistakes.count(`calendars[${i}]`) > 0 && <span className="sla-wrong">▲ {mistakes.count(`calendars[${i}]`)}</span>}
              </button>
            </li>
          ))}
        </ul>
      </Panel>
      {calendar && <CalendarEditor key={calendar.id} {...props} calendar={calendar} at={`calendars[${at}]`} onChange={(patch) => change((old) => ({ ...old, calendars: changedAt(old.calendars, at, patch) }))} onRemove={() => change((old) => ({ ...old, calendars: without(old.calendars, at) }))} />}
    </div>
  );
}

export interface CalendarProps extends TabProps {
  calendar: CalendarDoc;
  at: string;
  onChange: (patch: Partial<CalendarDoc>) => void;
}

function CalendarEditor(props: CalendarProps & { onRemove: () => void }) {
  const { calendar, at, draft, mistakes, readOnly, onChange, onRemove } = props;
  const users = usersOf(draft, "calendar", calendar.id);
  return (
    <fieldset className="sla-set" disabled={readOnly}>
      <legend className="visually-hidden">{calendar.name}</legend>
      <Panel
        title={calendar.name || "without a name"}
        aside={
          !readOnly && (
            <Button tone="quiet" blocked={users.length > 0 && `${formatList(users)} counts by it`} onClick={onRemove}>
              Remove the calendar
            </Button>
          )
        }
      >
        <FormRow>
          <TextField label="Name" value={calendar.name} maxLength={120} error={mistakes.at(`${at}.name`)} onChange={(event) => onChange({ name: event.target.value })} />
          <TextField label="Zone" list="sla-zones" value={calendar.zone} error={mistakes.at(`${at}.zone`)} onChange={(event) => onChange({ zone: event.target.value })} />
        </FormRow>
        <datalist id="sla-zones">
          {zoneNames().map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <Checkbox label="Round the clock" help="All time counts; the hours below are then without meaning." checked={calendar.always} onChange={(event) => onChange({ always: event.target.checked })} />
        <div className="field-error" aria-live="polite">
          {mistakes.at(at)}
        </div>
        {!calendar.always && <Week {...props} />}
      </Panel>
      {!calendar.always && <DatesPanel {...props} />}
      <OpenAt calendar={calendar} />
    </fieldset>
  );
}

/** The hours of each weekday, drawn and written. */
function Week({ calendar, at, mistakes, onChange }: CalendarProps) {
  const [typed, setTyped] = useState<{ day: string; text: string }>();
  const set = (day: string, text: string) => {
    setTyped({ day, text });
    const weekly = { ...calendar.weekly, [day]: readHours(text) };
    onChange({ weekly: Object.fromEntries(Object.entries(weekly).filter(([, hours]) => hours.length > 0)) });
  };
  return (
    <div className="sla-week">
      <WeekGrid calendar={calendar} />
      <div className="sla-week-fields" role="group" aria-label="Hours of the week">
        {weekdays.map((day) => (
          <TextField
            key={day}
            label={weekdayName(day)}
            optional
            placeholder="closed"
            value={typed?.day === day ? typed.text : (calendar.weekly[day] ?? []).join(", ")}
            error={mistakes.under(`${at}.weekly.${day}`)}
            onChange={(event) => set(day, event.target.value)}
            onBlur={() => setTyped(undefined)}
          />
        ))}
        <p className="field-help">09:00-12:00, 13:00-17:00. 22:00-06:00 runs over midnight; 00:00-24:00 is the whole day.</p>
        <div className="field-error">{mistakes.at(`${at}.weekly`)}</div>
      </div>
    </div>
  );
}

/** "Is it open at …?" */
function OpenAt({ calendar }: { calendar: CalendarDoc }) {
  const now = useNow(60_000);
  const zone = useZone();
  const [at, setAt] = useState(() => new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString());
  const moment = Date.parse(at);
  const known = !Number.isNaN(moment);
  const state = known ? openAt(calendar, moment) : undefined;
  const until = state?.until === undefined ? undefined : momentWords(new Date(state.until).toISOString(), zone, now);
  return (
    <Panel title="Is it open at …?">
      <div className="sla-open">
        <MomentField label="At" value={at} onChange={setAt} />
        <output className="sla-answer">
          {state ? (
            <>
              <strong className={cx(!state.open && "muted")}>{state.open ? "✓ Open" : "‖ Closed"}</strong> {until ? `until ${until}` : state.open ? "and never closed" : "and not open again within 400 days"}
              <span className="muted">
                {" "}
                ({formatDate(new Date(moment), calendar.zone)} in {cityOf(calendar.zone)})
              </span>
            </>
          ) : (
            "Choose a time."
          )}
        </output>
      </div>
    </Panel>
  );
}
