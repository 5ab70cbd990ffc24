import { useState } from "react";
import { $api } from "@/api/client";
import { type Action, useActions } from "@/lib/actions";
import { ActionButton, Button } from "@/ui/button";
import { cx } from "@/ui/cx";
import { ConfirmDialog } from "@/ui/dialog";
import { Loaded } from "@/ui/loaded";
import { Panel } from "@/ui/panel";
import { EmptyState } from "@/ui/states";
import { notify, notifyError } from "@/ui/toast";
import { AddContact, ConfirmContact } from "./contact-dialogs";
import type { Contact } from "./types";
import { useContacts, useContactsChanged } from "./use-contacts";
import { channelWords, contactState } from "./words";

type Open = { do: "add" } | { do: "confirm" | "remove"; contact: Contact };

/** How I can be reached, in the order in which it is tried. */
export function ContactList() {
  const contacts = useContacts();
  const [open, setOpen] = useState<Open>();
  const close = () => setOpen(undefined);
  const add: Action = { id: "contacts.add", label: "Add a way", group: "Notifications", keys: "n", run: () => setOpen({ do: "add" }) };
  useActions([add]);
  return (
    <Panel title="How I am reached" aside={<ActionButton action={add} />}>
      <p className="muted">The first one is tried first; when it fails, the next. One has to be confirmed before anybody can rely on it.</p>
      <Loaded query={contacts} label="Loading how you can be reached" lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState title="Nobody can reach you">No connection sends mail yet. Whoever sets up connections can add one; then your own address stands here.</EmptyState>
          ) : (
            <ol className="contacts" aria-label="Ways to reach me, in their order">
              {items.map((contact, i) => (
                <Row key={contact.id} contact={contact} place={i + 1} count={items.length} onOpen={setOpen} />
              ))}
            </ol>
          )
        }
      </Loaded>
      {open?.do === "add" && <AddContact onClose={close} onAdded={(contact) => setOpen({ do: "confirm", contact })} />}
      {open?.do === "confirm" && <ConfirmContact contact={open.contact} onClose={close} />}
      {open?.do === "remove" && <Remove contact={open.contact} onClose={close} />}
    </Panel>
  );
}

function Row({ contact, place, count, onOpen }: { contact: Contact; place: number; count: number; onOpen: (open: Open) => void }) {
  const changed = useContactsChanged();
  const name = `${channelWords(contact.channel)} ${contact.address}`;
  const move = $api.useMutation("patch", "/me/contacts/{id}", { onSuccess: changed, onError: (error) => notifyError("It was not moved", error) });
  const by = (step: number) => move.mutate({ params: { path: { id: contact.id } }, body: { position: place + step } });
  const { mark, words, tone } = contactState(contact);
  return (
    <li className="contact">
      <span className="contact-place">{place}</span>
      <div className="contact-what">
        <strong>{channelWords(contact.channel)}</strong> {contact.address} <span className="muted">{[contact.connection_name, contact.implicit && "the address of your account"].filter(Boolean).join(", ")}</span>
        <div className={cx(tone === "bad" && "notice-bad", tone === "ok" && "notice-good")}>
          <span aria-hidden="true">{mark} </span>
          {words}
          {contact.test_error && `: ${contact.test_error}`}
        </div>
      </div>
      <span className="contact-buttons">
        <Button tone="quiet" aria-label={`Try ${name} earlier`} blocked={place === 1 && "It is the first"} onClick={() => by(-1)}>
          ↑
        </Button>
        <Button tone="quiet" aria-label={`Try ${name} later`} blocked={place === count && "It is the last"} onClick={() => by(1)}>
          ↓
        </Button>
        <Button aria-label={`${contact.confirmed_at ? "Test" : "Test and confirm"} ${name}`} onClick={() => onOpen({ do: "confirm", contact })}>
          {contact.confirmed_at ? "Test…" : "Test and confirm…"}
        </Button>
        {contact.id !== "account" && (
          <Button tone="quiet" aria-label={`Remove ${name}`} onClick={() => onOpen({ do: "remove", contact })}>
            Remove…
          </Button>
        )}
      </span>
    </li>
  );
}

function Remove({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  const changed = useContactsChanged();
  const remove = $api.useMutation("delete", "/me/contacts/{id}", {
    onSuccess: () => {
      changed();
      notify("The way is removed");
      onClose();
    },
  });
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Remove ${channelWords(contact.channel)} ${contact.address}?`}
      description={contact.implicit ? "Mail to the address of your account stays the last way, not confirmed." : "Nobody tells you anything there any more."}
      confirm="Remove"
      tone="danger"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ params: { path: { id: contact.id } } })}
    />
  );
}
