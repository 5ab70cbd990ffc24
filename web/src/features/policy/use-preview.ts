import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "@/api/client";
import { sectionsOf } from "./sections";
import type { Preview, Sections } from "./types";

const SETTLE_MS = 500;

/** The value once it has stood still for a moment. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** What rules would have done with the findings of the last days; asked again when they stand still. */
export function usePreview(rules: Sections, days: number, enabled: boolean) {
  const now = JSON.stringify(sectionsOf(rules));
  const text = useSettled(now);
  const query = useQuery({
    queryKey: ["policy-preview", text, days],
    queryFn: async ({ signal }) => (await api.POST("/policy/preview", { body: { ...(JSON.parse(text) as Sections), days }, signal })).data,
    enabled,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 5_000,
  });
  /** Newer rules wait to be tried: what is said is about the ones before. */
  return { ...query, behind: text !== now };
}

/** How many findings a rule took, by the rule's place in its section; undefined while nobody knows. */
export function matchedOf(preview: Preview | undefined, section: string, index: number, rules: readonly { id?: string }[]): number | undefined {
  const rows = preview?.by_rule.filter((row) => row.section === section) ?? [];
  const id = rules[index]?.id;
  const byId = id ? rows.find((row) => row.id === id) : undefined;
  // A rule that was never saved has no id; all of them come in their order.
  return (byId ?? (rows.length === rules.length ? rows[index] : undefined))?.matched;
}
