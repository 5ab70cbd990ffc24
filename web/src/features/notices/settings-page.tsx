import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { $api } from "@/api/client";
import { useMe } from "@/api/session";
import { weekdayName, weekdays, zoneNames } from "@/lib/days";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { Checkbox, Select, TextField } from "@/ui/field";
import { Form, FormRow, Why } from "@/ui/form";
import { Loaded } from "@/ui/loaded";
import { Page, Panel } from "@/ui/panel";
import { notify } from "@/ui/toast";
import { ContactList } from "./contact-list";
import type { Settings } from "./types";
import { settingsWords } from "./words";
import "./notices.css";

/** How I am told, in which order, and what I want to be spared. */
export function NotificationsPage() {
  const me = useMe();
  const settings = $api.useQuery("get", "/me/notifications", {});
  return (
    <Page title="Notifications" narrow intro={`How ${me.user.name || "you"} is told of calls, offers and deadlines.`}>
      <ContactList />
      <Panel title="What I want to be spared">
        <Loaded query={settings} label="Loading your settings" lines={3}>
          {(kept) => <SettingsForm key={JSON.stringify(kept)} kept={kept} />}
        </Loaded>
      </Panel>
    </Page>
  );
}

const everyOptions = [0, 1, 2, 5, 10, 15, 30, 60];

function SettingsForm({ kept }: { kept: Settings }) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(kept);
  const { quiet } = draft;
  const save = $api.useMutation("put", "/me/notifications", {
    onSuccess: (saved) => {
      client.setQueryData($api.queryOptions("get", "/me/notifications", {}).queryKey, saved);
      notify("Your settings are saved");
    },
  });
  const changed = JSON.stringify(draft) !== JSON.stringify(kept);
  const set = (patch: Partial<Settings["quiet"]>) => setDraft((old) => ({ ...old, quiet: { ...old.quiet, ...patch } }));
  const wrong = (field: string) => fieldError(save.error, field);
  const every = [...new Set([...everyOptions, draft.digest_minutes])].sort((a, b) => a - b);
  return (
    <Form
      onSubmit={() => save.mutate({ body: draft })}
      error={save.error}
      shown={["days", "from", "to", "zone", "digest_minutes"]}
      footer={
        <>
          <Why>{!changed && "Nothing is changed."}</Why>
          {changed && <Button onClick={() => setDraft(kept)}>Undo</Button>}
          <Button type="submit" tone="primary" busy={save.isPending} blocked={!changed && "Nothing is changed."}>
            Save
          </Button>
        </>
      }
    >
      <p>{settingsWords(draft)}</p>
      <Checkbox label="Quiet hours" help="What is not urgent waits until they end. Calls that are critical or high come through while you are on duty, and as the third level or last resort of a ladder in any case." checked={quiet.enabled} onChange={(event) => set({ enabled: event.target.checked })} />
      {quiet.enabled && (
        <>
          <Days value={quiet.days} error={wrong("days")} onChange={(days) => set({ days })} />
          <FormRow>
            <TextField label="From" type="time" value={quiet.from} error={wrong("from")} onChange={(event) => set({ from: event.target.value })} />
            <TextField label="To" type="time" value={quiet.to} error={wrong("to")} onChange={(event) => set({ to: event.target.value })} />
            <TextField label="Zone" list="notice-zones" value={quiet.zone} error={wrong("zone")} onChange={(event) => set({ zone: event.target.value })} />
          </FormRow>
          <datalist id="notice-zones">
            {zoneNames().map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
      <Select
        label="What is not urgent comes together"
        value={String(draft.digest_minutes)}
        options={every.map((n) => ({ value: String(n), label: n === 0 ? "never: each at once" : n === 1 ? "at most every minute" : `at most every ${n} minutes` }))}
        error={wrong("digest_minutes")}
        onChange={(event) => setDraft((old) => ({ ...old, digest_minutes: Number(event.target.value) }))}
      />
    </Form>
  );
}

function Days({ value, error, onChange }: { value: readonly string[]; error: string | undefined; onChange: (days: string[]) => void }) {
  const toggle = (day: string) => onChange(weekdays.filter((one) => (one === day ? !value.includes(one) : value.includes(one))));
  return (
    <div role="group" aria-label="Days on which they begin">
      <span className="field-label">Days on which they begin</span>
      <div className="notice-days">
        {weekdays.map((day) => (
          <button key={day} type="button" className={cx("notice-day", value.includes(day) && "notice-day-on")} aria-pressed={value.includes(day)} aria-label={weekdayName(day)} onClick={() => toggle(day)}>
            {weekdayName(day, true)}
          </button>
        ))}
      </div>
      <div className="field-error" aria-live="polite">
        {error}
      </div>
    </div>
  );
}
