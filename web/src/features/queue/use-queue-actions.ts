import { useNavigate } from "@tanstack/react-router";
import type { TicketRow } from "@/api/models";
import { useCan, useMe } from "@/api/session";
import { runOnTickets, type TicketCommand, useTicketsChanged } from "@/api/tickets";
import { type Action, useActions } from "@/lib/actions";
import { formatPlural } from "@/lib/format";
import { whyNotOffer } from "@/lib/handover";
import { notify, notifyError } from "@/ui/toast";

interface QueueActionsInput {
  /** The ticket the keyboard is on, which is the one in the preview when that is open. */
  active: TicketRow | undefined;
  /** Ticked rows, or the active one when none is. */
  targets: readonly TicketRow[];
  preview: string | undefined;
  move: (step: number) => void;
  first: () => void;
  last: () => void;
  toggle: (range: boolean) => void;
  setPreview: (number: string | undefined) => void;
  focusFilter: () => void;
  newTicket: () => void;
  /** Opens the window in which tickets are offered to somebody. */
  offer: (tickets: readonly TicketRow[]) => void;
  patch: (tickets: readonly TicketRow[]) => void;
  drifted: boolean;
  settle: () => void;
}

/** Everything that can be done on the queue, as data. */
export function useQueueActions(input: QueueActionsInput) {
  const { active, targets, patch } = input;
  const can = useCan();
  const { user } = useMe();
  const navigate = useNavigate();
  const changed = useTicketsChanged();

  const run = async (on: readonly TicketRow[], command: TicketCommand, done: string) => {
    const results = await runOnTickets(command, on.map((ticket) => ticket.number));
    const tickets = results.flatMap((result) => result.ticket ?? []);
    patch(tickets);
    changed();
    if (tickets.length > 0) notify(`${done} ${tickets.length === 1 ? tickets[0]?.number : formatPlural(tickets.length, { one: "ticket", other: "tickets" })}`);
    for (const { number, error } of results.filter((result) => result.error).slice(0, 3)) notifyError(number, error);
  };
  const command = (on: readonly TicketRow[], id: TicketCommand, words: { label: string; done: string; keys: string }): Action => ({
    id: `ticket.${id}`,
    label: on.length > 1 ? `${words.label} ${on.length}` : words.label,
    group: "Queue",
    keys: words.keys,
    hidden: !can("ticket.work"),
    blocked: whyNot(on, id),
    run: () => void run(on, id, words.done),
  });
  const takeOn = (on: readonly TicketRow[]) => command(on, "take", { label: "Take", done: "Took", keys: "t" });
  const ackOn = (on: readonly TicketRow[]) => command(on, "ack", { label: "Acknowledge", done: "Acknowledged", keys: "a" });
  const leads = can("ticket.force");
  const offerOn = (on: readonly TicketRow[]): Action => {
    const [first, ...others] = on;
    return {
      id: "ticket.offer",
      label: others.length > 0 ? `Hand over ${on.length}…` : "Hand over…",
      group: "Queue",
      keys: "h",
      hidden: !can("ticket.work") && !leads,
      // Of several each is judged by itself, in the window.
      blocked: !first ? "Choose a ticket first" : others.length === 0 && whyNotOffer(first, user.id, leads),
      run: () => input.offer(on),
    };
  };
  const offer = offerOn(targets);
  const take = takeOn(targets);
  const ack = ackOn(targets);
  const open: Action = {
    id: "ticket.open",
    label: "Open",
    group: "Queue",
    keys: "Enter",
    blocked: !active && "Choose a ticket first",
    run: () => void (active && navigate({ to: "/tickets/$number", params: { number: active.number } })),
  };
  const create: Action = { id: "ticket.new", label: "New ticket", group: "Queue", keys: "c", hidden: !can("ticket.work"), run: input.newTicket };
  const keyOnly = (id: string, label: string, keys: string, act: () => void): Action => ({ id, label, group: "Queue", keys, keyOnly: true, run: act });
  useActions([
    keyOnly("queue.next", "Next ticket", "j,ArrowDown", () => input.move(1)),
    keyOnly("queue.previous", "Previous ticket", "k,ArrowUp", () => input.move(-1)),
    keyOnly("queue.page-down", "A screen down", "PageDown", () => input.move(20)),
    keyOnly("queue.page-up", "A screen up", "PageUp", () => input.move(-20)),
    keyOnly("queue.first", "First ticket", "Home", input.first),
    keyOnly("queue.last", "Last ticket", "End", input.last),
    keyOnly("queue.select", "Select", "x", () => input.toggle(false)),
    keyOnly("queue.select-range", "Select up to here", "shift+x", () => input.toggle(true)),
    open,
    keyOnly("queue.preview", "Show or hide the preview", "o", () => input.setPreview(input.preview ? undefined : active?.number)),
    take,
    ack,
    offer,
    create,
    keyOnly("queue.filter", "Filter", "/", input.focusFilter),
    { id: "queue.settle", label: "Show what is new", group: "Queue", keys: ".", hidden: !input.drifted, run: input.settle },
  ]);
  // The panel's buttons mean the ticket it shows, whatever is ticked in the list.
  const panel = active ? [active] : [];
  return { take, ack, offer, open, create, takeShown: takeOn(panel), ackShown: ackOn(panel), offerShown: offerOn(panel) };
}

/** Why a command can't be given; several tickets are simply tried, and each refusal is told. */
function whyNot(on: readonly TicketRow[], command: TicketCommand): string | false {
  const [first, ...others] = on;
  if (!first) return "Choose a ticket first";
  if (others.length > 0) return false;
  if (first.phase === "closed") return "It is closed";
  if (command === "take") return first.owner !== null && `${first.owner_name} owns it`;
  return first.acknowledged_at !== null && "It has been acknowledged";
}
