import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type Team, useTeams } from "@/api/people";
import { useCan } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { ActionButton } from "@/ui/button";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page, Panel } from "@/ui/panel";
import { EmptyState } from "@/ui/states";
import { ViewTabs } from "@/ui/tabs";
import { FeedsPanel } from "./feeds-panel";
import { MyShifts } from "./my-shifts";
import { NowBoard } from "./now-board";
import { useOnCall, useSchedules } from "./queries";
import { ScheduleView } from "./schedule-view";
import type { OnCall, Schedule } from "./types";
import "./duty.css";

/** Who is on duty, now and later. */
export function OnCallPage() {
  const can = useCan();
  const allowed = can("ticket.read") || can("duty.edit");
  if (!allowed) return <NoPermission what="who is on call" />;
  return <OnCallScreen canEdit={can("duty.edit")} />;
}

function OnCallScreen({ canEdit }: { canEdit: boolean }) {
  const navigate = useNavigate();
  const now = useOnCall();
  const schedules = useSchedules();
  const teams = useTeams();
  const add: Action = { id: "duty.new", label: "New schedule", group: "On call", keys: "n", hidden: !canEdit, run: () => void navigate({ to: "/oncall/schedules/$id", params: { id: "new" } }) };
  useActions([add]);
  return (
    <Page title="On call" actions={<ActionButton action={add} />}>
      <Loaded query={teams} label="Loading the teams">
        {(known) => (
          <Loaded query={now} label="Loading who is on duty">
            {(present) => (
              <Loaded query={schedules} label="Loading the schedules">
                {({ items }) => <Content teams={known} present={present.items} schedules={items} add={add} canEdit={canEdit} />}
              </Loaded>
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

interface ContentProps {
  teams: readonly Team[];
  present: readonly OnCall[];
  schedules: readonly Schedule[];
  add: Action;
  canEdit: boolean;
}

function Content({ teams, present, schedules, add, canEdit }: ContentProps) {
  const { schedule } = useSearch({ from: "/shell/oncall" });
  const chosen = schedules.find((one) => one.id === schedule) ?? schedules[0];
  return (
    <>
      <NowBoard teams={teams} now={present} />
      <div className="duty-columns">
        <div className="duty-main">
          {schedules.length > 1 && <ScheduleTabs schedules={schedules} chosen={chosen} />}
          {chosen ? (
            <ScheduleView key={chosen.id} schedule={chosen} canEdit={canEdit} />
          ) : (
            <Panel>
              <EmptyState title="There is no schedule yet" actions={<ActionButton action={add} tone="primary" />}>
                Until there is one, the lead of a team answers for its tickets. A schedule says who is on duty when, and shows where nobody is.
              </EmptyState>
            </Panel>
          )}
        </div>
        <div className="duty-side">
          <MyShifts schedules={schedules} />
          <FeedsPanel schedules={schedules} />
        </div>
      </div>
    </>
  );
}

function ScheduleTabs({ schedules, chosen }: { schedules: readonly Schedule[]; chosen: Schedule | undefined }) {
  return (
    <ViewTabs label="Schedules">
      {schedules.map((one) => (
        <Link key={one.id} to="/oncall" search={(old) => ({ ...old, schedule: one.id })} className="tab" activeProps={{}} activeOptions={{ exact: true }} aria-current={one === chosen ? "page" : undefined}>
          {one.name}
          {one.now === null && <span className="duty-nobody-word"> ▲ nobody</span>}
        </Link>
      ))}
    </ViewTabs>
  );
}
