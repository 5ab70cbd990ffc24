import { useQueryClient } from "@tanstack/react-query";
import type { MethodResponse } from "openapi-react-query";
import { useCallback, useMemo } from "react";
import { formatList } from "@/lib/format";
import { offerBody, type OfferDraft, type Recipient } from "@/lib/handover";
import { whenShort } from "@/lib/clocks";
import { useNow } from "@/lib/now";
import { useZone } from "@/lib/zone";
import { $api, api } from "./client";
import { type Team, type User, useTeams, useUsers } from "./people";
import { useCan } from "./session";

type Client = typeof $api;

export type HandoverPage = MethodResponse<Client, "get", "/handovers">;
/** An offer in a list: without its briefing. */
export type HandoverRow = HandoverPage["items"][number];
type Described = MethodResponse<Client, "get", "/handovers/{id}">;
/** One offer with its briefing. Once it is decided nobody has to be told what changed since. */
export type Handover = Omit<Described, "delta"> & { delta: Described["delta"] | null };
export type BriefingSection = Described["briefing"]["sections"][number];
export type Delta = Described["delta"];
export type OnCall = MethodResponse<Client, "get", "/oncall">["items"][number];

export type Box = "inbox" | "outbox" | "all";

const PAGE = 50;
const MOST = 200; // of the offers that are open, as many as one page of the server holds

/** Offers, page by page, newest first. */
export function useHandovers(box: Box, state: "offered" | "decided" | "all") {
  return $api.useInfiniteQuery(
    "get",
    "/handovers",
    { params: { query: { box, state, limit: PAGE } } },
    { pageParamName: "cursor", initialPageParam: "", getNextPageParam: (last) => last.next_cursor || undefined },
  );
}

export function useHandover(id: string) {
  return $api.useQuery("get", "/handovers/{id}", { params: { path: { id } } });
}

/** The offers that wait for the person signed in. */
export function useOffersToMe() {
  const can = useCan();
  return $api.useQuery(
    "get",
    "/handovers",
    { params: { query: { box: "inbox", state: "offered", limit: MOST } } },
    { enabled: can("ticket.work"), select: (page: HandoverPage) => page.items.filter((one) => one.permissions.accept) },
  );
}

/** To whom a ticket is offered, "" while that is not known. One request for all rows that ask. */
export function useOfferedName(ticket: string): string {
  const open = $api.useQuery(
    "get",
    "/handovers",
    { params: { query: { box: "all", state: "offered", limit: MOST } } },
    { select: (page: HandoverPage) => page.items.find((one) => one.ticket === ticket) },
  );
  return open.data ? recipientOf(open.data) : "";
}

/** Whom an offer was made to, by name. */
export function recipientOf(handover: Pick<HandoverRow, "to_user_name" | "to_team_name">): string {
  return handover.to_user_name || handover.to_team_name;
}

/** Offers a ticket. Its owner stays responsible. */
export async function offerTicket(number: string, draft: OfferDraft): Promise<Handover> {
  const { data } = await api.POST("/tickets/{id}/offers", { params: { path: { id: number } }, body: offerBody(draft) });
  if (!data) throw new Error("The server did not say what became of the offer.");
  return data;
}

export async function withdrawOffer(id: string, reason: string): Promise<Handover> {
  const { data } = await api.POST("/handovers/{id}/withdraw", { params: { path: { id } }, body: { reason } });
  if (!data) throw new Error("The server did not say what became of the offer.");
  return data;
}

/** Puts an offer that a command answered with in its place, and asks again for what hangs on it. */
export function useHandoverStore(): (handover: Handover) => void {
  const client = useQueryClient();
  return useCallback(
    (handover: Handover) => {
      for (const id of [handover.id, handover.number]) {
        client.setQueryData<Handover>($api.queryOptions("get", "/handovers/{id}", { params: { path: { id } } }).queryKey, (old) => (old ? handover : undefined));
      }
      void client.invalidateQueries({
        predicate: ({ queryKey: [, path], meta }) => typeof path === "string" && meta?.still !== true && path !== "/handovers/{id}" && (path.startsWith("/handovers") || path.startsWith("/tickets")),
      });
    },
    [client],
  );
}

/**
 * What is known of how somebody is reached: undefined for a team, for those who may not know it, and until
 * it is known. False: in no way that they have confirmed.
 */
export function useReached(to: string): boolean | undefined {
  const can = useCan();
  const [kind, id = ""] = to.split(":");
  const may = can("user.manage") || can("duty.edit") || can("sla.edit");
  const reach = $api.useQuery("get", "/users/{id}/reachable", { params: { path: { id } } }, { enabled: may && kind === "user" && id !== "", retry: false });
  return reach.data?.confirmed;
}

const working = ["analyst", "responder", "lead"];

/** Everybody who can be offered a ticket, those on duty first. `but` is who has it already. */
export function useRecipients(but: string | null): { recipients: Recipient[]; isPending: boolean; error: unknown } {
  const zone = useZone();
  const now = useNow(60_000).getTime();
  const [users, teams] = [useUsers(), useTeams()];
  const duty = $api.useQuery("get", "/oncall", {}, { retry: false });
  const recipients = useMemo(
    () => recipientsOf({ users: users.data ?? [], teams: teams.data ?? [], duty: duty.data?.items ?? [], but, say: (until) => whenShort(until, now, zone) }),
    [users.data, teams.data, duty.data, but, zone, now],
  );
  return { recipients, isPending: users.isPending || teams.isPending, error: users.error ?? teams.error };
}

interface People {
  users: readonly Pick<User, "id" | "name" | "email" | "kind" | "active" | "roles">[];
  teams: readonly Pick<Team, "id" | "name">[];
  duty: readonly Pick<OnCall, "person" | "name" | "team" | "person_name" | "until" | "primary" | "gap">[];
  but: string | null;
  say: (until: string) => string;
}

export function recipientsOf({ users, teams, duty, but, say }: People): Recipient[] {
  const shifts = new Map<string, string[]>();
  for (const one of duty) {
    if (one.person !== "" && !one.gap) shifts.set(one.person, [...(shifts.get(one.person) ?? []), one.until ? `${one.name} until ${say(one.until)}` : one.name]);
  }
  const people = users
    .filter((user) => user.active && user.kind === "person" && user.id !== but && user.roles.some((role) => working.includes(role)))
    .map((user): Recipient => {
      const shift = shifts.get(user.id);
      const name = user.name || user.email;
      return { value: `user:${user.id}`, label: shift ? `${name} (${formatList(shift)})` : name, group: shift ? "On duty now" : "People" };
    });
  const ofTeams = teams.map((team): Recipient => {
    const now = duty.find((one) => one.team === team.id && one.primary);
    const who = !now ? "" : now.gap ? " (nobody on duty)" : ` (on duty: ${now.person_name})`;
    return { value: `team:${team.id}`, label: `${team.name}${who}`, group: "Teams" };
  });
  const byLabel = (a: Recipient, b: Recipient) => a.label.localeCompare(b.label);
  return [...people.filter((one) => one.group === "On duty now").sort(byLabel), ...ofTeams.sort(byLabel), ...people.filter((one) => one.group === "People").sort(byLabel)];
}
