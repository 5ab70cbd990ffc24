import { useRef, useState } from "react";
import { $api } from "@/api/client";
import type { Ticket } from "@/api/models";
import { useTicketsChanged } from "@/api/tickets";
import { newId } from "@/lib/ids";
import { type Problem, toProblem } from "@/lib/problem";
import { notify, notifyError } from "@/ui/toast";
import { isConflict, saveTicket, type TicketPatch } from "./conflict";
import { useTicketStore } from "./queries";

/** A command that was refused because somebody else was first. */
export interface Conflict {
  /** What was tried: "Take". */
  what: string;
  problem: Problem;
  /** The ticket as the person saw it. */
  before: Ticket;
}

/** Everything a person can ask of one ticket. Answers go into the cache; refusals become a conflict or a toast. */
export function useTicketCommands(ticket: Ticket) {
  const store = useTicketStore();
  const changed = useTicketsChanged();
  const [conflict, setConflict] = useState<Conflict>();
  const [saving, setSaving] = useState(false);
  const params = { path: { id: ticket.number } };

  const refused = (what: string, before = ticket) => (error: unknown) => {
    if (!isConflict(error)) return notifyError(what, error);
    setConflict({ what, problem: toProblem(error), before });
    changed(); // the notice says what is different now
  };
  const done = (said: string) => (fresh: Ticket) => {
    setConflict(undefined);
    store(fresh);
    notify(`${fresh.number} ${said}`);
  };

  const ack = $api.useMutation("post", "/tickets/{id}/ack", { onSuccess: done("is acknowledged"), onError: refused("Acknowledge") });
  const take = $api.useMutation("post", "/tickets/{id}/take", { onSuccess: done("is yours"), onError: refused("Take") });

  /** Changes fields of the ticket as it was when the person began; the toast takes it back. */
  const save = async (patch: TicketPatch, undo: TicketPatch, before = ticket): Promise<boolean> => {
    setSaving(true);
    try {
      const fresh = await saveTicket(before, patch);
      setConflict(undefined);
      store(fresh);
      notify(`${fresh.number} is changed`, () => void saveTicket(fresh, undo).then(store, refused("Undo", fresh)));
      return true;
    } catch (error) {
      refused("Change", before)(error);
      return false;
    } finally {
      setSaving(false);
    }
  };

  return {
    ack: { run: () => ack.mutate({ params }), busy: ack.isPending },
    take: { run: () => take.mutate({ params }), busy: take.isPending },
    save,
    saving,
    conflict,
    forget: () => setConflict(undefined),
  };
}

export type TicketCommands = ReturnType<typeof useTicketCommands>;

/** Writing a note. One key for each text, so that sending it again after a lost answer adds no second note. */
export function useAddNote(ticket: Ticket, onDone: () => void) {
  const store = useTicketStore();
  const key = useRef({ text: "", id: "" });
  const add = $api.useMutation("post", "/tickets/{id}/notes", {
    onSuccess: (fresh) => {
      key.current = { text: "", id: "" };
      store(fresh);
      onDone();
    },
  });
  const send = (text: string, significant: boolean) => {
    const said = `${significant} ${text}`;
    if (key.current.text !== said) key.current = { text: said, id: newId() };
    add.mutate({ params: { path: { id: ticket.number }, header: { "Idempotency-Key": key.current.id } }, body: { text, significant } });
  };
  return { send, busy: add.isPending, error: add.error };
}
