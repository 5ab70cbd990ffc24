import { useState } from "react";
import { $api } from "@/api/client";
import { useMe } from "@/api/session";
import { useUsers } from "@/api/people";
import { useNow } from "@/lib/now";
import { fieldError } from "@/lib/problem";
import { useZone } from "@/lib/zone";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Facts } from "@/ui/facts";
import { Select, TextField } from "@/ui/field";
import { Form, FormRow, Why } from "@/ui/form";
import { MomentField } from "@/ui/moment-field";
import { Skeleton } from "@/ui/states";
import { notify } from "@/ui/toast";
import { useDutyChanged, useRoster } from "./queries";
import type { Schedule, Shift } from "./types";
import { hoursWords, spanWords } from "./words";

const DAY = 24 * 3600 * 1000;
const HOUR = 3600 * 1000;
const MINUTE = 60_000;

/** What can be done with a shift. */
export type ShiftDeed = "cover" | "swap";

interface ShiftDialogProps {
  shift: Shift;
  layer: string;
  canEdit: boolean;
  onDo: (deed: ShiftDeed) => void;
  onClose: () => void;
}

export function ShiftDialog({ shift, layer, canEdit, onDo, onClose }: ShiftDialogProps) {
  const me = useMe();
  const zone = useZone();
  const now = useNow(60_000);
  const over = Date.parse(shift.to) <= now.getTime();
  const mine = shift.person === me.user.id;
  return (
    <Dialog open onClose={onClose} title={`Shift of ${shift.name}`}>
      <Facts
        facts={[
          ["When", spanWords(shift.from, shift.to, now, zone)],
          ["Hours", hoursWords(shift.hours)],
          ["By", layer],
          ["State", over ? "over; what has passed stays as it was" : Date.parse(shift.from) <= now.getTime() ? "on duty now" : "to come"],
        ]}
      />
      {!canEdit && !over && <p className="muted">Somebody who may change duty can have another person stand in.</p>}
      <div className="form-footer">
        <Button onClick={onClose}>Close</Button>
        {canEdit && !over && (
          <>
            <Button blocked={shift.id === "" && "It is not planned as far ahead yet"} onClick={() => onDo("swap")}>
              Swap with another shift…
            </Button>
            <Button tone="primary" onClick={() => onDo("cover")}>
              {mine ? "Somebody stands in…" : "Stand in…"}
            </Button>
          </>
        )}
      </div>
    </Dialog>
  );
}

interface CoverDialogProps {
  schedule: Schedule;
  /** The shift that somebody stands in for; none is any time. */
  shift: Shift | undefined;
  onClose: () => void;
}

/** Somebody stands in: for a shift, a part of it, or any time. */
export function CoverDialog({ schedule, shift, onClose }: CoverDialogProps) {
  const me = useMe();
  const users = useUsers();
  const changed = useDutyChanged();
  const [person, setPerson] = useState(shift?.person === me.user.id ? "" : me.user.id);
  const [from, setFrom] = useState(() => shift?.from ?? new Date(Math.floor(Date.now() / MINUTE) * MINUTE).toISOString());
  const [to, setTo] = useState(shift?.to ?? "");
  const [reason, setReason] = useState("");
  const cover = $api.useMutation("post", "/schedules/{id}/overrides", {
    onSuccess: (made) => {
      changed();
      notify(`${made.name} stands in on ${schedule.name}`);
      onClose();
    },
  });
  const people = (users.data ?? []).filter((user) => user.active && user.kind === "person");
  const why = person === "" ? "Choose who stands in" : (from === "" || to === "") && "Say from when until when";
  const send = () => !why && cover.mutate({ params: { path: { id: schedule.id } }, body: { person, from, to, reason: reason.trim() } });
  return (
    <Dialog open onClose={onClose} title={shift ? `Stand in for ${shift.name}` : `Stand in on ${schedule.name}`} description="It wins over the rotations; a later one wins over an earlier one.">
      <Form
        onSubmit={send}
        error={cover.error}
        shown={["person", "from", "to", "reason"]}
        footer={
          <>
            <Why>{why}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={cover.isPending} blocked={why}>
              Stand in
            </Button>
          </>
        }
      >
        <Select
          label="Who stands in"
          value={person}
          error={fieldError(cover.error, "person")}
          options={[{ value: "", label: "Choose a person" }, ...people.map((user) => ({ value: user.id, label: user.id === me.user.id ? `${user.name} (you)` : user.name }))]}
          onChange={(event) => setPerson(event.target.value)}
        />
        <FormRow>
          <MomentField label="From" value={from} onChange={setFrom} error={fieldError(cover.error, "from")} />
          <MomentField label="Until" value={to} onChange={setTo} error={fieldError(cover.error, "to")} quick={shift ? [] : [{ label: "4 hours", ms: 4 * HOUR }, { label: "1 day", ms: DAY }]} />
        </FormRow>
        <TextField label="Why" optional maxLength={1000} value={reason} error={fieldError(cover.error, "reason")} onChange={(event) => setReason(event.target.value)} />
      </Form>
    </Dialog>
  );
}

const AHEAD = 59 * DAY;

/** Two people exchange a shift each. */
export function SwapDialog({ schedule, shift, onClose }: { schedule: Schedule; shift: Shift; onClose: () => void }) {
  const zone = useZone();
  const now = useNow(60_000);
  const changed = useDutyChanged();
  const [began] = useState(() => Date.now());
  const roster = useRoster(schedule.id, { from: began, to: began + AHEAD });
  const [other, setOther] = useState("");
  const [reason, setReason] = useState("");
  const swap = $api.useMutation("post", "/schedules/{id}/swaps", {
    onSuccess: () => {
      changed();
      notify("The shifts are swapped");
      onClose();
    },
  });
  const others = (roster.data?.final ?? []).filter((one) => one.id !== "" && one.person !== shift.person && Date.parse(one.to) > now.getTime());
  const chosen = others.find((one) => one.id === other);
  const when = (one: Shift) => spanWords(one.from, one.to, now, zone);
  if (roster.isPending) return <Dialog open onClose={onClose} title="Swap shifts"><Skeleton lines={3} label="Loading the shifts" /></Dialog>;
  return (
    <Dialog open onClose={onClose} title="Swap shifts" description={`${shift.name}: ${when(shift)}`}>
      <Form
        onSubmit={() => chosen && swap.mutate({ params: { path: { id: schedule.id } }, body: { shift: shift.id, with: chosen.id, reason: reason.trim() } })}
        error={swap.error ?? roster.error}
        shown={["with"]}
        footer={
          <>
            <Why>{others.length === 0 && "Nobody else has a shift in the next 59 days"}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={swap.isPending} blocked={!chosen && "Choose the other shift first"}>
              Swap
            </Button>
          </>
        }
      >
        <Select
          label="With the shift of"
          value={other}
          error={fieldError(swap.error, "with")}
          options={[{ value: "", label: "Choose a shift" }, ...others.map((one) => ({ value: one.id, label: `${one.name}: ${when(one)}` }))]}
          onChange={(event) => setOther(event.target.value)}
        />
        {chosen && (
          <p>
            {chosen.name} takes {when(shift)}; {shift.name} takes {when(chosen)}.
          </p>
        )}
        <TextField label="Why" optional maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} />
      </Form>
    </Dialog>
  );
}
