import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { api } from "@/api/client";
import { kindOfSample } from "./mapping-draft";

const SETTLE_MS = 350;

/** What the mapping makes of the sample, asked again when both stand still. */
export function useTrial(mapping: string, sample: string, product: string) {
  const now = JSON.stringify([mapping, sample, product]);
  const [settled, setSettled] = useState(now);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(now), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [now]);
  return useQuery({
    queryKey: ["mapping-trial", settled],
    queryFn: async ({ signal }) => {
      const [text, body, name] = JSON.parse(settled) as [string, string, string];
      const whole: unknown = text.trim() === "" ? {} : JSON.parse(text);
      return (await api.POST("/mappings/try", { body: { mapping: whole, sample: body, content_type: kindOfSample(body), product: name }, signal })).data;
    },
    enabled: sample.trim() !== "",
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 60_000,
  });
}
