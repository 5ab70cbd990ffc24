import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "@/api/client";
import { sectionsOf } from "./sections";
import type { Draft } from "./draft";
import type { Preview, SectionId, Sections } from "./types";

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

/** How many findings a rule took; undefined while nobody knows, or where the rule could not be tried yet. */
export function matchedOf(preview: Preview | undefined, section: SectionId, key: string, tried: Draft): number | undefined {
  const rows = preview?.by_rule.filter((row) => row.section === section) ?? [];
  const rules = tried[section];
  // A rule that was never saved has no id; all of them come in their order.
  return rows.length === rules.length ? rows[rules.findIndex((rule) => rule.key === key)]?.matched : undefined;
}
