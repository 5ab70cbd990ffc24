import type { LiveEvent } from "@/api/live";
import { clockPurpose } from "@/lib/clocks";
import { formatPlural } from "@/lib/format";

interface Offer {
  ticket_number: string;
  severity: string;
  ticket_title: string;
  from_name: string;
}

/** What is said of offers that have just come. */
export function offerWords(offers: readonly Offer[]): string {
  const [first, ...rest] = offers;
  if (!first) return "";
  if (rest.length > 0) return `${formatPlural(offers.length, { one: "ticket is", other: "tickets are" })} offered to you`;
  return `${first.from_name || "Tocsin"} offers you ${first.ticket_number}, ${first.severity}: ${first.ticket_title}`;
}

const MOST = 20; // a query has a length, and so has what anybody can hear

/** The tickets of a batch whose time has passed, as far as they belong to whoever asks; undefined for none. */
export function breachQuery(batch: readonly Pick<LiveEvent, "kind" | "number">[]): string | undefined {
  const numbers = [...new Set(batch.filter((event) => event.kind === "sla.breached").flatMap((event) => event.number ?? []))].slice(0, MOST);
  return numbers.length === 0 ? undefined : `open:true owner:me number:${numbers.join(",")}`;
}

interface Breached {
  number: string;
  title: string;
  breached: readonly string[];
}

export function breachWords(tickets: readonly Breached[]): string {
  const [first, ...rest] = tickets;
  if (!first) return "";
  if (rest.length > 0) return `The time of ${formatPlural(tickets.length, { one: "ticket", other: "tickets" })} of yours has passed`;
  const purpose = first.breached.length === 1 ? ` ${clockPurpose(first.breached[0] ?? "")}` : "";
  return `The time${purpose} has passed: ${first.number} ${first.title}`;
}
