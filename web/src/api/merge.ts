import type { MethodResponse } from "openapi-react-query";
import { type $api, api } from "./client";
import type { Ticket } from "./models";

/** The ticket that stays, with what happened to each of the others. */
export type Merged = MethodResponse<typeof $api, "post", "/tickets/{id}/merge">;

/**
 * Merges tickets into one: all of them or none. A refusal names each ticket that stands in the way in
 * the problem's `fields`, its number as their `code`.
 */
export async function mergeTickets(into: string, tickets: readonly string[], reason: string): Promise<Merged> {
  const { data } = await api.POST("/tickets/{id}/merge", { params: { path: { id: into } }, body: { tickets: [...tickets], reason } });
  if (!data) throw new Error("The server did not say what it merged.");
  return data;
}

/** Lets a merged ticket stand by itself again. */
export async function unmergeTicket(number: string, reason: string): Promise<Ticket> {
  const { data } = await api.POST("/tickets/{id}/unmerge", { params: { path: { id: number } }, body: { reason } });
  if (!data) throw new Error("The server did not give the ticket back.");
  return data;
}

/** Moves findings of a ticket to a new one, which is the answer. */
export async function splitTicket(number: string, findings: readonly string[], title: string, reason: string): Promise<Ticket> {
  const { data } = await api.POST("/tickets/{id}/split", { params: { path: { id: number } }, body: { findings: [...findings], title, reason } });
  if (!data) throw new Error("The server did not give the new ticket.");
  return data;
}
