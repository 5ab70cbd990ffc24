import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "@/api/client";
import type { Ask, Document, Simulation } from "./types";

const SETTLE_MS = 400;

interface Input {
  ask: Ask;
  /** Sections in place of those in force; none asks about what is in force. */
  draft: Partial<Document> | undefined;
}

/** What would happen to a ticket, and what is wrong with a draft; asked again when both stand still. */
export function useSimulation(input: Input, enabled = true) {
  const now = JSON.stringify(input);
  const [text, setText] = useState(now);
  useEffect(() => {
    const timer = setTimeout(() => setText(now), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [now]);
  const query = useQuery({
    queryKey: ["sla-simulation", text],
    queryFn: async ({ signal }) => {
      const { ask, draft } = JSON.parse(text) as Input;
      const { team, ...rest } = ask;
      const { data } = await api.POST("/sla/simulate", { body: { ...rest, ...(team ? { team } : {}), ...(draft ? { draft } : {}) }, signal });
      return data as Simulation;
    },
    enabled,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 5_000,
  });
  /** Something newer waits to be tried: what is said is about the one before. */
  return { ...query, behind: text !== now };
}

export type Simulated = ReturnType<typeof useSimulation>;
