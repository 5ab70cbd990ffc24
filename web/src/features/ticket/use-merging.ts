import { useNavigate } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { Ticket } from "@/api/models";
import { type LiveEvent, useLiveBatch } from "@/api/live";
import { unmergeTicket } from "@/api/merge";
import { useTicketsChanged } from "@/api/tickets";
import { notify, notifyError } from "@/ui/toast";

const UNDONE = "Undone right after it was merged";

/** Says what a merge or a split did, with the way back. */
export function useMerging() {
  const changed = useTicketsChanged();
  const navigate = useNavigate();
  const show = useCallback((number: string) => void navigate({ to: "/tickets/$number", params: { number } }), [navigate]);
  const takeBack = useCallback(
    (number: string) =>
      void unmergeTicket(number, UNDONE).then(
        () => {
          changed();
          notify(`${number} stands by itself again`);
        },
        (error: unknown) => notifyError("Undo", error),
      ),
    [changed],
  );
  const merged = useCallback(
    (goes: string, stays: string) => {
      changed();
      show(stays);
      notify(`${goes} is merged into ${stays}`, () => takeBack(goes));
    },
    [changed, show, takeBack],
  );
  return { changed, show, merged };
}

/** Asks again for a ticket's page when something happens to a ticket that it shows too. */
export function useMergedLive(ticket: Ticket): void {
  const client = useQueryClient();
  const numbers = ticket.merged.map((one) => one.number).join(" ");
  const hear = useCallback(
    (batch: LiveEvent[] | "reset") => {
      if (batch === "reset" || numbers === "") return;
      const shown = new Set(numbers.split(" "));
      if (!batch.some((event) => event.number !== undefined && shown.has(event.number))) return;
      void client.invalidateQueries({
        predicate: ({ queryKey: [, path, init] }) =>
          typeof path === "string" && path.startsWith("/tickets/{id}") && (init as { params?: { path?: { id?: string } } } | undefined)?.params?.path?.id === ticket.number,
      });
    },
    [client, numbers, ticket.number],
  );
  useLiveBatch(hear);
}
