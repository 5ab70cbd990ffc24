import { useState } from "react";
import { $api } from "@/api/client";
import { fieldError } from "@/lib/problem";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Select, TextField } from "@/ui/field";
import { Form, Why } from "@/ui/form";
import { notify } from "@/ui/toast";
import type { Contact } from "./types";
import { useContactsChanged, useWays } from "./use-contacts";
import { channelWords } from "./words";

export function AddContact({ onClose, onAdded }: { onClose: () => void; onAdded: (contact: Contact) => void }) {
  const { ways, isPending } = useWays();
  const changed = useContactsChanged();
  const [chosen, setChosen] = useState("");
  const [address, setAddress] = useState("");
  const add = $api.useMutation("post", "/me/contacts", {
    onSuccess: (contact) => {
      changed();
      onAdded(contact);
    },
  });
  const way = ways.find((one) => one.value === chosen) ?? ways[0];
  const why = isPending ? "One moment" : !way && "No connection reaches people yet: whoever sets up connections can add mail or Slack";
  const send = () => way && add.mutate({ body: { channel: way.kind, ...(way.connection ? { connection: way.connection } : {}), ...(address.trim() ? { address: address.trim() } : {}) } });
  return (
    <Dialog open onClose={onClose} title="Add a way to reach me">
      <Form
        onSubmit={() => !why && send()}
        error={add.error}
        shown={["address", "channel", "connection"]}
        footer={
          <>
            <Why>{why}</Why>
            <Button onClick={onClose}>Cancel</Button>
            <Button type="submit" tone="primary" busy={add.isPending} blocked={why}>
              Add and test
            </Button>
          </>
        }
      >
        <Select label="Over" value={way?.value ?? ""} options={ways.map(({ value, label }) => ({ value, label }))} error={fieldError(add.error, "channel") ?? fieldError(add.error, "connection")} onChange={(event) => setChosen(event.target.value)} />
        <TextField
          label={way?.kind === "slack" ? "Slack member ID" : "E-mail address"}
          optional
          value={address}
          maxLength={254}
          error={fieldError(add.error, "address")}
          help={way?.kind === "slack" ? "Such as U02AB3CDE; a member’s profile in Slack shows it. Empty looks you up by the address of your account." : "Empty is the address of your account."}
          onChange={(event) => setAddress(event.target.value)}
        />
      </Form>
    </Dialog>
  );
}

/** A message with a code goes out; the code proves that it arrived. */
export function ConfirmContact({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const changed = useContactsChanged();
  const test = $api.useMutation("post", "/me/contacts/{id}/test", { onSuccess: changed });
  const name = `${channelWords(contact.channel)} ${contact.address}`;
  // One that was never kept has got an id by the test.
  const tested = test.data;
  return (
    <Dialog open onClose={onClose} title={`Test ${name}`} description="A message with a code is sent. The code, or the link in the message, shows that it arrived; both work for half an hour.">
      {tested && !tested.test_error ? (
        <Code contact={tested} again={() => test.mutate({ params: { path: { id: tested.id } } })} busy={test.isPending} onClose={onClose} />
      ) : (
        <Form
          onSubmit={() => test.mutate({ params: { path: { id: tested?.id ?? contact.id } } })}
          error={test.error}
          footer={
            <>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" tone="primary" busy={test.isPending}>
                {tested ? "Send it again" : "Send the test"}
              </Button>
            </>
          }
        >
          <div role="alert">
            {tested?.test_error && (
              <p className="notice-bad">
                ▲ It was not taken: {tested.test_error}
              </p>
            )}
          </div>
        </Form>
      )}
    </Dialog>
  );
}

function Code({ contact, again, busy, onClose }: { contact: Contact; again: () => void; busy: boolean; onClose: () => void }) {
  const changed = useContactsChanged();
  const [code, setCode] = useState("");
  const confirm = $api.useMutation("post", "/me/contacts/{id}/confirm", {
    onSuccess: () => {
      changed();
      notify(`${channelWords(contact.channel)} ${contact.address} is confirmed`);
      onClose();
    },
  });
  const plain = code.replaceAll(/\s/g, "");
  return (
    <Form
      onSubmit={() => plain && confirm.mutate({ params: { path: { id: contact.id } }, body: { code: plain } })}
      error={confirm.error}
      shown={["code"]}
      footer={
        <>
          <Button onClick={onClose}>Later</Button>
          <Button busy={busy} onClick={again}>
            Send it again
          </Button>
          <Button type="submit" tone="primary" busy={confirm.isPending} blocked={plain === "" && "Enter the code first"}>
            Confirm
          </Button>
        </>
      }
    >
      <p>
        ✓ {channelWords(contact.channel)} has taken the message for <strong>{contact.address}</strong>.
      </p>
      <TextField label="Code" autoComplete="one-time-code" inputMode="numeric" maxLength={20} value={code} error={fieldError(confirm.error, "code")} onChange={(event) => setCode(event.target.value)} />
    </Form>
  );
}
