import { daysWords } from "@/lib/days";
import { formatCode } from "@/lib/format";
import type { Contact, Delivery, DeliveryState, Notice, Settings } from "./types";

const kinds: Record<string, string> = {
  page: "Call",
  breach: "Missed",
  warn: "Due soon",
  ask: "Still on it?",
  offer: "Offer",
  decided: "Offer answered",
  shift: "Shift",
  gap: "Nobody on duty",
  downtime: "Downtime",
  alarm: "Alarm",
  trial: "Test",
};

export function kindWords(kind: string): string {
  return kinds[kind] ?? formatCode(kind);
}

/** A state of a message: its mark, its words, and how much it matters. */
export interface StateWords {
  mark: string;
  words: string;
  tone: "ok" | "plain" | "bad";
}

const states: Record<DeliveryState, StateWords> = {
  queued: { mark: "◔", words: "waiting", tone: "plain" },
  sending: { mark: "→", words: "being sent", tone: "plain" },
  sent: { mark: "✓", words: "sent", tone: "ok" },
  failed: { mark: "▲", words: "failed", tone: "bad" },
  held: { mark: "‖", words: "held back", tone: "plain" },
  coalesced: { mark: "≡", words: "told with others", tone: "plain" },
};

export function stateWords(state: string): StateWords {
  return states[state as DeliveryState] ?? { mark: "·", words: formatCode(state).toLowerCase(), tone: "plain" };
}

export const stateOptions = [{ value: "", label: "Any state" }, ...Object.entries(states).map(([value, { words }]) => ({ value, label: words }))];

const channels: Record<string, string> = { smtp: "Mail", slack: "Slack", pagerduty: "PagerDuty", "webhook-out": "Webhook" };

/** The kind of a connection as people call it. */
export function channelWords(kind: string): string {
  return kind === "" ? "no channel yet" : (channels[kind] ?? formatCode(kind));
}

/** What became of the messages about a notice. */
export function deliveredWords(deliveries: Notice["deliveries"]): { tone: StateWords["tone"]; text: string } {
  if (deliveries.length === 0) return { tone: "plain", text: "shown here only" };
  const said = deliveries.map(({ channel, state, error }) => {
    const { mark, words } = stateWords(state);
    const over = channel === "" ? "" : `${channelWords(channel)}: `;
    return `${mark} ${over}${words}${error && state === "failed" ? `, ${error}` : ""}`;
  });
  const reached = deliveries.some(({ state }) => state === "sent");
  const failed = deliveries.every(({ state }) => state === "failed");
  return { tone: reached ? "ok" : failed ? "bad" : "plain", text: said.join(" · ") };
}

/** Attempts and what came of them: "3 attempts: connection refused". */
export function attemptWords({ attempts, error, detail, state }: Pick<Delivery, "attempts" | "error" | "detail" | "state">): string {
  const tried = attempts === 0 ? "" : attempts === 1 ? "1 attempt" : `${attempts} attempts`;
  const why = error || (state === "sent" ? "" : detail);
  return [tried, why].filter(Boolean).join(": ");
}

/** How a contact stands: whether messages are known to arrive. */
export function contactState(contact: Contact): StateWords {
  if (!contact.enabled) return { mark: "‖", words: "its connection is switched off", tone: "bad" };
  if (contact.test_error) return { mark: "▲", words: "the test failed", tone: "bad" };
  if (contact.confirmed_at) return { mark: "✓", words: "confirmed", tone: "ok" };
  if (contact.tested_at) return { mark: "◔", words: "waits for its code", tone: "plain" };
  return { mark: "▲", words: "not confirmed", tone: "bad" };
}

/** "Quiet Mon to Fri 22:00 to 07:00"; what is not urgent, how often. */
export function settingsWords({ quiet, digest_minutes: every }: Settings): string {
  const hours = quiet.enabled ? `Quiet ${daysWords(quiet.days)} ${quiet.from} to ${quiet.to}` : "No quiet hours";
  return `${hours}; what is not urgent comes ${every === 0 ? "at once" : `at most every ${every === 1 ? "minute" : `${every} minutes`}`}.`;
}
