import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { api } from "./client";
import type { Ticket } from "./models";

/** A command without a body that answers with the changed ticket. */
export type TicketCommand = "take" | "ack";

export interface CommandResult {
  number: string;
  ticket?: Ticket;
  error?: unknown;
}

async function runOne(command: TicketCommand, number: string): Promise<CommandResult> {
  try {
    const params = { params: { path: { id: number } } };
    const { data } = command === "take" ? await api.POST("/tickets/{id}/take", params) : await api.POST("/tickets/{id}/ack", params);
    return data ? { number, ticket: data } : { number };
  } catch (error) {
    return { number, error };
  }
}

const AT_ONCE = 4;

/** Runs a command on several tickets, a few at a time; one refusal does not stop the others. */
export async function runOnTickets(command: TicketCommand, numbers: readonly string[]): Promise<CommandResult[]> {
  const results: CommandResult[] = [];
  for (let i = 0; i < numbers.length; i += AT_ONCE) {
    results.push(...(await Promise.all(numbers.slice(i, i + AT_ONCE).map((number) => runOne(command, number)))));
  }
  return results;
}

/** Refetches what a change to a ticket shows elsewhere, without waiting for the live connection. */
export function useTicketsChanged(): () => void {
  const client = useQueryClient();
  return useCallback(() => ticketsChanged(client), [client]);
}

function ticketsChanged(client: QueryClient): void {
  void client.invalidateQueries({ predicate: (query) => query.meta?.still !== true && String(query.queryKey[1]).startsWith("/tickets") });
}
