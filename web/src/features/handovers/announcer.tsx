import { useCallback, useEffect, useRef, useState } from "react";
import { api } from "@/api/client";
import { useOffersToMe } from "@/api/handovers";
import { type LiveEvent, useLiveBatch } from "@/api/live";
import { notify } from "@/ui/toast";
import { breachQuery, breachWords, offerWords } from "./announce";

/** Says at once, and aloud to assistive technology, what concerns the person signed in: an offer to them, a breach of theirs. */
export default function Announcer() {
  const [said, setSaid] = useState("");
  const tell = useCallback((text: string) => {
    setSaid(text);
    notify(text);
  }, []);
  useNewOffers(tell);
  useBreaches(tell);
  return (
    <div className="visually-hidden" role="alert">
      {said}
    </div>
  );
}

/** Offers that were not there a moment ago. Those of before this page was opened stand in the navigation. */
function useNewOffers(tell: (text: string) => void): void {
  const offers = useOffersToMe();
  const known = useRef<ReadonlySet<string>>(undefined);
  useEffect(() => {
    if (!offers.data) return;
    const fresh = offers.data.filter((one) => known.current && !known.current.has(one.id));
    known.current = new Set(offers.data.map((one) => one.id));
    if (fresh.length > 0) tell(offerWords(fresh));
  }, [offers.data, tell]);
}

function useBreaches(tell: (text: string) => void): void {
  const hear = useCallback(
    (batch: LiveEvent[] | "reset") => {
      const q = batch === "reset" ? undefined : breachQuery(batch);
      if (!q) return;
      // Only those that belong to whoever looks come back; one that cannot be asked for stands in the queue all the same.
      api.GET("/tickets", { params: { query: { q, limit: 5 } } }).then(
        ({ data }) => data && data.items.length > 0 && tell(breachWords(data.items)),
        () => undefined,
      );
    },
    [tell],
  );
  useLiveBatch(hear);
}
