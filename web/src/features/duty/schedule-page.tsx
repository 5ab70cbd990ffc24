import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { $api, ifMatch } from "@/api/client";
import { type Team, type User, useTeams, useUsers } from "@/api/people";
import { useCan, useMe } from "@/api/session";
import { type Action, useActions } from "@/lib/actions";
import { addDays, dateAt, startOf, weekdayOf, zoneNames } from "@/lib/days";
import { useNow } from "@/lib/now";
import { useZone } from "@/lib/zone";
import { ActionButton, Button } from "@/ui/button";
import { ConfirmDialog } from "@/ui/dialog";
import { Checkbox, Select, TextField } from "@/ui/field";
import { FormRow } from "@/ui/form";
import { Loaded, NoPermission } from "@/ui/loaded";
import { Page, Panel } from "@/ui/panel";
import { Banner } from "@/ui/states";
import { notify } from "@/ui/toast";
import { addRotation, blankPlan, changeRotation, mistakesBelow, mistakesOf, moveRotation, removeRotation, triable, unready } from "./draft";
import { DraftPicture } from "./draft-picture";
import { Leaving } from "@/ui/leaving";
import { useDutyChanged } from "./queries";
import { RotationCard } from "./rotation-card";
import type { Schedule } from "./types";
import { type ScheduleDraft, useDrawnDraft, useScheduleDraft } from "./use-schedule-draft";
import "./duty.css";

/** A schedule, new or there already, tried before it is saved. */
export function SchedulePage() {
  const { id } = useParams({ from: "/shell/oncall/schedules/$id" });
  const can = useCan();
  if (!can("duty.edit")) return <NoPermission what="changing who is on duty" />;
  return id === "new" ? <WithPeople kept={undefined} /> : <Kept key={id} id={id} />;
}

function Kept({ id }: { id: string }) {
  const schedule = $api.useQuery("get", "/schedules/{id}", { params: { path: { id } } });
  return (
    <Loaded query={schedule} label="Loading the schedule">
      {(kept) => <WithPeople kept={kept as Schedule} />}
    </Loaded>
  );
}

function WithPeople({ kept }: { kept: Schedule | undefined }) {
  const users = useUsers();
  const teams = useTeams();
  return (
    <Loaded query={users} label="Loading people">
      {(people) => (
        <Loaded query={teams} label="Loading teams">
          {(known) => <Editor kept={kept} users={people} teams={known} />}
        </Loaded>
      )}
    </Loaded>
  );
}

interface EditorProps {
  kept: Schedule | undefined;
  users: readonly User[];
  teams: readonly Team[];
}

const WEEKS = 5;

function useEditor({ kept, teams }: EditorProps) {
  const navigate = useNavigate();
  const zone = useZone();
  const today = dateAt(useNow(60_000).getTime(), zone);
  const monday = addDays(today, -weekdayOf(today));
  const stretch = { from: startOf(monday, zone), to: startOf(addDays(monday, 7 * WEEKS), zone) };
  const onSaved = (id: string) => void navigate({ to: "/oncall", search: { schedule: id }, ignoreBlocker: true });
  const blank = blankPlan(teams.length === 1 ? (teams[0]?.id ?? "") : "", zone, today);
  const draft = useScheduleDraft({ kept, blank, onSaved });
  const drawn = useDrawnDraft(triable(draft.draft, teams[0]?.id ?? ""), stretch);
  return { draft, drawn, stretch, zone, today };
}

function Editor(props: EditorProps) {
  const { kept, users } = props;
  const me = useMe();
  const { draft, drawn, stretch, zone, today } = useEditor(props);
  const [removing, setRemoving] = useState(false);
  const why = draft.overtaken ? "Decide first what becomes of the other change" : !draft.dirty ? "Nothing is changed" : unready(draft.draft);
  const action = (id: string, label: string, rest: Pick<Action, "run"> & Partial<Action>): Action => ({ id: `schedule.${id}`, label, group: "Schedule", ...rest });
  const save = action("save", "Save", { keys: "mod+s", blocked: why, run: draft.save });
  const discard = action("discard", "Discard changes", { hidden: !draft.dirty, run: draft.discard });
  const add = action("rotation", "Add a rotation", { run: () => draft.edit((old) => addRotation(old, today)) });
  const remove = action("remove", "End the schedule…", { hidden: !kept, run: () => setRemoving(true) });
  useActions([save, discard, add, remove]);
  // What the drawing refuses is said at its field, until saving says more.
  const refused = draft.problem ?? (drawn.error && !drawn.behind ? drawn.error : undefined);
  return (
    <Page
      title={kept ? kept.name : "New schedule"}
      intro="Rotations from the bottom to the top: a higher one wins where it has somebody. What has passed stays as it was."
      actions={
        <>
          <ActionButton action={remove} />
          <ActionButton action={discard} />
          <ActionButton action={save} tone="primary" busy={draft.saving} />
        </>
      }
    >
      {draft.overtaken && <Overtaken draft={draft} />}
      {draft.problem && draft.problem.fields.length === 0 && (
        <div role="alert">
          <Banner tone="danger">{draft.problem.message}</Banner>
        </div>
      )}
      <div className="duty-edit">
        <Fields {...props} draft={draft} add={add} problem={refused} />
        <DraftPicture drawn={drawn} stretch={stretch} zone={zone} me={me.user.id} names={users} />
      </div>
      {removing && kept && <Remove kept={kept} onClose={() => setRemoving(false)} />}
      <Leaving dirty={draft.dirty && !draft.saving} what="The schedule that you have changed is not saved." />
    </Page>
  );
}

