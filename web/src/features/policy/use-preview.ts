import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "@/api/client";
import { plainRules, type Rule } from "./draft";

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
export function usePreview(rules: readonly Rule[], days: number, enabled: boolean) {
  const text = useSettled(JSON.stringify(plainRules(rules)));
  return useQuery({
    queryKey: ["policy-preview", text, days],
    queryFn: async ({ signal }) => (await api.POST("/policy/preview", { body: { rules: JSON.parse(text) as Rule[], days }, signal })).data,
    enabled,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 5_000,
  });
}
