import { useState } from "react";
import { $api } from "@/api/client";
import { type Action, useActions } from "@/lib/actions";
import { fieldError } from "@/lib/problem";
import { ActionButton, Button } from "@/ui/button";
import { ConfirmDialog, Dialog } from "@/ui/dialog";
import { Select } from "@/ui/field";
import { Form } from "@/ui/form";
import { Loaded } from "@/ui/loaded";
import { Panel } from "@/ui/panel";
import { SecretOnce } from "@/ui/secret-once";
import { Time } from "@/ui/time";
import { notify } from "@/ui/toast";
import { useDutyChanged } from "./queries";
import type { Feed, Schedule } from "./types";

const nameOf = (feed: Pick<Feed, "schedule" | "name">) => (feed.schedule === "" ? "My shifts" : feed.name || "a schedule that is gone");

/** Addresses that put shifts into a calendar program: made once, shown once, ended when they are not wanted. */
export function FeedsPanel({ schedules }: { schedules: readonly Schedule[] }) {
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<Feed>();
  const feeds = $api.useQuery("get", "/oncall/feeds", {});
  const make: Action = { id: "duty.feed", label: "Calendar address…", group: "On call", run: () => setMaking(true) };
  useActions([make]);
  return (
    <Panel title="In my calendar" aside={<ActionButton action={make} />}>
      <Loaded query={feeds} label="Loading your calendar addresses" lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">An address shows shifts in a calendar program, which asks for them by itself.</p>
          ) : (
            <ul className="duty-feeds" aria-label="Calendar addresses">
              {items.map((feed) => (
                <li key={feed.id}>
                  <span>
                    {nameOf(feed)}{" "}
                    <span className="muted">
                      made <Time at={feed.made_at} show="date" />, {feed.used_at ? <>read <Time at={feed.used_at} /></> : "not read yet"}
                    </span>
                  </span>
                  <Button tone="quiet" aria-label={`End the address of ${nameOf(feed)}`} onClick={() => setEnding(feed)}>
                    End…
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {making && <NewFeed schedules={schedules} onClose={() => setMaking(false)} />}
      {ending && <EndFeed feed={ending} onClose={() => setEnding(undefined)} />}
    </Panel>
  );
}

function NewFeed({ schedules, onClose }: { schedules: readonly Schedule[]; onClose: () => void }) {
  const [schedule, setSchedule] = useState("");
  const changed = useDutyChanged();
  const make = $api.useMutation("post", "/oncall/feeds", { onSuccess: changed });
  const made = make.data;
  const options = [{ value: "", label: "My shifts, on all schedules" }, ...schedules.map((one) => ({ value: one.id, label: `Everybody on ${one.name}` }))];
  return (
    <Dialog open onClose={onClose} title="An address for a calendar program">
      {made?.token ? (
        <>
          <SecretOnce label={`Address of ${nameOf(made)}`} value={`${window.location.origin}${made.path}?token=${made.token}`}>
            Subscribe to it in your calendar. Whoever has it sees the shifts; it is not shown again, and you can end it at any time.
          </SecretOnce>
          <div className="form-footer">
            <Button tone="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </>
      ) : (
        <Form
          onSubmit={() => make.mutate({ body: { schedule } })}
          error={make.error}
          shown={["schedule"]}
          footer={
            <>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" tone="primary" busy={make.isPending}>
                Make the address
              </Button>
            </>
          }
        >
          <Select label="Which shifts" value={schedule} options={options} error={fieldError(make.error, "schedule")} onChange={(event) => setSchedule(event.target.value)} />
        </Form>
      )}
    </Dialog>
  );
}

function EndFeed({ feed, onClose }: { feed: Feed; onClose: () => void }) {
  const changed = useDutyChanged();
  const end = $api.useMutation("delete", "/oncall/feeds/{id}", {
    onSuccess: () => {
      changed();
      notify("The address is ended");
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title="End this address?"
      description={`Calendar programs that read it stop showing ${nameOf(feed)}.`}
      confirm="End it"
      tone="danger"
      busy={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate({ params: { path: { id: feed.id } } })}
    />
  );
}