function Overtaken({ draft }: { draft: ScheduleDraft }) {
  return (
    <div role="alert">
      <Banner
        tone="warn"
        actions={
          <>
            <Button onClick={draft.discard}>Load theirs, drop mine</Button>
            <Button onClick={draft.keepMine}>Keep mine to save over theirs</Button>
          </>
        }
      >
        <strong>Somebody else has changed this schedule</strong> while you were changing it.
      </Banner>
    </div>
  );
}

function Fields({ users, teams, draft: { draft, edit }, add, problem }: EditorProps & { draft: ScheduleDraft; add: Action; problem: ScheduleDraft["problem"] | Error }) {
  const known = problem && "fields" in problem ? problem : undefined;
  const wrong = mistakesOf(known);
  const people = users.filter((user) => user.active && user.kind === "person");
  const nameOf = (id: string) => users.find((user) => user.id === id)?.name ?? "somebody unknown";
  return (
    <div className="duty-fields">
      <Panel title="The schedule">
        <FormRow>
          <TextField label="Name" value={draft.name} maxLength={200} error={wrong("name")} onChange={(event) => edit((old) => ({ ...old, name: event.target.value }))} />
          <Select
            label="Team"
            value={draft.team}
            error={wrong("team")}
            options={[{ value: "", label: "Choose a team" }, ...teams.map((team) => ({ value: team.id, label: team.name }))]}
            onChange={(event) => edit((old) => ({ ...old, team: event.target.value }))}
          />
          <TextField label="Zone" list="zones" help="Handoffs are by its clocks" value={draft.zone} error={wrong("zone")} onChange={(event) => edit((old) => ({ ...old, zone: event.target.value }))} />
        </FormRow>
        <Checkbox
          label="The team’s first line"
          help="Who is on duty by it answers for the team’s tickets that nobody owns. A team has one such schedule."
          checked={draft.primary}
          onChange={(event) => edit((old) => ({ ...old, primary: event.target.checked }))}
        />
        <div className="field-error" aria-live="polite">
          {wrong("primary")}
        </div>
        <datalist id="zones">
          {zoneNames().map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </Panel>
      <Panel title="Rotations" aside={<ActionButton action={add} />}>
        <div className="field-error" aria-live="polite">
          {wrong("rotations")}
        </div>
        {draft.rotations
          .map((rotation, index) => (
            <RotationCard
              key={rotation.key}
              rotation={rotation}
              index={index}
              count={draft.rotations.length}
              people={people}
              nameOf={nameOf}
              wrong={(field) => wrong(`rotations[${index}].${field}`)}
              wrongBelow={(field) => mistakesBelow(known, `rotations[${index}].${field}`)}
              onChange={(patch) => edit((old) => changeRotation(old, rotation.key, patch))}
              onMove={(by) => edit((old) => moveRotation(old, rotation.key, by))}
              onRemove={() => edit((old) => removeRotation(old, rotation.key))}
            />
          ))
          .reverse()}
      </Panel>
    </div>
  );
}

function Remove({ kept, onClose }: { kept: Schedule; onClose: () => void }) {
  const navigate = useNavigate();
  const changed = useDutyChanged();
  const remove = $api.useMutation("delete", "/schedules/{id}", {
    onSuccess: () => {
      changed();
      notify(`${kept.name} is ended; its past is kept`);
      void navigate({ to: "/oncall", ignoreBlocker: true });
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`End ${kept.name}?`}
      description="Nobody is on duty by it any more. What has passed is kept. A schedule that a ladder names cannot be ended."
      confirm="End it"
      tone="danger"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { path: { id: kept.id } }, headers: ifMatch(kept.rev) })}
    />
  );
}
